"""The deals of the example as they will be made, drawn before the first one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import cycle
from random import Random

from opsdesk.deals.lifecycle import Reason
from opsdesk.demo.months import Month

YEAR = 12
ROUNDED = 10_000


class Fate(StrEnum):
    """How a deal goes on, if nothing holds it up before."""

    APPROVED = "the buyer approves"
    SILENT = "nobody says anything, and the deadline approves"
    RULED = "an issue that an operator rules"
    EXPIRED = "an issue that nobody rules in time"
    NEVER_FUNDED = "the buyer never pays"
    NEVER_DELIVERED = "the seller never delivers"


@dataclass(frozen=True, slots=True)
class Step:
    """One scope of the expansion. `opens`: the month of the year, from 0; `issues`: of a hundred deals.

    `items` with their prices in major units; `volume`: deals a month of the whole desk from this step on;
    `inspection_days` as its template has them.
    """

    scope: str
    opens: int
    currency: str
    minor_units: int
    volume: tuple[int, int]
    inspection_days: int
    issues: int
    reasons: dict[Reason, int]
    items: tuple[tuple[str, int, int], ...]
    buyers: tuple[str, ...]
    sellers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bargain:
    """A deal about to be lived: what, between whom, for how much, and what becomes of it after how long.

    `judged_after`: from delivery to the buyer's word, as a share of the inspection; `decided_share`: from the
    issue to the ruling, as a share of the time there is.
    """

    at: datetime
    step: Step
    item: str
    buyer: str
    seller: str
    total_minor: int
    fate: Fate
    reason: Reason
    funded_after: timedelta
    delivered_after: timedelta
    judged_after: float
    decided_share: float
    seed: int


R = Reason
MONGOLIANS = (
    "Б. Энхжаргал", "Д. Мөнхбат", "Г. Сарантуяа", "Ч. Оюунчимэг", "Т. Батбаяр", "С. Номинчимэг",
    "Л. Ганзориг", "Н. Алтанцэцэг", "О. Тэмүүжин", "Э. Уянга",
)  # fmt: skip
KOREANS = ("김서연", "박도현", "이하준", "최지우", "정민서", "강수빈", "윤태오", "한예린")
SEOUL_SELLERS = ("오세훈모터스", "임재현", "한빛중고차", "조은별", "신동욱")
DEALERS = ("Номин Авто ХХК", "Тэнгэр Моторс", "Хурд Авто Төв", "Алтай Кар")
BUILDERS = ("Хүрээ Пропертис", "Сэлбэ Констракшн", "Ногоон Нуур ХХК")

STEPS: tuple[Step, ...] = (
    Step(
        "MN.USED_CAR_PRIVATE", 0, "MNT", 100, (12, 28), 3, 8,
        {R.DAMAGE_MINOR: 62, R.MISSING_PARTS: 22, R.DOCUMENT_MISMATCH: 12, R.NOT_DELIVERED: 2, R.OTHER: 2},
        (
            ("Toyota Prius 20, 2008", 9_500_000, 14_000_000),
            ("Toyota Prius 30, 2012", 16_000_000, 23_000_000),
            ("Lexus RX 450h, 2011", 38_000_000, 52_000_000),
            ("Toyota Land Cruiser 200, 2013", 95_000_000, 125_000_000),
            ("Nissan Leaf, 2015", 18_000_000, 26_000_000), ("Hyundai Porter 2, 2014", 24_000_000, 33_000_000),
        ),
        MONGOLIANS, MONGOLIANS,
    ),
    Step(
        "MN.USED_CAR_DEALER", 3, "MNT", 100, (22, 48), 3, 11,
        {R.DAMAGE_MINOR: 42, R.QUALITY_NOT_MATCHING: 34, R.MISSING_PARTS: 16, R.DAMAGE_MAJOR: 5, R.OTHER: 3},
        (
            ("Toyota Aqua, 2016", 17_500_000, 24_000_000), ("Subaru Forester, 2017", 42_000_000, 58_000_000),
            ("Lexus LX 570, 2016", 165_000_000, 210_000_000), ("Mazda CX-5, 2018", 46_000_000, 61_000_000),
        ),
        MONGOLIANS, DEALERS,
    ),
    Step(
        "MN.REAL_ESTATE_SALE", 6, "MNT", 100, (32, 68), 7, 7,
        {R.DOCUMENT_MISMATCH: 54, R.DAMAGE_MINOR: 24, R.MISSING_PARTS: 16, R.QUALITY_NOT_MATCHING: 6},
        (
            ("2-room flat, Bayanzurkh", 150_000_000, 240_000_000),
            ("3-room flat, Khan-Uul", 280_000_000, 460_000_000),
            ("1-room flat, Songinokhairkhan", 85_000_000, 130_000_000),
            ("Garage, Sükhbaatar", 28_000_000, 45_000_000),
        ),
        MONGOLIANS, BUILDERS,
    ),
    Step(
        "KR.USED_CAR_PRIVATE", 9, "KRW", 1, (52, 96), 3, 9,
        {R.DAMAGE_MINOR: 64, R.MISSING_PARTS: 21, R.DOCUMENT_MISMATCH: 13, R.OTHER: 2},
        (
            ("현대 아반떼 AD, 2018", 9_800_000, 13_500_000), ("기아 K5, 2019", 15_500_000, 20_900_000),
            ("제네시스 G80, 2020", 36_000_000, 45_000_000), ("현대 포터 2, 2017", 9_900_000, 14_200_000),
            ("쌍용 티볼리, 2018", 8_900_000, 12_300_000),
        ),
        KOREANS, SEOUL_SELLERS,
    ),
)  # fmt: skip

NEVER_FUNDED, NEVER_DELIVERED, SILENT = 5, 2, 38
FRESH_HOURS = (3, 22, 33, 44)
SOON = 0.3
SETTLED_IN = timedelta(days=12)
# What the newest scope brings of all deals, in the month it opens and later on.
NEWEST_WEIGHT = 1.3


def opens_at(step: Step, months: Sequence[Month]) -> datetime | None:
    """When a scope opens; None in an example too short for it."""
    full = [month for month in months if month.period.end - month.period.start > timedelta(days=27)]
    number = step.opens * len(full) // YEAR
    return full[number].period.start if number < len(full) else None


def draw_bargains(seed: int, months: Sequence[Month], *, scale: float = 1.0) -> tuple[Bargain, ...]:
    """Every deal of the months in order of time, by a dice of its own; `scale` 1 is the usual volume."""
    draw = Random(f"deals {seed}")
    usual = [bargain for month in months for bargain in _of_month(draw, month, months, scale)]
    bargains = _half_of_them_ruled(usual) + _fresh(draw, months)
    return tuple(sorted(bargains, key=lambda bargain: bargain.at))


def _half_of_them_ruled(bargains: list[Bargain]) -> list[Bargain]:
    """The same, every second issue left to its deadline: a year has too few for dice to come near a half."""
    turns = cycle((Fate.RULED, Fate.EXPIRED))
    in_order = sorted(bargains, key=lambda bargain: bargain.at)
    return [replace(one, fate=next(turns)) if one.fate is Fate.RULED else one for one in in_order]


def _fresh(draw: Random, months: Sequence[Month]) -> list[Bargain]:
    """Issues of the last two days that nobody has ruled yet, so that there is something to do."""
    now = months[-1].period.end
    there = [step for step in STEPS if (at := opens_at(step, months)) is not None and at <= now - SETTLED_IN]
    return [
        _raised(draw, step, now - timedelta(hours=hours + draw.uniform(-2, 2)))
        for step in there
        for hours in FRESH_HOURS
    ]


def _raised(draw: Random, step: Step, at: datetime) -> Bargain:
    """A deal whose issue is raised about then, for the deadline to decide."""
    before = timedelta(hours=2 + draw.random())
    usual = _bargain(draw, step, at - before - timedelta(days=step.inspection_days) * SOON)
    return replace(
        usual,
        fate=Fate.EXPIRED,
        funded_after=before / 2,
        delivered_after=before / 2,
        judged_after=SOON,
    )


def _of_month(draw: Random, month: Month, months: Sequence[Month], scale: float) -> list[Bargain]:
    opening = {step.scope: opens_at(step, months) for step in STEPS}
    there = [step for step in STEPS if (at := opening[step.scope]) is not None and at <= month.period.start]
    if not there:
        return []
    length = month.period.end - month.period.start
    share = min(1.0, length / timedelta(days=28))
    number = max(1, round(draw.randint(*there[-1].volume) * scale * share))
    weights = [1.0] * (len(there) - 1) + [NEWEST_WEIGHT]
    return [
        _bargain(draw, step, month.period.start + length * draw.random())
        for step in draw.choices(there, weights, k=number)
    ]


def _bargain(draw: Random, step: Step, at: datetime) -> Bargain:
    item, least, most = draw.choice(step.items)
    return Bargain(
        at=at.replace(microsecond=0),
        step=step,
        item=item,
        buyer=draw.choice(step.buyers),
        seller=draw.choice(step.sellers),
        total_minor=round(draw.uniform(least, most) / ROUNDED) * ROUNDED * step.minor_units,
        fate=_fate(draw, step),
        reason=draw.choices(list(step.reasons), list(step.reasons.values()))[0],
        funded_after=timedelta(minutes=draw.randint(4, 30 * 60)),
        delivered_after=timedelta(minutes=draw.randint(3 * 60, 70 * 60)),
        judged_after=draw.uniform(0.2, 0.9),
        decided_share=draw.betavariate(1.6, 2.2),
        seed=draw.getrandbits(48),
    )


def _fate(draw: Random, step: Step) -> Fate:
    percent = draw.random() * 100
    if percent < NEVER_FUNDED:
        return Fate.NEVER_FUNDED
    if percent < NEVER_FUNDED + NEVER_DELIVERED:
        return Fate.NEVER_DELIVERED
    if draw.random() * 100 < step.issues:
        return Fate.RULED
    return Fate.SILENT if draw.random() * 100 < SILENT else Fate.APPROVED
