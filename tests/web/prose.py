"""Reading the numbers of sentences: which open their list, which stand alone, how long the lists are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape

from django.test import Client

LINK = re.compile(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")
UNHEARD = re.compile(r'<span class="(?:visually-hidden|range)">.*?</span>|<time\b.*?</time>', re.DOTALL)
# What looks like a count and is none: which part, how long, when, which tier, none.
NO_COUNTS: Mapping[str, str] = {
    r"\d+(?:\.\d+)?(?:-\d+(?:\.\d+)?)? %": "a part; the counts it is made of stand beside it",
    r"(?:>= )?\d+ (?:s|min|h|d)\b": "how long",
    r"(?:\d{1,2} )?[A-Z][a-z]+ 20\d\d(?:, \d\d?:\d\d)?": "when",
    r"Tier \d": "which tier",
    r"\b0\b": "none: there is nothing to open",
}


def loose(text: str, known: Iterable[str] = ()) -> list[str]:
    """The sentences of some HTML in which a count is left that opens nothing, but for what is `known`."""
    found = []
    for part in re.split(r"</p>|</td>|</th>|</li>|</h\d>", text):
        read = " ".join(unescape(TAG.sub("", LINK.sub("", UNHEARD.sub("", part)))).split())
        left = read
        for each in (*known, *NO_COUNTS):
            left = re.sub(each, "", left)
        if re.search(r"\d", left):
            found.append(read)
    return found


def counts(text: str) -> Iterator[tuple[int, str]]:
    """Every count of some HTML that is a link, with its address: of a range the lower end that is any."""
    for href, inner in re.findall(f"{LINK.pattern}(?! %)", text, re.DOTALL):
        if found := re.fullmatch(r"(?:0-)?([\d,]+)(?:-\d+)?", TAG.sub("", UNHEARD.sub("", inner)).strip()):
            yield int(found[1].replace(",", "")), unescape(href)


def listed(client: Client, address: str) -> int:
    """How many records the list at an address has."""
    answer = client.get(address.partition("#")[0])
    assert answer.status_code == 200, address
    context = answer.context
    return int(context["total"] if "total" in context else context["found"].total)


def check_counts(client: Client, text: str, *, every: int = 1, pages: Iterable[str] = ()) -> int:
    """Open each `every`th count of some HTML: its list has as many. `pages`: what is no list. How many."""
    found = sorted(set(counts(text)), key=lambda each: (each[1], each[0]))[::every]
    opened = [each for each in found if not each[1].startswith(("#", *pages))]
    wrong = [(n, got, address) for n, address in opened if (got := listed(client, address)) != n]
    assert not wrong, wrong
    return len(opened)
