"""Money and shares as the reader's language writes them. Pure: exact decimals, never floats."""

import re
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import NumberPattern, format_decimal, parse_pattern
from django.utils.translation import get_language

from opsdesk.kernel.money import Money

SPACE = "\N{NO-BREAK SPACE}"
CASH_DIGITS = 2


def written(money: Money) -> str:
    """An amount with its currency, as the reader's language writes it: ₩1,000,000.

    The digits after the point are the currency's own (ISO 4217). A whole amount goes without them where the
    currency is paid without them (CLDR's cash digits are 0): ₮ 1,000,000, but $5.00.
    """
    locale = locale_of(get_language())
    whole = money.minor % 10**money.exponent == 0
    digits = 0 if whole and _paid_whole(money.currency) else money.exponent
    pattern = _pattern(locale, money.currency, digits)
    return str(pattern.apply(money.amount, locale, currency=money.currency, currency_digits=False))


def share(ratio: Decimal) -> str:
    """An exact share as per cent with every digit it has: 0.125 is 12.5 %."""
    number = (ratio * 100).normalize()
    return format_decimal(number, locale=locale_of(get_language()), decimal_quantization=False) + f"{SPACE}%"


@cache
def locale_of(language: str | None) -> Locale:
    """The locale of a language code such as `ko` or `pt-br`; English where nobody knows it."""
    try:
        return Locale.parse(language or "en", sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _paid_whole(currency: str) -> bool:
    known = get_global("currency_fractions").get(currency)
    return known is not None and known[CASH_DIGITS] == 0


@cache
def _pattern(locale: Locale, currency: str, digits: int) -> NumberPattern:
    """The locale's form of an amount with so many digits after the point.

    Between a sign that ends in a letter and the number stands a space (CLDR's currency spacing): MNT 5, ₩5.
    """
    form = locale.currency_formats["standard"].pattern.split(";")[0]
    if locale.currency_symbols.get(currency, currency)[-1:].isalpha():
        form = re.sub("¤(?=[#0])", f"¤{SPACE}", form)
    return parse_pattern(re.sub(r"0(?:\.0+)?", "0." + "0" * digits if digits else "0", form))
