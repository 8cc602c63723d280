"""Invite a person; the first one becomes the admin."""

import argparse
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Role
from opsdesk.people import actions as people
from opsdesk.people import queries
from opsdesk.people.models import Person
from opsdesk.web.account.invitations import invitation_path

HELP = "invite a person and print the link by which they set their password; the first one is the admin"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email")
    parser.add_argument("--name", default="", help="the name to show; else what stands before the @")
    parser.add_argument("--role", choices=[role.value for role in Role], default=None)
    parser.add_argument("--desk", default="support")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    name = options.name or options.email.partition("@")[0]
    known = queries.by_email(options.email)
    if known is not None:
        person_id = known.id
    elif queries.has_admin(now):
        person_id = people.invite(email=options.email, name=name, actor=SYSTEM, now=now).id
    else:
        person_id = people.make_first_admin(email=options.email, name=name, now=now).id
    if options.role is not None:
        desk = EVERY_DESK if options.role == Role.ADMIN else options.desk
        people.grant(
            person_id=person_id, desk=desk, role=Role(options.role), from_on=now.date(), actor=SYSTEM, now=now
        )
    print(_("Open this link to set the password; it works once and for three days:"))
    print(f"{settings.OPSDESK_ADDRESS}{invitation_path(Person.objects.get(id=person_id))}")
    return 0
