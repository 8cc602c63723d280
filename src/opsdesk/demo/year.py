"""The year as it will be lived, drawn before it begins: every mail, every request, every nuisance. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from opsdesk.demo.dealerships import Dealership
from opsdesk.demo.hours import by_day
from opsdesk.demo.months import Month
from opsdesk.demo.topics import speaks
from opsdesk.kernel.period import midnight

WEEKEND_WEIGHT = {5: 0.22, 6: 0.08}


class Opening(StrEnum):
    """How a request comes to be."""

    LETTER = "a mail of its own"
    LATE = "an answer long after an older request was closed"
    CLAIM = "a stranger's answer to somebody else's request"


class Detour(StrEnum):
    """What else happens to a request on its way."""

    ASKED = "we ask the customer back"
    THIRD_PARTY = "we wait on a provider"
    RETURNED = "Tier 2 gives it back, saying how"
    REROUTED = "it went to the wrong queue first"
    REOPENED = "it wasn't fixed after all"
    THANKED = "the customer says thanks"
    SKIPPED = "the lead sends it straight to Tier 3"
    FOLLOWED_UP = "we write twice in a row"
    FORGOTTEN = "it lies for days once the work is done but for the last step"


class Nuisance(StrEnum):
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    LIST = "list"
    SPAM = "spam marked upstream"
    ADVERT = "spam a person has to see"
    TWICE = "the same request from a colleague"
    HOSTILE = "bytes nobody understands"


@dataclass(frozen=True, slots=True)
class Course:
    """The way of one request: its type, the tier that resolves it, the detours."""

    type: str
    tier: int
    detours: frozenset[Detour]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that opens requests: the first course is the mail's, the others are split off by hand."""

    at: datetime
    opening: Opening
    courses: tuple[Course, ...]
    dealership: int
    delivered_twice: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Noise:
    """A mail that opens nothing, or nothing that lasts. `by_hand`: somebody makes a request of it."""

    at: datetime
    kind: Nuisance
    dealership: int
    by_hand: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Year:
    months: tuple[Month, ...]
    mails: tuple[Mail, ...]
    noises: tuple[Noise, ...]


TYPES_AT_1 = {
    "core.llm-behaviour": 12, "core.repeats-or-glitches": 12, "integration.dms": 6,
    "integration.scheduler": 12, "integration.provider-set-up": 4, "integration.rentals": 2,
    "account-set-up.flags": 18, "account-set-up.op-codes": 12, "account-set-up.service-matching": 9,
    "how-to.dashboard": 6, "how-to.reports": 4, "other.other": 3,
}  # fmt: skip
TYPES_AT_2 = {
    "core.llm-behaviour": 14, "core.repeats-or-glitches": 12, "integration.dms": 16,
    "integration.scheduler": 18, "integration.provider-set-up": 9, "integration.rentals": 5,
    "account-set-up.flags": 4, "account-set-up.op-codes": 4, "account-set-up.service-matching": 5,
    "how-to.reports": 3,
}  # fmt: skip
TYPES_AT_3_INTEGRATION = {"integration.dms": 5, "integration.scheduler": 5, "integration.rentals": 2}
TYPE_AT_3_CORE = "core.llm-behaviour"

# How often of a hundred requests; those that need a higher tier are drawn among these alone.
DETOURS: dict[Detour, tuple[int, int]] = {
    Detour.ASKED: (22, 1),
    Detour.FOLLOWED_UP: (10, 1),
    Detour.FORGOTTEN: (3, 1),
    Detour.REOPENED: (5, 1),
    Detour.THANKED: (6, 1),
    Detour.THIRD_PARTY: (45, 2),
    Detour.RETURNED: (9, 2),
    Detour.REROUTED: (7, 2),
    Detour.SKIPPED: (12, 3),
}
# How many of each for two hundred requests.
NUISANCES: dict[Nuisance, int] = {
    Nuisance.AUTO_REPLY: 3,
    Nuisance.BOUNCE: 2,
    Nuisance.LIST: 4,
    Nuisance.SPAM: 5,
    Nuisance.ADVERT: 2,
    Nuisance.TWICE: 1,
    Nuisance.HOSTILE: 2,
}
DELIVERED_TWICE = 0.025
ABROAD = ("korean", "mongolian")
FROM_ABROAD = 0.12
NOT_YET_LIVE = 0.04
BY_HAND = 0.4
TRIES = 100
FRESH_SHARE = 9
FORGOTTEN_LATELY = 0.4
LATELY = timedelta(days=12)
OPENS_A_CASE = frozenset({Nuisance.ADVERT, Nuisance.TWICE})


def draw_year(
    draw: Random, *, months: Sequence[Month], dealerships: Sequence[Dealership], zone: ZoneInfo
) -> Year:
    """Every mail of the months, in order of time."""
    mails: list[Mail] = []
    noises: list[Noise] = []
    for each in months:
        mails += _mails(draw, each, dealerships, zone)
        noises += _noises(draw, each, dealerships, zone)
    mails = [_lately(draw, mail, months[-1].period.end) for mail in mails]
    mails += _fresh(draw, months, dealerships)
    mails.sort(key=lambda mail: mail.at)
    noises.sort(key=lambda noise: noise.at)
    return Year(tuple(months), tuple(mails), tuple(noises))


