"""Does a mail read like an automatic absence note? A hint for people; nothing is decided by it. Pure."""

import re

_LOOKED_AT = 1_500

_SUBJECT = re.compile(
    r"^\W*(?:(?:re|aw|sv|ответ|回复)\s*[:：]\s*)*(?:auto(?:matic)?[ -]?(?:reply|response|antwort)|"
    r"autoreply|out of (?:the )?office|ooo\b|away from (?:the )?office|on (?:annual |"
    r"parental )?(?:leave|vacation|holiday)\b|abwesen\w*|automatische antwort|réponse automatique|"
    r"absence du bureau|respuesta automática|fuera de (?:la )?oficina|автоответ\w*|"
    r"автоматический ответ|вне офиса|자동 ?(?:회신|응답|답장)|부재 ?중|автомат(?:аар)? хариу|自動応答|"
    r"自動返信|不在|自动回复|自動回覆|外出)",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"\b(?:i(?:'m| am| will be|'ll be)(?: currently)? (?:out of|away from) (?:the |my )?(?:office|"
    r"desk)|(?:i am|i'm|i will be|i'll be)(?: currently)? on (?:annual |sick |parental |maternity |"
    r"paternity )?(?:leave|vacation|holiday)|(?:limited|no|intermittent) access to (?:my )?e-?mail|"
    r"will (?:reply|respond|get back to you) (?:when|upon|after|as soon as) (?:i return|my return|"
    r"i am back|i'm back)|this is an automat(?:ic|ed) (?:reply|response|message)|do not reply to this|"
    r"your (?:e-?mail|message|request) has been received)\b|ich bin (?:derzeit |"
    r"zur ?zeit )?(?:nicht im büro|abwesend|im urlaub)|je suis (?:actuellement )?(?:absent|en congé)|"
    r"(?:estoy|estaré) (?:fuera de la oficina|de vacaciones)|(?:нахожусь|буду) (?:в отпуске|вне офиса|"
    r"в командировке)|я в отпуске|부재 ?중|휴가 ?(?:중|로)|자동으로 (?:발송|회신)|출장 ?중|"
    r"чөлөөтэй (?:байна|байгаа)|амралттай|ажил дээрээ байхгүй|不在にして|休暇を?いただ|出張中|休假|"
    r"不在办公室|出差",
    re.IGNORECASE,
)


def reads_like_one(subject: str, text: str) -> bool:
    """Whether a subject, or a short text, says that somebody is away or that a machine answers."""
    if _SUBJECT.match(subject[:200]):
        return True
    return len(text) <= _LOOKED_AT and bool(_TEXT.search(text))
