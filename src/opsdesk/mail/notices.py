"""The words of the automatic messages to the requester."""

from django.utils.translation import gettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import Case

NOBODY_READS = frozenset(
    {"no-reply", "noreply", "do-not-reply", "donotreply", "mailer-daemon", "postmaster", "bounce", "bounces"}
)


def text(kind: str, *, case: Case, desk: DeskDefinition) -> str:
    """The text of an `opening`, `escalation` or `resolution` notice in the installation's language."""
    words = {
        "opening": gettext("We have your message and will answer it. Its number is #%(number)s."),
        "escalation": gettext(
            "Your request #%(number)s is now with our specialists. We will write to you as soon as "
            "we know more."
        ),
        "resolution": gettext(
            "Your request #%(number)s is resolved. If it isn't for you, just answer this message."
        ),
    }[kind]
    greeting = (
        gettext("Hello %(name)s,") % {"name": case.requester_name}
        if case.requester_name
        else gettext("Hello,")
    )
    return "\n\n".join([greeting, words % {"number": case.id}, desk.name])
