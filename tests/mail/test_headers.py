import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.mail import headers
from opsdesk.mail.charsets import decoded
from opsdesk.mail.headers import Address


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ann <Ann@X.example>", [("Ann", "ann@x.example")]),
        ('"Doe, John" <j@x.example>, b@c.example', [("Doe, John", "j@x.example"), ("", "b@c.example")]),
        ("a@b.example (Bob (the) Builder)", [("Bob the Builder", "a@b.example")]),
        ("undisclosed-recipients:;", []),
        ("Group: a@b.example, c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
        ("a@b.example; c@d.example", [("", "a@b.example"), ("", "c@d.example")]),
        ("=?utf-8?b?Sm9obiA8am9AeC5jb20+?=", [("John", "jo@x.com")]),
        ("=?utf-8?q?Foo=0AEvil?= <x@y.example>", [("Foo Evil", "x@y.example")]),
        ("=?iso-2022-jp?B?GyRCOzNFREJATzobKEI=?= <y@x.example>", [("山田太郎", "y@x.example")]),
        ('"a\\"b" <q@w.example>', [('a"b', "q@w.example")]),
        ("John john@x.example", [("John", "john@x.example")]),
        ("mailto:x@y.example", [("", "x@y.example")]),
        ("Bob <bob@x.example", [("Bob", "bob@x.example")]),
        ("a@[", [("a@[", "")]),
        ("<", []),
        ("(" * 2000, []),
        ("", []),
    ],
)
def test_an_address_header_is_read_as_far_as_it_can_be(value: str, expected: list[tuple[str, str]]) -> None:
    assert headers.addresses(value) == tuple(Address(*pair) for pair in expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?b?7ZWc6rWt?= =?utf-8?b?7Ja0?=", "한국어"),
        ("=?utf-8?B?7ZWc6rWt7Q==?= =?utf-8?B?lZw=?=", "한국한"),
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
        ("=?gb2312?B?xOO6w6OsysC956OhyMg=?=", "你好，世界！热"),
        ("=?euc-kr?B?vsiz58fPvLy/5A==?=", "안녕하세요"),
        ("=?x-unknown?Q?plain?= text", "plain text"),
        ("=?utf-8?Q?broken", "=?utf-8?Q?broken"),
        ("=?utf-8?B?!!!?=", ""),
        ("one\r\n two", "one two"),
        ("a\x00b", "ab"),
        ("\u202egnp.exe", "gnp.exe"),
    ],
)
def test_a_header_is_decoded_by_itself(value: str, expected: str) -> None:
    assert headers.readable(value) == expected


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Напишите нам, пожалуйста, что происходит с вашим ассистентом сегодня утром", "koi8_r"),
        ("Напишите нам, пожалуйста, что происходит с вашим ассистентом сегодня утром", "cp1251"),
        ("오늘 아침부터 어시스턴트가 모든 말을 두 번씩 반복합니다. 확인 부탁드립니다.", "cp949"),
        ("助手从今天早上开始把每句话都说两遍，请帮忙检查一下，谢谢", "gb18030"),
        ("今朝からアシスタントがすべてを二度繰り返します。ご確認ください。", "iso2022_jp"),
        ("Grüße aus Köln, die Preise stimmen überhaupt nicht mehr", "cp1252"),
    ],
)
def test_a_body_without_a_declared_charset_is_guessed(text: str, codec: str) -> None:
    assert decoded(text.encode(codec)) == text


@pytest.mark.parametrize(
    "declared", ["x-unknown", "us-ascii", "iso-8859-1", "windows-1252", "idna", "\x00", "zip"]
)
def test_utf8_is_found_whatever_is_declared(declared: str) -> None:
    assert decoded("Сайн байна уу".encode(), declared) == "Сайн байна уу"


def test_a_few_broken_bytes_cost_only_themselves() -> None:
    assert decoded("안녕하세요 고객님".encode() + b"\xff", "utf-8") == "안녕하세요 고객님\ufffd"


@pytest.mark.parametrize(
    "value", ["", "<>", "<", "< >", "<@>", "<null>", "garbage", "<a@>", "<@b>", f"<{'x' * 300}@y>"]
)
def test_an_id_that_is_nonsense_is_none_at_all(value: str) -> None:
    assert headers.message_id(value) == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [("<a@b>", "a@b"), (" <a@b> (comment)", "a@b"), ("a@b", "a@b"), ("<a\r\n @b>", "a@b"), ("<A@b>", "A@b")],
)
def test_an_id_is_what_stands_between_the_brackets(value: str, expected: str) -> None:
    assert headers.message_id(value) == expected


def test_of_endless_references_the_first_and_the_newest_are_kept() -> None:
    found = headers.message_ids(" ".join(f"<{number}@x>" for number in range(1000)))
    assert len(found) == headers.MAX_REFERENCES
    assert (found[0], found[-1]) == ("0@x", "999@x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tue, 5 Mar 2024 15:12:01 +0900", datetime(2024, 3, 5, 6, 12, 1, tzinfo=UTC)),
        ("5 Mar 2024 15:12", datetime(2024, 3, 5, 15, 12, tzinfo=UTC)),
        ("garbage", None),
        ("", None),
        ("Tue, 99 Mar 2024 15:12:01 +0900", None),
        ("1 Jan 1969 00:00:00 +0000", None),
        ("31 Dec 9999 23:59:59 -2359", None),
    ],
)
def test_a_date_is_read_or_none(value: str, expected: datetime | None) -> None:
    assert headers.instant(value) == expected


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=300))
def test_no_header_makes_the_reader_raise(value: str) -> None:
    headers.addresses(value)
    headers.message_ids(value)
    headers.instant(value)
    text = headers.readable(value)
    assert "\x00" not in text
    assert "\n" not in text
    text.encode()


@given(st.binary(max_size=400), st.text(max_size=20))
def test_no_bytes_and_no_charset_make_the_decoder_raise(data: bytes, declared: str) -> None:
    text = decoded(data, declared)
    assert "\x00" not in text
    text.encode()


@pytest.mark.parametrize("piece", ["(", '"', "<", "=?a?q?", ",;", "\\", "a@", "<@", " ", "=?utf-8?b?QQ==?="])
def test_a_header_of_any_length_takes_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        value = piece * (size // len(piece))
        begun = time.process_time()
        headers.addresses(value)
        headers.readable(value)
        headers.message_ids(value)
        return time.process_time() - begun

    seconds(8_000)
    # Eight times the length: linear is 8, quadratic 64. The floor keeps the clock's grain out of it.
    assert seconds(64_000) < 30 * max(seconds(8_000), 0.002)
