"""What a line of text may hold: nothing that cannot be seen may change how the rest is read. Pure.

The classes are written as parts of a pattern that Python, JSON Schema and pydantic read alike.
"""

import re

# Controls; marks that turn the direction of writing; spaces without width; signs of format and layout.
UNFIT = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
# Allowed within a word (they join letters or choose their shape), but nothing by themselves.
UNSEEN = r"\u034f\u115f\u1160\u17b4\u17b5\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0"
# One line in which something can be seen; and one that may be empty.
LINE = rf"^[^{UNFIT}]*[^\s{UNFIT}{UNSEEN}][^{UNFIT}]*$"
LINE_OR_NOTHING = rf"^[^{UNFIT}]*$"

# Halves of characters, which no database takes.
_HALVES = re.compile("[\ud800-\udfff]")
_LINE = re.compile(LINE)


def is_line(text: str, most: int) -> bool:
    """Whether a person can read something in it, and a column of `most` characters can hold it."""
    return len(text.strip()) <= most and bool(_LINE.fullmatch(text)) and not _HALVES.search(text)
