"""A scope's template as it is written: YAML, checked line by line, made into `Terms`."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel

from opsdesk.deals.countries import CURRENCY_OF
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.terms import CAPPED, Allowed, EvidenceItem, Terms
from opsdesk.kernel.money import EXPONENTS
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.vault.documents import Misfit, Misfits, load_document

_SCOPE = re.compile(r"[A-Z]{2}\.[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\Z")
_ITEM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_RATIO = re.compile(r"(?:0(?:\.[0-9]{1,12})?|1(?:\.0{1,12})?)\Z")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,10})?) ?%\Z")


def read_template(text: str, *, source: str, version: int = 0) -> Terms:
    """The terms written in `text`; raises `DocumentInvalid` with the line and the remedy of every problem."""
    return load_document(text, source=source, model=NewTemplate).terms(version)


def read_published(text: str, *, source: str, version: int) -> Terms:
    """The terms of a version that stands: one published before scopes had to be of a country is read too."""
    return load_document(text, source=source, model=TemplateDocument).terms(version)


def _scope(written: str) -> str:
    if not _SCOPE.match(written) or len(written) > 43:
        raise Misfit(
            gettext_noop('"%(written)s" is no scope; write country and category, as "MN.USED_CAR_PRIVATE"'),
            written=written,
        )
    return written


def _country(written: str) -> str:
    if written.partition(".")[0] not in CURRENCY_OF:
        raise Misfit(
            gettext_noop(
                '"%(country)s" is no country that deals can be made in; write the two letters that ISO 3166-1'
                ' gives it, as "MN" or "KR"'
            ),
            country=written.partition(".")[0],
        )
    return written


def _currency(written: str) -> str:
    if written not in EXPONENTS:
        raise Misfit(
            gettext_noop('"%(written)s" is no currency of ISO 4217; write three capital letters, as "MNT"'),
            written=written,
        )
    return written


def _item(written: str) -> str:
    if not _ITEM.match(written) or len(written) > 40:
        raise Misfit(
            gettext_noop('"%(written)s" must be 1 to 40 small letters, digits and hyphens, as "odometer"'),
            written=written,
        )
    return written


def _ratio(written: object) -> Decimal:
    """An exact share: `0.15` or `15 %`; a number is read as it was written."""
    text = str(written).strip()
    percent = _PERCENT.match(text)
    if percent is not None and Decimal(percent[1]) <= 100:
        return Decimal(percent[1]).scaleb(-2)
    if _RATIO.match(text):
        return Decimal(text)
    raise Misfit(
        gettext_noop('"%(written)s" is no share; write one from 0 to 1 as 0.15, or as 15 %%'), written=written
    )


def _cap(written: object) -> Decimal | None:
    return None if written is None else _ratio(written)


def _number(written: object) -> int:
    if type(written) is not int:
        raise Misfit(gettext_noop('"%(written)s" is no whole number; write one, as 3'), written=written)
    return written


def _within(least: int, most: int) -> Callable[[int], int]:
    """A check that a number is from `least` to `most`."""

    def check(written: int) -> int:
        if not least <= written <= most:
            message = gettext_noop(
                "%(written)s must be greater than or equal to %(least)s and less than or equal to %(most)s;"
                " write such a number"
            )
            raise Misfit(message, written=written, least=least, most=most)
        return written

    return check


def _flag(written: object) -> bool:
    if type(written) is not bool:
        raise Misfit(
            gettext_noop('"%(written)s" is neither true nor false; write one of the two'), written=written
        )
    return written


def _names(written: object) -> object:
    """A name may be one text, or one for each language."""
    return {"en": written} if isinstance(written, str) else written


def _name(written: str) -> str:
    if not written.strip() or len(written) > 120:
        raise Misfit(gettext_noop("write a name of 1 to 120 characters, as it is to be shown"))
    return written.strip()


Scope = Annotated[str, AfterValidator(_scope)]
ScopeOfCountry = Annotated[Scope, AfterValidator(_country)]
Currency = Annotated[str, AfterValidator(_currency)]
Item = Annotated[str, AfterValidator(_item)]
Ratio = Annotated[Decimal, BeforeValidator(_ratio)]
Cap = Annotated[Decimal | None, BeforeValidator(_cap)]
Number = Annotated[int, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Name = Annotated[str, AfterValidator(_name)]


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class NamesPart(_Part):
    en: Name
    ko: Name = ""
    mn: Name = ""


class ItemPart(_Part):
    name: Annotated[NamesPart, BeforeValidator(_names)]
    kind: Literal["PHOTO", "VIDEO", "REPORT", "DOCUMENT"]
    required: Flag = False

    def item(self, key: str) -> EvidenceItem:
        return EvidenceItem(key, self.name.en, self.kind, self.required, self.name.model_dump())


class TemplateDocument(_Part):
    """The document, each part checked by itself, then against the others."""

    scope: Scope
    currency: Currency | None = None
    inspection_ttl_days: Annotated[Number, AfterValidator(_within(1, 60))]
    dispute_ttl_hours: Annotated[Number, AfterValidator(_within(1, 720))]
    holdback_ratio: Ratio
    immediate_ratio: Ratio
    evidence_required: Flag
    auto_approve_enabled: Flag
    on_ttl: Literal["CAPPED_OFFSET"]
    offset_caps_by_reason_code: dict[Reason, Ratio] = Field(default_factory=dict)
    allowed_outcomes: dict[Reason, dict[Outcome, Cap]]
    evidence: dict[Item, ItemPart] = Field(default_factory=dict)
    second_look: list[Reason] = Field(default_factory=list)

    @field_validator("immediate_ratio")
    @classmethod
    def _makes_one(cls, immediate: Decimal, info: ValidationInfo) -> Decimal:
        held = info.data.get("holdback_ratio")
        if held is not None and held + immediate != 1:
            message = gettext_noop(
                "holdbackRatio + immediateRatio must be 1, and is %(sum)s; change one of them"
            )
            raise Misfit(message, sum=str(held + immediate))
        return immediate

    @field_validator("allowed_outcomes")
    @classmethod
    def _can_be_ruled(
        cls, allowed: dict[Reason, dict[Outcome, Decimal | None]]
    ) -> dict[Reason, dict[Outcome, Decimal | None]]:
        found = [_no_reject(reason) for reason in Reason if Outcome.REJECT not in allowed.get(reason, {})]
        for reason, outcomes in allowed.items():
            found += [misfit for each in outcomes.items() if (misfit := _wrong_cap(reason, *each))]
        if found:
            raise Misfits(found)
        return allowed

    def terms(self, version: int) -> Terms:
        """The value, as the given version."""
        return Terms(
            scope=self.scope,
            version=version,
            inspection_days=self.inspection_ttl_days,
            dispute_hours=self.dispute_ttl_hours,
            holdback_ratio=self.holdback_ratio,
            auto_approve=self.auto_approve_enabled,
            evidence_required=self.evidence_required,
            ttl_caps=dict(self.offset_caps_by_reason_code),
            allowed={
                reason: tuple(Allowed(outcome, cap or Decimal(0)) for outcome, cap in outcomes.items())
                for reason, outcomes in self.allowed_outcomes.items()
            },
            checklist=tuple(part.item(key) for key, part in self.evidence.items()),
            second_look=frozenset(self.second_look),
            currency=self.currency or CURRENCY_OF.get(self.scope.partition(".")[0], ""),
        )


class NewTemplate(TemplateDocument):
    """A document that is to be published: its scope is of a country that deals can be made in."""

    scope: ScopeOfCountry


def _no_reject(reason: Reason) -> Misfit:
    return Misfit(
        gettext_noop("allow at least REJECT for %(reason)s"), at=(reason.value,), reason=reason.value
    )


def _wrong_cap(reason: Reason, outcome: Outcome, cap: Decimal | None) -> Misfit | None:
    at = (reason.value, outcome.value)
    if outcome in CAPPED and not cap:
        message = gettext_noop("%(outcome)s needs a cap above 0, as a share of the holdback: 0.1")
        return Misfit(message, at=at, outcome=outcome.value)
    if outcome not in CAPPED and cap is not None:
        message = gettext_noop("%(outcome)s takes no cap; leave it empty")
        return Misfit(message, at=at, outcome=outcome.value)
    return None
