"""Searching for mails that break us: what we have as samples, bent at random, through parsing and sorting.

`--seconds 60` says how long, `--seed 1` where to begin. Each mail must get an outcome that is no failure of
ours, be shown and reported without a fault, and keep its bytes. What doesn't is written to
`tests/mail/finds/`, where the tests keep it.
"""

import argparse
import hashlib
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
os.environ.pop("OPSDESK_DATABASE_URL", None)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402

from opsdesk.cases.queries import desks  # noqa: E402
from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.mail import bounces, conversation, intake, parsing, showing  # noqa: E402
from opsdesk.mail.arrivals import Incoming  # noqa: E402
from opsdesk.mail.child import sorting  # noqa: E402
from opsdesk.mail.models import Arrival, CaseMessage  # noqa: E402
from opsdesk.mail.refusals import NotUnderstood  # noqa: E402
from opsdesk.mail.sources import file_source  # noqa: E402
from opsdesk.mail.wire import from_wire, to_wire  # noqa: E402
from opsdesk.vault import queries as vault  # noqa: E402
from tests.mail.found import FINDS  # noqa: E402
from tests.mail.hostile import HOSTILE  # noqa: E402
from tests.mail.letters import letter  # noqa: E402

FINDS_AT = Path(__file__).resolve().parents[1] / "tests" / "mail" / "finds"
BATCH, LARGEST = 50, 100_000
FROM = b"From: Sam <sam@dealer.example>\r\n"
OURS = ("failed", "the parser failed", "the parser died", "took too long", "too much memory")
SNIPPETS = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\x00",
        b"\xff\xfe",
        b"--b\r\n",
        b"--b--",
        b": ",
        b"<",
        b">",
        b'"',
        b"> ",
        b"-- \r\n",
    ),
    *(b"(" * 50, b"," * 50, b"a@b.example, ", b"=?utf-8?b?", b"?=", b"=?gb18030?q?=81=30", b"\x1b$B"),
    *(
        b"\xf0\x9f\x9a\x97",
        b"\xe2\x80\xae",
        b"<table><tr><td>",
        b"<img src=cid:x>",
        b"&#xD800;",
        b"<!--",
        b"</html>",
    ),
    b"1. Please?\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Disposition: attachment; filename*0*=x''%ff\r\n",
    b"Final-Recipient: rfc822; a@b.example\r\nStatus: 5.1.1\r\n",
    b"References: <1@mail.example> <2@mail.example>\r\n",
    b"In-Reply-To: <1@mail.example>\r\n",
    b"Message-ID: <1@mail.example>\r\n",
    b"Received: x; Mon, 02 Mar 2026 18:00:00 +0000\r\n",
    b"Date: Sun, 31 Feb 2026 99:99:99 +9999\r\n",
    b"Auto-Submitted: auto-replied\r\n",
    b"X-Loop: a@b.example\r\n",
)


def seeds() -> list[bytes]:
    """What mails are bent from: the samples of the tests, some ordinary ones, and what was found before."""
    ordinary = [letter(number, answers=number - 1 if number else None) for number in range(3)]
    found = [raw for raw in (*HOSTILE.values(), *FINDS.values()) if len(raw) <= LARGEST]
    return ordinary * 5 + found


def bent(draw: random.Random, mails: Sequence[bytes]) -> bytes:
    """A mail with one to eight changes, most of them near its head."""
    raw = draw.choice(mails)
    for _ in range(draw.randint(1, 8)):
        raw = _changed(draw, raw, mails)
    if b"from:" not in raw[:3000].lower() and draw.random() < 0.9:
        raw = FROM + raw  # what has no headers ends too early to say much
    return raw[:LARGEST]


