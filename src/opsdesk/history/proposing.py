"""A map proposed from what the first rows show, by the words that several tools have for a thing. Pure."""

import json
import re
from collections import Counter
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
PLACES = ("queue", "queue_before", "queue_now")


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
        free = [name for name in found.columns if name not in taken]
        column = (
            _time(free, found, result.columns.get("case", ""))
            if role == "time"
            else _column(role, free, found)
        )
        if column:
            result.columns[role] = column
    _say_when(result, found)
    for role in TABLES:
        if role in result.columns:
            result.values[role] = proposed_values(role, found, columns_of(role, result.columns), desk)
    return result


def columns_of(role: str, columns: Mapping[str, str]) -> list[str]:
    """The columns whose values a role's table is about: of teams also those before and today."""
    roles = PLACES if role == "queue" else (role,)
    return [columns[each] for each in roles if columns.get(each)]


def counted(found: Sample, columns: Sequence[str]) -> Counter[str]:
    """How often each value stands in columns."""
    there = Counter[str]()
    for name in columns:
        there.update(found.values.get(name, ()))
    return there


def proposed_values(role: str, found: Sample, columns: Sequence[str], desk: DeskDefinition) -> dict[str, str]:
    """What each value of columns may mean, the most frequent first. Of an unknown status or team nothing is
    said, so its rows are kept aside, as a map does that does not name it.
    """
    values = [value for value, _ in counted(found, columns).most_common(MOST_VALUES)]
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
    columns = _written_columns(proposal)
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


def _written_columns(proposal: Proposal) -> dict[str, str | list[str]]:
    """The columns as a map has them: where a case is today counts where nothing says where it was."""
    places = PLACES[1:] if proposal.columns.get("queue") else PLACES
    left_out = {*places, *(("time", "activity") if proposal.moments else ())}
    columns: dict[str, str | list[str]] = {
        role: name for role, name in proposal.columns.items() if name and role not in left_out
    }
    now, before = (proposal.columns.get(role, "") for role in ("queue_now", "queue_before"))
    if "queue" in columns and now:
        columns["queue"] = [proposal.columns["queue"], now]
    if "queue" in columns and before:
        columns["queue_before"] = before
    return columns


def _meant(role: str, values: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """What has a meaning; a table must say something, so one without any says that nothing means nothing."""
    found = [(value, meaning) for value, meaning in values.items() if meaning]
    return found or [("-", "" if role == "queue" else Meaning.NOTHING.value)]


def _table(name: str, pairs: Iterable[tuple[str, str | list[str]]]) -> list[str]:
    lines = [f"  {_quoted(key)}: {_quoted(value)}" for key, value in pairs]
    return [f"{name}:", *lines] if lines else []


def _quoted(words: str | list[str]) -> str:
    return json.dumps(words, ensure_ascii=False)


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
    if role == "queue_now" and not found.each:
        return ""
    for name in _named(role, names):
        if not _is_for_people(role, name, found):
            return name
    if role == "requester":
        return next(iter(_of_addresses(names, found)), "")
    return ""


def _of_addresses(names: Sequence[str], found: Sample) -> list[str]:
    """The columns of e-mail addresses: those called as an account's are; of others only one that is alone."""
    holding = [name for name in names if _holds_addresses(name, found)]
    called = [name for name in _named("account", names) if name in holding]
    return called or (holding if len(holding) == 1 else [])


def _named(role: str, names: Sequence[str]) -> list[str]:
    """The columns that are called as a role's are, the most telling first."""
    plain = {re.sub(r"[\W_]+", "", name.casefold()): name for name in reversed(names)}
    return [plain[wanted] for wanted in NAMES[role] if wanted in plain]


def _time(names: Sequence[str], found: Sample, case: str) -> str:
    """The column that says when each thing happened. One that is the same in all rows of a case can't, so it
    goes behind those that change in about as many cases as any does.
    """
    ordered = dict.fromkeys(name for name in [*_named("time", names), *names] if name in found.instants)
    changing = {name: found.changing(case, name)[0] for name in ordered}
    most = max(changing.values(), default=0)
    return next((name for name in ordered if changing[name] * 2 >= most), "")


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
