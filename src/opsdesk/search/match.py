"""What is asked of the index, and how each engine is asked. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from opsdesk.search.words import KIND, SENDER


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand in a row. `prefix`: the last is a beginning; `sender`: they are the sender's."""

    words: tuple[str, ...]
    prefix: bool = False
    sender: bool = False

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(SENDER + word for word in self.words) if self.sender else self.words


@dataclass(frozen=True, slots=True)
class Match:
    """Entries with every wanted phrase, no unwanted one, of of one of the kinds (none: of any)."""

    wanted: tuple[Phrase, ...] = ()
    unwanted: tuple[Phrase, ...] = ()
    kinds: tuple[int, ...] = ()

    @property
    def is_everything(self) -> bool:
        return not (self.wanted or self.unwanted or self.kinds)

    @property
    def is_nothing(self) -> bool:
        """Whether no entry can match: one that has what it must not have."""
        return not set(self.wanted).isdisjoint(self.unwanted)


EVERY_KIND = range(8)


def fts5(match: Match) -> str:
    """The match as SQLite's FTS5 reads it. Words hold no quotation mark, so they need no escaping."""
    wanted = [_fts5_phrase(phrase) for phrase in match.wanted]
    if match.kinds or not wanted:
        wanted.append(f"({' OR '.join(_fts5_kinds(match.kinds or EVERY_KIND))})")
    found = f"({' AND '.join(wanted)})"
    unwanted = " OR ".join(_fts5_phrase(phrase) for phrase in match.unwanted)
    return f"{found} NOT ({unwanted})" if unwanted else found


def _fts5_phrase(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.tokens)}"{" *" if phrase.prefix else ""}'


def _fts5_kinds(kinds: Iterable[int]) -> list[str]:
    return [f'"{KIND}{kind}"' for kind in kinds]


def tsquery(match: Match, times: Sequence[str] = ()) -> str:
    """The match as PostgreSQL's `tsquery` is written, of entries of one of these times (none: of any)."""
    wanted = [_ts_phrase(phrase) for phrase in match.wanted]
    if match.kinds or not (wanted or times):
        wanted.append(_any_of(f"{KIND}{kind}" for kind in match.kinds or EVERY_KIND))
    wanted += [_any_of(times)] if times else []
    unwanted = [f"!({_ts_phrase(phrase)})" for phrase in match.unwanted]
    return " & ".join([*(f"({each})" for each in wanted), *unwanted])


def tsqueries(match: Match, times: Sequence[str]) -> tuple[str, ...]:
    """The match and the times, where it can be as queries of their own.

    For one query of both, PostgreSQL's index would read every entry of those times; of two it passes over
    the entries without the words.
    """
    if match.wanted or match.kinds:
        return tsquery(match), _any_of(times)
    return (tsquery(match, times),)


def _ts_phrase(phrase: Phrase) -> str:
    *first, last = phrase.tokens
    return " <-> ".join([*(f"'{word}'" for word in first), f"'{last}'{':*' if phrase.prefix else ''}"])


def _any_of(tokens: Iterable[str]) -> str:
    return " | ".join(f"'{token}'" for token in tokens)
