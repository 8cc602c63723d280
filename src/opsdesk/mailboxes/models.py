from django.db import models
from django.utils.translation import gettext_lazy as _

from opsdesk.mail.models import Source


class Mailbox(models.Model):
    """How an IMAP source is read, how far it was read, and how it goes.

    The cursor is (`uidvalidity`, `last_uid`). `secret` is the password or the refresh token and, like
    `client_secret`, sealed by the master key. `behind` counts the mails seen there and not yet stored.
    """

    class Security(models.TextChoices):
        TLS = "tls", _("TLS")
        STARTTLS = "starttls", _("STARTTLS")
        NONE = "none", _("None")

    class Auth(models.TextChoices):
        PASSWORD = "password", _("Password")
        XOAUTH2 = "xoauth2", _("OAuth 2")

    class State(models.TextChoices):
        NEW = "new", _("Not read yet")
        WELL = "well", _("Being read")
        TROUBLE = "trouble", _("In trouble")
        REFUSED = "refused", _("Sign-in refused")
        OFF = "off", _("Switched off")

    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="box")
    provider = models.CharField(max_length=20, blank=True)
    host = models.CharField(max_length=253)
    port = models.IntegerField()
    security = models.CharField(max_length=10, choices=Security)
    username = models.CharField(max_length=254)
    auth = models.CharField(max_length=10, choices=Auth)
    folder = models.CharField(max_length=200, default="INBOX")
    secret = models.TextField(blank=True)
    client_id = models.CharField(max_length=250, blank=True)
    client_secret = models.TextField(blank=True)
    authority = models.CharField(max_length=250, blank=True)

    uidvalidity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    state_since = models.DateTimeField()
    trouble = models.TextField(blank=True)
    failures = models.IntegerField(default=0)
    last_look_at = models.DateTimeField(null=True)
    last_mail_at = models.DateTimeField(null=True)
    behind = models.IntegerField(default=0)
    reconciled_at = models.DateTimeField(null=True)


class MissingUid(models.Model):
    """A UID of a mailbox that the ledger lacks.

    `leaked` or `pending` while the server has it, `vanished` when it has not.
    """

    class Kind(models.TextChoices):
        LEAKED = "leaked", _("Leaked")
        PENDING = "pending", _("Pending")
        VANISHED = "vanished", _("Vanished")

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="missing")
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    internal_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField()
    found_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "uidvalidity", "uid"], name="missing_uid_unique")
        ]


class MailboxDay(models.Model):
    """What a reconciliation found for one day of INTERNALDATE (UTC): the server beside the ledger."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    on_server = models.IntegerField()
    in_ledger = models.IntegerField()
    leaked = models.IntegerField()
    pending = models.IntegerField()
    vanished = models.IntegerField()
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="mailbox_day_unique")]
