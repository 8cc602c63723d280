"""Pictures of attachments: an image made small, a page of a PDF. Made by a process that can be killed."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from opsdesk.mail.picture_process import NO_PICTURE, SIDE, TOO_LARGE
from opsdesk.mail.refusals import NotUnderstood

LIMIT_S = 15
MEMORY_BYTES = 1024 * 1024 * 1024
MAX_BYTES = 40 * 1024 * 1024

_PACKAGES = str(Path(__file__).resolve().parents[2])
_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".pdf")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with sides of at most so many pixels as were asked for, and how many pages there are to see."""

    png: bytes
    pages: int


def may_have_one(media_type: str, filename: str, size: int) -> bool:
    """Whether to offer a picture, by what the sender says; what it is, its bytes decide."""
    named = media_type.startswith("image/") or media_type == "application/pdf"
    return 0 < size <= MAX_BYTES and (named or filename.lower().endswith(_SUFFIXES))


def picture(data: bytes, *, page: int = 0, side: int = SIDE) -> Picture:
    """The picture of a file's bytes, its sides at most `side` pixels; of a PDF, its page (from 0).

    Raises NotUnderstood.
    """
    if len(data) > MAX_BYTES:
        raise NotUnderstood("too large", f"{len(data)} bytes, at most {MAX_BYTES}")
    try:
        done = subprocess.run(
            [
                *(sys.executable, "-P", "-m", "opsdesk.mail.picture_process"),
                *(str(page), str(LIMIT_S), str(MEMORY_BYTES), str(side)),
            ],
            input=data,
            capture_output=True,
            timeout=LIMIT_S + 2,
            check=False,
            env={"PYTHONPATH": _PACKAGES, "LC_ALL": "C.UTF-8", "PATH": os.defpath},
        )
    except subprocess.TimeoutExpired:
        raise NotUnderstood("took too long", f"more than {LIMIT_S} s") from None
    if done.returncode:
        known = {NO_PICTURE: "no picture and no page", TOO_LARGE: "too large"}
        raise NotUnderstood(known.get(done.returncode, "the picture could not be made"))
    pages, _, png = done.stdout.partition(b"\n")
    return Picture(png, int(pages))
