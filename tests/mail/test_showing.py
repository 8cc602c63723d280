"""A mail's HTML with its own pictures in place, and others only when they are asked for."""

import base64

import pytest

from opsdesk.mail import showing
from opsdesk.mail.refusals import NotUnderstood

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def mail(html: str, *parts: tuple[str, bytes]) -> bytes:
    lines = [b"From: a@b.example", b"Content-Type: multipart/related; boundary=x", b"", b"--x"]
    lines += [b"Content-Type: text/html", b"", html.encode()]
    for name, data in parts:
        lines += [b"--x", b"Content-Type: image/png", f"Content-ID: <{name}>".encode()]
        lines += [b"Content-Transfer-Encoding: base64", b"", base64.b64encode(data)]
    return b"\r\n".join([*lines, b"--x--", b""])


def test_pictures_inside_the_mail_are_put_in() -> None:
    raw = mail('<p>x</p><img src="cid:Logo@1" alt="Logo">', ("logo@1", PNG))
    page = showing.shown(raw, remote=False).page
    assert f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"' in page
    assert 'alt="Logo"' in page


def test_what_is_no_picture_or_not_there_stays_out() -> None:
    raw = mail('<img src="cid:a"><img src="cid:b"><a href="cid:a">x</a>', ("a", b"<svg onload=alert(1)>"))
    page = showing.shown(raw, remote=False).page
    assert "cid:" not in page
    assert "data:" not in page


def test_a_picture_too_big_to_show_stays_out() -> None:
    raw = mail('<img src="cid:a">', ("a", PNG + b"\0" * showing.MAX_PICTURE))
    assert "data:" not in showing.shown(raw, remote=False).page


def test_pictures_elsewhere_are_told_and_come_only_when_asked_for() -> None:
    raw = mail('<img src="https://pix.example/a.png"><img src="http://pix.example/b.png">')
    without, with_them = showing.shown(raw, remote=False), showing.shown(raw, remote=True)
    assert without.names_remote
    assert "pix.example" not in without.page
    assert "https://pix.example/a.png" in with_them.page
    assert "https://pix.example/b.png" in with_them.page
    assert "http://" not in with_them.page
    assert not showing.shown(mail("<p>x</p>"), remote=False).names_remote


def test_a_mail_without_html_has_no_page() -> None:
    with pytest.raises(NotUnderstood):
        showing.shown(b"From: a@b.example\r\n\r\nwords", remote=False)


def test_pictures_are_known_by_their_first_bytes() -> None:
    kinds = [
        showing.picture_type(start)
        for start in (b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"<svg")
    ]
    assert kinds == ["image/jpeg", "image/gif", "image/webp", ""]
