"""What customers write about, and what we answer: small grammars, read from `texts/`."""

import re
from functools import cache
from pathlib import Path
from random import Random
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from opsdesk.vault.documents import load_document

TEXTS = Path(__file__).parent / "texts"
ENGLISH = ("core", "integration", "account")
_PLACE = re.compile(r"\{(\w+)\}")


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class Fix(_Part):
    """How a case ends: the cause's code and the words of the resolution."""

    cause: str
    text: str


class Topic(_Part):
    """One type of the issue tree in one language; what only our own people write is in English alone."""

    type: str
    subjects: tuple[str, ...] = Field(min_length=1)
    problems: tuple[str, ...] = Field(min_length=1)
    details: tuple[str, ...] = Field(min_length=1)
    answers: tuple[str, ...] = Field(min_length=1)
    questions: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    returns: tuple[str, ...] = ()


class _Topics(_Part):
    topics: tuple[Topic, ...]


class Words:
    """The fillings of one request's places, drawn once: a thread speaks of the same caller throughout."""

    def __init__(self, draw: Random) -> None:
        self._filled = {place: draw.choice(choices) for place, choices in PLACES.items()}
        self._filled["request_id"] = f"req-{draw.getrandbits(40):010x}"
        self._filled["request_id2"] = f"req-{draw.getrandbits(40):010x}"
        self._filled["op_code"] = f"{draw.choice('ABKLMX')}{draw.randrange(10, 99)}{draw.choice('TZQ')}"
        self._filled["op_code2"] = f"{draw.choice('CDEFGH')}{draw.randrange(10, 99)}{draw.choice('TZQ')}"
        self._filled["count"] = str(draw.randrange(2, 9))
        self._filled["hour"] = f"{draw.randrange(8, 18)}:{draw.choice(('00', '15', '30', '45'))}"
        self._filled["price"] = f"${draw.randrange(49, 390)}.95"

    def fill(self, text: str) -> str:
        return _PLACE.sub(lambda place: self._filled[place[1]], text)


PLACES: dict[str, tuple[str, ...]] = {
    "service": (
        "an oil change", "a tire rotation", "a brake inspection", "the 30,000 mile service",
        "a recall repair", "a battery check", "a wheel alignment", "the winter package", "a cabin filter",
        "a state inspection",
    ),
    "advisor": (
        "Dana", "Marcus", "Mr. Oyelaran", "Ms. Petrova", "Priya", "Tom from service", "Lucía",
        "our manager Grant", "Bilguun", "Hana",
    ),
    "caller": (
        "Mrs. Whitcombe", "Mr. Delgado", "a customer named Farrow", "Ms. Ishikawa", "the Brandts",
        "Mr. Novak", "a lady named Osei", "Mr. Tumurbaatar", "Ms. Lindgren", "a caller from Ridgeway",
    ),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "daypart": ("morning", "afternoon"),
    "line": ("the main line", "the after-hours line", "the service line", "line 2", "the express line"),
}  # fmt: skip


@cache
def english() -> tuple[Topic, ...]:
    """Every type's topic, complete: questions, tries, findings, fixes and returns included."""
    return tuple(topic for name in ENGLISH for topic in _read(name))


@cache
def foreign(language: str) -> tuple[Topic, ...]:
    """The topics of `korean` or `mongolian`: the customer's side alone."""
    return _read(language)


@cache
def speaks(language: str, type_key: str) -> bool:
    """Whether there are words for a type in the language."""
    return any(each.type == type_key for each in foreign(language))


@cache
def topic(type_key: str) -> Topic:
    """The English topic of a type; `KeyError` when nobody writes about it."""
    for each in english():
        if each.type == type_key:
            return each
    raise KeyError(type_key)


def _read(name: str) -> tuple[Topic, ...]:
    path = TEXTS / f"{name}.yaml"
    return load_document(path.read_text("utf-8"), source=path.name, model=_Topics).topics
