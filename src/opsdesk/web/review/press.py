"""HTML on the standard input becomes a PDF on the standard output: a process of its own, without Django.

It fetches nothing: every address is refused but `data:`. Its two arguments are how many seconds it may
compute and how many bytes it may hold. Its exit code says what is missing.
"""

import resource
import sys

LACKS_LIBRARY, LACKS_LETTERS, FAILED = 3, 4, 5

try:
    from weasyprint import HTML  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from weasyprint.urls import URLFetcher  # type: ignore[import-untyped,import-not-found,unused-ignore]
except ImportError:
    sys.exit(LACKS_LIBRARY)
except OSError:
    # The library is there, and what it draws letters with (Pango) is not.
    sys.exit(LACKS_LETTERS)

FETCHER = URLFetcher(allowed_protocols=("data",), allow_redirects=False)


def press(text: str) -> bytes:
    """The PDF of an HTML document."""
    found: bytes = HTML(string=text, url_fetcher=FETCHER, base_url=None).write_pdf()
    return found


def main(limit_s: int, memory_bytes: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 1))
    text = sys.stdin.buffer.read().decode("utf-8")
    sys.stdout.buffer.write(press(text))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
