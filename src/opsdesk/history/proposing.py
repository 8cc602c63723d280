"""A map proposed from what the first rows show, by the words that several tools have for a thing. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from opsdesk.cases.definition import DeskDefinition
from opsdesk.history.rules import Meaning
from opsdesk.history.samples import Sample
from opsdesk.history.vocabulary import NAMES, TIERS, WORDS

MOST_VALUES = 40
REST = "*"
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
TABLES = {"queue": "queues", "status": "statuses", "activity": "activities"}


@dataclass(slots=True)
class Proposal:
    """A map in the making. `columns`: role -> column. `values`: role -> value -> what it means.

    A value without a meaning (empty) sets its rows aside; `*` stands for all others. `moments`: column ->
    meaning, in place of a column `time`.
    """

    tool: str
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    moments: dict[str, str] = field(default_factory=dict)
    time_format: str = ""
    zone: str = ""


def propose(found: Sample, desk: DeskDefinition, *, tool: str) -> Proposal:
    """A map that may fit, for a person to look at."""
    result = Proposal(tool=tool_name(tool), zone=desk.zone.key)
    for role in NAMES:
        taken = set(result.columns.values())
        column = _column(role, [name for name in found.columns if name not in taken], found)
        if column:
            result.columns[role] = column
    _say_when(result, found)
    for role in TABLES:
        if role in result.columns:
            result.values[role] = proposed_values(role, found, result.columns[role], desk)
    return result


def proposed_values(role: str, found: Sample, column: str, desk: DeskDefinition) -> dict[str, str]:
    """What each value of a column may mean, the most frequent first. Of an unknown status or team nothing is
    said, so its rows are kept aside, as a map does that does not name it.
    """
    there = found.values.get(column)
    values = [value for value, _ in there.most_common(MOST_VALUES)] if there else []
    return {**{value: _proposed(role, value, desk) for value in values}, REST: ""}


def is_known(role: str, value: str, desk: DeskDefinition) -> bool:
    """Whether words tell what the value of a column means."""
    return bool(_queue_of(value, desk) if role == "queue" else _known_meaning(value))


def meaning_of(value: str) -> str:
    """What a column or an activity may mean; `nothing` where no word of it is known."""
    return _known_meaning(value) or Meaning.NOTHING.value


def tool_name(text: str) -> str:
    """A name as a map has it."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:40].strip("-") or "other-tool"


def map_text(proposal: Proposal, found: Sample) -> str:
    """The map as a document: what the command takes too."""
    columns = {role: name for role, name in proposal.columns.items() if name}
    if proposal.moments:
        columns = {role: name for role, name in columns.items() if role not in ("time", "activity")}
    lines = [f"name: {_quoted(f'From {proposal.tool}')}", f"tool: {proposal.tool}", f"format: {found.format}"]
    settings = {
        "delimiter": found.delimiter if found.format == "csv" else "",
        "encoding": found.encoding if found.encoding != "auto" else "",
        "each": found.each,
        "zone": proposal.zone,
        "time_format": proposal.time_format,
    }
    lines += [f"{name}: {_quoted(value)}" for name, value in settings.items() if value]
    lines += _table("columns", columns.items())
    lines += _table("moments", proposal.moments.items())
    for role, name in TABLES.items():
        if columns.get(role):
            lines += _table(name, _meant(role, proposal.values.get(role, {})))
    return "\n".join(lines) + "\n"


def _meant(role: str, values: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """What has a meaning; a table must say something, so one without any says that nothing means nothing."""
    found = [(value, meaning) for value, meaning in values.items() if meaning]
    return found or [("-", "" if role == "queue" else Meaning.NOTHING.value)]


def _table(name: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"  {_quoted(key)}: {_quoted(value)}" for key, value in pairs]
    return [f"{name}:", *lines] if lines else []


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _proposed(role: str, value: str, desk: DeskDefinition) -> str:
    if role == "queue":
        return _queue_of(value, desk)
    return meaning_of(value) if role == "activity" else _known_meaning(value)


def _known_meaning(value: str) -> str:
    folded = value.casefold()
    return next((meaning.value for words, meaning in WORDS if re.search(words, folded)), "")


def _holds_addresses(column: str, found: Sample) -> bool:
    """Whether most of its values are e-mail addresses: those of people, not names of accounts."""
    values = list(found.values.get(column, ()))
    return sum(ADDRESS.fullmatch(value) is not None for value in values) * 10 > len(values) * 7


def _column(role: str, names: Sequence[str], found: Sample) -> str:
    """The column that is most likely what a role asks for."""
    plain = {re.sub(r"[^a-z0-9]", "", name.casefold()): name for name in reversed(names)}
    for wanted in NAMES[role]:
        name = plain.get(wanted, "")
        if name and (role != "time" or name in found.instants) and not _is_for_people(role, name, found):
            return name
    if role == "requester":
        likely = (plain.get(wanted, "") for wanted in NAMES["account"])
        return next((name for name in likely if name and _holds_addresses(name, found)), "")
    return next((name for name in names if name in found.instants), "") if role == "time" else ""


def _is_for_people(role: str, column: str, found: Sample) -> bool:
    return role == "account" and _holds_addresses(column, found)


def _say_when(result: Proposal, found: Sample) -> None:
    """A column of instants for each row; one for each kind of thing where a row is a whole case."""
    several = [name for name in found.instants if meaning_of(name) != Meaning.NOTHING]
    if found.is_one_row_a_case(result.columns.get("case", "")) and len(several) > 1 and not found.each:
        result.moments = {name: meaning_of(name) for name in several}
        result.columns.pop("status", None)
    named = result.moments or [result.columns.get("time", "")]
    forms = {found.instants[name] for name in named if name in found.instants}
    result.time_format = max(forms, default="")


def _queue_of(value: str, desk: DeskDefinition) -> str:
    """One of our queues: the one of that name, else one of the tier it speaks of, else none."""
    folded = value.casefold()
    for queue in desk.queues:
        if folded in (queue.key, queue.name.casefold()):
            return queue.key
    tier = next((tier for words, tier in TIERS if re.search(words, folded)), 0)
    if not tier:
        return ""
    there = desk.queues_at(tier)
    words = set(re.findall(r"\w+", folded))
    likely = [queue.key for queue in there if words & set(queue.key.split("-"))]
    plain = [queue.key for queue in there if not queue.last_resort]
    return next(iter([*likely, *plain]), desk.entry_queue)
