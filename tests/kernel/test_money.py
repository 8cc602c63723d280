"""Money is whole units of one currency, and a share of it is exact."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.kernel.money import (
    EXPONENTS,
    MOST_MINOR,
    CurrenciesDiffer,
    CurrencyUnknown,
    Money,
    floor_share,
    in_minor,
)

amounts = st.integers(0, MOST_MINOR)
ratios = st.decimals(0, 1, places=12) | st.sampled_from([Decimal("0.333"), Decimal("0.1"), Decimal("1E-12")])


def test_the_minor_units_of_a_currency_are_those_of_iso_4217() -> None:
    digits = {"KRW": 0, "JPY": 0, "VND": 0, "MNT": 2, "USD": 2, "INR": 2, "PHP": 2, "KHR": 2, "TWD": 2}
    assert {code: EXPONENTS[code] for code in digits} == digits
    assert (EXPONENTS["KWD"], EXPONENTS["CLF"]) == (3, 4)
    assert len(EXPONENTS) == 158
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)


def test_an_amount_in_major_units_is_exact() -> None:
    assert Money(105, "MNT").amount == Decimal("1.05")
    assert Money(105, "KRW").amount == Decimal(105)
    assert Money(105, "KWD").amount == Decimal("0.105")
    assert Money(MOST_MINOR - 1, "MNT").amount == Decimal("999999999999.99")


def test_sums_are_of_one_currency() -> None:
    assert Money(100, "MNT") + Money(5, "MNT") - Money(7, "MNT") == Money(98, "MNT")
    with pytest.raises(CurrenciesDiffer):
        Money(1, "MNT") + Money(1, "KRW")
    with pytest.raises(CurrenciesDiffer):
        Money(1, "MNT") - Money(1, "KRW")


@pytest.mark.parametrize("minor", [1.0, Decimal(1), True, "1", None])
def test_money_is_counted_in_whole_units_only(minor: Any) -> None:
    with pytest.raises(TypeError):
        Money(minor, "MNT")


@pytest.mark.parametrize("code", ["", "mnt", "XXX", "MN", "MNTT", "₮"])
def test_a_currency_is_one_of_iso_4217(code: str) -> None:
    with pytest.raises(CurrencyUnknown):
        Money(1, code)
    with pytest.raises(CurrencyUnknown):
        in_minor(Decimal(1), code)


@given(amounts, ratios)
def test_a_share_is_the_floor_of_the_exact_product(minor: int, ratio: Decimal) -> None:
    exact = minor * Fraction(ratio)
    assert floor_share(minor, ratio) == exact.numerator // exact.denominator
    assert 0 <= floor_share(minor, ratio) <= minor


@given(amounts, ratios)
def test_a_share_and_the_rest_are_the_whole(minor: int, ratio: Decimal) -> None:
    whole = Money(minor, "KRW")
    assert whole.share(ratio) + (whole - whole.share(ratio)) == whole


def test_a_share_is_not_rounded_where_a_decimal_product_would_be() -> None:
    ratio = Decimal("0.333333333333333333333333333333333333")
    minor = 10**30 + 1
    assert floor_share(minor, ratio) == (minor * 333333333333333333333333333333333333) // 10**36
    assert Money(100_001, "KRW").share(Decimal("0.333")) == Money(33_300, "KRW")


@pytest.mark.parametrize("ratio", [Decimal("-0.1"), Decimal("1.0001"), Decimal(2)])
def test_a_ratio_lies_between_0_and_1(ratio: Decimal) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        floor_share(1, ratio)


@pytest.mark.parametrize("ratio", [0.1, 1, "0.1", Decimal("NaN"), Decimal("Infinity"), None])
def test_a_ratio_is_an_exact_decimal(ratio: Any) -> None:
    with pytest.raises(TypeError):
        floor_share(1, ratio)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["KRW", "MNT", "KWD", "CLF"]))
def test_an_amount_goes_to_minor_units_and_back(minor: int, code: str) -> None:
    assert in_minor(Money(minor, code).amount, code) == minor


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("1.5", "KRW"),
        ("1.001", "MNT"),
        ("NaN", "MNT"),
        ("Infinity", "MNT"),
        ("1E+1000000", "MNT"),
        ("1E-1000000", "MNT"),
        ("0." + "1" * 60, "MNT"),
    ],
)
def test_what_is_no_amount_of_the_currency_is_none(amount: str, code: str) -> None:
    assert in_minor(Decimal(amount), code) is None


def test_zeros_after_the_point_are_no_digits() -> None:
    assert in_minor(Decimal("1.50000"), "MNT") == 150
    assert in_minor(Decimal("2.0"), "KRW") == 2
    assert in_minor(Decimal("1E+3"), "KRW") == 1000
