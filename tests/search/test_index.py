from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from opsdesk.search import actions, backwards, engine, forgetting, places, queries
from opsdesk.search.actions import Entry
from opsdesk.search.asking import read
from opsdesk.search.match import Match
from opsdesk.search.models import Indexed, Kind, Words

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
END = 1 << 62

pytestmark = pytest.mark.django_db


def entry(ref_id: int, text: str, *, at: datetime = NOW, kind: Kind = Kind.NOTE, sender: str = "") -> Entry:
    return Entry(kind, ref_id, at, (text,), sender)


def match(query: str, *kinds: int) -> Match:
    asked = read(query)
    return Match(
        tuple(term.phrase for term in asked.terms if not term.negated),
        tuple(term.phrase for term in asked.terms if term.negated),
        kinds,
    )


def found(query: str, *kinds: int, first: int = 0, below: int = END, limit: int = 100) -> list[int]:
    return [hit.ref_id for hit in queries.hits(match(query, *kinds), first=first, below=below, limit=limit)]


TEXTS = [
    "The assistant repeats the greeting on RQ-1234-ab",
    "Mail of ann.lee@mail.dealer.example, see <CAF=7x.1@mx.example>",
    "배송이 늦어요. 고객님이 기다리세요",
    "Өнөөдөр төлбөр төлсөн, ёлка",
    "対応履歴を確認してください",
    "Éclair op code 76ZZ isn't offered; opcode neither",
    "车险理赔",
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("greeting", [0]),
        ("GREETING repeats", [0]),
        ("greet", []),
        ("greet*", [0]),
        ("RQ-1234-ab", [0]),
        ("rq-1234", [0]),
        ("1234", [0]),
        ("1234-rq", []),
        ("ann.lee@mail.dealer.example", [1]),
        ("dealer.example", [1]),
        ("@mail.dealer", [1]),
        ("CAF=7x.1@mx.example", [1]),
        ("배송", [2]),
        ("송이", [2]),
        ("배송이 늦어요", [2]),
        ("배", [2]),
        ("요", [2]),
        ("객", [2]),
        ("배고", []),
        ("өнөөдөр", [3]),
        ("ӨНӨӨДӨР елка", [3]),
        ("төл*", [3]),
        ("履歴", [4]),
        ("対応履歴を", [4]),
        ("歴史", []),
        ("eclair", [5]),
        ('"op code"', [5]),
        ('"code op"', []),
        ("理赔", [6]),
        ("the -greeting", []),
        ("example -greeting", [1]),
        ("the", [0]),
    ],
)
def test_both_engines_find_the_same(query: str, expected: list[int]) -> None:
    actions.put_many(
        [entry(number, text, at=NOW - timedelta(days=3 * number)) for number, text in enumerate(TEXTS)]
    )
    assert found(query) == expected
    everything = queries.hits(Match(), first=0, below=END, limit=100)
    among = queries.among(match(query), [hit.id for hit in everything])
    assert [hit.ref_id for hit in everything if hit.id in among] == expected


def test_what_is_newest_comes_first_whatever_the_order_of_writing() -> None:
    days = [5, 900, 0, 64, 8, 7, 1, 512, 63, 9, 70, 4000]
    for day in days:
        actions.put_many([entry(day, "same words", at=NOW - timedelta(days=day))])
    assert found("same words") == sorted(days)
    assert found("same", limit=4) == sorted(days)[:4]


