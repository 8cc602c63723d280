"""The fields of the mapping page: what is chosen for each column and value, as sent or as proposed."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.history.proposing import (
    REST,
    TABLES,
    Proposal,
    columns_of,
    counted,
    is_known,
    meaning_of,
    proposed_values,
    tool_name,
)
from opsdesk.history.rules import Meaning
from opsdesk.history.samples import FORMS, Sample
from opsdesk.web.history.labels import ASIDE, DELIMITED, ENCODINGS, MEANINGS, ROLES, UNKNOWN
from opsdesk.web.history.labels import TABLES as TABLE_NAMES

ROWS, MOMENTS = "rows", "moments"
DELIMITER, ENCODING = "delimiter", "encoding"
EXAMPLE = datetime(2026, 12, 31, 14, 5, 9, tzinfo=UTC)
Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """One select: its name, what it is called, what may be chosen and what is."""

    name: str
    label: str
    options: Sequence[Option]
    chosen: str
    help: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Fields:
    """Everything the page asks for."""

    shape: Choice
    file: tuple[Choice, ...]
    time_format: Choice
    columns: tuple[Choice, ...]
    tables: tuple[tuple[str, tuple[Choice, ...]], ...]
    moments: tuple[Choice, ...]


def written(data: QueryDict) -> dict[str, str]:
    """How the file is to be read, as far as it was sent and is known."""
    known: dict[str, Container[str]] = {DELIMITER: DELIMITED, ENCODING: ENCODINGS}
    sent = {name: data.get(name, "") for name in known}
    return {name: value for name, value in sent.items() if value in known[name]}


def seen(found: Sample) -> str:
    """What tells how a file was read when the page was made."""
    return f"{found.delimiter} {found.encoding}"


def is_read_anew(data: QueryDict, found: Sample) -> bool:
    """Whether the page was made of the file as read otherwise: then its columns may be others."""
    return data.get("seen", seen(found)) != seen(found)


def sent_proposal(data: QueryDict, found: Sample, desk: DeskDefinition, proposed: Proposal) -> Proposal:
    """What was sent; of a column that was not chosen before, what is proposed for its values."""
    known = set(found.columns)
    columns = {role: name for role in ROLES if (name := data.get(f"column-{role}", "")) in known}
    result = Proposal(
        tool=tool_name(data.get("tool", proposed.tool)),
        columns=columns,
        time_format=(data.get("other_format", "").strip() or data.get("time_format", ""))[:100].strip(),
        zone=data.get("zone", "")[:60].strip(),
    )
    for role in TABLES:
        if role in columns:
            result.values[role] = _sent_values(data, role, columns_of(role, columns), found, desk)
    if data.get("shape") == MOMENTS:
        result.moments = _sent_moments(data, found)
    return result


def fields(proposal: Proposal, found: Sample, desk: DeskDefinition) -> Fields:
    """The selects of the page."""
    shapes = [
        (ROWS, _("one thing that happened to a case")),
        (MOMENTS, _("a whole case, with a column for each instant")),
    ]
    shape = Choice("shape", _("A row is"), shapes, MOMENTS if proposal.moments else ROWS)
    none = [("", "–"), *((name, name) for name in found.columns)]
    columns = tuple(
        Choice(f"column-{role}", str(label), none, proposal.columns.get(role, ""), str(help))
        for role, (label, help) in ROLES.items()
        if role != "queue_now" or found.each
    )
    tables = tuple(
        (str(TABLE_NAMES[role]), _table(role, proposal, found, desk))
        for role in TABLES
        if proposal.columns.get(role)
    )
    moments = _moments(proposal, found) if proposal.moments else ()
    return Fields(shape, _file(found), _time_format(proposal), columns, tables, moments)


def _file(found: Sample) -> tuple[Choice, ...]:
    """How the file is written, as it was found or chosen; nothing to choose of XES."""
    if found.format == "xes":
        return ()
    encodings = _with(found.encoding, [(name, str(label)) for name, label in ENCODINGS.items()])
    help = _("If letters look wrong in the cases.")
    encoding = Choice(ENCODING, _("Encoding"), encodings, found.encoding, help)
    if found.format != "csv":
        return (encoding,)
    delimiters = _with(found.delimiter, [(name, str(label)) for name, label in DELIMITED.items()])
    return Choice(DELIMITER, _("Between its columns"), delimiters, found.delimiter), encoding


def _time_format(proposal: Proposal) -> Choice:
    """The forms that are known by an example of each, with the one that was written besides."""
    options = [("", _("as 2026-12-31T14:05:00Z, or seconds since 1970"))]
    options += [(form, EXAMPLE.strftime(form)) for form in FORMS]
    chosen = proposal.time_format
    return Choice("time_format", _("Form of its instants"), _with(chosen, options), chosen)


def _with(value: str, options: list[Option]) -> list[Option]:
    return options if value in dict(options) else [*options, (value, value)]


def _table(role: str, proposal: Proposal, found: Sample, desk: DeskDefinition) -> tuple[Choice, ...]:
    columns = columns_of(role, proposal.columns)
    count = counted(found, columns)
    options = _queues(desk) if role == "queue" else _meanings()
    values = list(proposal.values.get(role, {}).items())
    return tuple(
        Choice(
            _name(role, columns, found, place),
            _("everything else") if value == REST else value,
            options,
            chosen,
            help=str(UNKNOWN) if _is_a_guess(role, value, chosen, desk) else "",
            count=count[value],
        )
        for place, (value, chosen) in enumerate(values)
    )


def _is_a_guess(role: str, value: str, chosen: str, desk: DeskDefinition) -> bool:
    """Whether no word tells what a value means, and nobody has said it yet."""
    return value != REST and chosen in ("", Meaning.NOTHING.value) and not is_known(role, value, desk)


def _moments(proposal: Proposal, found: Sample) -> tuple[Choice, ...]:
    options = [("", _("not looked at")), *_meanings()[1:]]
    return tuple(
        Choice(f"moment-{found.columns.index(name)}", name, options, proposal.moments.get(name, ""))
        for name in found.instants
    )


def _sent_values(
    data: QueryDict, role: str, columns: Sequence[str], found: Sample, desk: DeskDefinition
) -> dict[str, str]:
    guess = proposed_values(role, found, columns, desk)
    allowed = {value for value, _label in (_queues(desk) if role == "queue" else _meanings())}
    result = {}
    for place, (value, proposed) in enumerate(guess.items()):
        chosen = data.get(_name(role, columns, found, place), proposed)
        result[value] = chosen if chosen in allowed else proposed
    return result


def _sent_moments(data: QueryDict, found: Sample) -> dict[str, str]:
    """The instants chosen; where the page had none before, those whose names say something."""
    names = {name: f"moment-{found.columns.index(name)}" for name in found.instants}
    if not any(each in data for each in names.values()):
        return {name: meaning_of(name) for name in names}
    return {name: chosen for name, each in names.items() if (chosen := data.get(each, "")) in MEANINGS}


def _name(role: str, columns: Sequence[str], found: Sample, place: int) -> str:
    """Of other columns it is another field: what was chosen for the old ones' values is not taken for it."""
    numbers = "-".join(str(found.columns.index(name)) for name in columns)
    return f"value-{role}-{numbers}-{place}"


def _queues(desk: DeskDefinition) -> list[Option]:
    named = [
        (queue.key, _("Tier %(tier)d: %(name)s") % {"tier": queue.tier, "name": queue.name})
        for queue in desk.queues
    ]
    return [("", str(ASIDE)), *named]


def _meanings() -> list[Option]:
    return [("", str(ASIDE)), *((value, str(label)) for value, label in MEANINGS.items())]
