"""Words that ask, words that tell steps or examples, words that begin another matter; by language. Pure.

English, Korean, Mongolian, Russian, German, French, Spanish, Japanese and Chinese.
"""

import re

_LOOKED_AT = 2_000

_ASKS = re.compile(
    r"\b(?:please|pls|plz|kindly|can (?:you|we|i|u)|could (?:you|we|i|someone)|would (?:you|"
    r"it be possible)|will you|how (?:do|can|should|would|come)|why (?:do|does|did|is|are|can|won)|"
    r"what (?:is|are|happens|do)|when (?:will|can|do|is)|is it possible|is there (?:a|any)|"
    r"are you able|do you|(?:i|we)(?:'d| would) (?:like|love)|(?:i|we) (?:need|want|can(?:no|')t|"
    r"are unable|am unable|have to)|need(?:s)? to be|needs? (?:a|an|fixing|help|updating)|must be|"
    r"should be|let (?:me|us) know (?:how|why|if)|(?:does|do|is|are|did|was|were|has|have|will|would|"
    r"can|could)(?:n't|nt| not)\b|cannot|unable to|no longer|fail(?:s|ed|ing)?\b|broken|errors?\b|"
    r"not (?:working|showing|syncing|able|correct|receiving|booking)|wrong|missing|stopped|stuck|"
    r"doubled?|twice|keeps? \w+ing)\b|^(?:\W*)(?:add|remove|delete|change|update|enable|disable|"
    r"turn (?:on|off)|switch (?:on|off)|fix|reset|set|move|rename|send|give|create|cancel|refund|"
    r"replace|restore|connect|disconnect|activate|deactivate|increase|decrease|extend|include|exclude|"
    r"stop|check|look into|find out|investigate|correct|resend|unlock|install)\b|bitte\b|kön(?:nen|"
    r"nten) (?:sie|wir)|könnt(?:e|en)\b|funktioniert nicht|geht nicht|wir (?:brauchen|möchten)|"
    r"warum\b|wie (?:kann|können)|s.il (?:vous|te) pla[iî]t|\bmerci (?:de\b|d['’])|"
    r"pou(?:vez|rriez)[- ]vous|ne (?:fonctionne|marche) (?:pas|plus)|nous (?:avons besoin|souhaitons|"
    r"voudrions)|pourquoi\b|por favor|pued(?:e|"
    r"en|es)\b|podr[ií]a|no funciona|necesit(?:o|amos)|queremos|por qué\b|пожалуйста|не (?:работает|"
    r"могу|можем|приход|отображ|открыва)|можете|могли бы|нужно|надо|почему|как (?:можно|нам|мне)|"
    r"подскажите|прошу|помогите|исправ|добавьте|удалите|измените|включите|отключите|주세요|주실|"
    r"주십시오|주시(?:기|면|겠)|부탁|드립니다만|(?:안|못) ?(?:돼|되|나|보|들|합|됩|열|뜨)|되지 ?않|"
    r"하지 ?않|않습니다|않아요|나요|까요|습니까|ㄹ까요|인가요|싶(?:어|습)|필요(?:해|합|한)|왜 |어떻게|"
    r"오류|에러|문의|өгнө үү|өгөөч|болох уу|яаж |яагаад|хэрэгтэй|ажиллахгүй|болохгүй|чадахгүй|"
    r"боломжтой юу|хүсэж байна|алдаа|\b(?:уу|үү|вэ|бэ|юу|бол уу)\s*\?|ください|お願い|でしょうか|"
    r"ますか|ですか|できません|動き?ません|動かない|なぜ|どうすれば|教えて|请|請|能否|能不能|"
    r"可以.{0,12}吗|怎么|如何|为什么|無法|无法|不能|吗[?？]|需要|[?？]\s*$|[?？](?=\s)",
    re.IGNORECASE | re.MULTILINE,
)
_NOT_REQUESTS = re.compile(
    r"\b(?:steps?(?: to reproduce)?|reproduc\w+|how to reproduce|to recreate|(?:i|we|he|she|they|"
    r"customer|caller) (?:have |has )?(?:did|tried|clicked|checked|already|went)|(?:i|we)(?:'ve|"
    r" have) (?:tried|done|checked|already)|what (?:i|we) (?:did|tried)|tried the following|"
    r"did the following|happens? (?:as follows|like this|in this order)|for example|e\.g\.|such as|"
    r"examples?|for instance|instances?|like these|including|(?:here|these) are (?:the|some|our|"
    r"a few) (?:example|call|case|vin|order|number|id|time|detail|location|store|people|user|name|"
    r"hour)\w*|affected|sample calls?|transcripts?|the (?:caller|customer|bot|assistant) (?:said|"
    r"asked|says)|agenda|attendees|participants|our (?:hours|locations|stores|addresses)|attached|"
    r"what happens|sequence|timeline|first,? then|(?:here|below|these|this) (?:is|are)\b"
    r"[^.?!]{0,30}\b(?:answers?|repl(?:y|ies)|responses?|logs?|recordings?|outputs?|exports?))\b|"
    r"hier (?:sind|ist)[^.?!]{0,30}antwort\w*|voici[^.?!]{0,30}réponses?|aquí[^.?!]{0,30}respuestas?|"
    r"ответы? на|답변(?:드|입니다|은)|хариултууд|"
    r"回答(?:は|します|如下)|答复如下|schritte|beispiel\w*|zum beispiel|z\.\s?b\.|"
    r"reproduzier\w+|étapes|par exemple|exemples?|pasos|por ejemplo|ejemplos?|шаг[иов]*\b|"
    r"воспроизв\w+|например|пример\w*|재현|순서|단계|예를 ?들|예시|예:|사례|다음과 ?같이 ?(?:했|시도|"
    r"진행)|시도(?:한|했)|алхам|жишээ|дараалал|手順|再現|例えば|たとえば|例[:：]|步骤|步驟|例如|比如",
    re.IGNORECASE,
)
_REQUESTS = re.compile(
    r"\b(?:(?:few|two|three|four|five|several|couple|some|multiple|\d+|following|these|more|other|"
    r"different|separate) (?:of )?(?:things|issues|questions|requests|problems|points|items|changes|"
    r"fixes|asks|matters|updates|topics)|(?:questions|requests|issues|problems|changes|things we need|"
    r"to-?dos?|wish ?list)\s*[:.]?\s*$|(?:need you to|we need|i need)[^.?!]{0,60}:\s*$|(?:please|could you|"
    r"can you|would you)[^.?!]{0,30}\b(?:help|assist|look|check|see|do|address|take care|fix|resolve|answer|"
    r"handle|review|investigate|process)\b[^.?!]{0,60}:\s*$)|(?:folgende|mehrere|zwei|drei|"
    r"einige) (?:fragen|punkte|probleme|anliegen|dinge)|(?:plusieurs|deux|trois|"
    r"quelques) (?:questions|points|problèmes|demandes)|(?:varias|dos|tres|algunas) (?:preguntas|"
    r"cosas|peticiones|problemas)|(?:несколько|два|три|следующие) (?:вопрос|проблем|просьб|пункт)\w*|"
    r"(?:몇 ?가지|두 ?가지|세 ?가지|다음) ?(?:문의|질문|요청|문제|사항|건)?|(?:문의|요청) ?사항|"
    r"(?:хэдэн|хоёр|гурван|дараах) (?:асуулт|асуудал|хүсэлт|зүйл)\w*|以下の?(?:点|質問|お願い|件)|"
    r"いくつか|几个(?:问题|事)|以下(?:问题|几点|请求)|兩個問題|两个问题",
    re.IGNORECASE,
)
# Points back to what was said before: what has it is no matter of its own.
_POINTS_BACK = re.compile(
    r"\b(?:this|that|it|its|these|those|they|them|so|das|dies\w*|es|cela|ça|celui\w*|esto|eso|это\w*|"
    r"энэ|үүн\w*|тэр|түүн\w*)\b|이것|이거|그것|그거|이 ?문제|그 ?문제|これ|それ|この|その|这|那",
    re.IGNORECASE,
)
_ONE_QUESTION = re.compile(r"^[^?？.!。！]*[?？]\W*$")
_IDENTIFIER = re.compile(r"^\W*(?=\S*\d)\S+\W*$")
_WORDS_OF_QUESTION, _LETTERS_OF_QUESTION = 4, 8
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_STEP = re.compile(
    r"^\W*(?:click|open|go to|log ?in|log ?out|select|choose|press|navigate|type|enter|scroll|tap|"
    r"dial|call|wait|refresh|reload|then|next|after that|hang up|say|the (?:bot|assistant|caller|"
    r"agent|ai)|caller|customer|bot|assistant|klick\w*|öffne\w*|cliqu\w+|ouvr\w+|haga clic|abr\w+|"
    r"нажм\w+|откр\w+|зайд\w+|выбер\w+|클릭|접속|로그인|열|선택|нээ|дар|сонго|クリック|開|点击|打开|"
    r"登录|选择)",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"^\W*(?:also\b|and also|another (?:thing|issue|question|request|problem|one|point)|one (?:more|"
    r"other|last|further) |(?:second|third|fourth|secondly|thirdly|lastly|finally|additionally|"
    r"furthermore|separately|besides|moreover|unrelated)\b|in addition|on (?:a|an) (?:separate|other|"
    r"different|unrelated|another) |on top of that|by the way|btw\b|p\.?\s?s\b|(?:a|the) (?:second|"
    r"third|separate|different|other|unrelated) (?:thing|issue|question|request|problem|matter|topic)|"
    r"while (?:i have you|we are at it|we're at it|you are at it|you're at it)|next (?:question|issue|"
    r"topic|thing|point)|außerdem|zusätzlich|zweitens|drittens|noch (?:eine|etwas)|ferner|"
    r"des weiteren|de plus|par ailleurs|deuxièmement|(?:une )?autre (?:chose|question|demande)|"
    r"aussi\b|además|también|por otro lado|otra (?:cosa|pregunta)|segundo|также|ещ[её] (?:один|одна|"
    r"вопрос)|кроме того|во-вторых|в-третьих|и ещ[её]|또한|또 ?(?:하나|한 ?가지)|그리고|추가로|"
    r"두 ?번째|세 ?번째|둘째|셋째|아울러|별도로|한 ?가지 ?더|мөн|түүнчлэн|өөр (?:нэг|асуу)|дараагийн|"
    r"хоёрдугаарт|гуравдугаарт|нэмж|бас нэг|また[、,]|あと[、,]|もう(?:一|ひと)つ|次に|それと|另外|"
    r"此外|还有|還有|第二|第三)",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^\W*(?:thank(?:s| you)|many thanks|thx|cheers|best|kind|regards|sincerely|looking forward|"
    r"have a (?:great|nice|good)|let (?:me|us) know|please let|if you (?:have|need) (?:any|more)|"
    r"appreciate|(?:mit )?(?:freundliche|viele|beste)n? grü|danke|vielen dank|merci|cordialement|"
    r"gracias|saludos|спасибо|с уважением|заранее|감사|고맙|수고|баярлалаа|хүндэтгэ|よろしく|"
    r"ありがとう|以上|谢谢|謝謝|此致)",
    re.IGNORECASE,
)


def asks(words: str) -> bool:
    """Something is asked for, or said not to work."""
    return bool(_ASKS.search(words[:_LOOKED_AT]))


def introduces_requests(line: str) -> bool:
    """The line above a list says that what follows are requests."""
    return bool(_REQUESTS.search(line[-300:])) and not introduces_no_requests(line)


def introduces_no_requests(line: str) -> bool:
    """The line above a list says that what follows are steps, examples, or something that was done."""
    return bool(_NOT_REQUESTS.search(line[-300:]))


def is_step(words: str) -> bool:
    """A thing one does in the course of something: open, click, the caller says."""
    return bool(_STEP.match(words))


def is_identifier(words: str) -> bool:
    """Nothing but a number or a name with digits, as of a vehicle or an order."""
    return bool(_IDENTIFIER.match(words))


def is_own_question(words: str) -> bool:
    """One question that can be understood by itself."""
    looked_at = words[:_LOOKED_AT]
    if not _ONE_QUESTION.match(looked_at) or _POINTS_BACK.search(looked_at) or not asks(looked_at):
        return False
    letters = len(_UNSPACED.findall(looked_at))
    return letters >= _LETTERS_OF_QUESTION or (not letters and len(looked_at.split()) >= _WORDS_OF_QUESTION)


def begins_another(words: str) -> bool:
    """A paragraph that says it is about something else than the one before."""
    return bool(_ANOTHER.match(words))


def is_courtesy(words: str) -> bool:
    """A closing or thanks, of no matter."""
    return bool(_COURTESY.match(words)) and len(words) < 200
