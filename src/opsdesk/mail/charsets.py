"""Bytes of any declared, wrong or missing charset into clean text; nothing here raises."""

import codecs
import re

import charset_normalizer

_BETTER = {
    "ascii": "ascii",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
}
_ALIASES = {
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "x-windows-949": "cp949",
    "windows-949": "cp949",
    "windows-31j": "cp932",
    "x-sjis": "cp932",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-euc-jp": "euc_jp",
    "cp-850": "cp850",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
}
# Codecs that are no charsets of a mail: slow on hostile input, or not about text at all.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_GUESSED = [
    "utf_8", "cp949", "gb18030", "cp932", "euc_jp", "big5", "cp1251", "koi8_r", "cp1252", "cp1250", "cp1254"
]  # fmt: skip
_SAMPLE = 8192
_ISO_2022 = re.compile(rb"\x1b(\$[@AB]|\$\([A-D]|\([BJ])")
_UNWANTED = re.compile("[\x00\ud800-\udfff]")


def codec_of(declared: str) -> str | None:
    """The Python codec of a declared charset, None if there is none that we use."""
    wanted = declared.strip(" \t\"'").split("*")[0].lower()
    try:
        found = codecs.lookup(_ALIASES.get(wanted, wanted))
    except (LookupError, ValueError):
        return None
    if found.name in _REFUSED or not getattr(found, "_is_text_encoding", True):
        return None
    return _BETTER.get(found.name, found.name)


def decoded(data: bytes, declared: str = "") -> str:
    """Text of `data`: as declared if that holds, else as the bytes suggest; no NUL, no lone surrogate."""
    return _UNWANTED.sub("", _decoded(data, codec_of(declared) if declared else None))


def _decoded(data: bytes, codec: str | None) -> str:
    if _ISO_2022.search(data) and (codec is None or codec == "ascii"):
        codec = "iso2022_jp_ext"
    if codec in (None, "ascii") or _single_byte(codec):
        # Real text in a one-byte charset is next to never valid UTF-8 too: then the declaration is wrong.
        text = _strict(data, "utf-8")
        if text is not None:
            return text
    if codec not in (None, "ascii"):
        text = _strict(data, codec)
        if text is not None:
            return text
    return _rescued(data, codec)


def _rescued(data: bytes, codec: str | None) -> str:
    """Text of bytes that their declaration does not fit."""
    if codec not in (None, "ascii"):
        text = data.decode(codec, "replace")
        strange = sum(1 for character in text if ord(character) > 127)
        if text.count("\ufffd") * 4 <= strange:
            return text
    return data.decode(_guess(data), "replace")


def _strict(data: bytes, codec: str | None) -> str | None:
    try:
        return data.decode(codec or "utf-8")
    except (UnicodeError, ValueError):
        return None


def _single_byte(codec: str | None) -> bool:
    return codec is not None and codec.startswith(("cp125", "iso8859", "koi8", "mac", "cp437", "cp85"))


def _guess(data: bytes) -> str:
    sample = data[:_SAMPLE]
    if len(data) > _SAMPLE:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    try:
        best = charset_normalizer.from_bytes(sample, cp_isolation=_GUESSED).best()
    except Exception:  # noqa: BLE001 - a guess must never cost the mail
        return "cp1252"
    return best.encoding if best else "cp1252"
