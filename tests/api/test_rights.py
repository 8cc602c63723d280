"""What a token may, and where."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.http import HttpResponse

from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.permissions import OF_A_TOKEN, Act
from opsdesk.people import tokens
from opsdesk.people.models import Token
from tests.api import marketplace
from tests.api.marketplace import DEALER, PRIVATE, Program, codes, draft

Ask = Callable[[Program, dict[str, int]], HttpResponse]
# Each address with the ability it needs. The numbers are of deals ready for it.
ADDRESSES: dict[str, tuple[Act, Ask]] = {
    "list scopes": (Act.READ, lambda program, ids: program.get("scopes")),
    "get a scope": (Act.READ, lambda program, ids: program.get(f"scopes/{PRIVATE}")),
    "list deals": (Act.READ, lambda program, ids: program.get("deals")),
    "get a deal": (Act.READ, lambda program, ids: program.get(f"deals/{ids['created']}")),
    "ledger": (Act.READ, lambda program, ids: program.get(f"deals/{ids['created']}/ledger")),
    "list evidence": (Act.READ, lambda program, ids: program.get(f"deals/{ids['inspected']}/evidence")),
    "content": (
        Act.READ,
        lambda program, ids: program.get(f"deals/{ids['shown']}/evidence/{ids['file']}/content"),
    ),
    "list disputes": (Act.READ, lambda program, ids: program.get("disputes")),
    "get a dispute": (Act.READ, lambda program, ids: program.get(f"disputes/{ids['dispute']}")),
    "create": (Act.CREATE_DEAL, lambda program, ids: program.post("deals", draft())),
    "fund": (Act.FUND_DEAL, lambda program, ids: program.post(f"deals/{ids['created']}/funding")),
    "deliver": (Act.DELIVER_DEAL, lambda program, ids: program.post(f"deals/{ids['funded']}/delivery")),
    "approve": (Act.APPROVE_DEAL, lambda program, ids: program.post(f"deals/{ids['inspected']}/approval")),
    "raise": (
        Act.RAISE_ISSUE,
        lambda program, ids: program.post(f"deals/{ids['faulty']}/issue", {"reason": "DAMAGE_MINOR"}),
    ),
    "send evidence": (Act.RAISE_ISSUE, lambda program, ids: program.send(ids["shown"], b"a text")),
}


@pytest.fixture
def ids(market: Program) -> dict[str, int]:
    """Deals at the points where each address has something to do, once."""
    names = ("inspected", "faulty", "shown", "disputed")
    found = {"created": market.deal(), "funded": market.deal()} | {name: market.inspected() for name in names}
    market.post(f"deals/{found['funded']}/funding")
    market.send(found["faulty"])
    market.send(found["disputed"])
    found["file"] = market.send(found["shown"]).json()["id"]
    raised = market.post(f"deals/{found['disputed']}/issue", {"reason": "DAMAGE_MINOR"})
    return found | {"dispute": raised.json()["id"]}


def test_an_address_opens_for_the_ability_it_needs_and_for_no_other(ids: dict[str, int]) -> None:
    without = {act: Program(marketplace.secret(OF_A_TOKEN - {act})) for act in OF_A_TOKEN}
    only = {act: Program(marketplace.secret([act])) for act in OF_A_TOKEN}
    refused = {address: codes(ask(without[act], ids)) for address, (act, ask) in ADDRESSES.items()}
    opened = {address: ask(only[act], ids).status_code for address, (act, ask) in ADDRESSES.items()}
    assert {address: said for address, said in refused.items() if said != (403, "NotThisToken")} == {}
    assert {address: status for address, status in opened.items() if status not in (200, 201)} == {}


def test_a_token_of_another_scope_sees_and_moves_nothing(ids: dict[str, int]) -> None:
    dealer = Program(marketplace.secret(scopes=[DEALER]))
    answers = {address: ask(dealer, ids) for address, (_, ask) in ADDRESSES.items()}
    lists = {address for address, answer in answers.items() if answer.status_code == 200}
    assert lists == {"list scopes", "list deals", "list disputes"}
    for address in lists:
        assert [
            each for each in next(iter(answers.pop(address).json().values())) if each["scope"] != DEALER
        ] == []
    assert {codes(answer) for answer in answers.values()} == {(403, "NotThisToken")}


@pytest.mark.parametrize("token", ["", "opd_wrong"])
def test_without_a_valid_token_no_address_opens(ids: dict[str, int], token: str) -> None:
    for address, (_, ask) in ADDRESSES.items():
        answer = ask(Program(token), ids)
        assert codes(answer) == (401, "Unauthenticated"), address
        assert answer["WWW-Authenticate"] == "Bearer"


def test_the_scopes_of_a_token_narrow_its_lists(market: Program, ids: dict[str, int]) -> None:
    marketplace.open_scopes(DEALER)
    dealer = Program(marketplace.secret(scopes=[DEALER]))
    number = dealer.deal(scope=DEALER)
    assert [each["id"] for each in dealer.get("deals").json()["deals"]] == [number]
    assert [each["scope"] for each in dealer.get("scopes").json()["scopes"]] == [DEALER]
    assert len(market.get("deals").json()["deals"]) == 7
    assert codes(dealer.get("deals", scope=PRIVATE)) == (403, "NotThisToken")
    assert [each["id"] for each in market.get("deals", scope=DEALER).json()["deals"]] == [number]


def test_the_moves_an_answer_offers_are_those_the_token_may_make(market: Program) -> None:
    number = market.inspected()
    reader = Program(marketplace.secret([Act.READ]))
    raiser = Program(marketplace.secret([Act.READ, Act.RAISE_ISSUE]))
    offered = [
        [move["move"] for move in each.get(f"deals/{number}").json()["allowed_moves"]]
        for each in (market, raiser, reader)
    ]
    assert offered == [["APPROVE", "RAISE_ISSUE"], ["RAISE_ISSUE"], []]


def test_a_revoked_token_is_turned_away_at_once(market: Program) -> None:
    assert market.get("scopes").status_code == 200
    tokens.revoke(token_id=Token.objects.get().id, actor=SYSTEM, now=datetime.now(UTC))
    assert codes(market.get("scopes")) == (401, "Unauthenticated")


def test_somebody_signed_in_gets_nothing_by_the_session(market: Program) -> None:
    ada = marketplace.cast.admin()
    stranger = Program("")
    stranger.client.force_login(ada.person)
    assert codes(stranger.get("scopes")) == (401, "Unauthenticated")
