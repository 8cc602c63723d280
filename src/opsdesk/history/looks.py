"""What a file looks like by its first bytes: text or none, and in which form."""

import zlib
from contextlib import suppress

from opsdesk.history.files import MOST_LOOKED_AT, Export, OtherFormat, reading

HEAD = 1 << 12
NAMES = {"xes": "XES", "jsonl": "JSON lines"}
# PDF, Zip (and so .xlsx, .docx), the older .xls and .doc, PNG, JPEG.
SIGNATURES = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
BLANKS = b"\xef\xbb\xbf\xff\xfe \r\n\t"
CONTROLS = bytes({*range(0x20)} - {*b"\t\n\x0b\x0c\r\x1b"})
# Exports do hold a stray control character; what is no text is full of them.
MOST_CONTROLS = 50


def is_no_text(head: bytes) -> bool:
    """Whether bytes are those of another kind of file, or hardly letters."""
    if head.startswith(SIGNATURES):
        return True
    if head.startswith(UTF_16):
        return False
    return (len(head) - len(head.translate(None, CONTROLS))) * MOST_CONTROLS > len(head)


def format_of(head: bytes) -> str:
    """`csv`, `xes` or `jsonl`, by how a text begins."""
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if start == b"<":
        return "xes"
    return "jsonl" if start == b"{" else "csv"


def check_format(export: Export, wanted: str) -> None:
    """Refuses `OtherFormat` where none of the first lines could be of that form, before anything is kept.

    CSV is known by its columns, which are looked for anyway; one broken line more or less proves nothing.
    """
    if wanted == "csv":
        return
    head = b""
    with suppress(EOFError, OSError, zlib.error), reading(export, most=MOST_LOOKED_AT) as (file, _):
        head = file.read(HEAD)
    lines = [line.lstrip(BLANKS) for line in head.replace(b"\x00", b"").splitlines()]
    begins = b"<" if wanted == "xes" else b"{"
    if head and not any(line.startswith(begins) for line in lines):
        raise OtherFormat(name=export.name, wanted=NAMES[wanted])
