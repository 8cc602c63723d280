"""The address of a single case can be answered to, and not made up."""

import pytest

from opsdesk.mail.case_address import address_for, case_in_subject, case_of, mac, token_for, without_tokens

KEY, DESK = "k" * 40, "support@desk.example"


@pytest.mark.parametrize("case_id", [1, 12, 999_999, 2**62])
def test_an_answer_to_it_finds_the_case(case_id: int) -> None:
    address = address_for(case_id, DESK, key=KEY)
    assert address.endswith("@desk.example")
    assert case_of(["x@y.example", address.upper()], [DESK], key=KEY) == case_id
    assert case_in_subject(f"Re: {token_for(case_id, key=KEY)} the bot", key=KEY) == case_id


def test_nobody_can_make_one_up() -> None:
    address = address_for(12, DESK, key=KEY)
    for other in (
        address.replace("c12", "c13"),
        address.replace(mac(12, KEY), mac(13, KEY)),
        address_for(12, DESK, key="other"),
        address.replace("desk.example", "evil.example"),
        "support+c12@desk.example",
        "support+c12-@desk.example",
        "",
    ):
        assert case_of([other], [DESK], key=KEY) is None
    assert case_in_subject("Re: [#12-aaaaaaaaaa] x", key=KEY) is None


def test_a_number_beyond_all_cases_is_none() -> None:
    number = 10**19 - 1
    assert case_in_subject(f"[#{number}-{mac(number, KEY)}]", key=KEY) is None


def test_an_address_that_would_grow_too_long_stays_the_desks() -> None:
    long = "s" * 60 + "@desk.example"
    assert address_for(12, long, key=KEY) == long
    assert address_for(12, "a+b@desk.example", key=KEY) == "a+b@desk.example"


def test_the_token_is_not_part_of_what_people_read() -> None:
    assert without_tokens(f"Re: {token_for(7, key=KEY)} The bot") == "Re: The bot"
