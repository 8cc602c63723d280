"""Mails that break ordinary parsers."""

from tests.mail.letters import letter


def _nested(depth: int) -> bytes:
    raw = b"From: a@b.example\r\nSubject: innermost\r\n\r\nwords\r\n"
    for _ in range(depth):
        raw = b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    return raw


def _multipart(count: int) -> bytes:
    head = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n"


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
}
