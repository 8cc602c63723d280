"""A desk as it is written: YAML, checked line by line, made into a `DeskDefinition`.

First each part by itself (pydantic), then what the parts say of one another (`crosschecks`).
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from opsdesk.cases.crosschecks import CHOOSE, problems_of
from opsdesk.cases.definition import (
    Code,
    DeskDefinition,
    Family,
    FirstTarget,
    Notices,
    QueueDef,
    ReplyAddress,
    TypeDef,
)
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.vault.documents import DocumentInvalid, Misfit, load_document
from opsdesk.vault.positions import read

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_BUDGET = re.compile(r"(?:([0-9]{1,4}) ?h)? ?(?:([0-9]{1,5}) ?min)?\Z")
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[a-z0-9-]+(\.[a-z0-9-]+)+\Z")


def read_desk(
    text: str, *, source: str, version: int = 0, calendars: Collection[str] | None = None
) -> DeskDefinition:
    """The desk written in `text`; raises `DocumentInvalid` with the line and the remedy of every problem.

    `calendars`: the names there are; None leaves that check out, for what was published long ago.
    """
    document = load_document(text, source=source, model=DeskDocument)
    definition = document.definition(version)
    _, lines = read(text)
    problems = problems_of(definition, lines, calendars)
    if problems:
        raise DocumentInvalid(source, problems)
    return definition


def _slug(written: str) -> str:
    if not _SLUG.match(written) or len(written) > 30:
        raise Misfit(
            gettext_noop(
                'code "%(written)s" must be 1 to 30 small letters, digits and hyphens, as "no-access"'
            ),
            written=written,
        )
    return written


def _label(written: object) -> str:
    text = written.strip() if isinstance(written, str) else ""
    if not text or len(text) > 120:
        raise Misfit(gettext_noop("write a label of 1 to 120 characters, as it is to be shown"))
    return text


def _zone(name: str) -> str:
    if name not in _zones():
        raise Misfit(gettext_noop('zone "%(zone)s" is unknown; write one such as "Asia/Seoul"'), zone=name)
    return name


def _address(written: str) -> str:
    if not _ADDRESS.match(written) or written != written.lower() or len(written) > 254:
        raise Misfit(
            gettext_noop('"%(written)s" is no address; write one in small letters: "support@desk.example"'),
            written=written,
        )
    return written


def _reply_address(written: object) -> ReplyAddress:
    if written not in tuple(ReplyAddress):
        raise Misfit(gettext_noop('write "desk" or "per-case"'))
    return ReplyAddress(str(written))


def _budget(written: object) -> int:
    match = _BUDGET.match(written.strip()) if isinstance(written, str) else None
    hours, minutes = match.groups(default="0") if match else ("0", "0")
    seconds = int(hours) * 3600 + int(minutes) * 60
    if seconds == 0:
        raise Misfit(
            gettext_noop('"%(written)s" is no working time above zero; write "4 h" or "1 h 30 min"'),
            written=written,
        )
    return seconds


def _tier_number(written: str) -> int:
    if not re.fullmatch("[1-9]", written):
        raise Misfit(gettext_noop('"%(written)s" is no tier; tiers are 1 to 9'), written=written)
    return int(written)


def _some(codes: dict[str, str]) -> dict[str, str]:
    if not codes:
        raise Misfit(gettext_noop('name at least one, as "bug: Bug"'))
    return codes


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


Slug = Annotated[str, AfterValidator(_slug)]
Label = Annotated[str, BeforeValidator(_label)]
Budget = Annotated[int, BeforeValidator(_budget)]
TierNumber = Annotated[int, BeforeValidator(_tier_number)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Codes = dict[Slug, Label]
SomeCodes = Annotated[Codes, AfterValidator(_some)]


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class QueuePart(_Part):
    name: Label
    tier: int = Field(ge=1, le=9)
    calendar: Label
    calendars: dict[Country, Label] = Field(default_factory=dict)
    up: list[Slug] = Field(default_factory=list)
    last_resort: bool = False


class FamilyPart(_Part):
    name: Label
    route: Slug
    types: SomeCodes


class TargetsPart(_Part):
    first_response: Budget | None = None
    first_touch: dict[TierNumber, Budget] = Field(default_factory=dict)
    resolution: Budget | None = None


class NoticesPart(_Part):
    opening: bool = False
    escalation: bool = True
    resolution: bool = True


class DeskDocument(_Part):
    """The document, each part checked by itself."""

    key: Slug
    name: Label
    zone: Annotated[str, AfterValidator(_zone)]
    address: Annotated[str, AfterValidator(_address)] = ""
    entry_queue: Slug
    grace_days: int = Field(default=14, ge=0, le=365)
    queues: Annotated[dict[Slug, QueuePart], Field(min_length=1)]
    families: Annotated[dict[Slug, FamilyPart], Field(min_length=1)]
    escalation_reasons: SomeCodes
    causes: SomeCodes
    void_reasons: SomeCodes
    third_parties: Codes = Field(default_factory=dict)
    targets: TargetsPart = TargetsPart()
    notices: NoticesPart = NoticesPart()
    reply_address: Annotated[ReplyAddress, BeforeValidator(_reply_address)] = ReplyAddress.DESK
    subject_token: bool = False

    def definition(self, version: int) -> DeskDefinition:
        """The value, as the given version."""
        return DeskDefinition(
            key=self.key,
            name=self.name,
            version=version,
            zone=ZoneInfo(self.zone),
            address=self.address,
            entry_queue=self.entry_queue,
            queues=tuple(
                QueueDef(
                    key,
                    part.name,
                    part.tier,
                    part.calendar,
                    tuple(part.up),
                    part.last_resort,
                    tuple(part.calendars.items()),
                )
                for key, part in self.queues.items()
            ),
            families=tuple(_family(key, part) for key, part in self.families.items()),
            escalation_reasons=_codes(self.escalation_reasons),
            causes=_codes(self.causes),
            void_reasons=_codes(self.void_reasons),
            third_parties=_codes(self.third_parties),
            targets=_targets(self.targets),
            notices=Notices(**self.notices.model_dump()),
            grace_days=self.grace_days,
            reply_address=self.reply_address,
            subject_token=self.subject_token,
        )


def _family(key: str, part: FamilyPart) -> Family:
    types = tuple(TypeDef(f"{key}.{leaf}", key, name) for leaf, name in part.types.items())
    return Family(key, part.name, "" if part.route == CHOOSE else part.route, types)


def _codes(codes: Mapping[str, str]) -> tuple[Code, ...]:
    return tuple(Code(key, name) for key, name in codes.items())


def _targets(part: TargetsPart) -> tuple[FirstTarget, ...]:
    whole = [("first_response", part.first_response), ("resolution", part.resolution)]
    of_case = [FirstTarget(name, 0, budget) for name, budget in whole if budget is not None]
    of_tier = [FirstTarget("first_touch", tier, budget) for tier, budget in sorted(part.first_touch.items())]
    return (*of_case, *of_tier)
