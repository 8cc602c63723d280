import ast
import io

from babel.messages import mofile, pofile
from django.conf import settings

from tests.architecture.source import PACKAGE, place, python_files, tree


def test_english_is_the_language_the_source_is_written_in() -> None:
    assert settings.LANGUAGES[0][0] == "en"
    assert not (PACKAGE / "web" / "locale" / "en").exists()


def test_a_catalogue_is_compiled_from_its_source() -> None:
    """What is shown needs no translation tools at run time."""
    stale = [
        place(path)
        for path in PACKAGE.rglob("*.po")
        if not path.with_suffix(".mo").exists()
        or path.with_suffix(".mo").read_bytes() != compiled(path.read_bytes())
    ]
    assert stale == []


def compiled(source: bytes) -> bytes:
    target = io.BytesIO()
    mofile.write_mo(target, pofile.read_po(io.BytesIO(source)))
    return target.getvalue()


def test_what_is_translated_is_a_literal() -> None:
    """`gettext(f"...")` finds no catalogue entry, ever. A refusal's message is marked where it is written."""
    wrong = [
        place(path, node)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("_", "gettext", "gettext_lazy", "ngettext", "pgettext", "gettext_noop")
        and node.args
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert wrong == []
