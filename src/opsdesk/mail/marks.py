"""Is a mail written by a machine? Decided by its headers alone, never by its words."""

from collections.abc import Mapping

AUTO_REPLY = "auto-reply"
BOUNCE = "bounce"
LIST = "list"
SPAM = "spam"

TELLING = (
    "x-spam-flag", "x-spam-status", "x-forefront-antispam-report", "x-failed-recipients", "auto-submitted",
    "precedence", "x-autoreply", "x-autorespond", "list-id"
)  # fmt: skip

_BOUNCERS = ("mailer-daemon", "mail-daemon", "postmaster")
_AUTO_PRECEDENCE = ("auto_reply", "auto-reply")
_LIST_PRECEDENCE = ("bulk", "list", "junk")


def machine_kind(headers: Mapping[str, str], content_type: str, report_type: str, sender: str) -> str:
    """`spam`, `bounce`, `auto-reply`, `list`, or "" for a person's mail.

    `headers` maps lower-case names to their first readable value.
    """
    if _is_spam(headers):
        return SPAM
    if _is_bounce(headers, content_type, report_type, sender):
        return BOUNCE
    if _is_auto_reply(headers, report_type):
        return AUTO_REPLY
    if headers.get("list-id") or _value(headers, "precedence") in _LIST_PRECEDENCE:
        return LIST
    return ""


def _value(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "").split(";")[0].strip().lower()


def _is_spam(headers: Mapping[str, str]) -> bool:
    return (
        _value(headers, "x-spam-flag") == "yes"
        or _value(headers, "x-spam-status").split(",")[0] == "yes"
        or "sfv:spm" in headers.get("x-forefront-antispam-report", "").lower()
    )


def _is_bounce(headers: Mapping[str, str], content_type: str, report_type: str, sender: str) -> bool:
    if content_type == "multipart/report" and report_type == "delivery-status":
        return True
    return "x-failed-recipients" in headers or sender.split("@", maxsplit=1)[0] in _BOUNCERS


def _is_auto_reply(headers: Mapping[str, str], report_type: str) -> bool:
    if _value(headers, "auto-submitted") not in ("", "no") or report_type == "disposition-notification":
        return True
    if _value(headers, "precedence") in _AUTO_PRECEDENCE:
        return True
    return any(_value(headers, name) not in ("", "no") for name in ("x-autoreply", "x-autorespond"))
