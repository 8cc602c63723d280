import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_letters_by_delivery")]

    operations = [
        migrations.AddField(
            model_name="threadjoin",
            name="message",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mail.message"
            ),
        ),
        migrations.AddIndex(
            model_name="threadjoin",
            index=models.Index(
                fields=["thread"], condition=Q(undone_at__isnull=False), name="thread_join_undone"
            ),
        ),
    ]
