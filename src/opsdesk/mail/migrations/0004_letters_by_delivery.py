from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("mail", "0003_sources_and_care")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["id"], condition=Q(delivery="failed"), name="message_failed"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["delivered_at"], condition=Q(delivered_at__isnull=False), name="message_delivered"
            ),
        ),
    ]
