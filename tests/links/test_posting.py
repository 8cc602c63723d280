"""Calling servers of every kind, real ones on this machine."""

import datetime as dt
import ssl
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from opsdesk.links.addresses import Target
from opsdesk.links.posting import SHOWN, Answer, Limits, NotDelivered, post
from tests.links.far_end import FarEnd, far_end

HERE = Limits(allow_private=True, connect_s=1.0, total_s=2.0)
PUBLIC_ONLY = Limits(connect_s=1.0, total_s=2.0)
BODY = '{"text":"Сайн уу"}'.encode()


@pytest.fixture
def end() -> Iterator[FarEnd]:
    with far_end() as running:
        yield running


def call(end: FarEnd, limits: Limits = HERE, **more: object) -> Answer:
    target = Target("http", "127.0.0.1", end.port, "/hook?from=desk")
    return post(target, BODY, {"Opsdesk-Id": "evt_1"}, limits=limits, **more)  # type: ignore[arg-type]


def test_the_bytes_arrive_as_they_are_with_our_headers(end: FarEnd) -> None:
    assert call(end) == Answer(200, "noted")
    (received,) = end.calls
    assert (received.path, received.body) == ("/hook?from=desk", BODY)
    assert received.headers["Host"] == f"127.0.0.1:{end.port}"
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["Opsdesk-Id"] == "evt_1"


@pytest.mark.parametrize(
    ("way", "status", "start"),
    [
        (204, 204, ""),
        (500, 500, "no \ufffd thanks"),
        (410, 410, "no \ufffd thanks"),
        ("continues", 202, "later"),
        ("chunks", 200, "well done"),
    ],
)
def test_an_answer_is_read_as_it_is_meant(end: FarEnd, way: object, status: int, start: str) -> None:
    end.ways = [way]
    answer = call(end)
    assert answer.status == status
    assert answer.start in (start, "noted" if way == 204 else start)
    assert answer.is_ok == (status < 300)


def test_a_redirect_leads_nowhere(end: FarEnd) -> None:
    end.ways = ["redirects"]
    answer = call(end)
    assert (answer.status, answer.is_ok) == (302, False)
    assert [each.path for each in end.calls] == ["/hook?from=desk"]


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("hangs", "no answer in time"),
        ("drips", "no answer in time"),
        ("boasts", "the head of the answer has no end"),
        ("resets", "reset"),
        ("closes", "closed without an answer"),
        ("babbles", "no HTTP"),
    ],
)
def test_a_server_that_does_not_answer_is_left_in_time(end: FarEnd, way: str, why: str) -> None:
    end.ways = [way]
    began = monotonic()
    with pytest.raises(NotDelivered, match=why):
        call(end, Limits(allow_private=True, connect_s=0.5, total_s=0.8))
    assert monotonic() - began < 2


@pytest.mark.parametrize("way", ["floods", "lingers"])
def test_of_an_endless_answer_only_the_beginning_is_read(end: FarEnd, way: str) -> None:
    end.ways = [way]
    answer = call(end)
    assert answer.is_ok
    assert 0 < len(answer.start) <= SHOWN


def test_where_nobody_listens_the_call_fails_at_once() -> None:
    with far_end() as gone:
        port = gone.port
    with pytest.raises(NotDelivered, match="refused"):
        post(Target("http", "127.0.0.1", port, "/"), BODY, {}, limits=HERE)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["::ffff:127.0.0.1"]],
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(
    end: FarEnd, addresses: list[str]
) -> None:
    target = Target("http", "innocent.example", end.port, "/")
    with pytest.raises(NotDelivered, match="our own network"):
        post(target, BODY, {}, limits=PUBLIC_ONLY, resolve=lambda host, port: addresses)
    assert end.calls == []


def test_the_connection_goes_to_the_address_that_was_judged(end: FarEnd) -> None:
    """A name that answers otherwise the second time is asked once only."""
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    target = Target("http", "rebinding.example", end.port, "/")
    assert post(target, BODY, {}, limits=HERE, resolve=rebinding).is_ok
    assert asked == ["rebinding.example"]
    assert end.calls[0].headers["Host"] == f"rebinding.example:{end.port}"


def test_the_next_address_is_tried_where_one_takes_nothing(end: FarEnd) -> None:
    target = Target("http", "two.example", end.port, "/")
    answer = post(target, BODY, {}, limits=HERE, resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"])
    assert answer.is_ok


@pytest.mark.parametrize("found", [[], OSError("no such name"), UnicodeError("label too long")])
def test_a_name_without_an_address_is_told(found: list[str] | Exception) -> None:
    def resolve(host: str, port: int) -> list[str]:
        if isinstance(found, Exception):
            raise found
        return found

    with pytest.raises(NotDelivered, match=r"gone\.example has no address"):
        post(Target("https", "gone.example", 443, "/"), BODY, {}, limits=HERE, resolve=resolve)


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[str], ssl.SSLContext]:
    """Makes the context of a server whose self-signed certificate names a host, and stores it as `ca.pem`."""

    def make(name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        began = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        names = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(began)
            .not_valid_after(began + dt.timedelta(days=9))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = built.public_bytes(serialization.Encoding.PEM)
        (tmp_path / "ca.pem").write_bytes(pem)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (tmp_path / "both.pem").write_bytes(pem + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "both.pem")
        return context

    return make


def test_under_tls_the_name_is_what_counts(
    certificate: Callable[[str], ssl.SSLContext], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certificate("hook.example")
    named = []
    context.sni_callback = lambda line, name, own: named.append(name)  # type: ignore[assignment]
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with far_end(context) as end:
        target = Target("https", "hook.example", end.port, "/")
        assert post(target, BODY, {}, limits=HERE, resolve=lambda host, port: ["127.0.0.1"]).is_ok
        assert named == ["hook.example"]
        other = Target("https", "other.example", end.port, "/")
        with pytest.raises(NotDelivered, match="CERTIFICATE_VERIFY_FAILED"):
            post(other, BODY, {}, limits=HERE, resolve=lambda host, port: ["127.0.0.1"])
        assert len(end.calls) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: Callable[[str], ssl.SSLContext],
) -> None:
    with far_end(certificate("hook.example")) as end:
        target = Target("https", "hook.example", end.port, "/")
        with pytest.raises(NotDelivered, match="TLS"):
            post(target, BODY, {}, limits=HERE, resolve=lambda host, port: ["127.0.0.1"])
        assert end.calls == []


def test_a_server_that_speaks_no_tls_is_left_in_time(end: FarEnd) -> None:
    target = Target("https", "127.0.0.1", end.port, "/")
    with pytest.raises(NotDelivered):
        post(target, BODY, {}, limits=HERE)