@pytest.mark.parametrize("days", [range(0, 1500, 7), [0, *range(300, 320), 1400], [0, 1, 2, *range(40, 90)]])
def test_however_unevenly_a_word_comes_the_newest_are_found_and_none_is_left_out(
    days: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL goes entry by entry first, then some days at a time, as those before let expect."""
    actions.put_many([entry(day, "word", at=NOW - timedelta(days=day)) for day in days])
    actions.put_many([entry(2_000 + day, "other", at=NOW - timedelta(days=day)) for day in range(0, 60, 2)])
    actions.put_many([entry(5_000, "another one", at=NOW - timedelta(days=2000))])
    first, below = (places.first_of(NOW - timedelta(days=day)) for day in (310, 2))
    for sample, most in ((300, 2500), (1, 0), (3, 3), (2, 20)):
        monkeypatch.setattr(backwards, "_SAMPLE", sample)
        monkeypatch.setattr(backwards, "_MOST_WALKED", most)
        for limit in (1, 5, 30, 500):
            assert found("word", limit=limit) == sorted(days)[:limit]
        assert all_by_pages("word", 11) == sorted(days)
        assert found("word", first=first, below=below) == [day for day in sorted(days) if 2 < day <= 310]


def all_by_pages(query: str, size: int) -> list[int]:
    further, below, seen = queries.hits_from(match(query), first=0), END, []
    while new := further(below, size):
        seen += [hit.ref_id for hit in new]
        below = new[-1].id
    return seen


def test_what_must_and_must_not_be_there_is_nowhere_and_not_looked_for(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    actions.put_many([entry(1, "same words")])
    with django_assert_num_queries(0):
        assert found("same -same") == []
    assert found("same -other") == [1]


def test_of_what_few_entries_match_the_newest_come_first() -> None:
    actions.put_many([entry(day, "word", at=NOW - timedelta(days=day)) for day in range(0, 700, 100)])
    assert [hit.ref_id for hit in queries.of_few(match("word"), limit=3)] == [0, 100, 200]


def test_pages_go_on_below_the_last_and_keep_to_the_range() -> None:
    actions.put_many([entry(number, "word", at=NOW - timedelta(hours=number)) for number in range(50)])
    ids = [hit.id for hit in queries.hits(match("word"), first=0, below=END, limit=100)]
    assert found("word", below=ids[9], limit=10) == list(range(10, 20))
    first, below = places.first_of(NOW - timedelta(hours=30)), places.first_of(NOW - timedelta(hours=20))
    assert found("word", first=first, below=below) == list(range(21, 31))
    assert found("word", first=below, below=first) == []


def test_a_kind_can_be_asked_for_alone() -> None:
    actions.put_many([entry(1, "word"), entry(1, "word", kind=Kind.CASE), entry(2, "other", kind=Kind.CASE)])
    assert found("word", Kind.CASE) == [1]
    assert sorted(found("", Kind.CASE)) == [1, 2]
    assert sorted(found("-other")) == [1, 1]
    assert sorted(found("")) == [1, 1, 2]


def test_a_sender_is_found_by_words_and_as_the_sender() -> None:
    actions.put_many([entry(1, "hello", sender="Ann Lee <ann@dealer.example>"), entry(2, "ann wrote this")])
    assert sorted(found("ann")) == [1, 2]
    assert found("from:ann") == [1]
    assert found("from:dealer.example") == [1]
    assert found('from:"ann lee"') == [1]
    assert found("from:hello") == []


def test_sections_are_not_read_as_one_text() -> None:
    actions.put_many([Entry(Kind.NOTE, 1, NOW, ("about price", "list of cars"))])
    assert found('"about price"') == [1]
    assert found('"price list"') == []


def test_putting_again_forgets_what_was_there_before() -> None:
    actions.put_many([entry(1, "old words"), entry(2, "other")])
    actions.put_many([entry(1, "new words", at=NOW + timedelta(days=1))])
    assert found("old") == []
    assert found("words") == [1]
    assert Indexed.objects.count() == Words.objects.count() == 2
    actions.put_many([entry(1, "first"), entry(1, "last")])
    assert found("first") == []
    assert found("last") == [1]


def test_what_is_removed_is_found_no_more() -> None:
    actions.put_many([entry(number, f"secret{number} common") for number in range(20)])
    assert actions.remove(Kind.NOTE, [3, 4, 99]) == 2
    assert found("secret3") == []
    assert len(found("common")) == 18
    assert actions.remove(Kind.CASE, [5]) == 0
    assert Words.objects.count() == Indexed.objects.count() == 18


@pytest.fixture
def merges_nothing_by_itself(db: None) -> Iterator[None]:
    """FTS5 merges after so many writes, and counts those of earlier tests too."""
    set_merges(0, 1000)
    yield
    set_merges(4, 16)


def set_merges(after: int, at_once: int) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for setting, value in (("automerge", after), ("crisismerge", at_once)):
                cursor.execute(
                    "INSERT INTO search_index(search_index, rank) VALUES (%s, %s)", [setting, value]
                )


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="looks into SQLite's own tables")
def test_what_was_removed_leaves_no_letter_in_the_index_once_it_is_merged(
    merges_nothing_by_itself: None,
) -> None:
    actions.put_many([entry(1, "xylophonist plays")])
    for number in range(2, 40):
        actions.put_many([entry(number, "other things")])
    actions.remove(Kind.NOTE, [1])
    assert b"ylophonist" in index_bytes()
    forgetting.forget_all(pause=lambda: None)
    assert b"ylophonist" not in index_bytes()
    assert len(found("things")) == 38
    check_integrity()


def index_bytes() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM search_index_data")
        return b"".join(row[0] for row in cursor.fetchall())


def check_integrity() -> None:
    """FTS5 compares its index with the table of words; it raises where they differ."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO search_index(search_index) VALUES ('integrity-check')")


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="looks into SQLite's own tables")
def test_the_index_is_whole_after_much_coming_and_going() -> None:
    for turn in range(30):
        actions.put_many([entry(number, f"word{turn} {TEXTS[number % 7]}") for number in range(turn % 5, 20)])
        actions.remove(Kind.NOTE, [turn % 20])
    check_integrity()


