"""What a file of evidence is, by what is in it; its name says nothing. Pure."""

import puremagic

from opsdesk.disputes.models import Kind
from opsdesk.disputes.refusals import FileDamaged, NotEvidence

PICTURES = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "image/heif",
        "image/heic",
        "image/tiff",
        "image/bmp",
        "image/avif",
    }
)
# Of what begins as MPEG-4 files do, the brand says what it is; those of video are told by their beginning.
_PICTURE_BRANDS = {
    **dict.fromkeys((b"mif1", b"msf1", b"heim", b"heis"), "image/heif"),
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
}
_VIDEO_BRANDS = (
    (b"qt", "video/quicktime"),
    (b"3g", "video/3gpp"),
    *((brand, "video/mp4") for brand in (b"iso", b"mp4", b"M4V", b"avc1", b"dash", b"mmp4", b"MSNV")),
)
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
VIDEOS = frozenset(
    {"video/mp4", "video/quicktime", "video/webm", "video/x-matroska", "video/3gpp", "video/mpeg",
     "video/x-msvideo", "video/x-m4v"}
)  # fmt: skip
PDF, TEXT = "application/pdf", "text/plain"
_OFFICE = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
)
PAPERS = frozenset({PDF, TEXT, *(media_type for _, media_type in _OFFICE)})
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg", b"<script")
LOOKS_AT = 65_536
# A PDF may have a little before its mark, and readers look for it there.
PDF_MARK, PDF_WITHIN = b"%PDF-", 1024
BMP = ("image/bmp", "image/x-ms-bmp")
# Without one of these nothing in such a file can be shown; what is merely cut off may still show something.
_SHOWABLE = {
    "image/png": (b"IDAT",),
    "image/jpeg": (b"\xff\xda", b"\xff\xd9"),
    "application/pdf": (b" obj", b"%%EOF"),
}


def media_type_of(data: bytes) -> str:
    """The media type of a picture, a video or a paper. Refuses `NotEvidence` for anything else.

    Archives are never opened: an office document is known by the names that stand in it.
    """
    if data[:4] == b"PK\x03\x04":
        known = [media_type for mark, media_type in _OFFICE if mark in data]
        return known[0] if known else _refuse("application/zip")
    if data.lstrip()[:12].lower().startswith(_MARKUP):
        return _refuse("text/html")
    if data[4:8] == b"ftyp":
        return _by_brand(data[8:12]) or _refuse("application/octet-stream")
    if PDF_MARK in data[:PDF_WITHIN]:
        return PDF
    found = [each for each in _by_magic(data) if each not in BMP or _is_bmp(data)]
    if known := [each for each in found if each in PICTURES | VIDEOS | {PDF, *BMP}]:
        return BMP[0] if known[0] in BMP else known[0]
    if not found and _is_text(data):
        return TEXT
    return _refuse(found[0] if found else "application/octet-stream")


def check_whole(data: bytes, media_type: str) -> None:
    """Refuses `FileDamaged` where only the beginning of the file is what it says."""
    marks = _SHOWABLE.get(media_type, ())
    headless = media_type == "image/png" and data[12:16] != b"IHDR"
    if headless or (marks and not any(mark in data for mark in marks)):
        raise FileDamaged(found=media_type)


def _by_brand(brand: bytes) -> str:
    """The media type of an MPEG-4 file of a brand; empty for one that is neither picture nor video."""
    videos = (media_type for begins, media_type in _VIDEO_BRANDS if brand.startswith(begins))
    return _PICTURE_BRANDS.get(brand) or next(videos, "")


def _is_bmp(data: bytes) -> bool:
    """Texts too may begin with BM: a bitmap's header has one of a few lengths."""
    return int.from_bytes(data[14:18], "little") in _BMP_HEADERS


def _by_magic(data: bytes) -> list[str]:
    """The likeliest first."""
    try:
        matches = puremagic.magic_string(data[:LOOKS_AT])
    except (puremagic.PureError, ValueError):
        return []
    return [match.mime_type for match in matches if match.mime_type]


def _is_text(data: bytes) -> bool:
    if b"\x00" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse(found: str) -> str:
    raise NotEvidence(found=found)


def kind_of(media_type: str) -> Kind:
    """What a file is when nobody says more: a photo, a video, else a document."""
    if media_type in PICTURES:
        return Kind.PHOTO
    return Kind.VIDEO if media_type in VIDEOS else Kind.DOCUMENT


def may_be(media_type: str, kind: str) -> bool:
    """Whether such a file can be of the kind: a report or a document may be a photo of the paper."""
    if kind in (Kind.PHOTO, Kind.VIDEO):
        return kind_of(media_type) == kind
    return media_type not in VIDEOS