def _mails(draw: Random, month: Month, dealerships: Sequence[Dealership], zone: ZoneInfo) -> list[Mail]:
    courses = _courses(draw, month)
    mails: list[Mail] = []
    while courses:
        opening = draw.choices(list(Opening), (95, 4, 1))[0]
        size = draw.choices((1, 2, 3), (94, 4, 2))[0] if opening is Opening.LETTER else 1
        group, courses = tuple(courses[:size]), courses[size:]
        mails.append(_mail(draw, _instant(draw, month, zone), opening, group, dealerships))
    return mails


def _lately(draw: Random, mail: Mail, now: datetime) -> Mail:
    """Of what came lately more lies unfinished: it has not been found yet."""
    if now - mail.at > LATELY or draw.random() > FORGOTTEN_LATELY:
        return mail
    first, *others = mail.courses
    forgotten = replace(first, detours=first.detours | {Detour.FORGOTTEN})
    return replace(mail, courses=(forgotten, *others))


def _mail(
    draw: Random,
    at: datetime,
    opening: Opening,
    courses: tuple[Course, ...],
    dealerships: Sequence[Dealership],
) -> Mail:
    writer = _writer(draw, dealerships, at, [course.type for course in courses])
    return Mail(at, opening, courses, writer, draw.random() < DELIVERED_TWICE, draw.getrandbits(48))


def _fresh(draw: Random, months: Sequence[Month], dealerships: Sequence[Dealership]) -> list[Mail]:
    """What came in the last hours before now, so that there is something to do."""
    now = months[-1].period.end
    return [
        _mail(
            draw,
            now - timedelta(minutes=draw.triangular(1, 24 * 60, 30)),
            Opening.LETTER,
            (Course(type, 1, frozenset()),),
            dealerships,
        )
        for type in _drawn(draw, TYPES_AT_1, max(2, months[0].counts.requests // FRESH_SHARE))
    ]


def _courses(draw: Random, month: Month) -> list[Course]:
    counts = month.counts
    at_1 = counts.requests - counts.tier_2 - counts.tier_3_core - counts.tier_3_integration
    types = [(type, 1) for type in _drawn(draw, TYPES_AT_1, at_1)]
    types += [(type, 2) for type in _drawn(draw, TYPES_AT_2, counts.tier_2)]
    types += [(TYPE_AT_3_CORE, 3)] * counts.tier_3_core
    types += [(type, 3) for type in _drawn(draw, TYPES_AT_3_INTEGRATION, counts.tier_3_integration)]
    draw.shuffle(types)
    return [Course(type, tier, _detours(draw, type, tier, month)) for type, tier in types]


def _drawn(draw: Random, weights: dict[str, int], count: int) -> list[str]:
    return draw.choices(list(weights), list(weights.values()), k=count)


def _detours(draw: Random, type: str, tier: int, month: Month) -> frozenset[Detour]:
    drawn = {
        detour
        for detour, (percent, least) in DETOURS.items()
        if tier >= least and draw.randrange(100) < percent
    }
    if tier != 2:
        drawn.discard(Detour.RETURNED)
    if month.worked:
        drawn.discard(Detour.SKIPPED)
    if Detour.SKIPPED in drawn:
        drawn.discard(Detour.REROUTED)
    if not type.startswith("integration."):
        drawn.discard(Detour.THIRD_PARTY)
    if Detour.REOPENED in drawn:
        drawn.discard(Detour.THANKED)
    return frozenset(drawn)


def _noises(draw: Random, month: Month, dealerships: Sequence[Dealership], zone: ZoneInfo) -> list[Noise]:
    noises: list[Noise] = []
    for kind, usual in NUISANCES.items():
        if month.worked and kind in OPENS_A_CASE:
            continue
        for number in range(max(1, round(usual * month.counts.requests / 200))):
            at = _instant(draw, month, zone)
            by_hand = (
                kind is Nuisance.HOSTILE and not month.worked and number == 0 and draw.random() < BY_HAND
            )
            writer = _writer(draw, dealerships, at, [])
            noises.append(Noise(at, kind, writer, by_hand, draw.getrandbits(48)))
    return noises


def _instant(draw: Random, month: Month, zone: ZoneInfo) -> datetime:
    """When a mail comes: on working days by day, seldom else; within the month, to the second."""
    first, last = month.period.start.astimezone(zone).date(), month.period.end.astimezone(zone).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    weights = [WEEKEND_WEIGHT.get(day.weekday(), 1.0) for day in days]
    for _ in range(TRIES):
        at = by_day(draw, midnight(draw.choices(days, weights)[0], zone))
        if at in month.period:
            return at
    # A month that has just begun may have no daytime yet.
    return month.period.start + (month.period.end - month.period.start) * draw.random()


def _writer(draw: Random, dealerships: Sequence[Dealership], at: datetime, types: Sequence[str]) -> int:
    """Somebody live on the day, now and then one that is about to be.

    Who writes in another language does so about one thing at a time that there are words for.
    """
    spoken = [language for language in ABROAD if len(types) == 1 and speaks(language, types[0])]
    language = draw.choice(spoken) if spoken and draw.random() < FROM_ABROAD else "english"
    candidates = [index for index, each in enumerate(dealerships) if each.language == language]
    day = at.date()
    live = [index for index in candidates if dealerships[index].lives(day)]
    return draw.choice(live if live and draw.random() > NOT_YET_LIVE else candidates)
