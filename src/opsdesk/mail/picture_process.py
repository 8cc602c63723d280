"""One picture of a stranger's file, made in a process of its own that ends with it.

Reads the file from stdin; writes one line (`pages`) and the PNG to stdout. It imports no Django, opens no
file and no archive. Exit status 3: this is no picture and no PDF; 4: too large; else it failed.
"""

import io
import resource
import signal
import sys

import pypdfium2
from PIL import Image, ImageOps

MAX_PIXELS = 60_000_000
SIDE = 1600
MAX_PAGES = 2_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
NO_PICTURE, TOO_LARGE = 3, 4


def main(page: int, limit_s: int, memory_bytes: int, side: int) -> int:
    """Write the picture of `page` (from 0) with its sides at most `side` pixels."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 1))
    signal.alarm(limit_s)
    data = sys.stdin.buffer.read()
    try:
        pages, picture = (
            _of_pdf(data, page, side) if data[:1024].find(b"%PDF-") >= 0 else _of_picture(data, side)
        )
    except MemoryError:
        return TOO_LARGE
    if picture is None:
        return TOO_LARGE if pages else NO_PICTURE
    png = io.BytesIO()
    picture.save(png, "PNG")
    sys.stdout.buffer.write(b"%d\n" % pages + png.getvalue())
    return 0


def _of_picture(data: bytes, side: int) -> tuple[int, Image.Image | None]:
    """(1, picture); (1, None): too many pixels, looked at before any is decoded; (0, None): none."""
    try:
        found = Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception:  # noqa: BLE001 - whatever it is, it is no picture
        return 0, None
    if found.width * found.height > MAX_PIXELS:
        return 1, None
    turned = ImageOps.exif_transpose(found)
    turned.thumbnail((side, side))
    return 1, turned.convert("RGBA" if "A" in turned.getbands() or "transparency" in turned.info else "RGB")


def _of_pdf(data: bytes, page: int, side: int) -> tuple[int, Image.Image | None]:
    document = pypdfium2.PdfDocument(data)
    pages = min(len(document), MAX_PAGES)
    if not 0 <= page < pages:
        return 0, None
    sheet = document[page]
    scale = min(side / max(sheet.get_width(), 1), side / max(sheet.get_height(), 1), 4)
    return pages, sheet.render(scale=scale).to_pil().convert("RGB")


if __name__ == "__main__":
    Image.MAX_IMAGE_PIXELS = None
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
