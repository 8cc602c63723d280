"""The link by which an invited person sets a password: signed, short-lived, dead once used."""

from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from opsdesk.people.models import Person


def invitation_path(person: Person) -> str:
    """The path of the invitation. It holds for 3 days, until a password is set or the person signs in."""
    number = urlsafe_base64_encode(force_bytes(person.pk))
    return reverse("invite", args=[number, default_token_generator.make_token(person)])


def invited(number: str, token: str) -> Person | None:
    """The active person a link was made for; None for one that no longer holds."""
    try:
        person = Person.objects.filter(
            pk=int(force_str(urlsafe_base64_decode(number))), is_active=True
        ).first()
    except (ValueError, OverflowError):
        return None
    if person is None or not default_token_generator.check_token(person, token):
        return None
    return person
