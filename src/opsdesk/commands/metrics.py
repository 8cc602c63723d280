"""Any metric in the terminal, or as a file; and the list of them all."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.commands.columns import Line, columns
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import METRICS, ask, metric
from opsdesk.insight.known import has_any
from opsdesk.insight.registry import Answer, Answers, Mean, Metric, Question, Tally, Unit
from opsdesk.insight.statistics import Figure
from opsdesk.kernel.period import Period, midnight
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop
from opsdesk.people import queries as people
from opsdesk.web.funnel.address import MONTH, Place, check_days
from opsdesk.web.funnel.export import Value, csv_text
from opsdesk.web.numbers.cells import drawn, measured
from opsdesk.web.numbers.choices import choices, is_known

# The answer in words, its range, its state, of how many.
WORDS = 4


class NoSuchValue(Refusal):
    message = gettext_noop("The desk knows no %(name)s %(value)s. It knows: %(known)s.")


class NotYet(Refusal):
    message = gettext_noop("%(given)s has not come yet: nothing can be told as of then.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as-of", type=_instant, metavar="WHEN", help="as it stood then: a day (its end) or 2026-10-15T12:00"
    )
    parser.add_argument(
        "--filter", action="append", default=[], metavar="NAME=VALUE", help="only these; - for those without"
    )
    parser.add_argument(
        "--by", action="append", default=[], metavar="DIMENSION", help="break the number down by it"
    )


def _instant(text: str) -> datetime | date:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-10-15") else datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no instant; write it as 2026-10-15 or 2026-10-15T12:00"
        ) from None


def show_all(form: str) -> None:
    """Every metric with its question."""
    lines: list[Line] = [(each.key, each.question) for each in METRICS.values()]
    if form == "csv":
        sys.stdout.write(csv_text(("metric", "question"), lines))
    elif form == "json":
        print(json.dumps([_about(each) for each in METRICS.values()], indent=2, ensure_ascii=False))
    else:
        print(columns([*lines]))


def show(options: argparse.Namespace, *, now: datetime) -> None:
    """One metric's answers. Refuses what the catalogue refuses, and `Invalid` options by name."""
    asked, desk = metric(options.report), cases.desk(options.desk)
    period = _period(options, asked, desk, now)
    as_of = as_of_given(options.as_of, desk.zone, now) or now
    question = Question(
        desk=desk.key,
        period=period,
        # What stands at an instant is asked of a past period's end, as on the pages.
        as_of=min(as_of, period.end) if asked.is_snapshot else as_of,
        filters=filters_given(options, desk, now),
        by=tuple(name for text in options.by for name in text.split(",")),
    )
    answers = ask(asked.key, question)
    if options.format == "json":
        print(json.dumps(_json(asked, question, answers), indent=2, ensure_ascii=False))
    elif options.format == "csv":
        named = [dict(fields(answer)) for _key, answer in sorted(answers.items())]
        head = (*question.by, *(named[0] if named else ()))
        lines = [
            (*key, *each.values()) for (key, _), each in zip(sorted(answers.items()), named, strict=True)
        ]
        sys.stdout.write(csv_text(head, lines))
    else:
        print(_text(asked, question, answers))


def _period(options: argparse.Namespace, asked: Metric, desk: DeskDefinition, now: datetime) -> Period:
    """The period asked for; what is as of an instant needs none."""
    given = options.month or options.first or options.last
    if not given and asked.is_snapshot:
        return Place(desk.key, f"{now.astimezone(desk.zone):%Y-%m}").period(desk)
    if bool(options.month) == bool(options.first or options.last):
        raise Invalid(MONTH, gettext_noop("Give --month, or --from and --to."))
    check_days(options.first, options.last)
    return Place(desk.key, options.month, options.first, options.last).period(desk)


