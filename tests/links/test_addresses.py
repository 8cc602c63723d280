import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.kernel.refusal import Invalid
from opsdesk.links.addresses import Target, is_public, read_address


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.9.9.9",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:c0a8:101::",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "",
    ],
)
def test_what_is_not_of_the_public_network_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "localhost.",
        "LocalHost",
        "127.0.0.1.",
        "a.1",
    ],
)
def test_a_host_that_leads_inside_by_another_spelling_is_refused(host: str) -> None:
    with pytest.raises(Invalid):
        read_address(f"https://{host}/hook", allow_http=False, allow_private=False)


@pytest.mark.parametrize("host", ["1and1.example", "example.com.", "x0x1.dev", "8.8.8.8"])
def test_a_host_that_merely_looks_alike_is_taken(host: str) -> None:
    assert read_address(f"https://{host}/hook", allow_http=False, allow_private=False).host == host


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_what_is_of_the_public_network_is_let_through(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_however_it_is_wrapped(address: object) -> None:
    plain = is_public(str(address))
    assert is_public(f"::ffff:{address}") == plain
    assert is_public(f"64:ff9b::{address}") == plain


def read(url: str, *, http: bool = False, private: bool = False) -> Target:
    return read_address(url, allow_http=http, allow_private=private)


@pytest.mark.parametrize(
    ("url", "target", "named"),
    [
        ("https://hook.example/a?b=1", Target("https", "hook.example", 443, "/a?b=1"), "hook.example"),
        ("https://hook.example:8443", Target("https", "hook.example", 8443, "/"), "hook.example:8443"),
        ("https://[2606:4700::1]/", Target("https", "2606:4700::1", 443, "/"), "[2606:4700::1]"),
        ("https://HOOK.example/A", Target("https", "hook.example", 443, "/A"), "hook.example"),
    ],
)
def test_an_address_is_taken_apart(url: str, target: Target, named: str) -> None:
    assert read(url) == target
    assert target.named == named


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook.example",
        "ftp://hook.example/",
        "file:///etc/passwd",
        "http://hook.example/",
        "https://",
        "https:///path",
        "https://hook.example:99999/",
        "https://hook.example:0/",
        "https://hook.example:x/",
        "https://[::1",
        "https://user:word@hook.example/",
        "https://hook.example/#part",
        "https://hook.example/a b",
        "https://hook.example/\r\nX: y",
        "https://hook.example/\x7f",
        "https://крюк.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest",
        "https://localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        f"https://hook.example/{'a' * 500}",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_at_its_field(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(url)
    assert refusal.value.field == "url"


def test_what_the_settings_allow_is_let_through() -> None:
    assert read("http://hook.example/", http=True).port == 80
    assert read("https://127.0.0.1/", private=True).host == "127.0.0.1"
    assert read("http://localhost:8000/", http=True, private=True).port == 8000
    with pytest.raises(Invalid):
        read("http://127.0.0.1/", http=True)
