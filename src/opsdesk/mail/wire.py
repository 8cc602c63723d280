"""A ParsedMail as JSON and back: what crosses the pipe from the parser's process is data, never objects."""

import json
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from opsdesk.mail.bodies import Part
from opsdesk.mail.headers import Address
from opsdesk.mail.parsing import ParsedMail

_NAMES = tuple(field.name for field in fields(ParsedMail))
_PART = attrgetter(*(field.name for field in fields(Part)))


def to_wire(mail: ParsedMail) -> bytes:
    values = {name: _plain(getattr(mail, name)) for name in _NAMES}
    return json.dumps(values, ensure_ascii=False).encode("utf-8")


def from_wire(data: bytes) -> ParsedMail:
    """Raises ValueError, KeyError or TypeError for anything that `to_wire` did not write."""
    values: dict[str, Any] = json.loads(data)
    for name in ("in_reply_to", "references", "delivered_to", "loops"):
        values[name] = tuple(values[name])
    for name in ("to", "cc", "reply_to"):
        values[name] = tuple(Address(*pair) for pair in values[name])
    for name in ("sent_at", "received_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    values["sender"] = Address(*values["sender"])
    values["parts"] = tuple(Part(*one) for one in values["parts"])
    return ParsedMail(**values)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Address):
        return [value.name, value.address]
    if isinstance(value, Part):
        return _PART(value)
    return value.isoformat() if isinstance(value, datetime) else value
