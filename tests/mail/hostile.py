"""Mails that break ordinary parsers."""

import base64

from tests.mail.letters import letter


def _nested(depth: int) -> bytes:
    raw = b"From: a@b.example\r\nSubject: innermost\r\n\r\nwords\r\n"
    for _ in range(depth):
        raw = b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    return raw


def _multipart(count: int) -> bytes:
    head = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n"


def _containers(depth: int) -> bytes:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number)
        for number in range(depth)
    )
    return HEAD + opening + b"\r\nwords\r\n"


def _with_file(name: bytes, body: bytes, *, kind: bytes = b"application/octet-stream") -> bytes:
    """A mail with one attachment; `name` stands behind `filename` as it is, `body` is its base64."""
    return (
        HEAD
        + b"Subject: a file\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\n\r\nsee the file\r\n--b\r\n"
        + b"Content-Type: " + kind + b"\r\nContent-Disposition: attachment; filename" + name
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body + b"\r\n--b--\r\n"
    )  # fmt: skip


def _in_charset(text: str, charset: str) -> bytes:
    """Text of a charset, in the body and raw in the headers."""
    raw = text.encode(charset)
    head = b"From: " + raw + b" <a@b.example>\r\nSubject: " + raw + b"\r\n"
    return head + f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + raw + b"\r\n"


def _winmail() -> bytes:
    """The beginning of a TNEF stream (signature, key, version, a subject), and one cut in the middle."""
    signature, key = bytes.fromhex("789f3e22"), b"\x01\x00"
    subject = b"The price list\x00"
    attribute = (
        b"\x01" + bytes.fromhex("04800100") + len(subject).to_bytes(4, "little") + subject
        + (sum(subject) & 0xFFFF).to_bytes(2, "little")
    )  # fmt: skip
    return base64.encodebytes(signature + key + attribute + b"\x01\x06\x90")


