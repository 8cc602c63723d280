from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _


class Kind(models.IntegerChoices):
    """What an entry of the index stands for."""

    CASE = 0, _("Subject")
    MESSAGE = 1, _("Message")
    NOTE = 2, _("Note")
    ACCOUNT = 3, _("Account")


class RowId(models.BigIntegerField):  # type: ignore[type-arg]
    """A number given by us that is the place of its row: SQLite has that for `integer` only."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "integer" if connection.vendor == "sqlite" else "bigint"


class WordsField(models.TextField):  # type: ignore[type-arg]
    """The words of an entry: a text for FTS5, a `tsvector` on PostgreSQL."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"


class Indexed(models.Model):
    """That something can be found. Ids begin with the minute it is of: their order is that of time."""

    id = RowId(primary_key=True)
    kind = models.SmallIntegerField(choices=Kind)
    ref_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "ref_id"], name="indexed_once")]


class Words(models.Model):
    """The words of what can be found, under the same id; the engine's own index hangs on this table."""

    id = RowId(primary_key=True)
    words = WordsField()


class Backlog(models.Model):
    """What is still to be indexed of a kind: the rows up to `below`, of the `total` at the start."""

    kind = models.SmallIntegerField(choices=Kind, unique=True)
    below = models.BigIntegerField()
    total = models.BigIntegerField()
    begun_at = models.DateTimeField()
