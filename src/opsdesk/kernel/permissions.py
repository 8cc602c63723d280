"""The permission table: which role may do what, and where."""

from enum import StrEnum

from opsdesk.kernel.actor import EVERY_DESK, Actor, ActorKind, Role
from opsdesk.kernel.refusal import Refusal, gettext_noop


class Act(StrEnum):
    READ = "read"
    TAKE = "take"
    NOTE = "note"
    REPLY = "reply"
    WAIT = "wait"
    RESUME = "resume"
    ESCALATE = "escalate"
    RETURN = "return"
    REROUTE = "reroute"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    THANKS = "thanks"
    VOID = "void"
    SPLIT = "split"
    MERGE = "merge"
    CLASSIFY = "classify"
    HANDLE_MAIL = "handle mail"
    ASSIGN_OTHERS = "assign others"
    SKIP_TIER = "skip a tier"
    SET_TARGETS = "set targets"
    SET_RETENTION = "set how long words are kept"
    SEAT_PEOPLE = "seat people"
    SET_ASIDE_IN_BULK = "set aside in bulk"
    MANAGE_PEOPLE = "manage people"
    MANAGE_ACCOUNTS = "manage accounts"
    PUBLISH = "publish documents"
    MANAGE_MAILBOXES = "manage mailboxes"
    REDACT = "redact"
    CREATE_DEAL = "create deals"
    FUND_DEAL = "fund deals"
    DELIVER_DEAL = "deliver deals"
    APPROVE_DEAL = "approve deals"
    RAISE_ISSUE = "raise an issue"
    RULE = "rule"
    ACKNOWLEDGE = "acknowledge incidents"
    SET_SCOPE = "set a scope's stage, cap and stop"
    MANAGE_TOKENS = "manage tokens"
    BRING_HISTORY = "bring in the history of another tool"
    WRITE_REVIEW = "write reviews"


AT_THE_QUEUE = frozenset(
    {
        Act.TAKE,
        Act.NOTE,
        Act.REPLY,
        Act.WAIT,
        Act.RESUME,
        Act.ESCALATE,
        Act.REROUTE,
        Act.RESOLVE,
        Act.REOPEN,
        Act.THANKS,
        Act.VOID,
        Act.SPLIT,
        Act.MERGE,
        Act.CLASSIFY,
        Act.HANDLE_MAIL,
        Act.RAISE_ISSUE,
        Act.RULE,
        Act.ACKNOWLEDGE,
    }
)
OF_A_LEAD = frozenset(
    {
        Act.ASSIGN_OTHERS,
        Act.SKIP_TIER,
        Act.SET_TARGETS,
        Act.SET_RETENTION,
        Act.SEAT_PEOPLE,
        Act.SET_ASIDE_IN_BULK,
        Act.MANAGE_ACCOUNTS,
        Act.RETURN,
        Act.SET_SCOPE,
        Act.BRING_HISTORY,
        Act.WRITE_REVIEW,
    }
)
OF_AN_ADMIN = frozenset({Act.MANAGE_PEOPLE, Act.PUBLISH, Act.MANAGE_MAILBOXES, Act.REDACT, Act.MANAGE_TOKENS})
# What a token may be given; which of them it has, it says itself.
OF_A_TOKEN = frozenset(
    {Act.READ, Act.CREATE_DEAL, Act.FUND_DEAL, Act.DELIVER_DEAL, Act.APPROVE_DEAL, Act.RAISE_ISSUE}
)

MAY: dict[Role, frozenset[Act]] = {
    Role.VIEWER: frozenset({Act.READ}),
    Role.OPERATOR: AT_THE_QUEUE | {Act.READ},
    Role.ENGINEER: AT_THE_QUEUE | {Act.READ, Act.RETURN},
    Role.LEAD: AT_THE_QUEUE | OF_A_LEAD | {Act.READ},
    Role.ADMIN: AT_THE_QUEUE | OF_A_LEAD | OF_AN_ADMIN | {Act.READ},
}
TIERS: dict[Role, frozenset[int]] = {Role.OPERATOR: frozenset({1}), Role.ENGINEER: frozenset({2, 3})}
# Whoever may run the installation's commands sets it up: first admin, shipped documents, example data.
BY_THE_SYSTEM = frozenset(
    {
        Act.READ,
        Act.HANDLE_MAIL,
        Act.MANAGE_PEOPLE,
        Act.SEAT_PEOPLE,
        Act.MANAGE_ACCOUNTS,
        Act.MANAGE_MAILBOXES,
        Act.PUBLISH,
        Act.SET_SCOPE,
        Act.MANAGE_TOKENS,
        Act.BRING_HISTORY,
        Act.WRITE_REVIEW,
    }
)


class NotYourDesk(Refusal):
    message = gettext_noop("You have no role on the %(desk)s desk. Its lead can give you one.")


class NoDeskHere(NotYourDesk):
    """A page of the house that shows what some desks have; the person reads none of these."""

    message = gettext_noop("This page shows nothing of the desks you have a role on. An admin gives roles.")


class NotAnAdmin(Refusal):
    message = gettext_noop("Only an admin may %(act)s. Ask one of them.")


class NotYourRight(Refusal):
    message = gettext_noop("Your role doesn't allow you to %(act)s. Ask a lead of the %(desk)s desk.")


class NotThisToken(Refusal):
    message = gettext_noop("This token may not %(act)s. Ask an admin for one that may.")


class NotYourQueue(Refusal):
    message = gettext_noop("You don't sit in %(queue)s, so you can't %(act)s there. Ask a lead for a seat.")


class NotYourTier(NotYourQueue):
    """A seat is there, and the role is one for other tiers."""

    message = gettext_noop(
        "You sit in %(queue)s, but your role is not for its tier, so you can't %(act)s there."
        " Ask a lead of the %(desk)s desk."
    )


def check_may(
    actor: Actor, act: Act, *, desk: str, queue: str | None = None, tier: int | None = None
) -> None:
    """Raise the refusal that applies, or return.

    `queue` and `tier` are those of the case acted on; without them only role and desk count.
    """
    if actor.kind is ActorKind.TOKEN:
        if act not in OF_A_TOKEN or act.value not in actor.abilities:
            raise NotThisToken(act=act.value)
        return
    if actor.kind is not ActorKind.PERSON:
        if actor.kind is not ActorKind.SYSTEM or act not in BY_THE_SYSTEM:
            raise NotYourRight(act=act.value, desk=desk)
        return
    roles = actor.roles_on(desk)
    if desk == EVERY_DESK and not roles:
        raise NotAnAdmin(act=act.value)
    if not roles:
        raise NotYourDesk(desk=desk)
    allowed = [role for role in roles if act in MAY[role]]
    if not allowed:
        raise NotYourRight(act=act.value, desk=desk)
    if queue is None or act is Act.READ or actor.leads(desk):
        return
    _check_seat(actor, act, allowed, desk=desk, queue=queue, tier=tier)


def _check_seat(
    actor: Actor, act: Act, allowed: list[Role], *, desk: str, queue: str, tier: int | None
) -> None:
    if not actor.sits_in(desk, queue):
        raise NotYourQueue(queue=queue, act=act.value)
    if not any(tier in TIERS.get(role, frozenset()) for role in allowed):
        raise NotYourTier(queue=queue, act=act.value, desk=desk)


def may(actor: Actor, act: Act, *, desk: str, queue: str | None = None, tier: int | None = None) -> bool:
    """Ask the same without raising."""
    try:
        check_may(actor, act, desk=desk, queue=queue, tier=tier)
    except Refusal:
        return False
    return True
