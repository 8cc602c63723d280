import pytest

from opsdesk.mail.html import FRAME_POLICY, document, sanitised, text_of_html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<iframe src='http://x.example'></iframe>",
        "<form action='http://x.example'><input></form>",
        "<meta http-equiv=refresh content='0;url=http://x.example'>",
        "<base href='http://x.example'>",
        "<link rel=stylesheet href='http://x.example'>",
        "<object data='http://x.example'></object>",
        "<svg onload=alert(1)>",
        '<p style="background:url(http://x.example)">x</p>',
        "<img src='http://x.example/pixel.png'>",
        "<p style='position:fixed;top:0'>x</p>",
    ],
)
def test_nothing_that_runs_or_fetches_is_left(hostile: str) -> None:
    clean = sanitised(f"<p>words</p>{hostile}")
    assert "words" in clean
    for word in (
        "script",
        "onerror",
        "onload",
        "data:",
        "http",
        "iframe",
        "form",
        "meta",
        "base",
        "url(",
        "position",
    ):
        assert word not in clean


def test_harmless_looks_and_links_stay() -> None:
    clean = sanitised(
        '<p style="color:red">x</p><a href="https://y.example">y</a><img src="data:image/png;base64,AA">'
    )
    assert "color:red" in clean.replace(" ", "")
    assert 'href="https://y.example"' in clean
    assert "noopener" in clean
    assert "data:image/png" in clean


def test_the_frame_may_do_nothing() -> None:
    assert FRAME_POLICY == (
        "sandbox allow-same-origin allow-popups; default-src 'none'; img-src data:; "
        "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    )
    assert document("<p>x</p>").count("<p>x</p>") == 1


def test_the_text_of_html_leaves_scripts_and_styles_out() -> None:
    html = "<style>p{}</style><script>var x</script><p>one</p><p>two &amp; three</p>"
    assert text_of_html(html).split() == ["one", "two", "&", "three"]


def test_html_that_the_converter_gives_up_on_still_has_its_text() -> None:
    assert text_of_html("<div>" * 20_000 + "words").strip() == "words"
