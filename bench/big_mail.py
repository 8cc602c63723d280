"""Mails of 50 MB in every shape: what storing and sorting one takes, and the most memory its parser had.

The goal is 400 MB for the parser's process; what needs more is quarantined, and the mail behind it goes on.
"""

import base64
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="opsdesk-bench-", dir=os.environ.get("OPSDESK_HOME")))
os.environ["OPSDESK_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "opsdesk.config.settings"
os.environ.pop("OPSDESK_DATABASE_URL", None)

import django  # noqa: E402 - the environment has to stand first

django.setup()

from django.core.management import call_command  # noqa: E402

from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.mail import intake  # noqa: E402
from opsdesk.mail.child import sorting  # noqa: E402
from opsdesk.mail.models import Arrival  # noqa: E402
from opsdesk.mail.sources import file_source  # noqa: E402

SIZE, GOAL_MB = 50_000_000, 400
HEAD = b"From: Sam <sam@dealer.example>\r\nSubject: The price list\r\n"
PDF = b"Content-Type: application/pdf; name=price.pdf\r\n"


def shapes() -> Iterator[tuple[str, bytes]]:
    """Each a mail of about 50 MB."""
    draw = random.Random(1)
    noise = draw.randbytes(SIZE // 8)
    in_base64 = base64.encodebytes(noise).replace(b"\n", b"\r\n")
    in_base64 *= SIZE // len(in_base64) + 1
    head = HEAD + PDF + b"Content-Transfer-Encoding: base64\r\n\r\n"
    yield "a file in base64", head + in_base64
    yield "a file in base64 on one line", head + in_base64.replace(b"\r\n", b"")
    yield "ten files in base64", _parts([in_base64[: SIZE // 10]] * 10)
    yield "a file as it is (8-bit)", HEAD + PDF + b"\r\n" + noise * 8
    text = b"The assistant repeats itself whenever somebody asks for the price.\r\n"
    yield "text in lines", HEAD + b"\r\n" + text * (SIZE // len(text))
    yield "text in empty lines", HEAD + b"\r\n" + b"\r\n" * (SIZE // 2)
    yield "text on one line", HEAD + b"\r\n" + b"words " * (SIZE // 6)
    html = b"<p>The <b>assistant</b> repeats itself.</p>\r\n"
    yield "html", HEAD + b"Content-Type: text/html\r\n\r\n" + html * (SIZE // len(html))
    quoted = b"Caf=C3=A9 =E2=82=AC 10 " * 3 + b"=\r\n"
    quoted_head = HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    yield "quoted-printable", quoted_head + quoted * (SIZE // len(quoted))


def _parts(files: list[bytes]) -> bytes:
    parts = b"".join(
        b"--b\r\n" + PDF + b"Content-Transfer-Encoding: base64\r\n\r\n" + file + b"\r\n" for file in files
    )
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n"


def peak_mb() -> float:
    """The most memory that the parser's process has had."""
    process_id = sorting().process_id
    if process_id is None:
        return 0
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    now = datetime.now(UTC)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    prepare(now=now)
    source = file_source("bench", desk="support", start_at=None, now=now)
    print(f"{'':<32}{'MB':>5}{'stored':>9}{'sorted':>9}{'parser':>9}  outcome")
    for name, raw in shapes():
        begun = time.perf_counter()
        stored = intake.store(source=source, raw=raw, label=name, received_at=None, now=now)
        between = time.perf_counter()
        intake.sort(stored.arrival_id, now=now)
        ended = time.perf_counter()
        peak, arrival = peak_mb(), Arrival.objects.get(id=stored.arrival_id)
        sorting().close()
        print(
            f"{name:<32}{len(raw) / 1e6:5.0f}{between - begun:8.1f}s{ended - between:8.1f}s{peak:7.0f}MB"
            f"  {arrival.outcome} {arrival.reason}{'' if peak <= GOAL_MB else '  above the goal'}"
        )


if __name__ == "__main__":
    try:
        main()
    finally:
        sorting().close()
        shutil.rmtree(HOME, ignore_errors=True)
