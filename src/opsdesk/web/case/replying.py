"""The answer to the requester: its text from a template or by hand, the signature, copies, files."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from opsdesk.accounts import queries as accounts
from opsdesk.kernel.permissions import Act, may
from opsdesk.mail import enclosing, replies, templates
from opsdesk.mail.enclosing import Attachment
from opsdesk.people import queries as people
from opsdesk.web.case.forms import CaseForm, words
from opsdesk.web.case.look import Look


@dataclass(frozen=True, slots=True)
class Wording:
    """A template with its fields filled in from the case."""

    id: int
    name: str
    text: str


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, none among them; an empty one is a file, too."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        return list(data or ())


class ReplyForm(CaseForm):
    """What is written to the requester. `template` in the address puts a template's text into it."""

    text = words(_("Answer"), rows=9)
    signature = forms.BooleanField(label=_("Add my signature"), required=False, initial=True)
    attachments = FilesField(label=_("Files"), required=False, help_text=_("At most 20 files, 25 MB in all."))
    cc = forms.CharField(label=_("Copies to"), required=False, help_text=_("Addresses, separated by commas."))
    wait = forms.CharField(required=False, widget=forms.HiddenInput)
    template = forms.CharField(required=False, widget=forms.HiddenInput)

    def prepare(self, look: Look) -> None:
        self.look = look
        self.fields["attachments"].widget.attrs["data-most-bytes"] = enclosing.MAX_BYTES
        self.signed_as = people.signature(look.actor.id) if look.actor.id else ""
        if not self.signed_as:
            del self.fields["signature"]
        asked = str(self.initial.pop("template", ""))
        chosen = [wording for wording in self.wordings if str(wording.id) == asked]
        if chosen:
            self.initial.setdefault("text", chosen[0].text)

    @cached_property
    def wordings(self) -> list[Wording]:
        """The desk's templates as they would stand in this answer."""
        found = templates.of_desk(self.look.desk.key)
        if not found:
            return []
        case = self.look.case
        account = accounts.get(case.account_id).name if case.account_id else ""
        values = templates.values_for(
            case, actor=self.look.actor, desk_name=self.look.desk.name, account_name=account
        )
        return [Wording(one.id, one.name, templates.filled(one.text, values)) for one in found]

    @property
    def wordings_page(self) -> str:
        """Where the templates are written, for whom it is to write them."""
        desk = self.look.desk.key
        return reverse("wording", args=[desk]) if may(self.look.actor, Act.SET_TARGETS, desk=desk) else ""

    @property
    def files_lost(self) -> bool:
        """Whether files were sent that no page can put into the form again."""
        return bool(self.files.getlist("attachments")) if self.is_bound and self.files else False

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean_cc(self) -> list[str]:
        return [one.strip() for one in self.cleaned_data["cc"].replace(";", ",").split(",") if one.strip()]

    def clean_wait(self) -> bool:
        return str(self.cleaned_data["wait"]) != "no"


def send(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
    """The answer on its way. Nothing of the files is read before their sizes are known to fit."""
    files: list[UploadedFile[Any]] = data["attachments"]
    enclosing.check_sizes([file.size or 0 for file in files])
    return replies.reply(
        case_id=look.case.id,
        text=data["text"],
        cc=data["cc"],
        attachments=list(_read(files)),
        signature=data.get("signature", False),
        wait=data["wait"],
        **by,
    )


def _read(files: "Iterable[UploadedFile[Any]]") -> Iterable[Attachment]:
    for file in files:
        yield Attachment(file.name or "", file.content_type or "", file.read())
