"""What to do about a field that doesn't hold what it must, in the language the request asks for."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from opsdesk.api.drafts import SCOPE, TEXT
from opsdesk.deals.lines import LINE, LINE_OR_NOTHING
from opsdesk.kernel.refusal import gettext_noop

# By pydantic's name of the mistake; its context fills the places.
WORDS: Mapping[str, str] = {
    "missing": gettext_noop("It is missing: send it."),
    "extra_forbidden": gettext_noop("There is no such field here: leave it out."),
    "string_type": gettext_noop("Send a text."),
    "string_too_long": gettext_noop("Write at most %(max_length)s characters."),
    "string_too_short": gettext_noop("Write at least %(min_length)s characters."),
    "string_unicode": gettext_noop("Send whole characters: there is half of one in it."),
    "int_type": gettext_noop("Send a whole number, without quotes."),
    "int_parsing": gettext_noop("Send a whole number."),
    "int_from_float": gettext_noop("Send a whole number, without a fraction."),
    "greater_than": gettext_noop("Send a number above %(gt)s."),
    "greater_than_equal": gettext_noop("Send a number of at least %(ge)s."),
    "less_than_equal": gettext_noop("Send a number of at most %(le)s."),
    "literal_error": gettext_noop("Send one of these: %(expected)s."),
    "enum": gettext_noop("Send one of these: %(expected)s."),
    "model_type": gettext_noop("Send an object."),
    "model_attributes_type": gettext_noop("Send an object."),
    "dict_type": gettext_noop("Send an object."),
    "list_type": gettext_noop("Send a list."),
    "too_long": gettext_noop("Name at most %(max_length)s of them."),
    "day": gettext_noop("Send a day that there is, as 2026-03-02."),
    "filter": gettext_noop("There is no such filter: leave it out."),
}
PATTERNS: Mapping[str, str] = {
    LINE: gettext_noop(
        "Write one line in which something can be read, without control or invisible characters."
    ),
    LINE_OR_NOTHING: gettext_noop("Write one line without control or invisible characters."),
    TEXT: gettext_noop("Write it without control characters."),
    SCOPE: gettext_noop("Send a country and a category, as MN.USED_CAR_PRIVATE."),
}
OTHER_FORM = gettext_noop("It has another form than what is asked for: see its description in /api/docs.")


def words_of(error: Mapping[str, Any]) -> str:
    """What to do about one of pydantic's errors (`type`, `ctx`, `msg`)."""
    context: dict[str, Any] = dict(error.get("ctx") or {})
    if error.get("type") == "string_pattern_mismatch":
        return gettext(PATTERNS.get(str(context.get("pattern")), OTHER_FORM))
    message = WORDS.get(str(error.get("type")))
    if message is None:
        return str(error["msg"])
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace("'", "").replace(" or ", ", ")
    return gettext(message) % context
