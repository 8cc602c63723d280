import base64

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.vault.sealing import SealBroken, SealedByAnotherKey, seal, unseal


@given(st.text(), st.text())
def test_what_is_sealed_comes_out_again(secret: str, purpose: str) -> None:
    secret, purpose = (text.encode(errors="replace").decode() for text in (secret, purpose))
    assert unseal(seal(secret, purpose=purpose), purpose=purpose) == secret


def test_a_seal_shows_nothing_and_is_never_the_same_twice() -> None:
    first, second = (seal("a-word-among-friends", purpose="mailbox") for _ in range(2))
    assert first != second
    for hidden in ("a-word-among-friends", base64.b64encode(b"a-word-among-friends").decode()):
        assert hidden not in first


def test_another_master_key_gets_an_error_of_its_own() -> None:
    sealed = seal("secret", purpose="mailbox")
    with override_settings(SECRET_KEY="another"), pytest.raises(SealedByAnotherKey, match=r"master\.key"):
        unseal(sealed, purpose="mailbox")


def test_a_seal_opens_for_its_purpose_alone() -> None:
    with pytest.raises(SealBroken):
        unseal(seal("secret", purpose="mailbox"), purpose="webhook")


def test_a_seal_that_was_touched_does_not_open() -> None:
    sealed = seal("secret", purpose="mailbox")
    head, _dot, body = sealed.rpartition(".")
    flipped = ("A" if body[-8] != "A" else "B").join((body[:-8], body[-7:]))
    for broken in (
        f"{head}.{flipped}",
        f"{head}.",
        f"{head}.!!!",
        f"{head}.é",
        "secret",
        "",
        f"s0{sealed[2:]}",
    ):
        with pytest.raises(SealBroken):
            unseal(broken, purpose="mailbox")
