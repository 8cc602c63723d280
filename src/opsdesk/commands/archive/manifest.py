"""What a backup says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

FORMAT = 1
MEMBERS = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}


class Unreadable(ValueError):
    """The text is no manifest; the message says why."""


@dataclass(frozen=True, slots=True)
class Generation:
    """The run of the change sequence that a database was in."""

    number: int
    system_identifier: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's own description. `digest` (SHA-256) and `size` (bytes) are of the database part as it is
    unpacked; `counts` are rows by table; `migrations` the newest of each room; `key_mark` tells which
    master key belongs to it without giving it away.
    """

    opsdesk: str
    engine: Literal["sqlite", "postgresql"]
    server: str
    taken_at: datetime
    migrations: Mapping[str, list[str]]
    counts: Mapping[str, int]
    generation: Generation | None
    digest: str
    size: int
    key_mark: str
    format: int = FORMAT

    @property
    def member(self) -> str:
        return MEMBERS[self.engine]


_READER = TypeAdapter(Manifest)


def to_json(manifest: Manifest) -> str:
    return _READER.dump_json(manifest, indent=2).decode() + "\n"


def from_json(text: str) -> Manifest:
    """Raises `Unreadable` for what `to_json` of this or an older version has not written."""
    try:
        manifest = _READER.validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in found["loc"])
        raise Unreadable(f"its manifest is not whole ({where}: {found['msg']})") from None
    if manifest.format > FORMAT:
        raise Unreadable(f"its format is {manifest.format}; this Opsdesk reads up to {FORMAT}")
    return manifest
