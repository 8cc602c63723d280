"""The table of rights, stated a second time by hand: each act, who may, and where."""

import pytest

from opsdesk.kernel.actor import CUSTOMER, EVERY_DESK, SYSTEM, Actor, ActorKind, Grant, Role, Seat
from opsdesk.kernel.permissions import (
    OF_A_TOKEN,
    Act,
    NotYourDesk,
    NotYourQueue,
    NotYourRight,
    check_may,
    may,
)

EVERYBODY = {Role.VIEWER, Role.OPERATOR, Role.ENGINEER, Role.LEAD, Role.ADMIN}
WHO_WORKS = EVERYBODY - {Role.VIEWER}
ABOVE_TIER_1 = {Role.ENGINEER, Role.LEAD, Role.ADMIN}
WHO_LEADS = {Role.LEAD, Role.ADMIN}
ADMINS = {Role.ADMIN}

WHO_MAY = {
    Act.READ: EVERYBODY,
    Act.TAKE: WHO_WORKS,
    Act.NOTE: WHO_WORKS,
    Act.REPLY: WHO_WORKS,
    Act.WAIT: WHO_WORKS,
    Act.RESUME: WHO_WORKS,
    Act.ESCALATE: WHO_WORKS,
    Act.REROUTE: WHO_WORKS,
    Act.RESOLVE: WHO_WORKS,
    Act.REOPEN: WHO_WORKS,
    Act.THANKS: WHO_WORKS,
    Act.VOID: WHO_WORKS,
    Act.SPLIT: WHO_WORKS,
    Act.MERGE: WHO_WORKS,
    Act.CLASSIFY: WHO_WORKS,
    Act.HANDLE_MAIL: WHO_WORKS,
    Act.RETURN: ABOVE_TIER_1,
    Act.ASSIGN_OTHERS: WHO_LEADS,
    Act.SKIP_TIER: WHO_LEADS,
    Act.SET_TARGETS: WHO_LEADS,
    Act.SET_RETENTION: WHO_LEADS,
    Act.SEAT_PEOPLE: WHO_LEADS,
    Act.SET_ASIDE_IN_BULK: WHO_LEADS,
    Act.MANAGE_ACCOUNTS: WHO_LEADS,
    Act.MANAGE_PEOPLE: ADMINS,
    Act.PUBLISH: ADMINS,
    Act.MANAGE_MAILBOXES: ADMINS,
    Act.REDACT: ADMINS,
    Act.RAISE_ISSUE: WHO_WORKS,
    Act.RULE: WHO_WORKS,
    Act.ACKNOWLEDGE: WHO_WORKS,
    Act.SET_SCOPE: WHO_LEADS,
    Act.BRING_HISTORY: WHO_LEADS,
    Act.WRITE_REVIEW: WHO_LEADS,
    Act.MANAGE_TOKENS: ADMINS,
    # The marketplace's own moves: a token's, no person's.
    Act.CREATE_DEAL: set(),
    Act.FUND_DEAL: set(),
    Act.DELIVER_DEAL: set(),
    Act.APPROVE_DEAL: set(),
}
AT_A_QUEUE = [act for act, roles in WHO_MAY.items() if act is not Act.READ and Role.ENGINEER in roles]
PAIRS = [(role, act) for role in Role for act in Act]
TIER_OF = {Role.OPERATOR: {1}, Role.ENGINEER: {2, 3}, Role.LEAD: {1, 2, 3}, Role.ADMIN: {1, 2, 3}}


def holder(role: Role, desk: str = "support", *queues: str) -> Actor:
    where = EVERY_DESK if role is Role.ADMIN else desk
    seats = frozenset(Seat(desk, queue) for queue in queues)
    return Actor(ActorKind.PERSON, 1, "Ann", frozenset({Grant(where, role)}), seats)


def test_the_table_names_every_act() -> None:
    assert set(WHO_MAY) == set(Act)


@pytest.mark.parametrize(("role", "act"), PAIRS)
def test_a_role_may_what_the_table_says_on_its_desk(role: Role, act: Act) -> None:
    assert may(holder(role), act, desk="support") is (role in WHO_MAY[act])


@pytest.mark.parametrize(("role", "act"), PAIRS)
def test_a_role_ends_at_its_desk(role: Role, act: Act) -> None:
    if role is Role.ADMIN:
        assert may(holder(role), act, desk="deals") is (role in WHO_MAY[act])
        return
    with pytest.raises(NotYourDesk):
        check_may(holder(role), act, desk="deals")


@pytest.mark.parametrize("act", AT_A_QUEUE)
@pytest.mark.parametrize("tier", [1, 2, 3])
@pytest.mark.parametrize("role", list(TIER_OF))
def test_a_seat_gives_the_queues_of_ones_tiers(role: Role, tier: int, act: Act) -> None:
    expected = role in WHO_MAY[act] and tier in TIER_OF[role]
    assert may(holder(role, "support", "here"), act, desk="support", queue="here", tier=tier) is expected


@pytest.mark.parametrize("act", AT_A_QUEUE)
@pytest.mark.parametrize("role", list(TIER_OF))
def test_without_a_seat_only_who_leads_acts_in_a_queue(role: Role, act: Act) -> None:
    tier = min(TIER_OF[role])
    elsewhere = holder(role, "support", "elsewhere")
    expected = role in WHO_LEADS and role in WHO_MAY[act]
    assert may(elsewhere, act, desk="support", queue="here", tier=tier) is expected


def test_a_seat_on_another_desk_is_no_seat_here() -> None:
    actor = Actor(
        ActorKind.PERSON,
        1,
        "Ann",
        frozenset({Grant("support", Role.OPERATOR)}),
        frozenset({Seat("deals", "ops")}),
    )
    with pytest.raises(NotYourQueue):
        check_may(actor, Act.TAKE, desk="support", queue="ops", tier=1)


def test_a_viewer_reads_every_queue_without_a_seat() -> None:
    check_may(holder(Role.VIEWER), Act.READ, desk="support", queue="ops", tier=1)


def test_a_viewer_with_a_seat_still_only_reads() -> None:
    with pytest.raises(NotYourRight):
        check_may(holder(Role.VIEWER, "support", "ops"), Act.NOTE, desk="support", queue="ops", tier=1)


def test_two_roles_add_up() -> None:
    both = Actor(
        ActorKind.PERSON,
        1,
        "Ann",
        frozenset({Grant("support", Role.OPERATOR), Grant("support", Role.ENGINEER)}),
        frozenset({Seat("support", "ops"), Seat("support", "core-support")}),
    )
    for queue, tier in (("ops", 1), ("core-support", 2)):
        check_may(both, Act.RESOLVE, desk="support", queue=queue, tier=tier)
    with pytest.raises(NotYourQueue):
        check_may(both, Act.RETURN, desk="support", queue="ops", tier=1)


def test_the_system_sets_up_the_installation_and_handles_mail_and_nothing_else() -> None:
    allowed = {act for act in Act if may(SYSTEM, act, desk="support")}
    assert allowed == {
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


@pytest.mark.parametrize("act", Act)
def test_a_token_may_what_it_was_given_of_what_tokens_may_be_given(act: Act) -> None:
    token = Actor(ActorKind.TOKEN, 1, "Shop", abilities=frozenset({act.value}))
    assert may(token, act, desk="deals") is (act in OF_A_TOKEN)
    assert not may(Actor(ActorKind.TOKEN, 1, "Shop"), act, desk="deals")


def test_a_customer_may_nothing() -> None:
    assert not any(may(CUSTOMER, act, desk="support") for act in Act)
