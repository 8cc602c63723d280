"""A map: which columns of another tool's export say what, and what its values mean here. Pure.

YAML, read with positions: every problem names its line and the remedy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from opsdesk.cases.definition import DeskDefinition
from opsdesk.history.matching import Table
from opsdesk.history.rules import Meaning
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.vault.documents import DocumentInvalid, Misfit, load_document
from opsdesk.vault.positions import Problem, read

_TOOL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_TAB, _NO_DELIMITERS = "\\t", '"\r\n\0'
_WAITING_ON, _IN = "waiting on ", " in "
TABLES = (
    ("activity", "activities"),
    ("status", "statuses"),
    ("queue", "queues"),
    ("queue_before", "queues"),
)
ATTRIBUTES = ("subject", "account", "type", "requester", "cause")


@dataclass(frozen=True, slots=True)
class Means:
    """What a value means; `party`: the third party waited on; `queue`: where the case is from then on."""

    meaning: Meaning
    party: str = ""
    queue: str = ""


@dataclass(frozen=True, slots=True)
class HistoryMap:
    """A map as values. Each of `columns` is read from the first of its names that is filled; those with a
    table from the first whose value the table says something of. `queue_before`: where it was until then.

    `moments`: columns that each hold the instant of one thing, in place of one row a thing.
    """

    name: str
    tool: str
    format: str
    delimiter: str
    encoding: str
    zone: ZoneInfo
    time_formats: tuple[str, ...]
    each: str
    columns: Mapping[str, tuple[str, ...]]
    also: tuple[str, ...]
    moments: Mapping[str, Means]
    entry: str
    queues: Table[str]
    activities: Table[Means]
    statuses: Table[Means]
    types: Table[str]
    causes: Table[str]

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every column that is looked at, once."""
        named = [name for names in self.columns.values() for name in names]
        return tuple(dict.fromkeys([*named, *self.also, *self.moments]))


def read_map(text: str, *, source: str, desk: DeskDefinition) -> HistoryMap:
    """The map written in `text`, for a desk; `DocumentInvalid` has line and remedy of each problem."""
    document = load_document(text, source=source, model=MapDocument)
    problems = _strangers(document, read(text)[1], desk)
    if problems:
        raise DocumentInvalid(source, problems)
    return document.value(desk)


def tool_of(text: str, *, source: str) -> str:
    """Which tool a map is for."""
    return load_document(text, source=source, model=MapDocument).tool


def _tool(written: str) -> str:
    if not _TOOL.match(written) or len(written) > 40:
        raise Misfit(
            gettext_noop(
                'the tool "%(written)s" must be 1 to 40 small letters, digits and hyphens, as "linear"'
            ),
            written=written,
        )
    return written


def _names(written: object) -> tuple[str, ...]:
    found = written if isinstance(written, list) else [written]
    names = tuple(str(each) for each in found if each is not None and str(each))
    if not names:
        raise Misfit(gettext_noop("name the column, as it stands in the file"))
    return names


def _means(written: object) -> Means:
    text = str(written).strip().lower() if written is not None else Meaning.NOTHING.value
    said, _, queue = text.rpartition(_IN) if _IN in text else (text, "", "")
    if said in tuple(Meaning):
        meaning = Meaning(said)
        return Means(meaning, "other" if meaning is Meaning.WAITING_THIRD_PARTY else "", queue)
    if said.startswith(_WAITING_ON):
        return Means(Meaning.WAITING_THIRD_PARTY, said.removeprefix(_WAITING_ON), queue)
    raise Misfit(
        gettext_noop('"%(written)s" is no meaning; write one of: %(known)s'),
        written=written,
        known=", ".join(Meaning),
    )


def _key(written: object) -> str:
    return "" if written is None else str(written)


def _zone(name: str) -> str:
    if name and name not in available_timezones():
        raise Misfit(gettext_noop('zone "%(zone)s" is unknown; write one such as "Asia/Seoul"'), zone=name)
    return name


def _delimiter(written: str) -> str:
    if written in ("auto", _TAB) or (len(written) == 1 and written not in _NO_DELIMITERS):
        return written
    raise Misfit(
        gettext_noop('the delimiter "%(written)s" must be one character, as ";", or \\t for a tab'),
        written=written,
    )


