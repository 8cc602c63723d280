from django.db import models


class Blob(models.Model):
    """Bytes known by their SHA-256. A redacted blob keeps its digest and loses its bytes."""

    digest = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    redacted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(size__gte=0), name="blob_size_not_negative")]


class Chunk(models.Model):
    """At most 1 MB of a blob, in order from 0. Only a redacted blob's chunks may go."""

    APPEND_ONLY = True
    MAY_DELETE_WHEN = "(SELECT redacted_at FROM vault_blob WHERE digest = OLD.blob_id) IS NOT NULL"

    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="chunks")
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blob", "number"], name="chunk_number_unique")]


class Document(models.Model):
    """A published document: a numbered version of a name, never changed."""

    APPEND_ONLY = True

    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    version = models.IntegerField()
    source = models.TextField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by_id = models.BigIntegerField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "name", "version"], name="document_version_unique"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="document_version_from_1"),
        ]
