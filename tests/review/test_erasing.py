"""Words of reviews are erased for good, by hand and by the command."""

import argparse
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from opsdesk.commands import redact as command
from opsdesk.commands.archive import coming_back
from opsdesk.commands.archive.census import OurRecords
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotAnAdmin
from opsdesk.review import point_actions, points, queries, redaction
from opsdesk.review.models import Point, Review
from opsdesk.review.point_actions import PointDraft
from opsdesk.review.refusals import NoteErased, NoteUnknown, PointChanged, PointErased, PointUnknown
from opsdesk.vault.models import Chunk
from tests import cast
from tests.cast import Somebody
from tests.review.scene import NOTE, NOW, Reviewed, act, attach, reviewed, write

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Reviewed]:
    with reviewed(django_db_blocker) as made:
        yield made


@pytest.fixture
def lead(desk: Reviewed) -> Somebody:
    return desk.lead


@pytest.fixture
def review(desk: Reviewed) -> Review:
    return desk.review


def test_a_note_goes_with_its_title_and_the_points_that_were_taken_from_it(
    review: Review, lead: Somebody
) -> None:
    note, twin = attach(review, lead.actor), attach(write(lead.actor), lead.actor, title="The same")
    own = act(review, lead.actor, "Our own words")
    draft = PointDraft("action", "Call Sam", "people", note=note.id, line=2)
    taken = point_actions.add_point(review_id=review.id, draft=draft, actor=lead.actor, now=NOW)
    admin = cast.admin()
    erased = redaction.redact_meeting_note(note.id, reason="asked", actor=admin.actor, now=NOW)
    assert erased == [taken.id]
    assert [(row.id, row.title, row.erased) for row in queries.review(review.id).notes] == [
        (note.id, "", True),
        (twin.id, "", True),
    ]
    assert (points.point(taken.id).words, points.point(own.id).words) == ("", "Our own words")
    assert not Chunk.objects.filter(blob_id=note.blob_id).exists()
    with pytest.raises(NoteErased):
        queries.note_text(note.id)
    with pytest.raises(NoteErased):
        queries.proposed(twin.id)
    with pytest.raises(NoteErased):
        attach(review, lead.actor, NOTE)
    with pytest.raises(NoteErased):
        redaction.redact_meeting_note(twin.id, reason="asked", actor=admin.actor, now=NOW)
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"review.note_redacted", "review.point_redacted", "blob.redacted"} <= kinds


def test_a_form_opened_before_brings_no_erased_words_back(review: Review, lead: Somebody) -> None:
    note, admin = attach(review, lead.actor), cast.admin()
    taken = act(review, lead.actor, "Call Sam", note=note.id, line=2)
    own = act(review, lead.actor, "Our own words")
    redaction.redact_meeting_note(note.id, reason="asked", actor=admin.actor, now=NOW)
    redaction.redact_point(own.id, reason="asked", actor=admin.actor, now=NOW)
    for seen in (taken, own):
        draft = PointDraft("action", f"{seen.words}!", "tools")
        with pytest.raises(PointChanged):
            point_actions.edit_point(
                point_id=seen.id, revision=seen.revision, draft=draft, actor=lead.actor, now=NOW
            )
        assert (points.point(seen.id).words, points.point(seen.id).revision) == ("", seen.revision + 1)


def test_no_point_is_taken_from_an_erased_note(review: Review, lead: Somebody) -> None:
    note, admin = attach(review, lead.actor), cast.admin()
    redaction.redact_meeting_note(note.id, reason="asked", actor=admin.actor, now=NOW)
    with pytest.raises(NoteErased):
        act(review, lead.actor, "Call Sam", note=note.id, line=2)
    assert not Point.objects.exists()


def test_only_an_admin_erases_and_only_what_is_there(review: Review, lead: Somebody) -> None:
    note, point = attach(review, lead.actor), act(review, lead.actor)
    with pytest.raises(NotAnAdmin):
        redaction.redact_meeting_note(note.id, reason="asked", actor=lead.actor, now=NOW)
    with pytest.raises(NotAnAdmin):
        redaction.redact_point(point.id, reason="asked", actor=lead.actor, now=NOW)
    admin = cast.admin()
    with pytest.raises(NoteUnknown):
        redaction.redact_meeting_note(4711, reason="asked", actor=admin.actor, now=NOW)
    with pytest.raises(PointUnknown):
        redaction.redact_point(4711, reason="asked", actor=admin.actor, now=NOW)
    assert queries.note_text(note.id) == NOTE.decode()


def test_the_command_names_notes_and_points_by_number(review: Review, lead: Somebody) -> None:
    note, point, admin = attach(review, lead.actor), act(review, lead.actor), cast.admin()
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    for name, number in (("meeting_note", note.id), ("point", point.id)):
        given = [f"--{name.replace('_', '-')}", str(number), "--by", "ada@desk.example"]
        options = parser.parse_args(given)
        erase, before = command.SINGLE[name]
        assert getattr(options, name) == [number]
        erase(number, reason=options.reason, actor=admin.actor, now=NOW)
        with pytest.raises(before):
            erase(number, reason=options.reason, actor=admin.actor, now=NOW)
    assert points.point(point.id).words == ""
    assert {before for _erase, before in command.SINGLE.values()} >= {NoteErased, PointErased}


def test_a_backup_from_before_says_which_notes_and_points_are_to_be_erased_again(
    review: Review, lead: Somebody
) -> None:
    note, point, admin = attach(review, lead.actor), act(review, lead.actor), cast.admin()
    kept = act(review, lead.actor, "Kept")
    with transaction.atomic():
        redaction.redact_meeting_note(note.id, reason="asked", actor=admin.actor, now=NOW)
        redaction.redact_point(point.id, reason="asked", actor=admin.actor, now=NOW)
        erased = coming_back.gone(OurRecords())
        transaction.set_rollback(True)
    again = coming_back.back(OurRecords(), erased)
    assert (again.meeting_notes, again.points) == ((note.id,), (point.id,))
    assert points.point(kept.id).words == "Kept"
    assert f"opsdesk redact --meeting-note {note.id} --by ADMIN --yes" in again.commands()
    assert f"opsdesk redact --point {point.id} --by ADMIN --yes" in again.commands()
