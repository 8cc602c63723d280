"""Whom the words of an export mean here: persons by e-mail or name, accounts by key, domain or name.

Nobody is made up: what matches nobody stays words, counted so that it can be looked at.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from opsdesk.accounts import queries as accounts
from opsdesk.accounts.models import Account
from opsdesk.people.models import Person

MOST_UNMATCHED = 200
# What is counted together once so many are listed.
REST = ""
REMEMBERED = 10_000
LONGEST_MISSED = 120
Unmatched = dict[str, dict[str, int]]


@dataclass(slots=True)
class Names:
    """Who is known, and what matched nobody so far."""

    persons: Mapping[str, int]
    accounts: Mapping[str, int]
    unmatched: dict[str, Counter[str]] = field(
        default_factory=lambda: {
            "person": Counter(),
            "account": Counter(),
            "type": Counter(),
            "cause": Counter(),
        }
    )
    _owners: dict[str, int | None] = field(default_factory=dict)
    _persons: dict[str, int | None] = field(default_factory=lambda: {"": None})

    def person(self, words: str) -> int | None:
        """Whose e-mail address or name this is; a name that two have is nobody's."""
        if words not in self._persons:
            if len(self._persons) >= REMEMBERED:
                self._persons = {"": None}
            self._persons[words] = self.persons.get(words.casefold())
        return self._persons[words]

    def learn(self, addresses: Collection[str]) -> None:
        """Look up whose these addresses or domains are, all at once."""
        if len(self._owners) >= REMEMBERED:
            self._owners.clear()
        asked = {
            address: _address(address) for address in addresses if address and address not in self._owners
        }
        found = accounts.find_many(set(asked.values()) - {""})
        for address, whole in asked.items():
            owner = found.get(whole)
            self._owners[address] = owner.id if owner else None

    def account(self, words: str, requester: str) -> int | None:
        """The account named, else the one the requester belongs to. Addresses were learnt before."""
        return self.accounts.get(words.casefold()) or self._owners.get(words) or self._owners.get(requester)

    def miss(self, what: str, words: str) -> None:
        self.unmatched[what][words[:LONGEST_MISSED]] += 1

    def forget(self) -> None:
        """What was missed has been counted."""
        for counter in self.unmatched.values():
            counter.clear()

    def missed(self) -> Unmatched:
        return {what: dict(counter) for what, counter in self.unmatched.items() if counter}


def known() -> Names:
    """Everybody of the house and every account, as of now."""
    persons = [
        (id, words) for id, *both in Person.objects.values_list("id", "name", "email") for words in both
    ]
    found = [(id, words) for id, *both in Account.objects.values_list("id", "key", "name") for words in both]
    return Names(_unique(persons), _unique(found))


def merged(one: Unmatched, more: Unmatched) -> Unmatched:
    """Two counts of the same thing as one; what there is no room for is counted together."""
    return {what: _merged(one.get(what, {}), more.get(what, {})) for what in sorted({*one, *more})}


def _merged(one: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    found = dict(one)
    for words, number in more.items():
        name = words if words in found or len(found) < MOST_UNMATCHED else REST
        found[name] = found.get(name, 0) + number
    return found


def _unique(found: Iterable[tuple[int, str]]) -> dict[str, int]:
    owners: dict[str, set[int]] = {}
    for id, words in found:
        owners.setdefault(words.casefold(), set()).add(id)
    return {words: ids.pop() for words, ids in owners.items() if len(ids) == 1}


def _address(words: str) -> str:
    """An address as it is, a domain as an address at it, anything else as none."""
    if "@" in words:
        return words.lower()
    return f"anybody@{words.lower()}" if "." in words and " " not in words else ""
