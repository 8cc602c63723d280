from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery


def fill_the_deadline(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Cases of disputes raised before cases had a deadline stand in lists by their dispute's, as later ones do."""
    due = Subquery(
        apps.get_model("disputes", "Dispute").objects.filter(case_id=OuterRef("id")).values("due_at")[:1]
    )
    without = apps.get_model("cases", "Case").objects.filter(dispute__isnull=False, deadline_at__isnull=True)
    without.update(deadline_at=due, due_sort_at=due)


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_deadline"), ("disputes", "0001_initial")]

    operations = [migrations.RunPython(fill_the_deadline, migrations.RunPython.noop)]
