from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from opsdesk.kernel.actor import Role


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username or "")


class Person(AbstractBaseUser):
    """Somebody who works at a desk. The e-mail address is the sign-in name."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60, default="UTC")
    language = models.CharField(max_length=10, blank=True)
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    keys_on = models.BooleanField(default=True)
    signature = models.TextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="person_has_a_name"),
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="person_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name


class Dated(models.QuerySet[Any]):
    """Rows with `from_on` (in) and `until_on` (out)."""

    def holding(self, day: date) -> Self:
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=day), from_on__lte=day)

    def not_over(self, day: date) -> Self:
        """Those that hold on the day and those yet to come; a row of no day at all never counts."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=day) & Q(until_on__gt=F("from_on")))


class Membership(models.Model):
    """One role of a person on one desk (`*`: every desk), from a day to a day (out)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    desk = models.CharField(max_length=40)
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    objects = Dated.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "desk", "role"],
                condition=Q(until_on__isnull=True),
                name="membership_open_unique",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="membership_ends_after",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="membership_role_known"
            ),
            models.CheckConstraint(
                condition=~Q(role="admin") | Q(desk="*"), name="membership_admin_everywhere"
            ),
        ]


class QueueSeat(models.Model):
    """Who sits in which queue, from a day to a day (out)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="seats")
    desk = models.CharField(max_length=40)
    queue = models.CharField(max_length=40)
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    objects = Dated.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "desk", "queue"],
                condition=Q(until_on__isnull=True),
                name="seat_open_unique",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")), name="seat_ends_after"
            ),
        ]


class SavedView(models.Model):
    """A page's filters under a name; shared with everybody or one's own."""

    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="views")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    query = models.TextField()
    shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"],
                condition=Q(removed_at__isnull=True),
                name="saved_view_unique",
            )
        ]


class Token(models.Model):
    """What a program shows to be let in: only the digest of its secret is kept, and `tail` to tell it by.

    `abilities` are values of `Act`; `scopes` the only ones it may touch, none of them: all.
    """

    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    tail = models.CharField(max_length=4)
    abilities = models.JSONField(default=list)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(revoked_at__isnull=True), name="token_name_unique"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="token_has_a_name"),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="token_expires_after",
            ),
        ]
