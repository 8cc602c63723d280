"""What the parts of a desk's document say of one another, each contradiction with its line. Pure."""

from collections.abc import Collection, Iterator, Mapping

from opsdesk.cases.definition import SPLIT_UNDONE, DeskDefinition, QueueDef
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.vault.positions import Path, Problem

CHOOSE = "choose"
# Words that stand in the place of a queue in addresses of pages.
NO_QUEUE_KEYS = frozenset({"all", "mine", CHOOSE})
# A void case of a desk that takes mail behaves by these codes: a message to a duplicate goes on in the
# case it repeats, one to spam is set aside. A part whose split was undone counts nowhere.
NEEDED_VOID_REASONS = ("spam", "duplicate")


def problems_of(
    desk: DeskDefinition, lines: Mapping[Path, int], calendars: Collection[str] | None
) -> list[Problem]:
    """Every contradiction of the document; `lines` are those of its paths."""
    found = [
        *_entry(desk),
        *_tiers(desk),
        *(each for queue in desk.queues for each in _queue(desk, queue, calendars)),
        *_routes(desk),
        *_targets(desk),
        *_void_reasons(desk),
    ]
    return [Problem(lines[_known(path, lines)], message, details) for path, message, details in found]


Found = tuple[Path, str, dict[str, object]]


def _entry(desk: DeskDefinition) -> Iterator[Found]:
    where: Path = ("entry_queue",)
    if not desk.has_queue(desk.entry_queue):
        yield (
            where,
            gettext_noop('entry_queue "%(queue)s" is none of the queues; name one of Tier 1: %(tier_1)s'),
            {"queue": desk.entry_queue, "tier_1": _keys(desk.queues_at(1))},
        )
    elif desk.queue(desk.entry_queue).tier != 1:
        yield (
            where,
            gettext_noop('entry_queue "%(queue)s" is at Tier %(tier)s; name one of Tier 1: %(tier_1)s'),
            {
                "queue": desk.entry_queue,
                "tier": desk.queue(desk.entry_queue).tier,
                "tier_1": _keys(desk.queues_at(1)),
            },
        )


def _tiers(desk: DeskDefinition) -> Iterator[Found]:
    for tier in range(1, desk.top_tier):
        if not desk.queues_at(tier):
            above = min(queue.tier for queue in desk.queues if queue.tier > tier)
            yield (
                ("queues", desk.queues_at(above)[0].key, "tier"),
                gettext_noop("no queue is at Tier %(tier)s; tiers leave no gap: add one or renumber"),
                {"tier": tier},
            )


def _queue(desk: DeskDefinition, queue: QueueDef, calendars: Collection[str] | None) -> Iterator[Found]:
    where: Path = ("queues", queue.key)
    if queue.key in NO_QUEUE_KEYS:
        yield (
            where,
            gettext_noop('"%(queue)s" has a meaning of its own; call the queue otherwise'),
            {"queue": queue.key},
        )
    named = {(*where, "calendar"): queue.calendar}
    named |= {(*where, "calendars", country): name for country, name in queue.calendars}
    for place, name in named.items():
        if calendars is not None and name not in calendars:
            yield (
                place,
                gettext_noop('no calendar "%(calendar)s" is published; publish it or name one of: %(known)s'),
                {"calendar": name, "known": ", ".join(sorted(calendars)) or "-"},
            )
    if not queue.up and desk.queues_at(queue.tier + 1):
        yield (
            where,
            gettext_noop('queue "%(queue)s" has no way up; add "up:" with some of Tier %(above)s: %(there)s'),
            {"queue": queue.key, "above": queue.tier + 1, "there": _keys(desk.queues_at(queue.tier + 1))},
        )
    yield from _ups(desk, queue)


def _ups(desk: DeskDefinition, queue: QueueDef) -> Iterator[Found]:
    there = desk.queues_at(queue.tier + 1)
    for index, key in enumerate(queue.up):
        where: Path = ("queues", queue.key, "up", index)
        details: dict[str, object] = {"queue": key, "above": queue.tier + 1, "there": _keys(there)}
        if not desk.has_queue(key):
            yield (
                where,
                gettext_noop('up: "%(queue)s" is none of the queues; those of Tier %(above)s are: %(there)s'),
                details,
            )
        elif desk.queue(key).tier != queue.tier + 1:
            yield (
                where,
                gettext_noop('up: "%(queue)s" is not at Tier %(above)s, one tier up; there are: %(there)s'),
                details,
            )
        if key in queue.up[:index]:
            yield where, gettext_noop('up: "%(queue)s" stands here twice; leave one out'), details


def _routes(desk: DeskDefinition) -> Iterator[Found]:
    for family in desk.families:
        where: Path = ("families", family.key, "route")
        details: dict[str, object] = {"queue": family.route, "there": _keys(desk.queues_at(2))}
        if not family.route:
            continue
        if not desk.has_queue(family.route) or desk.queue(family.route).tier != 2:
            yield (
                where,
                gettext_noop(
                    'route "%(queue)s" is no queue of Tier 2; name one of: %(there)s;'
                    ' or "choose" to let the person choose'
                ),
                details,
            )
        elif not any(family.route in queue.up for queue in desk.queues_at(1)):
            yield (
                where,
                gettext_noop('no queue of Tier 1 hands up to "%(queue)s"; add it to the "up:" of one'),
                details,
            )


def _targets(desk: DeskDefinition) -> Iterator[Found]:
    for target in desk.targets:
        if target.tier > desk.top_tier:
            yield (
                ("targets", target.name, str(target.tier)),
                gettext_noop("the desk has no Tier %(tier)s; its highest is %(top)s"),
                {"tier": target.tier, "top": desk.top_tier},
            )


def _void_reasons(desk: DeskDefinition) -> Iterator[Found]:
    codes = {code.key for code in desk.void_reasons}
    for needed in NEEDED_VOID_REASONS:
        if needed not in codes and desk.takes_mail:
            yield (
                ("void_reasons",),
                gettext_noop('void_reasons lacks "%(code)s", on which rules depend; add it'),
                {"code": needed},
            )
    if SPLIT_UNDONE in codes:
        yield (
            ("void_reasons", SPLIT_UNDONE),
            gettext_noop('"%(code)s" is set by undoing a split alone; leave it out'),
            {"code": SPLIT_UNDONE},
        )


def _keys(queues: Collection[QueueDef]) -> str:
    return ", ".join(queue.key for queue in queues) or "-"


def _known(path: Path, lines: Mapping[Path, int]) -> Path:
    """The deepest place of the text on the way to `path`."""
    while path not in lines:
        path = path[:-1]
    return path
