"""Rows from before there was an index, and making it anew: a batch after the other, from the newest back."""

import argparse
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsdesk.cases import actions
from opsdesk.cases.indexed import of_note
from opsdesk.cases.models import Note
from opsdesk.commands import reindex
from opsdesk.mail import finding, indexing, redaction
from opsdesk.mail.models import Message
from opsdesk.search.actions import put_many, remove
from opsdesk.search.models import Backlog, Indexed, Kind, Words
from opsdesk.worker.wiring import SOURCES
from tests import cast
from tests.search.numbers import cases_from_one
from tests.web import scene as scenes
from tests.web.scene import Scene

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
__all__ = ["cases_from_one"]


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.busy(NOW)


def ids(scene: Scene, query: str) -> list[int]:
    found = finding.find(query, reader=scene.olga.actor, now=NOW, zone=ZoneInfo("UTC"))
    return [row.id for row in found.rows]


def known() -> set[tuple[int, int]]:
    return set(Indexed.objects.values_list("kind", "ref_id"))


def forget_all() -> None:
    """As a database from before the index is."""
    for kind in Kind:
        remove(kind, list(Indexed.objects.filter(kind=kind).values_list("ref_id", flat=True)))
    Backlog.objects.all().delete()


def test_what_was_there_before_the_index_is_indexed_by_the_worker(scene: Scene) -> None:
    before, words = known(), sorted(Words.objects.values_list("id", flat=True))
    forget_all()
    assert ids(scene, "assistant") == []
    assert indexing.built().percent == 0
    for _ in range(10):
        SOURCES["index"](NOW)
    assert indexing.built().is_whole
    assert known() == before
    assert sorted(Words.objects.values_list("id", flat=True)) == words
    assert ids(scene, "assistant") == [9, 5, 1]
    assert ids(scene, "in:notes greeting") == [1]
    assert ids(scene, "report html") == [2]
    assert finding.find("north star", reader=scene.olga.actor, now=NOW, zone=ZoneInfo("UTC")).accounts


def test_where_everything_was_indexed_from_the_beginning_nothing_is_left(scene: Scene) -> None:
    assert indexing.built().is_whole
    assert indexing.step(NOW) == 0
    assert Backlog.objects.filter(below=0, total=0).count() == 4


def test_what_was_noted_after_the_migration_is_indexed_whatever_is_written_meanwhile(scene: Scene) -> None:
    forget_all()
    indexing.note(NOW)
    oldest = Note.objects.get()
    put_many([of_note(oldest)])
    assert not indexing.built().is_whole
    while indexing.step(NOW):
        pass
    assert ids(scene, "assistant") == [9, 5, 1]


def test_the_newest_come_first_and_the_page_knows_how_much_is_done(scene: Scene) -> None:
    forget_all()
    done = []
    while indexing.step(NOW, limit=2):
        done.append(indexing.built().percent)
    assert done == sorted(done)
    assert indexing.built().percent == 100
    cases = list(Indexed.objects.filter(kind=Kind.CASE).values_list("ref_id", flat=True))
    assert len(cases) == 9


def test_who_stops_goes_on_where_it_was(scene: Scene) -> None:
    everything = known()
    forget_all()
    indexing.step(NOW, limit=3)
    indexing.step(NOW, limit=3)
    some = known()
    assert some < everything
    while indexing.step(NOW, limit=3):
        pass
    assert known() == everything


def test_what_is_written_meanwhile_is_found_and_not_indexed_twice(scene: Scene) -> None:
    forget_all()
    indexing.step(NOW, limit=1)
    case = cast.request_at(NOW, subject="Ferret")
    actions.write_note(case_id=case.id, text="a ferret", actor=scene.olga.actor, now=NOW)
    assert ids(scene, "ferret") == [case.id]
    while indexing.step(NOW, limit=4):
        pass
    assert ids(scene, "ferret") == [case.id]
    assert Indexed.objects.filter(kind=Kind.CASE, ref_id=case.id).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_command_makes_the_index_anew_or_its_missing_part(capsys: pytest.CaptureFixture[str]) -> None:
    scene = scenes.busy(NOW)
    case = Note.objects.get().case_id
    everything = known()
    forget_all()
    assert reindex.run(argparse.Namespace(missing=True), now=NOW) == 0
    assert f"{len(everything)} rows indexed" in capsys.readouterr().err
    Note.objects.update(text="changed behind its back: pangolin")
    assert reindex.run(argparse.Namespace(missing=True), now=NOW) == 0
    assert "0 rows indexed" in capsys.readouterr().err
    assert ids(scene, "pangolin") == []
    assert reindex.run(argparse.Namespace(missing=False), now=NOW) == 0
    assert known() == everything
    assert ids(scene, "pangolin") == [case]
    assert ids(scene, "greeting in:notes") == []


def test_erased_words_are_not_found_and_stay_away_when_the_index_is_made_anew(scene: Scene) -> None:
    message = Message.objects.get(message_id="4@northstar.example")
    assert ids(scene, "60k") == [5]
    redaction.redact_message(
        message.id, reason="asked", actor=scene.ada.actor, now=NOW + timedelta(minutes=1)
    )
    assert ids(scene, "60k") == []
    indexing.begin(NOW)
    while indexing.step(NOW):
        pass
    assert ids(scene, "60k") == []
    assert not Indexed.objects.filter(kind=Kind.MESSAGE, ref_id=message.id).exists()
