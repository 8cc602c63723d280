"""What of a mail's text is its own, what is quoted, what is signature; in linear time, nothing is removed.

Structure goes first (`>`, a divider, a block of From/Date/Subject, `-- `), then the line that attributes
a quotation, in the languages our customers write.
"""

import re
from dataclasses import dataclass

VISIBLE = "visible"
QUOTED = "quoted"
SIGNATURE = "signature"

_LOOKED_AT = 400
_ATTRIBUTION_LINES = 3

_WROTE = (
    r"wrote|writes|schrieb|a [ée]crit|escribi[óo]|ha escrito|пиш[еу]т|писала?|писал\(а\)|написала?|"
    r"написал\(а\)|"
    r"бичжээ|бичсэн|бичив|님이 (?:작성|썼습니다|쓴 글)|작성(?:했습니다|함)?|썼습니다|"
    r"のメール|さんは書きました|が書きました|書きました|は書いた|写道|寫道|写到|说道"
)
_ATTRIBUTED = re.compile(rf"(?:{_WROTE})\s?(?:\([^()]*\))?\s?[:：]?\s*$", re.IGNORECASE)
_WROTE_ON = re.compile(rf"(?:{_WROTE})\b.*\d.*[:：]\s*$", re.IGNORECASE)
_ADDRESS_AND_TIME = re.compile(r"^.{0,200}\d{1,2}[:.]\d\d.{0,200}<[^<>\s]{1,200}@[^<>\s]{1,200}>\s?[:：]$")
_TELLS_WHEN = re.compile(r"\d")
_DIVIDER = re.compile(
    r"^\s*[-_]{2,}\s*(?:original message|original appointment|ursprüngliche nachricht|originalnachricht|"
    r"message d.origine|message original|mensaje original|исходное сообщение|первоначальное сообщение|"
    r"원본 ?메시지|원본 ?메일|original ?mail|元のメッセージ|原始邮件|原始郵件|邮件原件|"
    r"эх мессеж|эх захидал|анхны захидал)"
    r"\s*[-_]{2,}\s*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^\s*(?:[-_]{3,}\s*(?:forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|"
    r"пересылаемое сообщение|переадресованное сообщение|전달된 ?메(?:시지|일)|転送メッセージ|转发的?邮件|"
    r"轉寄的?郵件|дамжуулсан (?:мессеж|захидал))\s*[-_]{3,}|begin forwarded message:)\s*$",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"^\s*\*{0,2}(?:from|von|de|от|хэнээс|илгээгч|보낸 ?사람|발신|差出人|发件人|寄件者|"
    r"寄件人)\s?[:：]\*{0,2}\s*\S",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^\s*\*{0,2}(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado(?: el)?|para|"
    r"asunto|fecha|"
    r"отправлено|дата|кому|копия|тема|илгээсэн|огноо|хэнд|сэдэв|гарчиг|보낸 ?날짜|날짜|받는 ?사람|참조|제목|"
    r"送信日時|日時|宛先|件名|发送时间|日期|收件人|抄送|主题|寄件日期|收件者|主旨)\s?[:：]",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^\s*\*{0,2}(?:subject|betreff|objet|asunto|тема|сэдэв|гарчиг|제목|件名|主题|主旨)\s?[:：]",
    re.IGNORECASE,
)
_ADDRESS_ENDS = re.compile(r"<[^<>\s]{1,200}@[^<>\s]{1,200}>.{0,40}[:：)]\s*$")
_RULE = re.compile(r"^\s*_{8,}\s*$")
_MOBILE = re.compile(
    r"^\s*(?:sent from my \w|get outlook for \w|sent from outlook|von meinem \w+ gesendet|gesendet von \w|"
    r"envoyé de mon \w|enviado desde mi \w|отправлено (?:из|с) \w|나의 \w+에서 보냄|내 \w+에서 보냄|"
    r"iphoneから送信|发自我的|從我的|миний \w+-?(?:аас|оос|ээс|өөс) илгээв)",
    re.IGNORECASE,
)

# What none of the above can do without: most lines have none of it and need no closer look.
_TELLS = re.compile(r"[:：\d_-]")
_MAY_BE_MOBILE = re.compile(r"^\s*[sgveоi나내发從м]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]`: `visible`, `quoted` or `signature`. Spans follow one another without a gap."""

    start: int
    end: int
    kind: str


def folded(text: str) -> tuple[Span, ...]:
    """The whole text as spans. What would leave nothing to read is not folded."""
    if not text:
        return ()
    lines = text.splitlines(keepends=True)
    kinds = _kinds([line[:_LOOKED_AT] for line in lines])
    if not any(kind == VISIBLE and line.strip() for kind, line in zip(kinds, lines, strict=True)):
        kinds = [VISIBLE] * len(lines)
    return _joined(lines, kinds)


def _kinds(lines: list[str]) -> list[str]:
    kinds: list[str] = []
    kind, forwarded = VISIBLE, False
    telling = bool(_TELLS.search("".join(lines)))
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            kinds.append(QUOTED)
            continue
        if kind == QUOTED:  # everything below a divider, a header block or an unmarked attribution
            kinds.append(QUOTED)
            continue
        if (telling and _TELLS.search(line)) or _MAY_BE_MOBILE.match(line):
            forwarded = forwarded or bool(_FORWARD.match(line))
            kind = _begun(lines, number, kind, forwarded)
        kinds.append(kind)
    _fold_attributions(lines, kinds)
    _fold_blanks(lines, kinds)
    return kinds


def _begun(lines: list[str], number: int, kind: str, forwarded: bool) -> str:
    """The kind that begins with this line. What somebody forwards they want read: it stays visible."""
    line = lines[number]
    if not forwarded and (_DIVIDER.match(line) or _is_header_block(lines, number)):
        return QUOTED
    if not forwarded and _is_attribution(line) and not _next_is_marked(lines, number):
        return QUOTED
    if not forwarded and _is_broken_attribution(lines, number):
        return QUOTED
    if line.rstrip("\r\n") in ("-- ", "--") or _MOBILE.match(line):
        return SIGNATURE
    return kind


def _is_header_block(lines: list[str], number: int) -> bool:
    """From and two more fields, with an address or a subject: "From: 9am, To: 5pm" is none."""
    if not _FROM.match(lines[number]):
        return False
    below = lines[number + 1 : number + 6]
    if sum(1 for line in below if _FIELD.match(line)) < 2:
        return False
    return any("@" in line for line in lines[number : number + 6]) or any(map(_SUBJECT.match, below))


def _is_broken_attribution(lines: list[str], number: int) -> bool:
    """An attribution with an address that goes on in the next line, and no quotation marked below it."""
    if number + 1 >= len(lines) or not _ADDRESS_ENDS.search(lines[number + 1]):
        return False
    whole = f"{lines[number].strip()} {lines[number + 1].strip()}"
    return _is_attribution(whole) and not _next_is_marked(lines, number + 1)


def _is_attribution(line: str) -> bool:
    stripped = line.strip()
    if not _TELLS_WHEN.search(stripped) or (
        stripped[-1:] not in (":", "：", ")") and not _ATTRIBUTED.search(stripped)
    ):
        return False
    return bool(
        _ATTRIBUTED.search(stripped) or _WROTE_ON.search(stripped) or _ADDRESS_AND_TIME.match(stripped)
    )


def _next_is_marked(lines: list[str], number: int) -> bool:
    for line in lines[number + 1 : number + 4]:
        if line.strip():
            return line.lstrip().startswith(">")
    return False


def _fold_attributions(lines: list[str], kinds: list[str]) -> None:
    """The line that names who wrote a quotation belongs to it, also broken into two or three."""
    for number in range(1, len(lines)):
        if kinds[number] != QUOTED or kinds[number - 1] == QUOTED:
            continue
        if _FROM.match(lines[number]):
            _fold_above_header(lines, kinds, number)
            continue
        above = number - 1
        while above > 0 and not lines[above].strip() and number - above <= 2:
            above -= 1
        for first in range(above, max(above - _ATTRIBUTION_LINES, -1), -1):
            if kinds[first] == QUOTED or not lines[first].strip():
                break
            if _is_attribution(" ".join(line.strip() for line in lines[first : above + 1])):
                kinds[first:number] = [QUOTED] * (number - first)
                break


def _fold_above_header(lines: list[str], kinds: list[str], number: int) -> None:
    """What belongs to a block of From and others above it: a field that comes first, Outlook's rule."""
    first = number
    while first and _FIELD.match(lines[first - 1]):
        first -= 1
    if first and _RULE.match(lines[first - 1]):
        first -= 1
    kinds[first:number] = [QUOTED] * (number - first)


def _fold_blanks(lines: list[str], kinds: list[str]) -> None:
    """Blank lines between quoted ones are quoted; others stay with what they follow."""
    for number in range(1, len(lines)):
        if not lines[number].strip() and kinds[number] == VISIBLE and kinds[number - 1] == QUOTED:
            kinds[number] = QUOTED


def _joined(lines: list[str], kinds: list[str]) -> tuple[Span, ...]:
    spans: list[Span] = []
    start, position = 0, 0
    for number, line in enumerate(lines):
        position += len(line)
        if number + 1 == len(lines) or kinds[number + 1] != kinds[number]:
            spans.append(Span(start, position, kinds[number]))
            start = position
    return tuple(spans)
