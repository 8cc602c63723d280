"""The forms of reviews: a period, a note, a point."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.period import Period, days
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.people.queries import Name
from opsdesk.review.models import Point, ReviewNote
from opsdesk.review.notes import MOST_BYTES, MOST_WORDS, Proposal
from opsdesk.review.point_actions import PointDraft
from opsdesk.web.funnel.address import check_days, month_of
from opsdesk.web.refusals import put_on

Choices = list[tuple[Any, Any]]


class PeriodForm(forms.Form):
    """A month, or the first and the last day."""

    month = forms.CharField(label=_("Month"), required=False, widget=forms.TextInput(attrs={"type": "month"}))

    def __init__(self, *args: Any, desk: DeskDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desk = desk
        for name, label in (("from", _("or from")), ("to", _("to"))):
            self.fields[name] = forms.DateField(
                label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        try:
            if not self.errors:
                data["period"] = period_of(data.get("month", ""), data.get("from"), data.get("to"), self.desk)
        except Invalid as refusal:
            put_on(self, refusal)
        return data


def period_of(month: str, first: Any, last: Any, desk: DeskDefinition) -> Period:
    """Days where they are given, else the month. Refuses `Invalid`."""
    check_days(first, last)
    if first and last:
        return days(first, last, desk.zone)
    if not month:
        raise Invalid("month", gettext_noop("Choose a month, or the first and the last day."))
    return month_of(month, desk)


class NoteForm(forms.Form):
    """A meeting note: pasted or as a file."""

    title = forms.CharField(
        label=_("Title"), required=False, max_length=200, help_text=_("Without one its first line is taken.")
    )
    source = forms.ChoiceField(label=pgettext_lazy("source", "From"), choices=ReviewNote.Source.choices)
    text = forms.CharField(
        label=_("Text, in Markdown"), required=False, widget=forms.Textarea(attrs={"rows": 10}), strip=False
    )
    file = forms.FileField(
        label=_("or a file"),
        required=False,
        allow_empty_file=True,
        help_text=_("Markdown in UTF-8, as Granola and others save it; at most 1 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".md,.markdown,.txt,text/markdown,text/plain"}),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        text, file = data.get("text", ""), data.get("file")
        if file is not None and text.strip():
            put_on(self, Invalid("file", gettext_noop("Paste the text or choose a file, not both.")))
        elif file is None and not text.strip():
            put_on(self, Invalid("text", gettext_noop("Paste the note, or choose its file.")))
        else:
            data["data"] = text.encode() if file is None else file.read(MOST_BYTES + 1)
        return data


class PointForm(forms.Form):
    """What a point says, who has it, until when."""

    kind = forms.ChoiceField(label=_("What it is"), choices=Point.Kind.choices, initial=Point.Kind.ACTION)
    tag = forms.ChoiceField(label=_("About"), required=False, choices=[("", _("choose")), *Point.Tag.choices])
    words = forms.CharField(
        label=_("In words"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    due_on = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, persons: Iterable[Name], kept: Name | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {each.id: each.name for each in persons}
        if kept is not None:
            known.setdefault(kept.id, kept.name)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [("", _("nobody")), *known.items()]

    @property
    def draft(self) -> PointDraft:
        data = self.cleaned_data
        return PointDraft(data["kind"], data["words"], data["tag"], data["owner"], data["due_on"])


class RevisionForm(forms.Form):
    """A yes to a point as it was seen."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


def names_of(line: int) -> list[str]:
    """What the fields of a line are called."""
    return [f"{name}_{line}" for name in ("take", "words", "kind", "tag")]


class TakeForm(forms.Form):
    """Which of a note's proposals become points, as what."""

    def __init__(self, *args: Any, proposals: Iterable[Proposal], note: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposals, self.note = tuple(proposals), note
        for each in self.proposals:
            n = each.line
            self.fields[f"take_{n}"] = forms.BooleanField(label=each.words, required=False, initial=True)
            self.fields[f"words_{n}"] = forms.CharField(
                label=_("In words"), required=False, max_length=MOST_WORDS, initial=each.words
            )
            self.fields[f"kind_{n}"] = forms.ChoiceField(
                label=_("What it is"), choices=Point.Kind.choices, initial=each.kind
            )
            self.fields[f"tag_{n}"] = forms.ChoiceField(
                label=_("About"), choices=Point.Tag.choices, initial=Point.Tag.PROCESS
            )

    @property
    def rows(self) -> list[tuple[Any, Any, Any, Any]]:
        """The four fields of each proposal."""
        return [tuple(self[name] for name in names_of(each.line)) for each in self.proposals]  # type: ignore[misc]

    @property
    def drafts(self) -> list[PointDraft]:
        """Those that are taken."""
        data = self.cleaned_data
        return [
            PointDraft(data[f"kind_{n}"], data[f"words_{n}"], data[f"tag_{n}"], note=self.note, line=n)
            for n in (each.line for each in self.proposals)
            if data[f"take_{n}"]
        ]
