from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Coalesce

CAME_AT = Coalesce("received_at", "recorded_at")


class Migration(migrations.Migration):
    dependencies = [("mail", "0005_which_message_joined_threads")]

    operations = [
        migrations.RemoveIndex(model_name="arrival", name="arrival_by_outcome"),
        migrations.RemoveIndex(model_name="arrival", name="arrival_newest"),
        migrations.AddIndex(
            model_name="arrival",
            index=models.Index("outcome", CAME_AT.desc(), F("id").desc(), name="arrival_by_outcome"),
        ),
        migrations.AddIndex(
            model_name="arrival",
            index=models.Index(CAME_AT.desc(), F("id").desc(), name="arrival_newest"),
        ),
    ]