def as_of_given(given: datetime | date | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The instant: of a day its end, of today now; without a zone of its own in the desk's. None where none
    is given. Refuses `NotYet` what has not come."""
    if given is None:
        return None
    if isinstance(given, datetime):
        at = given if given.tzinfo else given.replace(tzinfo=zone)
        if at > now:
            raise NotYet(given=given.isoformat())
        return at
    if given > now.astimezone(zone).date():
        raise NotYet(given=given.isoformat())
    return min(now, midnight(given + timedelta(days=1), zone) - timedelta(microseconds=1))


def filters_given(
    options: argparse.Namespace, desk: DeskDefinition, now: datetime
) -> Mapping[str, tuple[str, ...]]:
    """The filters given, `--account` and `--type` among them; with commas between or given twice either value
    fits. Refuses a value that neither the desk's definition nor any of its requests has.
    """
    given = [("account", options.account)] if options.account else []
    if options.type:
        given.append(("type" if "." in options.type else "family", options.type))
    for text in options.filter:
        name, mark, value = text.partition("=")
        if not (name and mark and value):
            raise Invalid("filter", gettext_noop("Write a filter as name=value."))
        given += [(name, each) for each in value.split(",") if each]
    for name, value in given:
        _check_value(name, value, desk, now)
    return {name: tuple(value for key, value in given if key == name) for name, _ in given}


def _check_value(name: str, value: str, desk: DeskDefinition, now: datetime) -> None:
    if is_known(name, value, desk, now) or has_any(desk.key, name, value):
        return
    if name == "account":
        raise Invalid("account", gettext_noop("No account has the key given with --account."))
    known = ", ".join(key for key, _name in choices(name, desk, now))
    raise NoSuchValue(name=name, value=value, known=known)


def fields(answer: Answer) -> Iterator[tuple[str, Value]]:
    """An answer as named values, as they are: seconds, counts, the bounds of a share."""
    if isinstance(answer, Tally):
        yield "n", answer.n
    elif isinstance(answer, Share):
        yield from (("low", answer.low), ("high", answer.high), ("of", answer.of))
        yield "state", answer.state.value
    elif isinstance(answer, Mean):
        yield from (("mean", answer.value), ("n", answer.n), ("missing", answer.missing))
    else:
        yield from (("n", answer.n), ("running", answer.running), ("missing", answer.missing))
        yield from _figure("median", answer.median)
        yield from _figure("p90", answer.p90)


def _figure(name: str, figure: Figure | None) -> Iterator[tuple[str, Value]]:
    yield name, figure.value if figure else None
    yield f"{name}_at_least", figure.at_least if figure else None


def _about(asked: Metric) -> dict[str, object]:
    return {
        "metric": asked.key,
        "name": asked.name,
        "question": asked.question,
        "unit": asked.unit.value,
        "dated": asked.dated,
        "filters": sorted(asked.filters),
        "dimensions": sorted(asked.dimensions),
        "queue": asked.queue.value if asked.takes_queue else None,
    }


def _json(asked: Metric, question: Question, answers: Answers) -> dict[str, object]:
    return {
        "metric": asked.key,
        "question": asked.question,
        "unit": asked.unit.value,
        "desk": question.desk,
        "from": question.period.start.isoformat(),
        "to": question.period.end.isoformat(),
        "as_of": question.as_of.isoformat(),
        "filters": {name: list(values) for name, values in question.filters.items()},
        "answers": [
            {"by": dict(zip(question.by, key, strict=True)), **dict(fields(answer))}
            for key, answer in sorted(answers.items())
        ],
    }


def _text(asked: Metric, question: Question, answers: Answers) -> str:
    head = f"{asked.name}. {asked.question}"
    if "queue" in (*question.by, *question.filters):
        head += f"\n{_('queue')}: {_(asked.queue.words).lower()}"
    if not answers:
        return f"{head}\n\n{_('There is nothing.')}"
    if not question.by:
        return f"{head}\n\n{' '.join(word for word in _words(asked, answers[()]) if word)}"
    lines = [(*question.by, *[""] * WORDS)]
    names = _people(question, answers)
    lines += [
        (*(names.get((name, value), value) for name, value in zip(question.by, key, strict=True)), *words)
        for key, words in ((key, _words(asked, answer)) for key, answer in sorted(answers.items()))
    ]
    shown = [n for n in range(len(lines[0])) if n < len(question.by) or any(line[n] for line in lines)]
    return f"{head}\n\n{columns([[line[n] for n in shown] for line in lines])}"


def _people(question: Question, answers: Answers) -> dict[tuple[str, str], str]:
    """Names for the numbers of persons, each with the number that `--filter` takes."""
    if "person" not in question.by:
        return {}
    at = question.by.index("person")
    numbers = {int(key[at]) for key in answers if key[at].isdecimal()}
    return {("person", str(number)): f"{name} ({number})" for number, name in people.names(numbers).items()}


def _words(asked: Metric, answer: Answer) -> tuple[str, str, str, str]:
    """The answer in words, its range or what is missing, its state, and of how many it is."""
    if isinstance(answer, Tally) and asked.unit is Unit.SECONDS:
        return (measured(answer.n, asked.unit), "", "", "")
    found = drawn(answer, asked.unit)
    n = "" if isinstance(answer, Tally) else str(answer.of if isinstance(answer, Share) else answer.n)
    return (found.text, found.note, found.state, f"n={n}" if n else "")
