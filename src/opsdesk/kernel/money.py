"""Money: whole minor units of one currency. No float ever comes near it."""

from dataclasses import dataclass
from decimal import Decimal

from opsdesk.kernel.refusal import Refusal, gettext_noop

# More than any deal is worth, and small enough that the sum of ten thousand such fits into 63 bits.
MOST_MINOR = 10**14

# An amount written with more can't be one, and reckoning with it exactly would take for ever.
_MOST_DIGITS = 40

# ISO 4217, the currencies in use, by the digits of their minor unit.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_HUNDREDTHS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL "
    "HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB "
    "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH "
    "USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DIGITS = "CLF UYW"
EXPONENTS: dict[str, int] = {
    code: digits
    for digits, codes in {0: _WHOLE, 2: _HUNDREDTHS, 3: _THOUSANDTHS, 4: _FOUR_DIGITS}.items()
    for code in codes.split()
}


class CurrencyUnknown(Refusal):
    message = gettext_noop(
        "%(currency)s is no currency of ISO 4217. Write three capital letters, such as MNT."
    )


class CurrenciesDiffer(Refusal):
    message = gettext_noop("%(one)s and %(other)s can't be reckoned together.")


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole minor units (KRW 1 won, MNT a hundredth of a tögrög) of an ISO 4217 currency.

    Refuses `CurrencyUnknown`; a float, a bool or a Decimal as `minor` is a `TypeError`.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money is counted in whole minor units")
        if self.currency not in EXPONENTS:
            raise CurrencyUnknown(currency=self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def share(self, ratio: Decimal) -> "Money":
        """The floor, in minor units, of this times an exact ratio from 0 to 1."""
        return Money(floor_share(self.minor, ratio), self.currency)

    @property
    def exponent(self) -> int:
        """Digits after the point: 0 for KRW, 2 for MNT."""
        return EXPONENTS[self.currency]

    @property
    def amount(self) -> Decimal:
        """In major units, exactly: 1050 minor units of MNT are 10.50."""
        return Decimal(self.minor).scaleb(-self.exponent)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrenciesDiffer(one=self.currency, other=other.currency)
        return other.minor


def floor_share(minor: int, ratio: Decimal) -> int:
    """floor(minor x ratio), exactly: the product of two whole numbers, divided by a power of ten.

    A Decimal product would be rounded to the context's 28 digits, so it is reckoned in integers.
    """
    if type(ratio) is not Decimal or not ratio.is_finite():
        raise TypeError("a ratio is an exact, finite Decimal")
    if not 0 <= ratio <= 1:
        raise ValueError("a ratio lies between 0 and 1")
    numerator, denominator = ratio.as_integer_ratio()
    return minor * numerator // denominator


def in_minor(amount: Decimal, currency: str) -> int | None:
    """An amount in major units as minor ones; None where it has more digits than the currency."""
    if currency not in EXPONENTS:
        raise CurrencyUnknown(currency=currency)
    if not amount.is_finite() or not -_MOST_DIGITS < amount.adjusted() < _MOST_DIGITS:
        return None
    if len(amount.as_tuple().digits) > _MOST_DIGITS:
        return None
    numerator, denominator = amount.as_integer_ratio()
    whole, rest = divmod(numerator * 10 ** EXPONENTS[currency], denominator)
    return None if rest else whole
