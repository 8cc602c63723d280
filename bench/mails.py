"""The mails that are measured with: threads' first ones, then replies to some of them."""

import base64
import random
from datetime import UTC, datetime, timedelta

MAILS, THREADS = 1000, 900
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORDS = [
    "the",
    "assistant",
    "repeats",
    "itself",
    "whenever",
    "somebody",
    "asks",
    "for",
    "a",
    "rental",
    "car",
    "and",
    "nobody",
    "hears",
    "the",
    "price",
]


def corpus(seed: int = 1) -> list[bytes]:
    """As many as `MAILS`, of 12 KB in the mean; the same seed gives the same ones."""
    draw = random.Random(seed)
    return [_mail(draw, number) for number in range(MAILS)]


def _mail(draw: random.Random, number: int) -> bytes:
    at = START + timedelta(minutes=number)
    answered = draw.randrange(THREADS) if number >= THREADS else None
    who = answered if answered is not None else number
    head = [
        f"Received: from mx.dealer{who % 300}.example by mx.voice.example; {at:%a, %d %b %Y %H:%M:%S +0000}",
        f"From: Person {who} <person{who}@dealer{who % 300}.example>",
        "To: support@voice.example",
        f"Subject: =?utf-8?q?Price_of_car_=E2=84=96_{number}?=",
        f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}",
        f"Message-ID: <{number}@dealer.example>",
        "MIME-Version: 1.0",
    ]
    if answered is not None:
        head += [f"In-Reply-To: <{answered}@dealer.example>", f"References: <{answered}@dealer.example>"]
    text = "\r\n".join(" ".join(draw.choices(WORDS, k=12)) for _ in range(draw.randint(20, 120)))
    if draw.random() >= 0.1:
        head.append("Content-Type: text/plain; charset=utf-8")
        return "\r\n".join([*head, "", text, ""]).encode()
    file = base64.encodebytes(draw.randbytes(50_000)).decode().replace("\n", "\r\n")
    parts = [
        *head, 'Content-Type: multipart/mixed; boundary="b"', "", "--b", "Content-Type: text/plain", "", text,
        "--b", "Content-Type: application/pdf", "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="price.pdf"', "", file + "--b--", "",
    ]  # fmt: skip
    return "\r\n".join(parts).encode()
