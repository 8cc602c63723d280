import hashlib
import hmac

from opsdesk.links.signing import header, new_secret, signature

BODY = b'{"id":"evt_1","kind":"deal.funded"}'


def test_a_secret_is_never_the_same_twice() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert all(len(new_secret()) > 40 for _ in range(3))


def test_a_signature_is_what_anybody_computes_by_the_handbook() -> None:
    expected = hmac.new(b"whsec_known", b"1772420400." + BODY, hashlib.sha256).hexdigest()
    assert signature("whsec_known", timestamp=1772420400, body=BODY) == expected


def test_another_body_another_time_and_another_secret_sign_otherwise() -> None:
    signed = signature("one", timestamp=1, body=BODY)
    assert signature("one", timestamp=2, body=BODY) != signed
    assert signature("one", timestamp=1, body=BODY + b" ") != signed
    assert signature("two", timestamp=1, body=BODY) != signed


def test_while_a_secret_is_replaced_both_sign() -> None:
    both = header(["new", "old"], timestamp=5, body=BODY)
    assert (
        both == f"v1={signature('new', timestamp=5, body=BODY)},v1={signature('old', timestamp=5, body=BODY)}"
    )
