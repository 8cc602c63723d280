import pytest

from opsdesk.insight.picks import NoSuchNumber, Pick, counted, parse


def test_a_number_is_found_again_by_its_token() -> None:
    for pick in counted(3):
        assert parse(pick.token, 3) == pick
    assert parse("worked:2-17", 3) == Pick("worked", (2, 17))
    assert parse("stuck_us", 3).is_of_now


@pytest.mark.parametrize(
    "token",
    [
        "", "nonsense", "received", "received:0", "received:4", "received:1-2", "in:1", "flow:2-1",
        "flow:1-4", "worked:1", "received:2; DROP TABLE", "RECEIVED:1", "received:٣",
        "received:99999999999999999999", "followed_up:1",
    ],
)  # fmt: skip
def test_what_names_no_number_is_refused_by_name(token: str) -> None:
    with pytest.raises(NoSuchNumber):
        parse(token, 3)