def _encoding(name: str) -> str:
    try:
        "".encode("utf-8" if name == "auto" else name)
    except LookupError:
        raise Misfit(
            gettext_noop('encoding "%(encoding)s" is unknown; write one such as "cp949"'), encoding=name
        ) from None
    return name


def _formats(written: object) -> tuple[str, ...]:
    found = written if isinstance(written, list) else [written]
    return tuple(str(each) for each in found if each)


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Meanings = dict[str, Annotated[Means, BeforeValidator(_means)]]
Keys = dict[str, Annotated[str, BeforeValidator(_key)]]


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ColumnsPart(_Part):
    case: Names
    time: Names = ()
    activity: Names = ()
    status: Names = ()
    queue: Names = ()
    queue_before: Names = ()
    person: Names = ()
    subject: Names = ()
    account: Names = ()
    type: Names = ()
    requester: Names = ()
    cause: Names = ()
    also: Names = ()


class MapDocument(_Part):
    """The document, each part checked by itself."""

    name: str = Field(min_length=1, max_length=120)
    tool: Annotated[str, AfterValidator(_tool)]
    format: Literal["csv", "jsonl", "xes"]
    delimiter: Annotated[str, AfterValidator(_delimiter)] = "auto"
    encoding: Annotated[str, AfterValidator(_encoding)] = Field(default="auto", max_length=40)
    zone: Annotated[str, AfterValidator(_zone)] = ""
    time_format: Annotated[tuple[str, ...], BeforeValidator(_formats)] = ()
    each: str = ""
    entry: str = ""
    columns: ColumnsPart
    moments: Meanings = Field(default_factory=dict)
    queues: Keys = Field(default_factory=dict)
    activities: Meanings = Field(default_factory=dict)
    statuses: Meanings = Field(default_factory=dict)
    types: Keys = Field(default_factory=dict)
    causes: Keys = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_when_and_what(self) -> "MapDocument":
        both = self.each and self.columns.time
        if bool(self.columns.time) == bool(self.moments) and not both:
            raise Misfit(
                gettext_noop(
                    'name the column "time" of a row, or the columns of "moments" of a case: one of them'
                ),
                at=("columns",),
            )
        for column, table in TABLES:
            if getattr(self.columns, column) and not getattr(self, table):
                raise Misfit(
                    gettext_noop('say what the values of "%(column)s" mean, under "%(table)s"'),
                    at=("columns", column),
                    column=column,
                    table=table,
                )
        return self

    def value(self, desk: DeskDefinition) -> HistoryMap:
        """The map for a desk: what it leaves out is the desk's."""
        columns = {
            name: names for name, names in self.columns.model_dump().items() if names and name != "also"
        }
        return HistoryMap(
            name=self.name,
            tool=self.tool,
            format=self.format,
            delimiter=self.delimiter,
            encoding=self.encoding,
            zone=ZoneInfo(self.zone) if self.zone else desk.zone,
            time_formats=self.time_format,
            each=self.each,
            columns=columns,
            also=self.columns.also,
            moments=self.moments,
            entry=self.entry or desk.entry_queue,
            queues=Table(self.queues),
            activities=Table(self.activities),
            statuses=Table(self.statuses),
            types=Table(self.types),
            causes=Table(self.causes),
        )


def _strangers(
    document: MapDocument, lines: Mapping[tuple[str | int, ...], int], desk: DeskDefinition
) -> list[Problem]:
    """What the map names that the desk hasn't."""
    queues = [queue.key for queue in desk.queues]
    types = [leaf.key for family in desk.families for leaf in family.types]
    causes = [cause.key for cause in desk.causes]
    named: list[tuple[tuple[str | int, ...], str, list[str]]] = [
        (("queues", name), key, queues) for name, key in document.queues.items()
    ]
    named += [(("types", name), key, types) for name, key in document.types.items()]
    named += [(("causes", name), key, causes) for name, key in document.causes.items()]
    tables = {"moments": document.moments, "statuses": document.statuses, "activities": document.activities}
    named += [
        ((table, name), means.queue, queues) for table, of in tables.items() for name, means in of.items()
    ]
    if document.entry:
        named.append((("entry",), document.entry, queues))
    return [
        Problem(
            lines.get(path, 1),
            gettext_noop('the desk has no "%(key)s"; it has %(known)s'),
            {"key": key, "known": ", ".join(known)},
        )
        for path, key, known in named
        if key and key not in known
    ]
