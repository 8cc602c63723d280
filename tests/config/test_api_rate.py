import pytest

from opsdesk.config.environment import API_RATE, EnvironmentInvalid, read


def test_a_token_may_send_as_many_requests_a_minute_as_the_environment_says() -> None:
    assert read({}).api_rate == API_RATE == 600
    assert read({"OPSDESK_API_RATE": "5"}).api_rate == 5


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "99999999", "５"])
def test_a_rate_that_is_none_fails_at_once_with_its_remedy(text: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=r"OPSDESK_API_RATE is .*as 600"):
        read({"OPSDESK_API_RATE": text})
