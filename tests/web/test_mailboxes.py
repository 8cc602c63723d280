"""The pages of the mailboxes: for admins alone, each number with its list, nothing secret on any."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from opsdesk.journal.models import Entry
from opsdesk.mail import intake
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Source
from opsdesk.mailboxes import actions
from opsdesk.mailboxes.actions import Draft
from opsdesk.mailboxes.models import Mailbox, MailboxDay, MissingUid
from tests.cast import Somebody
from tests.web.scene import Scene, letter

Browse = Callable[[Somebody], Client]
HTMX = {"HX-Request": "true"}
SECRET = "a-word-nobody-sees"
FORM = {
    "key": "inbox",
    "desk": "support",
    "provider": "other",
    "username": "help@desk.example",
    "secret": SECRET,
    "host": "imap.desk.example",
    "port": "993",
    "folder": "INBOX",
    "start": "now",
    "history": "on",
}


@pytest.fixture
def box(scene: Scene) -> Mailbox:
    draft = Draft(
        key="inbox",
        desk="support",
        username="help@desk.example",
        start_at=scene.now - timedelta(days=3),
        host="127.0.0.1",
        port=1,
        security="none",
        secret=SECRET,
    )
    return actions.add(draft, actor=scene.ada.actor, now=scene.now - timedelta(days=3))


def compared(box: Mailbox, scene: Scene) -> dict[str, int]:
    """A day with a number in every column."""
    at = scene.now - timedelta(days=1)
    Mailbox.objects.filter(id=box.id).update(
        uidvalidity=7, last_uid=6, state="well", last_look_at=scene.now, reconciled_at=scene.now
    )
    items = [
        Incoming(letter("Mail", "Help", number=n, at=at), f"INBOX {n}", at, "INBOX", 7, n) for n in (1, 2)
    ]
    intake.store_many(source=box.source, items=items, now=at)
    MailboxDay.objects.create(
        source=box.source, day=at.date(), on_server=3, in_ledger=2, uids="1:3", checked_at=scene.now
    )
    rows: list[dict[str, Any]] = [
        {"uid": 3, "kind": "leaked", "detail": "fetch failed: no", "tries": 2},
        {"uid": 4, "through_uid": 5, "kind": "vanished"},
        {"uid": 6, "kind": "leaked", "found_at": scene.now},
    ]
    for row in rows:
        MissingUid.objects.create(
            source=box.source,
            mailbox="INBOX",
            uidvalidity=7,
            day=at.date(),
            noticed_at=at,
            **{"through_uid": row["uid"], **row},
        )
    return {"on_server": 3, "in_ledger": 2, "leaked": 1, "pending": 0, "vanished": 2, "found": 1}


def test_an_admin_adds_a_mailbox_and_its_password_is_seen_nowhere(scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    assert client.get("/mailboxes/new").status_code == 200
    answer = client.post("/mailboxes/new", FORM)
    row = Mailbox.objects.get()
    assert answer.url == f"/mailboxes/{row.id}"
    assert (row.source.key, row.source.desk, row.host, row.state) == (
        "inbox",
        "support",
        "imap.desk.example",
        "new",
    )
    page = client.get(answer.url).content.decode()
    assert "inbox" in page
    assert SECRET not in page + row.secret + str(list(Entry.objects.values_list("payload", flat=True)))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("key", "Not a name!", "Small letters"),
        ("host", "", "Name the server"),
        ("security", "none", "Without TLS"),
        ("auth", "xoauth2", "client id"),
        ("port", "70000", "65535"),
        ("start", "day", "Give the day"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(
    scene: Scene, browse: Browse, field: str, value: str, words: str
) -> None:
    answer = browse(scene.ada).post("/mailboxes/new", {**FORM, field: value})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert SECRET not in answer.content.decode()
    assert not Mailbox.objects.exists()


def test_a_second_mailbox_of_the_same_name_is_refused(scene: Scene, browse: Browse) -> None:
    client = browse(scene.ada)
    client.post("/mailboxes/new", FORM)
    again = client.post("/mailboxes/new", FORM)
    assert again.status_code == 422
    assert "Choose another name" in again.content.decode()


def test_a_mailbox_that_never_opened_says_so_and_is_mended_or_removed(
    scene: Scene, browse: Browse, box: Mailbox
) -> None:
    Mailbox.objects.filter(id=box.id).update(state="refused", trouble="refused")
    client = browse(scene.ada)
    page = client.get(f"/mailboxes/{box.id}").content.decode()
    assert "It has never opened" in page
    assert f"/mailboxes/{box.id}/removal" in page
    asked = client.get(f"/mailboxes/{box.id}/change").content.decode()
    assert "help@desk.example" in asked
    form = {**FORM, "host": "imap.right.example", "start": "keep", "security": "tls"}
    assert client.post(f"/mailboxes/{box.id}/change", form).status_code == 302
    row = Mailbox.objects.select_related("source").get()
    assert (row.host, row.port, row.source.start_at) == ("imap.right.example", 993, box.source.start_at)
    assert row.secret == box.secret
    client.post(f"/mailboxes/{box.id}/removal")
    assert not Mailbox.objects.exists()
    assert not Source.objects.filter(id=box.source_id).exists()


def test_what_took_mail_in_stays_and_with_another_server_its_old_mail_opens_nothing(
    scene: Scene, browse: Browse, box: Mailbox
) -> None:
    compared(box, scene)
    client = browse(scene.ada)
    assert f"/mailboxes/{box.id}/removal" not in client.get(f"/mailboxes/{box.id}").content.decode()
    refused = client.post(f"/mailboxes/{box.id}/removal")
    assert "Switch it off instead" in refused.content.decode()
    form = {**FORM, "start": "keep"}
    refused = client.post(f"/mailboxes/{box.id}/change", {**form, "folder": "Other"})
    assert (refused.status_code, b"this stays" in refused.content) == (422, True)
    assert client.post(f"/mailboxes/{box.id}/change", form).status_code == 302
    row = Mailbox.objects.get()
    assert (row.host, row.label, row.uidvalidity, row.last_uid) == ("imap.desk.example", "INBOX~1", 0, 0)


def test_every_number_of_a_day_opens_as_many_lines(scene: Scene, browse: Browse, box: Mailbox) -> None:
    numbers = compared(box, scene)
    client = browse(scene.ada)
    page = client.get(f"/mailboxes/{box.id}").content.decode()
    day = (scene.now - timedelta(days=1)).date().isoformat()
    for what, number in numbers.items():
        address = f"/mailboxes/{box.id}/days/{day}/{what}"
        assert f'href="{address}"' in page
        lines = client.get(address).context["lines"]
        assert sum(line.through_uid - line.uid + 1 for line in lines) == number, what
    listed = client.get(f"/mailboxes/{box.id}/days/{day}/leaked").content.decode()
    assert "fetch failed: no" in listed
    on_server = client.get(f"/mailboxes/{box.id}/days/{day}/on_server").context["lines"]
    assert [bool(line.arrival_id) for line in on_server] == [True, True, False]


def test_what_leaked_is_an_alarm_here_and_in_health(scene: Scene, browse: Browse, box: Mailbox) -> None:
    compared(box, scene)
    for address in ("/mailboxes", f"/mailboxes/{box.id}", "/health"):
        page = browse(scene.ada).get(address).content.decode()
        assert "Mail is on the server and not with us." in page, address
    assert f"/mailboxes/{box.id}" not in browse(scene.olga).get("/health").content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "refused", "trouble": "refused"}, "Enter the right password"),
        ({"state": "trouble", "trouble": "unsafe"}, "certificate"),
        ({"state": "well"}, "not looked at for over ten minutes"),
        ({"state": "trouble", "trouble": "sealed"}, "master.key"),
    ],
)
def test_a_mailbox_in_trouble_says_what_and_what_to_do(
    scene: Scene, browse: Browse, box: Mailbox, changes: dict[str, str], words: str
) -> None:
    Mailbox.objects.update(**changes)
    for address in ("/mailboxes", f"/mailboxes/{box.id}", "/health"):
        assert words in browse(scene.ada).get(address).content.decode(), address


def test_it_is_switched_off_and_on_after_asking(scene: Scene, browse: Browse, box: Mailbox) -> None:
    client, address = browse(scene.ada), f"/mailboxes/{box.id}"
    assert "Switch inbox off?" in client.get(f"{address}/switching-off").content.decode()
    assert client.post(f"{address}/switching-off").url == address
    assert Mailbox.objects.get().state == "off"
    assert "Switch on" in client.get(address).content.decode()
    assert client.post(f"{address}/switching-off", headers=HTMX).status_code == 422
    client.post(f"{address}/reconciliation")
    assert "It is switched off." in client.get(address).content.decode()
    assert client.get(f"{address}/switching-on").status_code == 200
    client.post(f"{address}/switching-on")
    assert Mailbox.objects.get().state == "new"


def test_a_comparison_is_asked_for(scene: Scene, browse: Browse, box: Mailbox) -> None:
    client = browse(scene.ada)
    client.post(f"/mailboxes/{box.id}/reconciliation")
    assert Mailbox.objects.get().reconcile_asked_at
    assert "asked for" in client.get(f"/mailboxes/{box.id}").content.decode()


def test_a_new_password_is_kept_sealed(scene: Scene, browse: Browse, box: Mailbox) -> None:
    client, before = browse(scene.ada), box.secret
    assert client.get(f"/mailboxes/{box.id}/secret").status_code == 200
    client.post(f"/mailboxes/{box.id}/secret", {"secret": "another-word"})
    after = Mailbox.objects.get()
    assert after.secret not in ("", before)
    assert "another-word" not in after.secret
    assert after.version == 2


def test_trying_it_out_says_what_is_wrong(scene: Scene, browse: Browse, box: Mailbox) -> None:
    client = browse(scene.ada)
    client.post(f"/mailboxes/{box.id}/trial")
    assert "The server cannot be reached." in client.get(f"/mailboxes/{box.id}").content.decode()


@pytest.mark.parametrize("who", ["olga", "enzo", "lena", "vera"])
def test_the_mailboxes_are_an_admins(scene: Scene, browse: Browse, box: Mailbox, who: str) -> None:
    client = browse(getattr(scene, who))
    day = scene.now.date().isoformat()
    for address in ("/mailboxes", f"/mailboxes/{box.id}", f"/mailboxes/{box.id}/days/{day}/leaked"):
        assert client.get(address).status_code == 403, address
    assert client.get("/mailboxes/new").status_code == 403
    for verb in ("trial", "secret", "switching-off", "switching-on", "reconciliation", "change", "removal"):
        client.post(f"/mailboxes/{box.id}/{verb}", {"secret": "x"})
    assert (Mailbox.objects.get().version, Mailbox.objects.get().reconcile_asked_at) == (1, None)
    assert "/mailboxes" not in client.get("/keys").content.decode()
    assert "/mailboxes" in browse(scene.ada).get("/keys").content.decode()


@pytest.mark.parametrize(
    "address",
    ["/mailboxes/99999", "/mailboxes/{id}/days/2026-13-01/leaked", "/mailboxes/{id}/days/2026-01-01/x"],
)
def test_what_is_not_there_says_so(scene: Scene, browse: Browse, box: Mailbox, address: str) -> None:
    assert browse(scene.ada).get(address.format(id=box.id)).status_code == 404
