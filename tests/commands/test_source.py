from collections.abc import Callable

import pytest

from opsdesk.commands.main import main
from opsdesk.journal.models import Entry
from opsdesk.mail import sources
from opsdesk.mail.models import Source
from tests import cast
from tests.mail.letters import NOW

pytestmark = pytest.mark.django_db
Say = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*words: str) -> tuple[int, str]:
        code = main(["source", *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_a_webhook_has_a_token_that_is_shown_once_and_kept_as_its_digest(say: Say) -> None:
    code, said = say("add-webhook", "relay-1")
    token = said.split()[-1]
    assert code == 0
    assert "POST http://127.0.0.1:8000/hooks/mail/relay-1" in said
    assert f"Authorization: Bearer {token}" in said
    assert len(token) >= 32
    source = Source.objects.get()
    assert source.token_digest == sources.digest_of(token)
    assert token not in str(list(Entry.objects.values_list("payload", flat=True)))
    assert sources.webhook("relay-1", token) == source
    _, said = say("rotate-token", "relay-1")
    assert sources.webhook("relay-1", token) is None
    assert sources.webhook("relay-1", said.split()[-1]) == source


@pytest.mark.parametrize("key", ["", "with space", "-x", "a" * 61, "ключ", "a/b"])
def test_a_name_that_fits_no_address_is_refused(say: Say, key: str) -> None:
    code, said = say("add-webhook", "--", key)
    assert (code, Source.objects.count()) == (2, 0)
    assert "letters, digits and hyphens" in said


def test_sources_are_listed_closed_and_opened_again(say: Say) -> None:
    assert "no source yet" in say("list")[1]
    say("add-webhook", "relay-1")
    assert say("add-webhook", "relay-1")[0] == 2
    assert say("add-webhook", "relay-2", "--desk", "nowhere")[0] == 2
    assert say("close", "relay-1")[0] == 0
    assert say("close", "relay-1")[0] == 2
    assert "closed" in say("list")[1]
    assert say("reopen", "relay-1")[0] == 0
    assert say("reopen", "relay-1")[0] == 0
    assert "closed" not in say("list")[1]
    kinds = Entry.objects.filter(subject_kind="source").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["source.added", "source.closed", "source.reopened"]


def test_what_is_not_of_that_kind_or_not_there_is_refused(say: Say) -> None:
    sources.file_source("files", desk="support", start_at=None, now=NOW)
    for words in (("rotate-token", "files"), ("close", "files"), ("close", "nothing")):
        assert say(*words)[0] == 2


def test_a_key_taken_by_another_kind_is_no_source_of_the_listener() -> None:
    sources.file_source("smtp-support", desk="support", start_at=None, now=NOW)
    with pytest.raises(sources.SourceDiffers):
        sources.smtp_source("support", now=NOW)
