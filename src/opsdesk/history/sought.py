"""By which words somebody is known in what was imported: address and names, or an account's own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from opsdesk.accounts.models import Account, Address, Domain
from opsdesk.cases.models import Case
from opsdesk.cases.redaction import ERASED
from opsdesk.mail.holdings import Subject
from opsdesk.people import queries as people

SHORTEST_RUN = 2
APART = "\n"


@dataclass(frozen=True, slots=True)
class Sought:
    """The words looked for, and which cases are theirs whatever these say."""

    words: tuple[str, ...]
    pattern: re.Pattern[str]
    theirs: Q

    def finds(self, text: str) -> bool:
        """Whether one of the words stands in a text, by itself, in whatever case. What says that something
        was erased is none of the text.
        """
        return self.pattern.search(text.replace(ERASED, APART)) is not None

    def likely(self, *columns: str) -> Q:
        """Rows that may hold one, as both engines find them; `finds` decides. All rows where neither can."""
        runs = [_run(each) for each in self.words]
        if not runs:
            return Q(pk__in=[])
        if min(map(len, runs)) < SHORTEST_RUN:
            return Q(pk__isnull=False)
        return reduce(or_, (Q(**{f"{column}__icontains": run}) for column in columns for run in runs))


def sought(subject: Subject) -> Sought:
    """What to look for of an address, an account or a name."""
    if subject.account_id is not None:
        return _sought(_of_account(subject.account_id), Q(account_id=subject.account_id))
    if subject.address:
        return _sought(_of_address(subject.address), Q(requester_email=subject.address))
    return _sought([subject.name], Q(pk__in=[]))


def _sought(words: Iterable[str], theirs: Q) -> Sought:
    found = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
    return Sought(found, re.compile("|".join(map(_alone, found)) or r"(?!)", re.IGNORECASE), theirs)


def _of_address(address: str) -> list[str]:
    """The address, and the names it goes by here; of these only whole ones: a single one is many people's."""
    person = people.by_email(address)
    named = Case.objects.filter(requester_email=address).exclude(requester_name="")
    names = sorted({*named.values_list("requester_name", flat=True), *([person.name] if person else [])})
    return [address, *(name for name in names if " " in name.strip())]


def _of_account(account_id: int) -> list[str]:
    account = Account.objects.filter(id=account_id).values_list("key", "name")
    domains = Domain.objects.filter(account_id=account_id).values_list("name", flat=True)
    addresses = Address.objects.filter(account_id=account_id).exclude(email__startswith="#")
    names = [word for both in account for word in both]
    return [*names, *sorted(domains), *sorted(addresses.values_list("email", flat=True))]


def _alone(word: str) -> str:
    """A pattern of the word where no letter of another goes on. Scripts without cases don't part words."""
    before = r"(?<![\w+-])(?<!\w\.)" if _has_cases(word[0]) else ""
    after = r"(?![\w-])(?!\.\w)" if _has_cases(word[-1]) else ""
    return f"{before}{re.escape(word)}{after}"


def _has_cases(letter: str) -> bool:
    return letter.isascii() or letter.lower() != letter.upper()


def _run(word: str) -> str:
    """The longest stretch of it that both engines find in either case, and that JSON writes as it is."""
    plain = "".join(letter if _is_plain(letter) else "\n" for letter in word)
    return max(plain.split("\n"), key=len)


def _is_plain(letter: str) -> bool:
    return letter not in '"\\' and (letter.isascii() or letter.lower() == letter.upper())
