"""A digest as it was made: numbers by their metrics, no words. Values only, to JSON and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from opsdesk.kernel.period import Period
from opsdesk.review.digest_calendar import Rhythm


@dataclass(frozen=True, slots=True)
class Line:
    """A count, of the answer `key` of a metric broken down by these dimensions."""

    metric: str
    n: int
    by: tuple[str, ...] = ()
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DigestDocument:
    """What happened at a desk from `since` to `until`, half-open, as known just before its end.

    `on` is the working day that it ends. `gaps` are what the numbers don't know, those that are none left
    out; what stands in no period is as of `made_at`. `to`: the persons to whom it was to be mailed.
    `known`: what became known after the first of these instants and by the second is told as late; None:
    what did so in its own time.
    """

    desk: str
    rhythm: Rhythm
    on: date
    since: datetime
    until: datetime
    as_of: datetime
    made_at: datetime
    lines: tuple[Line, ...]
    gaps: tuple[Line, ...] = ()
    to: tuple[int, ...] = ()
    known: tuple[datetime, datetime] | None = None

    @property
    def period(self) -> Period:
        return Period(self.since, self.until)

    @property
    def is_running(self) -> bool:
        """Whether its time goes on after what is known."""
        return self.made_at < self.until


def to_json(document: DigestDocument) -> dict[str, Any]:
    """The document as JSON holds it."""
    return {
        "desk": document.desk,
        "rhythm": document.rhythm.value,
        "on": document.on.isoformat(),
        "since": document.since.isoformat(),
        "until": document.until.isoformat(),
        "as_of": document.as_of.isoformat(),
        "made_at": document.made_at.isoformat(),
        "lines": [_line(each) for each in document.lines],
        "gaps": [_line(each) for each in document.gaps],
        "to": list(document.to),
        **({"known": [each.isoformat() for each in document.known]} if document.known else {}),
    }


def _line(line: Line) -> dict[str, Any]:
    of = dict(zip(line.by, line.key, strict=True))
    return {"metric": line.metric, "n": line.n, **({"of": of} if of else {})}


def from_json(written: Mapping[str, Any]) -> DigestDocument:
    """What `to_json` wrote."""
    since, until, as_of, made_at = (
        datetime.fromisoformat(written[name]) for name in ("since", "until", "as_of", "made_at")
    )
    known = [datetime.fromisoformat(each) for each in written.get("known", ())]
    return DigestDocument(
        desk=written["desk"],
        rhythm=Rhythm(written["rhythm"]),
        on=date.fromisoformat(written["on"]),
        since=since,
        until=until,
        as_of=as_of,
        made_at=made_at,
        lines=tuple(_read(each) for each in written["lines"]),
        gaps=tuple(_read(each) for each in written["gaps"]),
        to=tuple(written["to"]),
        known=(known[0], known[1]) if known else None,
    )


def _read(written: Mapping[str, Any]) -> Line:
    of: Mapping[str, str] = written.get("of", {})
    return Line(written["metric"], written["n"], tuple(of), tuple(of.values()))
