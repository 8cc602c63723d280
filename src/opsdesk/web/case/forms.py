"""What each dialog of a case asks for. Their choices come from the desk in the version that holds."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.definition import Code, DeskDefinition
from opsdesk.cases.lifecycle import Move, Phase, fits
from opsdesk.cases.models import Case, WaitingOn
from opsdesk.mail.conversation import ThreadCase
from opsdesk.people.queries import Name
from opsdesk.web.case.look import Look
from opsdesk.web.labels import shipped

UNANSWERED = _(
    "Nobody has answered this customer yet, so they don't know that we wait for them. Answer first: “Send and"
    " wait” does both."
)
CHOOSE = ("", _("Choose …"))
LONGEST_EARLIER = 300
LONGEST_SUBJECT = 90


def type_choices(desk: DeskDefinition) -> list[Any]:
    """The tree of types, a group for each family."""
    groups = [
        (shipped(family.name), [(leaf.key, shipped(leaf.name)) for leaf in family.types])
        for family in desk.families
    ]
    return [CHOOSE, *groups]


def code_choices(codes: tuple[Code, ...]) -> list[Any]:
    return [CHOOSE, *((code.key, shipped(code.name)) for code in codes)]


def _named(cases: Iterable[Case | ThreadCase]) -> list[tuple[int, str]]:
    """Cases to choose from: a long subject would make the field as wide as itself."""
    return [(case.id, f"#{case.id} {Truncator(case.subject).chars(LONGEST_SUBJECT)}") for case in cases]


def words(label: Any, help_text: Any = "", rows: int = 5) -> forms.CharField:
    """A field for text; an empty one is the action's to refuse, in its own words."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, widget=widget, max_length=20_000)


