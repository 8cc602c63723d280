"""A category's playbook as it is written: YAML, checked line by line, made into a `Playbook`.

    key: USED_CAR_PRIVATE
    title: { en: Used cars, ko: 중고차, mn: Хуучин машин }
    typical_issues:
      - { en: Photos are missing., ko: 사진이 빠져 있다., mn: Зураг дутуу. }
    verify:
      - Compare the photos.
    patterns:
      DAMAGE_MINOR: Offset within the cap.
    body: Longer words, in Markdown.

A text is one for all, or one for each language; English is always there.
"""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from opsdesk.kernel.refusal import gettext_noop
from opsdesk.playbook.definition import LANGUAGES, Playbook, Words
from opsdesk.vault.documents import Misfit, load_document

_KEY = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\Z")
LONGEST = 20_000


def read_playbook(text: str, *, source: str, version: int = 0) -> Playbook:
    """The playbook written in `text`; raises `DocumentInvalid` with line and remedy of every problem."""
    return load_document(text, source=source, model=PlaybookDocument).playbook(version)


def _key(written: str) -> str:
    if not _KEY.match(written) or len(written) > 40:
        raise Misfit(
            gettext_noop('"%(written)s" is no code; write capitals and underscores, as "USED_CAR_PRIVATE"'),
            written=written,
        )
    return written


def _languages(written: object) -> object:
    """A text may be one for all languages."""
    return {"en": written} if isinstance(written, str) else written


def _text(written: str) -> str:
    if not written.strip() or len(written) > LONGEST:
        raise Misfit(gettext_noop("write a text of 1 to 20000 characters, as it is to be read"))
    return written.strip()


Key = Annotated[str, AfterValidator(_key)]
Text = Annotated[str, AfterValidator(_text)]


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class WordsPart(_Part):
    en: Text
    ko: Text | None = None
    mn: Text | None = None

    def words(self) -> Words:
        return {language: text for language in LANGUAGES if (text := getattr(self, language))}


Multilingual = Annotated[WordsPart, BeforeValidator(_languages)]


class PlaybookDocument(_Part):
    """The document, each part checked by itself."""

    key: Key
    title: Multilingual
    typical_issues: list[Multilingual] = Field(default_factory=list, max_length=100)
    verify: list[Multilingual] = Field(default_factory=list, max_length=100)
    patterns: dict[Key, Multilingual] = Field(default_factory=dict)
    body: Multilingual | None = None

    def playbook(self, version: int) -> Playbook:
        """The value, as the given version."""
        return Playbook(
            key=self.key,
            version=version,
            title=self.title.words(),
            typical_issues=tuple(each.words() for each in self.typical_issues),
            verify=tuple(each.words() for each in self.verify),
            patterns={reason: each.words() for reason, each in self.patterns.items()},
            body=self.body.words() if self.body else {},
        )