HEAD = b"From: a@b.example\r\n"
HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n\r\n",
    "garbage": b"this is no mail\nat all\n",
    "binary": bytes(range(256)) * 20,
    "only headers": HEAD + b"Subject: x",
    "no from": b"Subject: x\r\n\r\nwords",
    "two of everything": HEAD * 2
    + b"Subject: a\r\nSubject: b\r\nMessage-ID: <1@x>\r\nMessage-ID: <2@x>\r\n\r\nx",
    "unknown charset": HEAD + b"Content-Type: text/plain; charset=x-nonsense\r\n\r\n\xe4\xf6\xfc words",
    "misdeclared charset": HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xcf\xf0\xe8\xe2\xe5\xf2",
    "nul in a header": HEAD + b"Subject: a\x00b\r\n\r\nwords",
    "nul in the body": HEAD + b"\r\na\x00b",
    "newline in an encoded from": b"From: =?utf-8?q?a=0D=0ABcc:_evil?= <x@y.example>\r\n\r\nwords",
    "2 kB of parentheses": b"From: " + b"(" * 2048 + b"\r\nTo: " + b"(" * 2048 + b"\r\n\r\nwords",
    "half an address": b"From: a@[\r\nTo: a@[\r\n\r\nwords",
    "half an id": HEAD + b"Message-ID: <\r\nIn-Reply-To: <\r\nReferences: < <> <@>\r\n\r\nwords",
    "no boundary": HEAD + b"Content-Type: multipart/mixed\r\n\r\nwords",
    "unclosed boundary": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords",
    "60 nested mails": _nested(60),
    "3000 nested mails": _nested(3000),
    "400 parts": _multipart(400),
    "600 parts": _multipart(600),
    "200 kB line": HEAD + b"\r\n" + b"x" * 200_000,
    "200 kB header": HEAD + b"Subject: " + b"x" * 200_000 + b"\r\n\r\nwords",
    "2 MB header": HEAD + b"Subject: " + b"x" * 2_000_000 + b"\r\n\r\nwords",
    "100000 headers": HEAD + b"X: y\r\n" * 100_000 + b"\r\nwords",
    "crooked parameters": HEAD
    + b"Content-Type: text/plain; charset*=bad''%zz; name*0*=x'y; ;;=\r\n\r\nwords",
    "crooked file name": HEAD + b"Content-Disposition: attachment; filename*=x-no''%ff%fe\r\n\r\nwords",
    "bad base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n!!!=A=B=C",
    "bad uuencode": HEAD + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\n\x00\xff",
    "utf-16 text": HEAD + b"Content-Type: text/plain; charset=utf-16\r\n\r\n\xff\xfea",
    "utf-7 surrogate": HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA- x",
    "deep html": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 5000 + b"words",
    "crooked html": HEAD
    + b"Content-Type: text/html\r\n\r\n<table><tr><td><blockquote></table>&#xD800;<a href=>words",
    "no id": letter("no-id", id="<>"),
    "no id again": letter("no-id", id="<>", text="another text"),
    "no headers but from": HEAD + b"\r\n",
    "nothing but a date": b"Date: Mon, 02 Mar 2026 18:00:00 +0000\r\n\r\nwords",
    "every header twice": HEAD * 2
    + b"To: x@y.example\r\n" * 2
    + b"Date: Mon, 02 Mar 2026 18:00:00 +0000\r\nDate: Tue, 03 Mar 2026 18:00:00 +0000\r\n"
    + b"References: <1@x.example>\r\nReferences: <2@x.example>\r\nIn-Reply-To: <3@x.example>\r\n" * 2
    + b"Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nwords",
    "empty headers": b"From:\r\nTo:\r\nSubject:\r\nDate:\r\nMessage-ID:\r\nReferences:\r\n\r\nwords",
    "header names of nonsense": HEAD + b": x\r\n\xff\xfe: y\r\nno colon here\r\n\t\r\n \r\n\r\nwords",
    "blank continuation lines": HEAD + b"Subject: a\r\n \r\n\t\r\n b\r\n\r\nwords",
    "a line of mbox on top": b"From a@b.example Mon Mar  2 18:00:00 2026\n" + HEAD + b"\r\nwords",
    "a byte order mark on top": b"\xef\xbb\xbf" + HEAD + b"Subject: x\r\n\r\nwords",
    "carriage returns alone": b"From: a@b.example\rSubject: x\r\rwords\r",
    "doubled carriage returns": b"From: a@b.example\r\r\nSubject: x\r\r\n\r\r\nwords\r\r\n",
    "dates of nonsense": HEAD
    + b"Date: 32 Foo 99999 25:61:61 +9999\r\nReceived: x; Mon, 99 Mar 0000 00:00:00 -2500\r\n\r\nwords",
    "a year long past": HEAD + b"Date: Thu, 01 Jan 0001 00:00:00 +0000\r\n\r\nwords",
    "GB18030": _in_charset("价格列表错误 𠀀", "gb18030"),
    "EUC-KR": _in_charset("가격 문의드립니다", "euc-kr"),
    "ISO-2022-JP": _in_charset("価格について", "iso-2022-jp"),
    "KOI8-R": _in_charset("Прайс неверный", "koi8-r"),
    "Shift_JIS cut in a character": _in_charset("価格", "shift_jis")[:-3],
    "EUC-KR said to be GB18030": _in_charset("가격 문의드립니다", "euc-kr").replace(b"euc-kr", b"gb18030"),
    "ISO-2022-JP never shifted back": HEAD + b"Subject: =?iso-2022-jp?b?GyRCMUE=?=\r\n\r\n\x1b$B1A",
    "8-bit headers of no charset": b"From: \xe4\xf6 <a@b.example>\r\nSubject: \xfc\xdf\x80\r\n\r\n\xe4\xf6",
    "encoded words of nonsense": HEAD
    + b"Subject: =?utf-8?b?!!!!?= =?x-no?q?=ZZ?= =?utf-8?q?=FF=FE?= =?utf-8?x?a?= =?utf-8?b?4pyT\r\n\r\n",
    "5000 encoded words": HEAD + b"Subject: " + b"=?utf-8?q?a?= " * 5000 + b"\r\n\r\nwords",
    "5000 addresses": HEAD + b"To: " + b"x@y.example, " * 5000 + b"\r\n\r\nwords",
    "right to left": "From: \u202egpj.exe <a@b.example>\r\nSubject: \u202eevil\u202c שלום 🚗👩‍🔧🏳️‍🌈\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\nمرحبا \u202eabc 🚗\u0000\r\n".encode(),
    "a thousand combining marks": HEAD
    + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    + ("a" + "\u0301" * 1000).encode(),
    "surrogates in utf-8": HEAD
    + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xed\xa0\x80\xed\xb0\x80 words",
    "overlong utf-8": HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xc0\xaf\xf8\x88\x80\x80\x80",
    "winmail.dat": _with_file(b"=winmail.dat", _winmail(), kind=b"application/ms-tnef"),
    "winmail.dat alone": HEAD
    + b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + _winmail(),
    "a file of broken base64": _with_file(b"=x.pdf", b"JVBERi0xLjQ\r\n=AAA=\r\n\xff\xff!!"),
    "a file that leads elsewhere": _with_file(b'="../../../../etc/passwd\x00.pdf"', b"eA=="),
    "a file with 100 kB of name": _with_file(b'="' + b"x" * 100_000 + b'"', b"eA=="),
    "a file with a name right to left": _with_file(b"*=utf-8''%E2%80%AEgpj.exe", b"eA=="),
    "a file with a name in a thousand pieces": _with_file(
        b"*0=a" + b"".join(b"; filename*%d=b" % number for number in range(1, 1000)), b"eA=="
    ),
    "broken quoted-printable": HEAD
    + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\r\n==3D=E4=\r\n=",
    "an encoding nobody knows": HEAD + b"Content-Transfer-Encoding: x-evil\r\n\r\nwords",
    "a type of no kind": HEAD + b"Content-Type: /;=;\r\n\r\nwords",
    "a boundary of nothing": HEAD
    + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nwords\r\n----',
    "a boundary of brackets": HEAD
    + b'Content-Type: multipart/mixed; boundary="(.*)+["\r\n\r\n--(.*)+[\r\n\r\nwords',
    "a boundary of 10 kB": HEAD
    + b"Content-Type: multipart/mixed; boundary="
    + b"b" * 10_000
    + b"\r\n\r\n--x",
    "one boundary for two levels": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n--b--\r\n",
    "40 containers": _containers(40),
    "60 containers": _containers(60),
    "3000 containers": _containers(3000),
    "499 parts": _multipart(499),
    "500 parts": _multipart(500),
    "half of a mail in pieces": HEAD + b"Content-Type: message/partial; id=x; number=1; total=2\r\n\r\nwords",
    "a body that lies elsewhere": HEAD
    + b'Content-Type: message/external-body; access-type=URL; URL="https://x.example/"\r\n\r\nwords',
    "a report of nothing": HEAD + b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\n",
    "a report on nobody": b"From: mailer-daemon@b.example\r\nX-Failed-Recipients: "
    + b"a" * 5000
    + b"\r\n\r\nx",
    "a list in thousand lines": HEAD + b"\r\n" + b"1. Please fix this?\r\n" * 3000,
    "100000 quote marks": HEAD + b"\r\n" + b">" * 100_000,
    "100000 lines of one sign": HEAD + b"\r\n" + b">\r\n" * 100_000,
    "html that never ends": HEAD + b"Content-Type: text/html\r\n\r\n<" + b"a " * 100_000,
    "html of one comment": HEAD + b"Content-Type: text/html\r\n\r\n<!--" + b"-" * 100_000,
    "20000 blockquotes": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<blockquote>" * 20_000 + b"words",
    "a table of 20000 cells": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 20_000 + b"x",
    "binary in a text": HEAD + b"Content-Type: text/plain\r\n\r\n" + bytes(range(256)) * 100,
}