def test_what_is_rolled_back_is_not_found() -> None:
    with transaction.atomic():
        actions.put_many([entry(1, "word")])
        transaction.set_rollback(True)
    assert found("word") == []


def test_rows_of_one_minute_that_meet_at_one_place_are_all_found() -> None:
    apart = 1 << places.REF_BITS
    refs = [1, 1 + apart, 1 + 2 * apart, 2, 2 + apart]
    actions.put_many([entry(ref, "word") for ref in refs[:2]])
    actions.put_many([entry(ref, "word") for ref in refs[2:]])
    assert sorted(found("word")) == sorted(refs)


def test_years_before_1970_count_as_1970() -> None:
    actions.put_many([entry(1, "word", at=datetime(1910, 1, 1, tzinfo=UTC))])
    assert found("word") == [1]
    assert places.minute_of(queries.hits(Match(), first=0, below=END, limit=1)[0].id).year == 1970


def test_the_index_can_be_put_in_place_any_number_of_times() -> None:
    engine.install(connection)
    actions.put_many([entry(1, "word")])
    engine.install(connection)
    assert engine.missing(connection) == []
    assert found("word") == [1]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite drops triggers silently")
def test_words_that_came_while_the_triggers_were_gone_are_found_once_they_are_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER search_words_written")
    actions.put_many([entry(1, "word")])
    assert found("word") == []
    assert engine.missing(connection) == ["search_words_written"]
    engine.install(connection)
    assert found("word") == [1]
    check_integrity()


@pytest.mark.parametrize("newest", [20_776, 20_735, 20_479])
@pytest.mark.parametrize("oldest", [0, 1, 511, 512, 20_479])
def test_the_times_of_some_days_stand_for_exactly_these(newest: int, oldest: int) -> None:
    tokens = list(places.times_of_days(newest, oldest))
    covered = [day for token in tokens for day in reversed(days_of(token))]
    assert covered == list(range(newest, oldest - 1, -1))
    assert len(tokens) <= 7 * 2 * places.LEVELS + newest // 512


def days_of(token: str) -> Sequence[int]:
    level, number = (int(part) for part in token[1:].split("."))
    return range(number << 3 * level, (number + 1) << 3 * level)
