"""How money, shares and the time that is left are written on pages."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from opsdesk.kernel.money import EXPONENTS, Money
from opsdesk.web.deals.amounts import share, written
from opsdesk.web.templatetags.money import left_words, money

SPACE = "\N{NO-BREAK SPACE}"
MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("language", "minor", "currency", "expected"),
    [
        ("en", 1_000_000, "KRW", "₩1,000,000"),
        ("ko", 1_000_000, "KRW", "₩1,000,000"),
        ("mn", 1_000_000, "KRW", "₩ 1,000,000"),
        ("mn", 100_000_000, "MNT", "₮ 1,000,000"),
        ("mn", 100_000_050, "MNT", "₮ 1,000,000.50"),
        ("en", 100_000_000, "MNT", "MNT 1,000,000"),
        ("en", 100_000_001, "MNT", "MNT 1,000,000.01"),
        ("ko", 100_000_000, "MNT", "MNT 1,000,000"),
        ("en", 500, "USD", "$5.00"),
        ("ko", 500, "USD", "US$5.00"),
        ("en", 5, "JPY", "¥5"),
        ("en", 1_234_567_00, "INR", "₹1,234,567.00"),
        ("en", 1234, "KWD", "KWD 1.234"),
        ("en", 12345, "CLF", "CLF 1.2345"),
        ("en", 300, "TWD", "NT$3"),
        ("en", 301, "TWD", "NT$3.01"),
        ("en", 0, "MNT", "MNT 0"),
        ("en", -1050, "MNT", "-MNT 10.50"),
        ("xx", 1_000_000, "KRW", "₩1,000,000"),
    ],
)
def test_money_is_written_as_the_readers_language_writes_it(
    language: str, minor: int, currency: str, expected: str
) -> None:
    with translation.override(language):
        assert written(Money(minor, currency)).replace(SPACE, " ") == expected


@pytest.mark.parametrize("language", ["en", "ko", "mn"])
@pytest.mark.parametrize("minor", [1, 10, 99, 12_345, 10**14, 10**14 - 1])
def test_no_minor_unit_is_rounded_away_in_any_currency(language: str, minor: int) -> None:
    """Read back as digits it is the same number, in every currency there is."""
    with translation.override(language):
        for currency, exponent in EXPONENTS.items():
            text = written(Money(minor, currency))
            number = "".join(sign for sign in text if sign.isdigit() or sign == ".").strip(".")
            assert Decimal(number).scaleb(exponent) == minor, (currency, text)


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        ("0.15", "15 %"),
        ("0.150", "15 %"),
        ("0.125", "12.5 %"),
        ("0.333333333333", "33.3333333333 %"),
        ("1", "100 %"),
        ("0", "0 %"),
    ],
)
def test_a_share_is_written_with_every_digit_it_has(ratio: str, expected: str) -> None:
    assert share(Decimal(ratio)).replace(SPACE, " ") == expected


def test_the_filter_takes_money_or_minor_units_with_their_currency_and_a_dash_stands_for_none() -> None:
    drawn = Template("{% load money %}{{ whole|money }} {{ minor|money:currency }} {{ none|money }}").render(
        Context({"whole": Money(5, "KRW"), "minor": 7, "currency": "KRW", "none": None})
    )
    assert drawn == "₩5 ₩7 –"


@pytest.mark.parametrize("value", [1.5, Decimal(1), True])
def test_the_filter_takes_no_float_nor_anything_else_that_is_no_whole_number(value: object) -> None:
    with pytest.raises(TypeError):
        money(value, "KRW")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "time is up"),
        (0, "time is up"),
        (1, "1 s left"),
        (MINUTE - 1, "59 s left"),
        (MINUTE, "1 min 00 s left"),
        (HOUR - 1, "59 min 59 s left"),
        (HOUR, "1 h 00 min left"),
        (DAY - 1, "23 h 59 min left"),
        (DAY, "1 d 0 h left"),
        (3 * DAY + 5 * HOUR, "3 d 5 h left"),
    ],
)
def test_the_time_left_has_two_units_and_at_the_instant_itself_it_is_up(seconds: int, words: str) -> None:
    assert left_words(seconds) == words
