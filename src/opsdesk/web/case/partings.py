"""The dialogs that part requests and join them: splits, merges, messages that move."""

from django.utils.translation import gettext_lazy as _

from opsdesk.cases import merges
from opsdesk.cases.lifecycle import Move
from opsdesk.mail import claims, splits
from opsdesk.web.case import forms
from opsdesk.web.case.verbs import Verb, move_message, simple, split

PARTINGS: tuple[Verb, ...] = (
    Verb(
        "split",
        Move.SPLIT,
        "p",
        _("Split off a part"),
        _("Split off a part as a request of its own"),
        _("Split off"),
        _("This part is a request of its own now."),
        forms.SplitForm,
        split,
        fields="case/split_fields.html",
        leads_to_result=True,
    ),
    Verb(
        "split-undo",
        Move.UNDO_SPLIT,
        "z",
        _("Undo the split"),
        _("Undo the split?"),
        _("Undo it"),
        _("The split is undone; this part counts nowhere."),
        forms.NothingForm,
        simple(splits.undo),
        intro=_("The part goes back to the case it came from. This works while nobody has worked on it."),
        danger=True,
    ),
    Verb(
        "message",
        Move.CLASSIFY,
        "m",
        _("Move a message"),
        _("Move a message to another request"),
        _("Move it"),
        _("Moved."),
        forms.MoveMessageForm,
        move_message,
        fields="case/move_fields.html",
    ),
    Verb(
        "claim",
        Move.VOID,
        "",
        _("Join the case it claims"),
        _("Make it part of the case that it claims to belong to?"),
        _("Join them"),
        _("Its messages are here now; the request they had opened is void, a duplicate."),
        forms.NothingForm,
        simple(claims.join),
        intro=_(
            "Its messages move there as if they had joined at once, and may wake or reopen that case."
            " For 14 days, undoing the void brings them back."
        ),
        often=True,
        leads_to_result=True,
    ),
    Verb(
        "merge",
        Move.MERGE,
        "m",
        _("Merge"),
        _("Merge with another request of this customer"),
        _("Merge them"),
        _("They are one request now."),
        forms.MergeForm,
        simple(merges.merge),
        intro=_("The one on the higher tier goes on, else the older one. It can be undone for 14 days."),
        leads_to_result=True,
    ),
    Verb(
        "merge-undo",
        Move.UNDO_MERGE,
        "z",
        _("Undo the merge"),
        _("Undo the merge?"),
        _("Undo it"),
        _("A request of its own again, as it was."),
        forms.NothingForm,
        simple(merges.undo_merge),
        intro=_("The request is as it was before, and its stay runs on. Later messages stay where they are."),
        often=True,
    ),
)
