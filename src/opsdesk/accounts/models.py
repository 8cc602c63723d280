from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """A customer: a dealership, a dealer, a partner. The day `left_on` is its last one live."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    live_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name", "id"], name="account_by_name")]
        constraints = [
            models.CheckConstraint(condition=~Q(key="") & ~Q(name=""), name="account_has_key_and_name"),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(live_on__isnull=True) | Q(left_on__gte=F("live_on")),
                name="account_leaves_after_it_lives",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Domain(models.Model):
    """An e-mail domain of an account, lower case, international ones in their `xn--` form."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="domains")
    name = models.CharField(max_length=253)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(removed_at__isnull=True), name="domain_unique"
            )
        ]


class Address(models.Model):
    """An e-mail address of an account, lower case; it goes before the domain."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="addresses")
    email = models.CharField(max_length=254)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=Q(removed_at__isnull=True), name="address_unique"
            )
        ]
