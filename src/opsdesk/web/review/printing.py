"""A review's HTML as a PDF, made in a process that can be killed and that reaches nothing."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from opsdesk.kernel.refusal import Refusal, gettext_noop

LIMIT_S = 90
MEMORY_BYTES = 1_500_000_000
AGAIN_AFTER_S = 10
MODULE = "opsdesk.web.review.press"
# What the process says by its exit code.
LACKS_LIBRARY, LACKS_LETTERS = 3, 4
_PACKAGES = str(Path(__file__).resolve().parents[3])
# One takes a core for as long as it is made: two would leave none to the pages.
_ONE = threading.Lock()


class PdfLibraryMissing(Refusal):
    message = gettext_noop(
        "PDFs need WeasyPrint, which is not installed: pip install 'opsdesk[pdf]'. Markdown and HTML work"
        " without it; a browser prints the HTML as a PDF."
    )


class PdfLettersMissing(Refusal):
    message = gettext_noop(
        "PDFs need Pango and its letters, which this system lacks: on Debian apt install libpango-1.0-0"
        " libpangoft2-1.0-0 fonts-noto-cjk. Markdown and HTML work without them."
    )


class PdfFailed(Refusal):
    message = gettext_noop("The PDF could not be made. Take the HTML: a browser prints it as a PDF.")


class PdfBusy(Refusal):
    message = gettext_noop("Another PDF is being made just now. Try again in a moment.")


def pdf(html: str, *, limit_s: float = LIMIT_S) -> bytes:
    """The PDF of a whole HTML document; this process has one made at a time.

    Refuses `PdfBusy`, `PdfLibraryMissing`, `PdfLettersMissing`, and `PdfFailed` where it took too long or too
    much memory, or broke.
    """
    if not _ONE.acquire(blocking=False):
        raise PdfBusy
    try:
        return _pressed(html, limit_s)
    finally:
        _ONE.release()


def _pressed(html: str, limit_s: float) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", MODULE, str(LIMIT_S), str(MEMORY_BYTES)],
            input=html.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=limit_s,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        raise PdfFailed from None
    if done.returncode == LACKS_LIBRARY:
        raise PdfLibraryMissing
    if done.returncode == LACKS_LETTERS:
        raise PdfLettersMissing
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise PdfFailed
    return done.stdout


def _environment() -> dict[str, str]:
    """What the process needs to find its letters, and nothing that is secret."""
    kept = {
        name: os.environ[name] for name in ("HOME", "XDG_CACHE_HOME", "FONTCONFIG_PATH") if name in os.environ
    }
    return {"PYTHONPATH": _PACKAGES, "LC_ALL": "C.UTF-8", "PATH": os.defpath, **kept}
