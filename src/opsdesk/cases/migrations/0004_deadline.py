from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_country_of_hours"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="deadline_at",
            field=models.DateTimeField(null=True),
        ),
    ]
