"""What a program may send. Nothing is guessed: an unknown field or a number in quotes is refused."""

from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from opsdesk.deals.actions import ITEM_LENGTH, NAME_LENGTH, REFERENCE_LENGTH
from opsdesk.deals.lifecycle import Reason, State
from opsdesk.deals.lines import LINE, LINE_OR_NOTHING
from opsdesk.disputes.actions import TEXT_LENGTH
from opsdesk.kernel.money import EXPONENTS, MOST_MINOR

TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
SCOPE = r"^[A-Z]{2}\.[A-Z][A-Z0-9_]{0,39}$"

REASONS = tuple(reason.value for reason in Reason)
STATES = tuple(state.value for state in State)


def _day(value: Any) -> date:
    """A day as `2026-03-02` and in no other way."""
    if isinstance(value, str) and len(value) == 10:
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise PydanticCustomError("day", "write a day that there is, as 2026-03-02")


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Reference = Annotated[str, Field(max_length=REFERENCE_LENGTH, pattern=LINE_OR_NOTHING)]
Scope = Annotated[str, Field(pattern=SCOPE)]
StatesAsked = Annotated[list[Literal[STATES]] | None, Query(max_length=20)]  # type: ignore[valid-type]
ReasonsAsked = Annotated[list[Literal[REASONS]] | None, Query(max_length=20)]  # type: ignore[valid-type]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class PartyDraft(Strict):
    """Buyer or seller."""

    name: str = Field(max_length=NAME_LENGTH, pattern=LINE, examples=["Bat Erdene"])
    reference: Reference = Field(default="", description="What you call them.")


class MoneyDraft(Strict):
    """Whole minor units: 100000000 of MNT are 1,000,000.00; 1000000 of KRW are 1,000,000."""

    minor: int = Field(gt=0, le=MOST_MINOR, examples=[100_000_000])
    currency: Literal[tuple(sorted(EXPONENTS))] = Field(description="ISO 4217", examples=["MNT"])  # type: ignore[valid-type]


class DealDraft(Strict):
    """A deal about to be made."""

    scope: Scope
    item: str = Field(max_length=ITEM_LENGTH, pattern=LINE, examples=["Toyota Prius 2015, 9876 UBA"])
    buyer: PartyDraft
    seller: PartyDraft
    total: MoneyDraft
    reference: Reference = Field(
        default="", description="Your own number of the deal; no two deals of a scope have the same."
    )


class IssueDraft(Strict):
    """An issue about to be raised."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"reason": {"const": "OTHER"}}},
            "then": {"required": ["text"], "properties": {"text": {"pattern": r"\S"}}},
        }
    )

    reason: Literal[REASONS]  # type: ignore[valid-type]
    text: str = Field(
        default="",
        max_length=TEXT_LENGTH,
        pattern=TEXT,
        description="What is wrong, in words. OTHER needs it.",
    )
