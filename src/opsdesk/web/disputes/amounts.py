"""Amounts as people type them, read exactly: no float ever. Pure but for the reader's language."""

import re
from decimal import Decimal

from babel.numbers import get_currency_symbol
from django.utils.translation import get_language

from opsdesk.kernel.money import MOST_MINOR, Money, in_minor
from opsdesk.web.deals.amounts import locale_of

LONGEST = 40
_SPACES = re.compile(r"[\s\u00a0\u202f]+")


def plain(money: Money) -> str:
    """The amount alone, as somebody types it: in major units, a fraction only if there is one."""
    whole = money.amount == money.amount.to_integral_value()
    text = f"{money.amount:.{0 if whole else money.exponent}f}"
    return text.replace(".", _marks()[1])


def read(text: str, currency: str) -> int | None:
    """What a person typed in major units, as minor ones; None where it is no amount of the currency.

    Thousands may be grouped as the reader's language groups them, each group where it belongs; the
    currency's sign or code may stand at either end.
    """
    group, point = _marks()
    number = _bare(text, currency)
    whole, _, part = number.partition(point)
    if group in whole and re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+", whole, re.ASCII):
        whole = whole.replace(group, "")
    if not re.fullmatch(r"\d{1,20}", whole, re.ASCII) or not re.fullmatch(r"\d{0,6}", part, re.ASCII):
        return None
    minor = in_minor(Decimal(f"{whole}.{part or '0'}"), currency)
    return minor if minor is not None and minor <= MOST_MINOR else None


def _marks() -> tuple[str, str]:
    """What stands between thousands and before the fraction in the reader's language."""
    symbols = locale_of(get_language() or "en").number_symbols["latn"]
    return symbols["group"], symbols["decimal"]


def _bare(text: str, currency: str) -> str:
    """The text without spaces and without the currency's sign or code at its ends."""
    number = _SPACES.sub("", text[:LONGEST])
    locale = locale_of(get_language() or "en")
    for sign in (get_currency_symbol(currency, locale), get_currency_symbol(currency, "en"), currency):
        number = number.removeprefix(sign).removesuffix(sign)
    return number
