"""Files that buyers and sellers show: small pictures and papers, drawn so that each is a real one."""

from datetime import UTC, datetime
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

SIZE = (320, 240)
PAPER = (420, 594)
# A paper is the same whenever the example is filled.
MADE = datetime(2024, 1, 1, tzinfo=UTC).timetuple()
PHOTO, VIDEO = "PHOTO", "VIDEO"


def exhibit(kind: str, caption: str, draw: Random) -> tuple[str, bytes]:
    """A file of a kind of evidence: its name, and a JPEG for a picture, a PDF of one page for a paper."""
    if kind in (PHOTO, VIDEO):
        return f"IMG_{draw.randrange(1000, 9999)}.jpg", _photo(caption, draw)
    return f"scan-{draw.randrange(100, 999)}.pdf", _paper(caption, draw)


def _photo(caption: str, draw: Random) -> bytes:
    """Something on a ground under a sky, with a scratch."""
    sky, ground, thing = (tuple(draw.randrange(low, 256) for _ in range(3)) for low in (140, 60, 30))
    picture = Image.new("RGB", SIZE, sky)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 150, *SIZE), fill=ground)
    left, top = draw.randrange(30, 90), draw.randrange(80, 120)
    pen.rounded_rectangle((left, top, left + 180, top + 70), radius=18, fill=thing)
    for wheel in (left + 30, left + 120):
        pen.ellipse((wheel, top + 52, wheel + 36, top + 88), fill=(25, 25, 28))
    scratch = left + draw.randrange(20, 140), top + draw.randrange(10, 50)
    pen.line((*scratch, scratch[0] + 34, scratch[1] + 9), fill=(240, 240, 240), width=2)
    pen.text((8, 8), caption[:40], fill=(20, 20, 20))
    file = BytesIO()
    picture.save(file, "JPEG", quality=55)
    return file.getvalue()


def _paper(caption: str, draw: Random) -> bytes:
    """A page with a heading and lines that nobody can read."""
    page = Image.new("L", PAPER, 252)
    pen = ImageDraw.Draw(page)
    pen.text((40, 40), caption[:50], fill=20)
    for line in range(80, PAPER[1] - 60, 18):
        pen.line((40, line, draw.randrange(200, 380), line), fill=120, width=3)
    file = BytesIO()
    page.save(file, "PDF", resolution=72.0, creationDate=MADE, modDate=MADE)
    return file.getvalue()
