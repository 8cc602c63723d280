import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsdesk.commands.main import main
from opsdesk.people import tokens
from opsdesk.people.models import Token

pytestmark = pytest.mark.django_db
Say = Callable[..., tuple[int, str]]
ROOT = Path(__file__).parents[2]
PREFIX = "bin/opsdesk token "


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*words: str) -> tuple[int, str]:
        code = main(["token", *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_a_token_is_made_listed_and_revoked(say: Say) -> None:
    code, said = say(
        "add", "market", "--may", "read", "--may", "raise-an-issue", "--scope", "MN.USED_CAR_PRIVATE"
    )
    secret = said.split()[-1]
    actor = tokens.actor_of(secret, now=datetime.now(UTC))
    assert code == 0
    assert actor is not None
    assert actor.abilities == {"read", "raise an issue"}
    code, listed = say("list")
    assert (code, "market" in listed, secret in listed) == (0, True, False)
    assert say("revoke", str(actor.id))[0] == 0
    assert tokens.actor_of(secret, now=datetime.now(UTC)) is None
    assert "revoked" in say("list")[1]


def test_without_more_words_it_may_all_that_a_token_can_and_for_ever(say: Say) -> None:
    assert "no token yet" in say("list")[1]
    assert say("add", "market")[0] == 0
    token = Token.objects.get()
    assert (len(token.abilities), token.scopes, token.expires_at) == (6, [], None)
    assert say("add", "short", "--days", "1")[0] == 0
    assert Token.objects.get(name="short").expires_at is not None


@pytest.mark.parametrize(
    "words",
    [
        ("add", "m", "--scope", "mars"),
        ("add", "m", "--days", "0"),
        ("add", "m", "--days", "99999"),
        ("revoke", "7"),
    ],
)
def test_what_it_cannot_do_is_said_and_leaves_nothing(say: Say, words: tuple[str, ...]) -> None:
    code, said = say(*words)
    assert code == 2
    assert said.startswith("opsdesk: ")
    assert not Token.objects.exists()


@pytest.mark.parametrize("page", ["README.md", "docs/handbook/api.md"])
def test_every_token_command_the_pages_show_makes_a_token(say: Say, page: str) -> None:
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    shown = [line.removeprefix(PREFIX) for line in lines if line.startswith(f"{PREFIX}add")]
    assert shown
    assert [say(*shlex.split(words, comments=True))[0] for words in shown] == [0] * len(shown)
    assert Token.objects.count() == len(shown)
