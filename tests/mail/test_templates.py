"""Texts to begin a reply with."""

from datetime import timedelta

import pytest

from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourDesk, NotYourRight
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail import templates
from opsdesk.mail.refusals import TemplateUnknown
from tests import cast
from tests.cast import MONDAY, Somebody, request_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Somebody:
    cast.desk()
    return cast.lead()


def write(by: Somebody, **more: object) -> templates.Template:
    fields: dict[str, object] = {"desk": "support", "name": "Hello", "text": "Hello {first_name},"}
    return templates.write(actor=by.actor, now=MONDAY, **(fields | more))  # type: ignore[arg-type]


def test_fields_are_filled_in_from_the_case(lead: Somebody) -> None:
    case = request_at(requester_name="Sam Dealer")
    values = templates.values_for(case, actor=lead.actor, desk_name="Support", account_name="Dealer & Sons")
    text = "Hi {first_name} ({ name }), about {number} {subject}: {account}. {me}, {desk} {unknown} {"
    assert templates.filled(text, values) == (
        f"Hi Sam (Sam Dealer), about #{case.id} {case.subject}: Dealer & Sons. "
        f"{lead.actor.name}, Support {{unknown}} {{"
    )


def test_what_is_not_known_leaves_nothing(lead: Somebody) -> None:
    case = request_at(requester_name="")
    values = templates.values_for(case, actor=lead.actor, desk_name="Support", account_name="")
    assert templates.filled("Hello {first_name}!{account}{name}", values) == "Hello !sam@dealer.example"


def test_a_value_with_braces_is_not_filled_again(lead: Somebody) -> None:
    case = request_at(subject="{me} {number}")
    values = templates.values_for(case, actor=lead.actor, desk_name="Support", account_name="")
    assert templates.filled("{subject}", values) == "{me} {number}"


def test_a_lead_writes_changes_and_removes_them(lead: Somebody) -> None:
    first = write(lead)
    write(lead, name="Bye", text="Bye")
    changed = templates.write(
        desk="support",
        name="Hello 2",
        text="Hi",
        template_id=first.id,
        actor=lead.actor,
        now=MONDAY + timedelta(hours=1),
    )
    assert [one.name for one in templates.of_desk("support")] == ["Bye", "Hello 2"]
    assert (changed.id, changed.changed_at) == (first.id, MONDAY + timedelta(hours=1))
    templates.remove(desk="support", template_id=first.id, actor=lead.actor, now=MONDAY)
    assert [one.name for one in templates.of_desk("support")] == ["Bye"]
    write(lead, name="Hello 2")
    with pytest.raises(TemplateUnknown):
        templates.remove(desk="support", template_id=first.id, actor=lead.actor, now=MONDAY)
    assert Entry.objects.filter(kind__startswith="reply_template.").count() == 5


@pytest.mark.parametrize("more", [{"name": " "}, {"name": "x" * 81}, {"text": ""}, {"text": "{nonsense}"}])
def test_nonsense_is_refused(lead: Somebody, more: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        write(lead, **more)


def test_a_name_is_taken_once(lead: Somebody) -> None:
    write(lead)
    with pytest.raises(Invalid):
        write(lead)


def test_only_a_lead_of_the_desk_writes_them() -> None:
    cast.desk()
    with pytest.raises(NotYourRight):
        write(cast.operator())
    with pytest.raises(NotYourDesk):
        write(cast.lead(), desk="deals")
