"""What the door answers. Instants are UTC; money is whole minor units, their currency, how it is written."""

from datetime import datetime

from pydantic import BaseModel, Field


class MoneyOut(BaseModel):
    """`display` is for reading only: reckon with `minor`."""

    minor: int = Field(description="Whole minor units", examples=[100_000_000])
    currency: str = Field(examples=["MNT"])
    display: str = Field(examples=["MNT 1,000,000"])


class PartyOut(BaseModel):
    name: str
    reference: str


class DealMoney(BaseModel):
    """The deal's money: `holdback` is what the terms keep back; `held` is what lies in escrow now."""

    total: MoneyOut
    immediate: MoneyOut
    holdback: MoneyOut
    held: MoneyOut
    released: MoneyOut
    refunded: MoneyOut
    offset: MoneyOut


class TimerOut(BaseModel):
    """What happens by itself at `due_at` unless somebody acts before."""

    timer: str
    due_at: datetime
    then: str


class MoveOut(BaseModel):
    """A move this token may make now, and how."""

    move: str
    method: str
    href: str


class DealLinks(BaseModel):
    self: str
    evidence: str
    ledger: str
    dispute: str | None


class DealOut(BaseModel):
    """A deal. `waits_for`: whose move it is; null once it is settled."""

    id: int
    scope: str
    template_version: int
    state: str
    version: int = Field(description="Counts the moves.")
    reference: str
    item: str
    buyer: PartyOut
    seller: PartyOut
    money: DealMoney
    reason: str | None
    ending: str | None
    created_at: datetime
    state_since: datetime
    funded_at: datetime | None
    delivered_at: datetime | None
    issue_at: datetime | None
    approved_at: datetime | None
    settled_at: datetime | None
    timers: list[TimerOut]
    waits_for: str | None
    allowed_moves: list[MoveOut]
    links: DealLinks


class DealPage(BaseModel):
    """Deals, newest first. `next` is the address of the page after this one, or null."""

    deals: list[DealOut]
    next: str | None


class ChecklistItem(BaseModel):
    key: str
    name: str
    kind: str
    required: bool


class TermsOut(BaseModel):
    """The newest published terms: those of a deal made now. Ratios and caps are exact decimals, as text."""

    version: int
    inspection_days: int
    dispute_hours: int
    holdback_ratio: str
    auto_approve: bool
    evidence_required: bool
    ttl_caps: dict[str, str]
    outcomes: dict[str, list[str]]
    checklist: list[ChecklistItem]


class ScopeOut(BaseModel):
    """A country and a category. `cap_left`: how many deals more while the stage is limited, else null."""

    scope: str
    country: str
    category: str
    stage: str
    stopped: bool
    takes_deals: bool
    cap: int | None
    cap_left: int | None
    terms: TermsOut | None
    link: str


class ScopeList(BaseModel):
    scopes: list[ScopeOut]


class EvidenceOut(BaseModel):
    """A file about a deal; `sha256` is the digest of its bytes."""

    id: int
    name: str
    kind: str
    media_type: str
    item: str | None
    sha256: str
    size: int
    added_at: datetime
    content: str = Field(description="The address of its bytes.")


class ItemOut(BaseModel):
    """An item of the checklist. `state`: present, waived, missing, or optional where nothing is needed."""

    key: str
    name: str
    kind: str
    required: bool
    state: str
    files: list[int]


class EvidenceList(BaseModel):
    """The evidence of a deal. `frozen`: the dispute is decided, nothing is added any more."""

    deal: int
    frozen: bool
    complete: bool
    items: list[ItemOut]
    files: list[EvidenceOut]


class RulingOut(BaseModel):
    """How a dispute ended. `basis`: ruling (a person) or ttl (nobody ruled in time)."""

    basis: str
    outcome: str
    to_buyer: MoneyOut
    to_seller: MoneyOut
    replacement: str | None
    ruled_at: datetime


class DisputeLinks(BaseModel):
    self: str
    deal: str
    evidence: str


class DisputeOut(BaseModel):
    """The dispute of a deal's issue. At `due_at` the terms decide if nobody has."""

    id: int
    deal: int
    scope: str
    state: str = Field(description="open or decided")
    reason: str
    text: str
    raised_at: datetime
    due_at: datetime
    decided_at: datetime | None
    ruling: RulingOut | None
    links: DisputeLinks


class DisputePage(BaseModel):
    """Disputes, newest first. `next` is the address of the page after this one, or null."""

    disputes: list[DisputeOut]
    next: str | None


class TransferOut(BaseModel):
    """One movement of money; it is never changed."""

    id: int
    action: str
    cause: str
    from_party: str = Field(serialization_alias="from")
    to_party: str = Field(serialization_alias="to")
    amount: MoneyOut
    happened_at: datetime


class Balances(BaseModel):
    """HOLD = RELEASE + REFUND + OFFSET + held, always; held is 0 once the deal is settled."""

    hold: MoneyOut
    release: MoneyOut
    refund: MoneyOut
    offset: MoneyOut
    held: MoneyOut


class LedgerOut(BaseModel):
    deal: int
    transfers: list[TransferOut]
    balances: Balances


class FieldProblemOut(BaseModel):
    """`in` is body, query, header or path; `pointer` a JSON pointer into the body, or a parameter's name."""

    place: str = Field(serialization_alias="in")
    pointer: str
    detail: str


class Problem(BaseModel):
    """A refusal (RFC 9457). `detail` says what to do; `code` is stable; a refusal has changed nothing."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldProblemOut] | None = None
