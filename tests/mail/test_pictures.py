"""Pictures of attachments, made from their bytes alone, whatever they claim to be."""

import io
import zlib

import pypdfium2
import pytest
from PIL import Image

from opsdesk.mail import pictures
from opsdesk.mail.refusals import NotUnderstood


def image(size: tuple[int, int] = (40, 20), form: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, form)
    return out.getvalue()


def pdf(pages: int = 2) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for number in range(pages):
        document.new_page(200, 100 + number)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def opened(found: pictures.Picture) -> Image.Image:
    return Image.open(io.BytesIO(found.png), formats=["PNG"])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_an_image_is_shown_as_a_png(form: str) -> None:
    found = pictures.picture(image(form=form))
    assert found.pages == 1
    assert opened(found).size == (40, 20)
    red, green, _ = opened(found).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert (red > 200, green < 60) == (True, True)


def test_a_large_image_is_made_small() -> None:
    assert max(opened(pictures.picture(image((4000, 1000)))).size) == 1600


def test_each_page_of_a_pdf_is_a_picture() -> None:
    first, second = pictures.picture(pdf()), pictures.picture(pdf(), page=1)
    assert (first.pages, second.pages) == (2, 2)
    assert opened(first).size != opened(second).size
    with pytest.raises(NotUnderstood):
        pictures.picture(pdf(), page=2)


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few bytes that says it has 900 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"%PDF-1.7 and nothing more",
        b"\x89PNG\r\n\x1a\n",
        image()[:40],
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"PK\x03\x04" + b"\0" * 100,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        bomb(),
    ],
    ids=["empty", "text", "broken pdf", "broken png", "cut png", "svg", "zip", "postscript", "bomb"],
)
def test_what_is_no_picture_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(NotUnderstood) as refused:
        pictures.picture(data)
    assert refused.value.reason


def test_a_picture_is_offered_by_what_the_sender_says() -> None:
    assert pictures.may_have_one("image/jpeg", "", 10)
    assert pictures.may_have_one("application/octet-stream", "Contract.PDF", 10)
    assert not pictures.may_have_one("application/zip", "a.zip", 10)
    assert not pictures.may_have_one("image/png", "a.png", 0)
    assert not pictures.may_have_one("image/png", "a.png", pictures.MAX_BYTES + 1)
