"""A category's playbook as values: what goes wrong, what to verify, how it is usually resolved. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("en", "ko", "mn")
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Playbook:
    """One published version. Texts are by language; `patterns` by reason code, in their order."""

    key: str
    version: int
    title: Words
    typical_issues: tuple[Words, ...]
    verify: tuple[Words, ...]
    patterns: Mapping[str, Words]
    body: Words


@dataclass(frozen=True, slots=True)
class Pattern:
    """How disputes of a reason are usually resolved."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class PlaybookPage:
    """A playbook in one language; what has no words in it stands in English. `body` is Markdown."""

    key: str
    version: int
    title: str
    typical_issues: tuple[str, ...]
    verify: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    body: str

    def pattern(self, reason: str) -> str:
        """The pattern of a reason; empty where the playbook has none."""
        return next((pattern.text for pattern in self.patterns if pattern.reason == reason), "")


def in_language(playbook: Playbook, language: str) -> PlaybookPage:
    """The playbook as somebody reads it. `language`: `ko` or `ko-KR`."""
    short = language.partition("-")[0]
    return PlaybookPage(
        key=playbook.key,
        version=playbook.version,
        title=_read(playbook.title, short),
        typical_issues=tuple(_read(words, short) for words in playbook.typical_issues),
        verify=tuple(_read(words, short) for words in playbook.verify),
        patterns=tuple(Pattern(code, _read(words, short)) for code, words in playbook.patterns.items()),
        body=_read(playbook.body, short),
    )


def _read(words: Words, language: str) -> str:
    return words.get(language) or words.get("en", "")
