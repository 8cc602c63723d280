from django.db import models
from django.utils.translation import gettext_lazy as _

from opsdesk.mail.models import Source


class Mailbox(models.Model):
    """How an IMAP source is read, how far it was read, and how it goes.

    `secret` is the password or the refresh token and, like `client_secret`, sealed by the master key. Empty
    addresses and scope are the provider's own. `version` grows whenever its reader has to begin anew.
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
    provider = models.CharField(max_length=20, default="other")
    host = models.CharField(max_length=253)
    port = models.IntegerField()
    security = models.CharField(max_length=10, choices=Security)
    username = models.CharField(max_length=254)
    auth = models.CharField(max_length=10, choices=Auth)
    folder = models.CharField(max_length=180, default="INBOX")
    history = models.BooleanField(default=True)
    secret = models.TextField(blank=True)
    client_id = models.CharField(max_length=250, blank=True)
    client_secret = models.TextField(blank=True)
    tenant = models.CharField(max_length=100, blank=True)
    authorise_address = models.CharField(max_length=250, blank=True)
    token_address = models.CharField(max_length=250, blank=True)
    device_address = models.CharField(max_length=250, blank=True)
    scope = models.CharField(max_length=250, blank=True)
    version = models.IntegerField(default=1)

    # The cursor. `label` names the numbering in the ledger's key; numbers below `first_uid` were given
    # before it was first looked at.
    label = models.CharField(max_length=190)
    uidvalidity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    first_uid = models.BigIntegerField(default=1)

    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    state_since = models.DateTimeField()
    trouble = models.CharField(max_length=20, blank=True)
    detail = models.TextField(blank=True)
    failures = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    last_look_at = models.DateTimeField(null=True)
    last_mail_at = models.DateTimeField(null=True)
    behind = models.IntegerField(default=0)
    reconciled_at = models.DateTimeField(null=True)
    reconcile_asked_at = models.DateTimeField(null=True)

    reader = models.CharField(max_length=120, blank=True)
    leased_until = models.DateTimeField(null=True)


class MissingUid(models.Model):
    """Numbers `uid` to `through_uid` of a mailbox that the ledger lacks, or lacked until `found_at`.

    `leaked` or `pending` while the server has the mail, `vanished` when it has not. `day` is the day (UTC)
    of its INTERNALDATE, or of when it was noticed.
    """

    class Kind(models.TextChoices):
        LEAKED = "leaked", _("Leaked")
        PENDING = "pending", _("Pending")
        VANISHED = "vanished", _("Vanished")

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="missing")
    mailbox = models.CharField(max_length=190)
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    through_uid = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    day = models.DateField()
    internal_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField()
    found_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=250, blank=True)

    class Meta:
        indexes = [models.Index(fields=["source", "day"], name="missing_uid_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "mailbox", "uidvalidity", "uid"], name="missing_uid_unique"
            )
        ]


class MailboxDay(models.Model):
    """What a reconciliation found for one day of INTERNALDATE (UTC): the server beside the ledger.

    `uids` are the numbers on the server, as ranges: `1:3,7`.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    on_server = models.IntegerField()
    in_ledger = models.IntegerField()
    uids = models.TextField(blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="mailbox_day_unique")]
