from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from opsdesk.journal import triggers


class JournalConfig(AppConfig):
    name = "opsdesk.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_install, sender=self, dispatch_uid="journal.triggers")


def _install(*, using: str, **_: Any) -> None:
    triggers.install(connections[using])
