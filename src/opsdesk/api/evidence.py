"""The evidence of a deal: sent, listed, fetched. Its bytes are kept as they came."""

import json
from hashlib import sha256
from typing import Annotated, Literal
from urllib.parse import quote

from django.http import HttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile

from opsdesk.api import showing
from opsdesk.api import values as out
from opsdesk.api.http import Request, answer
from opsdesk.api.once import Key, once
from opsdesk.api.reach import bring_up_to_date, deal_of
from opsdesk.api.responses import READ, WRITE
from opsdesk.deals.lines import LINE_OR_NOTHING
from opsdesk.disputes import evidence
from opsdesk.disputes.checklist import ItemState
from opsdesk.disputes.models import Kind
from opsdesk.disputes.refusals import EvidenceUnknown
from opsdesk.vault import queries as vault

router = Router(tags=["evidence"], by_alias=True)
ITEM = "The item of the checklist it shows, if any."
ITEM_LENGTH = 40
KINDS = ("", *Kind.values)


@router.get("/{int:deal_id}/evidence", response={200: out.EvidenceList, **READ}, operation_id="list_evidence")
def list_evidence(request: Request, deal_id: int) -> HttpResponse:
    """The files of a deal and what its checklist still lacks."""
    row = deal_of(request, deal_id)
    state = evidence.state_of(row.id)
    items = [
        out.ItemOut(
            key=each.key,
            name=each.name,
            kind=each.kind,
            required=each.required,
            state=_state(each),
            files=[file.id for file in each.files],
        )
        for each in state.items
    ]
    files = [showing.evidence(each) for each in state.files]
    return answer(
        out.EvidenceList(deal=row.id, frozen=state.frozen, complete=state.complete, items=items, files=files)
    )


def _state(item: ItemState) -> str:
    if item.files:
        return "present"
    return "waived" if item.waiver else "missing" if item.required else "optional"


@router.post("/{int:deal_id}/evidence", response={201: out.EvidenceOut, **WRITE}, operation_id="add_evidence")
def add_evidence(
    request: Request,
    deal_id: int,
    file: Annotated[UploadedFile, File(description="At most 25 MB; its type is read from its bytes.")],
    idempotency_key: Key,
    item: Annotated[str, Form(max_length=ITEM_LENGTH, pattern=LINE_OR_NOTHING, description=ITEM)] = "",
    kind: Annotated[Literal[KINDS], Form(description="Left out: as its bytes say.")] = "",  # type: ignore[valid-type]
) -> HttpResponse:
    """Add one file. The same bytes for the same item again answer with the file that is there."""
    data, name = file.read(), file.name or ""

    def act() -> out.EvidenceOut:
        added = evidence.add(
            deal_id=deal_id, data=data, name=name, item=item, kind=kind, actor=request.actor, now=request.now
        )
        return showing.evidence(evidence.file_of(added.id))

    bring_up_to_date(request, deal_id)
    sent = json.dumps([name, item, kind, sha256(data).hexdigest()])
    return once(request, idempotency_key, act, status=201, sent=sent)


@router.get(
    "/{int:deal_id}/evidence/{int:evidence_id}/content",
    response={200: bytes, **READ},
    operation_id="get_evidence_content",
)
def get_content(request: Request, deal_id: int, evidence_id: int) -> HttpResponse:
    """The bytes of a file, to be saved: never shown in place."""
    row = deal_of(request, deal_id)
    found = evidence.file_of(evidence_id)
    if found.deal_id != row.id:
        raise EvidenceUnknown(evidence=evidence_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "ETag": f'"{found.digest}"',
    }
    return HttpResponse(vault.read(found.digest), content_type=found.media_type, headers=headers)
