from html.parser import HTMLParser

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from opsdesk.web.widgets import Drawn

HOSTILE = """a"b'c<d>&e"""


class Elements(HTMLParser):
    """The elements of a piece of HTML with their attributes in order, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, sorted(attributes, key=str)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(data.strip())


class EveryKind(forms.Form):
    text = forms.CharField(
        required=False, max_length=20, widget=forms.TextInput(attrs={"type": "search", "data-search": True})
    )
    bare = forms.CharField(widget=forms.TextInput(attrs={"autofocus": False}))
    mark = forms.BooleanField(required=False)
    hidden = forms.CharField(widget=forms.HiddenInput)
    several = forms.MultipleChoiceField(choices=[("1", "One"), ("2", HOSTILE)])
    number = forms.IntegerField()
    many_lines = forms.CharField(widget=forms.Textarea)
    choice = forms.ChoiceField(
        choices=[("", "None"), ("Group " + HOSTILE, [("x", "X"), (HOSTILE, HOSTILE)]), ("y", "Y")]
    )


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"text": "", "mark": "on", "choice": "y", "several": ["1", "2"], "number": "7", "bare": "ß"},
        {"text": HOSTILE, "bare": HOSTILE, "hidden": HOSTILE, "choice": HOSTILE, "many_lines": HOSTILE},
    ],
    ids=["not sent", "empty", "filled", "hostile"],
)
def test_an_element_is_the_one_the_framework_draws(data: dict[str, object] | None) -> None:
    ours, theirs = EveryKind(data, renderer=Drawn()), EveryKind(data, renderer=DjangoTemplates())
    for name in ours.fields:
        assert Elements(str(ours[name])).found == Elements(str(theirs[name])).found, name
        assert HOSTILE not in str(ours[name])
