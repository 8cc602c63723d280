"""Small attachments, drawn: a screenshot, a table, a note, a one-page document."""

import struct
import zlib
from random import Random

from opsdesk.demo.letters import File

SIDE = 48


def draw_file(draw: Random) -> File:
    """One of the files that customers attach, at most a few kilobytes."""
    kind = draw.choice(("png", "png", "csv", "txt", "pdf"))
    if kind == "png":
        return File(f"screenshot-{draw.randrange(100, 999)}.png", "image/png", _png(draw))
    if kind == "csv":
        rows = [
            f"{draw.choice('ABKLMX')}{draw.randrange(10, 99)}T,{draw.randrange(2, 30)}" for _ in range(30)
        ]
        return File("op-codes.csv", "text/csv", "\r\n".join(["op_code,tenths", *rows]).encode())
    if kind == "txt":
        return File("통화 기록.txt", "text/plain", "\n".join(_turn(draw) for _ in range(12)).encode())
    return File(
        f"form-{draw.randrange(1000, 9999)}.pdf",
        "application/pdf",
        _pdf(f"Form {draw.randrange(1000, 9999)}"),
    )


def _turn(draw: Random) -> str:
    return draw.choice(
        ("assistant: what is the mileage?", "caller: about 42 thousand", "assistant: thank you")
    )


def _png(draw: Random) -> bytes:
    """A square of coloured blocks, 8 bits RGB."""
    blocks = [bytes(draw.randrange(256) for _ in range(3)) for _ in range(36)]
    rows = b"".join(b"\0" + b"".join(blocks[(y // 8) * 6 + x // 8] for x in range(SIDE)) for y in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pdf(title: str) -> bytes:
    """A valid document of one page that shows its title."""
    content = f"BT /F1 18 Tf 60 760 Td ({title}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + b"xref\n0 7\n0000000000 65535 f \n" + table + end
