"""The messages of a conversation as their page writes them: what all of them have is made here, once each.

What only some have, files, a proposed split, what became of its delivery, the page draws below it.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.mail.conversation import MessageView, Span
from opsdesk.web.escaping import escaped, html_of
from opsdesk.web.labels import DELIVERY
from opsdesk.web.moments import Moments
from opsdesk.web.stencil import Stencil

ENCRYPTED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
INVITATIONS = {"text/calendar", "application/ics"}
DELIVERY_TONES = {"failed": " is-bad", "sent": " is-good"}


@dataclass(frozen=True, slots=True)
class Values:
    """What `case/message.html` shows of a message. `aside` follows who wrote it: where from or where to."""

    classes: str
    id: str
    who: str
    aside: str
    delivery: str
    at: str
    body: str


@dataclass(frozen=True, slots=True)
class Written:
    """A message as HTML without its end. `more`: something is still to be drawn below."""

    html: SafeString
    more: bool


class Messages:
    """Writes messages; words are looked up once for all of them.

    `with_more`: those that have more by something that is not of the message itself; `erasures`: of erased
    ones, by whom and why; `may_erase`: each has a button below.
    """

    def __init__(
        self, moments: Moments, *, with_more: Collection[int], erasures: dict[int, Any], may_erase: bool
    ) -> None:
        self._moments, self._with_more, self._erasures = moments, with_more, erasures
        self._may_erase = may_erase
        self._stencil = Stencil("case/message.html", [field.name for field in fields(Values)])
        self._signature, self._quoted, self._elsewhere = (
            _("signature"),
            _("quoted text"),
            _("belongs to another request"),
        )

    def of(self, messages: Iterable[MessageView]) -> Iterator[tuple[int, Written]]:
        """Each message by its number."""
        for message in messages:
            yield message.id, Written(self._stencil.fill(self._values(message)), self._has_more(message))

    def _has_more(self, message: MessageView) -> bool:
        return bool(
            message.attachments
            or message.has_html
            or message.which_request
            or (self._may_erase and not message.erased)
            or message.id in self._with_more
            or message.reads_like_absence
        )

    def _values(self, message: MessageView) -> Values:
        ours = message.direction == "out"
        machine = " is-machine" if message.machine or message.automatic else ""
        return Values(
            classes=(" is-ours" if ours else "") + machine,
            id=str(message.id),
            who=message.author_name or _("Opsdesk") if ours else _sender(message),
            aside=_aside(message) if ours else _address(message) + _copies(message),
            delivery=_delivery(message.delivery),
            at=self._moments.tag(message.at),
            body=self._body(message),
        )

    def _body(self, message: MessageView) -> SafeString:
        gone = {"gone": self._erasures.get(message.id), "moments": self._moments}
        erased = render_to_string("care/erased.html", gone) if message.erased else ""
        passages = "".join(self._passage(span) for span in message.spans)
        if not message.erased and not any(span.text.strip() for span in message.spans):
            passages += html_of("<span class='muted'>{}</span>", _without_words(message))
        return SafeString(erased + passages)

    def _passage(self, span: Span) -> str:
        if span.kind == "visible":
            return escaped(span.text)
        if span.kind != "elsewhere":
            return _folded(self._signature if span.kind == "signature" else self._quoted, span.text)
        if not span.text.strip():
            return ""
        belongs = _("belongs to #%(id)s") % {"id": span.case_id} if span.case_id else self._elsewhere
        return _folded(belongs, span.text)


def _without_words(message: MessageView) -> str:
    """Why there is nothing to read in a message, and where to look."""
    types = {file.media_type for file in message.attachments}
    if types & ENCRYPTED:
        return _("This mail is encrypted: only its reader's key opens it. It is in the files.")
    if types & INVITATIONS:
        return _("An invitation or an answer to one, without words of its own: it is in the files.")
    if message.has_html:
        return _("There is no text in this mail; look at it as it was sent.")
    if message.attachments:
        return _("There are no words in this mail, only files.")
    return _("There are no words in this mail.")


def whole(messages: Iterable[MessageView], moments: Moments) -> list[SafeString]:
    """Messages to be read alone, away from their case: without what can be done with them."""
    writer = Messages(moments, with_more=(), erasures={}, may_erase=False)
    return [SafeString(f"{written.html}</article>") for _id, written in writer.of(messages)]


def _sender(message: MessageView) -> str:
    return message.from_name or message.from_address or _("Unknown sender")


def _address(message: MessageView) -> str:
    """The address, where it isn't what the sender is called by already."""
    return message.from_address if message.from_name else ""


def _folded(summary: str, text: str) -> SafeString:
    return html_of("<details><summary>{}</summary><div>{}</div></details>", summary, text)


def _aside(message: MessageView) -> str:
    notice = _("automatic notice") if message.automatic else ""
    return f"{notice} → {', '.join(message.to)}{_copies(message)}"


def _copies(message: MessageView) -> str:
    return f" · {_('copies')} {', '.join(message.cc)}" if message.cc else ""


def _delivery(state: str) -> SafeString:
    if not state:
        return SafeString("")
    tone = DELIVERY_TONES.get(state, "")
    return html_of('<span class="chip{}">{}</span> ', tone, str(DELIVERY.get(state, state)))