def _changed(draw: random.Random, raw: bytes, mails: Sequence[bytes]) -> bytes:
    reach = len(raw) if draw.random() < 0.6 else min(len(raw), 600)
    at = draw.randint(0, reach)
    end = min(len(raw), at + draw.choice((1, 2, 5, 20, 200)))
    way = draw.randrange(6)
    if way == 0:
        return raw[:at] + draw.choice(SNIPPETS) + raw[at:]
    if way == 1:
        return raw[:at] + draw.randbytes(end - at) + raw[end:]
    if way == 2:
        return raw[:at] + raw[end:]
    if way == 3:
        return raw[:at] + raw[at:end] * draw.choice((2, 3, 50)) + raw[end:]
    if way == 4:
        other = draw.choice(mails)
        return raw[:at] + other[draw.randint(0, len(other)) :][:5000]
    lines = raw.splitlines(keepends=True)
    draw.shuffle(lines)
    return b"".join(lines) if len(lines) < 500 else raw


def fault_of(raw: bytes) -> str:
    """What parsing, showing and reporting this mail raises, "" for nothing but NotUnderstood."""
    for look in (_parsed, _shown, _reported):
        try:
            look(raw)
        except NotUnderstood:
            continue
        except Exception as fault:  # noqa: BLE001 - this is what we are looking for
            return f"{type(fault).__name__} {fault}"
    return ""


def _parsed(raw: bytes) -> None:
    mail = parsing.parse(raw)
    if from_wire(to_wire(mail)) != mail:
        raise ValueError("differs on the wire")


def _shown(raw: bytes) -> None:
    showing.to_wire(showing.shown(raw, remote=False))


def _reported(raw: bytes) -> None:
    bounces.to_wire(bounces.report_of(raw))


def sorted_faults(mails: Sequence[bytes], now: datetime) -> list[tuple[bytes, str]]:
    """Those whose sorting failed or whose pages can't be put together."""
    source = file_source("fuzz", desk=desks()[0].key, start_at=None, now=now)
    at = now - timedelta(hours=5)
    stored = intake.store_many(source=source, items=[Incoming(raw, "fuzz", at) for raw in mails], now=now)
    while intake.sort_pending(limit=BATCH, now=now):
        pass
    faults: list[tuple[bytes, str]] = []
    for raw, one in zip(mails, stored, strict=True):
        arrival = Arrival.objects.get(id=one.arrival_id)
        if not arrival.outcome or arrival.reason in OURS:
            faults.append((raw, f"{arrival.outcome or 'in hand'} {arrival.reason} {arrival.detail}"))
        if vault.read(arrival.blob_id) != raw:
            faults.append((raw, "other bytes"))
        for case_id in CaseMessage.objects.filter(message_id=arrival.message_id).values_list(
            "case_id", flat=True
        ):
            conversation.of_case(case_id)
    return faults


def kept(raw: bytes, fault: str) -> None:
    name = hashlib.sha256(raw).hexdigest()[:12]
    FINDS_AT.mkdir(exist_ok=True)
    (FINDS_AT / f"{name}.eml").write_bytes(raw)
    print(f"found {name}: {fault[:150]}")


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--seconds", type=int, default=60)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    now = datetime.now(UTC)
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it tells of each fault it survives
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    prepare(now=now)
    draw, mails, tried, finds = random.Random(options.seed), seeds(), 0, 0
    until = time.monotonic() + options.seconds
    while time.monotonic() < until:
        batch = [bent(draw, mails) for _ in range(BATCH)]
        faults = [(raw, fault) for raw in batch if (fault := fault_of(raw))]
        for raw, fault in {**dict(faults), **dict(sorted_faults(batch, now))}.items():
            kept(raw, fault)
            finds += 1
        tried += len(batch)
    outcomes = Counter(Arrival.objects.values_list("outcome", "reason"))
    print(f"{tried} mails tried, {finds} finds, seed {options.seed}")
    for (outcome, reason), number in outcomes.most_common():
        print(f"{number:8} {outcome} {reason}")


if __name__ == "__main__":
    try:
        main()
    finally:
        sorting().close()
        shutil.rmtree(HOME, ignore_errors=True)