class CaseForm(forms.Form):
    """Every form on a case says which version of it the person saw, and has a key of its own.

    The key is made when the form is drawn: what is sent again under it is done once.
    """

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    form_key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, files: Any = None, *, look: Look, initial: dict[str, Any] | None = None
    ) -> None:
        seen, drawn = {"seen_version": look.case.version}, {"form_key": uuid4().hex}
        super().__init__(data, files, initial={**seen, **(initial or {}), **drawn})
        self.prepare(look)

    def prepare(self, look: Look) -> None:
        """Fill in the choices."""

    def choose(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def now_seen(self, version: int) -> None:
        """The person has been told what happened since: the next try counts from here."""
        self._set("seen_version", str(version))

    def draw_anew(self) -> None:
        """The person has been told what this form did before: the next try is another one."""
        self._set("form_key", uuid4().hex)

    def _set(self, name: str, value: str) -> None:
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data[name] = value  # type: ignore[index]


class NothingForm(CaseForm):
    """A yes."""


class NoteForm(CaseForm):
    text = words(_("Note"), _("Only we see it."))


class WaitForm(CaseForm):
    on = forms.ChoiceField(label=_("Whose move is it?"), choices=WaitingOn.choices, widget=forms.RadioSelect)
    party = forms.ChoiceField(label=_("Which third party"), required=False)
    expected_at = forms.DateTimeField(
        label=_("Their answer is expected by"),
        required=False,
        help_text=_("Needed for a third party. Once it has passed, the case is marked."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def prepare(self, look: Look) -> None:
        self.choose("party", code_choices(look.desk.third_parties))
        self.initial.setdefault("on", WaitingOn.CUSTOMER.value)
        self.unanswered = look.is_unanswered

    def clean(self) -> dict[str, Any]:
        """A customer who was never answered doesn't know that we wait: that is asked about once more."""
        data = super().clean() or {}
        if self.unanswered and data.get("on") == WaitingOn.CUSTOMER:
            self.fields["sure"] = forms.BooleanField(label=_("Let it wait all the same"), required=False)
            if not self.data.get("sure"):
                self.add_error("sure", _("Tick this to let it wait unanswered, or go back and answer."))
        return data


class TypedForm(CaseForm):
    """A form that may set the type, and must where the case has none."""

    type = forms.ChoiceField(label=_("Type"))

    def prepare(self, look: Look) -> None:
        self.choose("type", type_choices(look.desk))
        self.initial.setdefault("type", look.case.type)


class EscalateForm(TypedForm):
    reason = forms.ChoiceField(label=_("Reason"))
    words = words(_("What was tried"), _("So that nobody tries it again."))
    queue = forms.ChoiceField(label=_("To"), required=False)
    skip = forms.BooleanField(label=_("Skip a tier: straight to the queue chosen above"), required=False)
    notify = forms.BooleanField(label=_("Tell the requester"), required=False)
    field_order = ("type", "reason", "words", "queue", "skip", "notify", "seen_version")

    def prepare(self, look: Look) -> None:
        super().prepare(look)
        if not fits(Move.CLASSIFY, Phase.OPEN, look.case.kind):
            del self.fields["type"]
        self.choose("reason", code_choices(look.desk.escalation_reasons))
        ways = [queue for queue in look.desk.queues if queue.key in look.card.queue.up]
        if look.leads:
            ways += [queue for queue in look.desk.queues if queue.tier > look.case.tier + 1]
        else:
            del self.fields["skip"]
        shown = [(queue.key, f"{shipped(queue.name)} (T{queue.tier})") for queue in ways]
        self.choose("queue", [("", _("By the route of its type")), *shown])
        self.initial.setdefault("notify", look.desk.notices.escalation)


class ReturnForm(CaseForm):
    words = words(_("How to do it next time"), _("This is what a return is for."))


class RerouteForm(CaseForm):
    queue = forms.ChoiceField(label=_("Queue of the same tier"))
    words = words(_("Why it belongs there"), rows=3)

    def prepare(self, look: Look) -> None:
        others = [queue for queue in look.desk.queues_at(look.case.tier) if queue.key != look.case.queue]
        self.choose("queue", [CHOOSE, *((queue.key, shipped(queue.name)) for queue in others)])


class ResolveForm(TypedForm):
    resolution = words(_("How it was fixed"))
    cause = forms.ChoiceField(label=_("Cause"))
    verified = forms.BooleanField(label=_("I verified that it works"), required=False)
    notify = forms.BooleanField(label=_("Tell the requester"), required=False)
    field_order = ("resolution", "cause", "type", "verified", "notify", "seen_version")

    def prepare(self, look: Look) -> None:
        super().prepare(look)
        self.choose("cause", code_choices(look.desk.causes))
        self.initial.setdefault("notify", look.desk.notices.resolution)
        if look.case.resolution:
            said = _("Before it was reopened: %(words)s") % {"words": look.case.resolution}
            self.fields["resolution"].help_text = Truncator(said).chars(LONGEST_EARLIER)


class ReopenForm(CaseForm):
    reason = words(_("Why it is open again"), rows=3)


class FollowUpForm(CaseForm):
    subject = forms.CharField(label=_("Subject"), max_length=400)
    words = words(_("What is asked for"), rows=3)

    def prepare(self, look: Look) -> None:
        self.initial.setdefault("subject", look.case.subject)


class VoidForm(CaseForm):
    reason = forms.ChoiceField(label=_("Reason"))
    duplicate_of = forms.CharField(
        label=_("Duplicate of case"), required=False, help_text=_("Its number, for a duplicate.")
    )

    def prepare(self, look: Look) -> None:
        self.choose("reason", code_choices(look.desk.void_reasons))

    def clean_duplicate_of(self) -> int | None:
        text = str(self.cleaned_data["duplicate_of"]).strip().removeprefix("#")
        if not text:
            return None
        if not text.isdecimal() or len(text) > 15:
            raise forms.ValidationError(_("Write the number of a case, such as 1204."))
        return int(text)


class AssignForm(CaseForm):
    person_id = forms.TypedChoiceField(label=_("To"), required=False, coerce=int, empty_value=None)

    def prepare(self, look: Look) -> None:
        own = [] if look.actor.id is None else [Name(look.actor.id, look.actor.name)]
        others = [person for person in look.seated() if person.id != look.actor.id] if look.leads else []
        self.choose(
            "person_id", [("", _("Nobody")), *((person.id, person.name) for person in [*own, *others])]
        )
        self.initial.setdefault("person_id", look.case.assignee_id or look.actor.id)


class TypeForm(TypedForm):
    """Only the type."""


class SplitForm(CaseForm):
    message = forms.TypedChoiceField(label=_("Message"), coerce=int)
    part = words(
        _("The part that is another request"),
        _("Select it in the message above, or paste it here exactly as it stands there."),
        rows=3,
    )
    start = forms.IntegerField(required=False, widget=forms.HiddenInput)
    subject = forms.CharField(label=_("Subject of the new request"), max_length=400)
    type = forms.ChoiceField(label=_("Type"), required=False)
    of_another = forms.BooleanField(label=_("Split them off all the same"), required=False)

    def prepare(self, look: Look) -> None:
        self.choose("type", type_choices(look.desk))
        self.choose("message", [(each.id, each.label) for each in look.incoming()])


class MergeForm(CaseForm):
    other_id = forms.TypedChoiceField(
        label=_("Merge with"), coerce=int, help_text=_("The unresolved requests of the same customer.")
    )

    def prepare(self, look: Look) -> None:
        self.choose("other_id", [CHOOSE, *_named(look.mergeable)])


class MoveMessageForm(CaseForm):
    message = forms.TypedChoiceField(label=_("Message"), coerce=int)
    to_case = forms.TypedChoiceField(
        label=_("To the request"), coerce=int, help_text=_("The other requests of the same thread.")
    )

    def prepare(self, look: Look) -> None:
        self.choose("message", [(each.id, each.label) for each in look.incoming(joined=True)])
        self.choose("to_case", _named(look.conversation.thread_cases))
