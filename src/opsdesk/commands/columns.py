"""Lines of words and numbers for the terminal."""

from collections.abc import Sequence

from opsdesk.web.funnel.export import Value

Line = Sequence[Value]


def columns(lines: Sequence[Line]) -> str:
    """Lines with their columns one below the other; numbers to the right."""
    texts = [[str(value) for value in line] for line in lines]
    widths = [max(len(line[n]) for line in texts) for n in range(len(texts[0]))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if n == 0 or not isinstance(lines[-1][n], int) else text.rjust(width)
            for n, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in texts
    )
