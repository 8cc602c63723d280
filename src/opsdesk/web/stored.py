"""Sentences that Opsdesk itself wrote into the records of the deals desk, in the reader's language.

They are kept as an English phrase with codes and numbers in it: programs, files and searches read them so.
Here one is recognised by its phrase and said again with the same values; what a person wrote is left as is.
"""

import re
from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from opsdesk.deals.ground import DESK
from opsdesk.disputes.actions import SUBJECT as OF_A_DISPUTE
from opsdesk.watch.actions import (
    FAULT_OF_A_DEAL,
    MONEY_WRONG,
    STOPPED_BY_HAND,
    STOPPED_BY_SWEEP,
    TIMERS_WRONG,
)
from opsdesk.web.incidents.labels import FAULTS
from opsdesk.web.labels import shipped

_PLACE = re.compile(r"%\((\w+)\)s")


def _recognised(phrase: str) -> re.Pattern[str]:
    """What a phrase may have become with its places filled: each is at least one character long."""
    pieces = _PLACE.split(phrase)
    words = [f"(?P<{piece}>.+?)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces)]
    return re.compile("".join(words), re.DOTALL)


def _fault(code: str) -> str:
    return str(FAULTS.get(code, code))


_REASONS = {phrase: _recognised(phrase) for phrase in (STOPPED_BY_SWEEP, STOPPED_BY_HAND)}
_DISPUTE, _DEAL = _recognised(OF_A_DISPUTE), _recognised(FAULT_OF_A_DEAL)


def subject(text: str, desk: str) -> str:
    """The subject of a case: a dispute's names its type, an incident of the sweep what is wrong."""
    if desk != DESK:
        return text
    if found := _DISPUTE.fullmatch(text):
        return _said(OF_A_DISPUTE, found, {"type": shipped})
    scope, colon, what = text.partition(": ")
    return f"{scope}{colon}{_(what)}" if what in (MONEY_WRONG, TIMERS_WRONG) else text


def excerpt(text: str, desk: str) -> str:
    """What a case begins with: of an incident of the sweep the deals, each with what is wrong there."""
    return "\n".join(_line(line) for line in text.split("\n")) if desk == DESK and text else text


def _line(text: str) -> str:
    found = _DEAL.fullmatch(text)
    return _said(FAULT_OF_A_DEAL, found, {"fault": _fault}) if found and found["fault"] in FAULTS else text


def reason(text: str) -> str:
    """Why a scope was stopped."""
    for phrase, pattern in _REASONS.items():
        if found := pattern.fullmatch(text):
            return _said(phrase, found, {})
    return text


def _said(phrase: str, found: re.Match[str], words: Mapping[str, Callable[[str], str]]) -> str:
    values = {
        name: words[name](value) if name in words else value for name, value in found.groupdict().items()
    }
    return _(phrase) % values
