from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from opsdesk.search import engine


class SearchConfig(AppConfig):
    name = "opsdesk.search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_install, sender=self, dispatch_uid="search.engine")


def _install(*, using: str, **_: Any) -> None:
    engine.install(connections[using])
