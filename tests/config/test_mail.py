"""What the environment says of mail: an address taken apart, nonsense named."""

from pathlib import Path

import pytest

from opsdesk.config.environment import EnvironmentInvalid, read
from opsdesk.config.mail import Listen, Relay

URL = "OPSDESK_SMTP_URL"
HERE = str(Path(__file__))


def test_nothing_said_means_no_mail_by_smtp_and_fifty_megabytes() -> None:
    found = read({})
    assert (found.smtp, found.listen, found.max_mail_bytes) == (None, None, 50 * 1024 * 1024)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("smtp://mail.example", Relay("mail.example", 587, "starttls")),
        ("smtp://mail.example?security=tls", Relay("mail.example", 465, "tls")),
        ("smtp://[::1]:2525?security=none", Relay("::1", 2525, "none")),
        (
            "smtp://de%40sk:p%2Fw%20d@mail.example:26?security=tls&verify=no&helo=desk.example&timeout=5",
            Relay(
                "mail.example", 26, "tls", "de@sk", "p/w d", verify=False, helo="desk.example", timeout_s=5.0
            ),
        ),
        (
            f"smtp://box@mail.example?auth=xoauth2&ca_file={HERE}",
            Relay("mail.example", 587, "starttls", "box", auth="xoauth2", ca_file=HERE),
        ),
    ],
)
def test_an_address_is_taken_apart(url: str, meant: Relay) -> None:
    assert read({URL: url}).smtp == meant


def test_a_password_is_in_no_text_of_it() -> None:
    assert "geheim" not in repr(read({URL: "smtp://desk:geheim@mail.example"}))


def test_where_to_listen_is_taken_apart() -> None:
    assert read({"OPSDESK_SMTP_LISTEN": "0.0.0.0:25"}).listen == Listen("0.0.0.0", 25)
    both = {"OPSDESK_SMTP_LISTEN": "[::]:2525", "OPSDESK_SMTP_CERT": HERE, "OPSDESK_SMTP_KEY": HERE}
    assert read(both).listen == Listen("::", 2525, HERE, HERE)
    assert read({"OPSDESK_SMTP_MAX_BYTES": "1000000"}).max_mail_bytes == 1_000_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (URL, "mail.example"),
        (URL, "smtps://mail.example"),
        (URL, "smtp://"),
        (URL, "smtp://mail.example/path"),
        (URL, "smtp://mail.example:99999"),
        (URL, "smtp://mail.example?security=maybe"),
        (URL, "smtp://mail.example?verify=perhaps"),
        (URL, "smtp://mail.example?auth=magic"),
        (URL, "smtp://mail.example?timeout=0"),
        (URL, "smtp://mail.example?timeout=soon"),
        (URL, "smtp://mail.example?secruity=tls"),
        (URL, "smtp://mail.example?ca_file=/nowhere/at/all"),
        ("OPSDESK_SMTP_LISTEN", "25"),
        ("OPSDESK_SMTP_LISTEN", "0.0.0.0"),
        ("OPSDESK_SMTP_LISTEN", "0.0.0.0:smtp"),
        ("OPSDESK_SMTP_LISTEN", "user@0.0.0.0:25"),
        ("OPSDESK_SMTP_CERT", HERE),
        ("OPSDESK_SMTP_MAX_BYTES", "50MB"),
        ("OPSDESK_SMTP_MAX_BYTES", "10"),
        ("OPSDESK_SMTP_MAX_BYTES", "99999999999"),
    ],
)
def test_nonsense_fails_at_once_and_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        read({name: value})


def test_a_certificate_that_is_not_there_is_named() -> None:
    wrong = {"OPSDESK_SMTP_LISTEN": "::1:25", "OPSDESK_SMTP_CERT": "/no.pem", "OPSDESK_SMTP_KEY": HERE}
    with pytest.raises(EnvironmentInvalid):
        read(wrong)


@pytest.mark.parametrize("host", ["mail.example", "192.168.1.5"])
def test_without_tls_a_password_goes_to_a_server_of_this_machine_only(host: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="without TLS"):
        read({URL: f"smtp://desk:word@{host}?security=none"})
    assert read({URL: f"smtp://{host}?security=none"}).smtp
    for here in ("localhost", "127.0.0.1", "[::1]"):
        assert read({URL: f"smtp://desk:word@{here}?security=none"}).smtp
