"""What sort of thing a question asks for, by its words, and how such a thing looks in a text."""

from __future__ import annotations

import re
from typing import Literal

Sort = Literal["date", "amount", "share", "number", "duration", "person", "place", ""]
"""What would answer a question: a day or a year, money, a part of a whole, a count or measure, a span of time, a name,
a place.
"""

_CUES: tuple[tuple[Sort, tuple[str, ...]], ...] = (
    ("duration", (
        "how long|notice period", "wie lange|kündigungsfrist", "combien de temps|cuánto tiempo|quanto tempo|hoe lang",
        "hur länge|jak długo|как долго|сколько времени|ne kadar süre|多久|どのくらいの期間",
    )),
    ("date", (
        r"\bwhen\b|(?:what|which) (?:year|date|day|time|month|century|decade|hour)|how (?:early|late)\b",
        r"\bwann\b|welche[mnrs]? (?:jahr|datum|tag|monat|jahrhundert|uhrzeit)|um wie ?viel uhr|wievielten",
        r"\bquand\b|quelle (?:date|année|heure)|\bcuándo\b|qué (?:año|fecha|día|siglo|hora)|\bquando\b",
        r"che (?:anno|giorno|ora)\b|que (?:ano|dia|horas)\b|\bwanneer\b|welk jaar|\bnär\b|vilket år|\bkiedy\b",
        r"którym roku|\bкогда\b|каком году|ne zaman|hangi (?:yıl|tarih)|什么时候|何时|哪年|哪一年|いつ|何年",
        r"언제|몇 년|متى|कब|เมื่อไร|เมื่อใด|πότε",
    )),
    ("amount", (
        r"how much (?:is|are|was|were|did|does|do|money|will)\b|\bprice|\bcosts?\b|\bfees?\b|\brent\b|deposit|salary",
        r"turnover|revenue|amount|premium|was kostet|wie ?viel (?:kostet|geld|euro)|wie hoch|wie teuer|\bpreis",
        r"\bkosten\b|\bmiete\b|kaution|gebühr|beitrag|gehalt|umsatz|combien (?:coûte|cela|paie)|\bprix\b|loyer",
        r"caution|cuánto (?:cuesta|es|vale|pag)|\bprecio|alquiler|fianza|quanto costa|prezzo|affitto|quanto custa",
        r"preço|aluguel|hoeveel kost|hur mycket kostar|ile kosztuje|сколько стоит|цена|kaç lira|多少钱|いくら",
        r"얼마|كم سعر|कितने का|πόσο κοστίζει",
    )),
    ("share", (
        r"(?:what|which|how many) (?:percent|percentage|portion|fraction|share|proportion)\b|how much of\b",
        r"wie ?viel prozent|welche[rsnm]? (?:anteil|prozent|teil)|quel(?:le)? (?:pourcentage|part|proportion)\b",
        r"qué (?:porcentaje|proporción|parte)\b|(?:che|quale) percentuale|que percentagem|welk percentage",
    )),
    ("number", (
        r"how (?:many|much|old|far|often|large|big|tall|deep|wide|fast|heavy|high|hot|cold|strong)\b",
        r"(?:what|which) (?:number|score|distance|size)\b",
        r"wie ?viele?n?\b|wie (?:alt|weit|oft|groß|tief|breit|schnell|schwer|viel)\b",
        r"\bcombien\b|cuánt[oa]s?\b|qué (?:cantidad|número|tan)\b|quant[ieo]\b",
        r"quant[ao]s\b|hoeveel|hur (?:många|mycket)|\bile\b|\bсколько\b|\bkaç\b",
        "كم|कितन|多少|几个|いくつ|何人|몇|เท่าไ|กี่|πόσ",
    )),
    ("person", (
        r"\bwho(?:m|se)?\b|\bwer\b|\bwem\b|\bwen\b|\bwessen\b|\bqui\b|\bquién(?:es)?\b|\bchi\b|\bquem\b|\bwie is\b",
        r"\bvem\b|\bkto\b|\bкто\b|\bкому\b|\bkim\b|من هو|مَن|कौन|किसने|谁|誰|누가|누구|ใคร|ποιος|ποια",
    )),
    ("place", (
        r"\bwhere\b|(?:what|which) (?:city|country|state|town|region|place|street|address)\b|\bwo\b|\bwo(?:her|hin)\b",
        r"welche[mnrs]? (?:stadt|land|ort|straße)\b|adresse|\boù\b|\bdónde\b|qué (?:ciudad|país|lugar)\b|\bdove\b",
        r"\bonde\b|\bwaar\b|\bvar\b|\bgdzie\b|\bгде\b|\bnerede\b|أين|कहाँ|哪里|哪儿|どこ|어디|ที่ไหน|πού",
    )),
)  # fmt: skip
_SORTS = tuple((sort, re.compile(rf"(?<![a-zà-ÿ0-9_])(?=\w)(?:{'|'.join(cues)})")) for sort, cues in _CUES)

_KIND = re.compile(
    r"(?:what|which) (?:other )?(?:type|kind|sort|form|term|name|word)s?\b"
    r"|welche[mnrs]? (?:art|typ|sorte|form|begriff|namen?|bezeichnung)(?:en)?\b"
    r"|quel(?:le)?s? (?:type|sorte|genre|nom)s?\b|qué (?:tipo|clase|nombre)s?\b|che (?:tipo|genere|nome)\b"
)

_MONTHS = (
    "jan(?:uary|uar|vier)?|j[aä]nner|enero|ene|feb(?:ruary|ruar|rero)?|février|mar(?:ch|zo|s)?|märz?|apr(?:il|ile)?"
    "|abril|avril|ma[iy]o?|june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|août|agosto|sept?(?:ember|embre)?"
    "|septiembre|o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre)?|noviembre|de[cz](?:ember)?|décembre|dic(?:iembre)?"
)
_DAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
    "|yesterday|today|tomorrow"
)
_WRITTEN_NUMBERS = (
    r"\b(?=[^\W\d]{3})(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half"
    r"|third|quarter|twice|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|hundert|tausend"
    r"|hälfte|drittel|viertel|deux|trois|quatre|cinq|sept|huit|neuf|dix|cent|mille|dos|tres|cuatro|cinco|seis"
    r"|siete|ocho|nueve|diez|cien|mil|mitad|millones)\b"
)
_PERCENT = r"\s?(?:%|per ?cent|prozent|pour ?cent|por ciento|procent)"
_NUMBERS = rf"(?<![0-9_a-z])\d|{_WRITTEN_NUMBERS}"
_YEAR = r"(?:1[5-9]|20)\d\d(?![\d.,]\d|\w)"
_COUNTS = (
    rf"(?<![0-9_a-z.,–-])(?!{_YEAR})\d++(?:[.,]\d++){{0,4}}+(?![–-]\d|{_PERCENT})|{_WRITTEN_NUMBERS}(?!{_PERCENT})"
)
_MONEY = (
    "euros?|eur|dollars?|usd|pounds?|gbp|francs?|franken|chf|cents?|kronen?|kronor|złotych|zł|рубл|руб|lira|tl|yen|元|円|원"
    "|million|millionen|mio|tausend"
)
_SPANS = (
    "seconds?|minutes?|hours?|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tagen?|wochen?|monate?n?|jahre?n?"
    "|secondes?|heures?|jours?|semaines?|mois|ans|années|segundos?|minutos?|horas?|días?|semanas?|mes(?:es)?|años?"
)
_PATTERNS: dict[Sort, re.Pattern[str]] = {
    "date": re.compile(
        rf"\b(?:(?:1\d|20)\d\d\b|\d{{1,2}}(?:[./-]\d{{1,2}}|:\d\d| ?(?:am|pm|uhr))\b"
        rf"|(?=[adefjmnostwy][^\W\d]{{2}})(?:{_MONTHS}|{_DAYS})\b"
        r"|(?=[cjs])(?:century|jahrhundert|siglo|siècle)"
        r"|[яфмаисонд][а-я]{2,7}(?:аря|аля|рта|еля|юня|юля|уста|ября)\b)|[年月日時]",
        re.IGNORECASE,
    ),
    "number": re.compile(_COUNTS, re.IGNORECASE),
    "share": re.compile(
        rf"\d(?:{_PERCENT}| (?:of|von|de|sur)\b|/\d)|\b(?=[a-z])(?:per ?cent|prozent|pour ?cent|por ciento|procent"
        r"|(?:half|third|quarter|fifth|tenth|majority|most|hälfte|drittel|viertel|fünftel|zehntel|mehrheit|moitié|tiers|quart"
        r"|mitad|tercio|cuarto)s?)\b",
        re.IGNORECASE,
    ),
    "amount": re.compile(
        r"[€$£¥₽₺₹]\s?\d"
        rf"|\d(?<!\d\d)[\d.,']{{0,12}}+(?: \d{{3}}){{0,3}}+\s?+(?:[€$£¥₽₺₹]|(?=\w)(?:{_MONEY})\b)|[元円원]",
        re.IGNORECASE,
    ),
    "duration": re.compile(
        rf"(?P<span>(?<=\s)(?=[dhjmstwy][^\W\d]{{2}}|a[nñ])(?:{_SPANS})\b)"
        r"|[天周月年时小]|\d\s?(?:min|h|s)\b|until|bis zum|hasta|jusqu",
        re.IGNORECASE,
    ),
}
_COUNTED = re.compile(rf"{_NUMBERS}|(?:ein(?:e[nmrs]?)?|un[ea]?)\b", re.IGNORECASE)  # what stands before a span
_BEFORE = 48  # characters before it
_OPENING = "([{\"'“„«‘<~"
_NAME = re.compile(r"(?<!\w)[^\W\d_a-zà-öø-ÿа-я]\w*+")
_BEGINNING = re.compile(r"(?:^|[.!?…:“\"(]\s?)$")


def sort_of(question: str) -> tuple[Sort, str]:
    """The sort of thing that would answer a question, and the words that ask for it, small; "" for what does not tell.

    A single word asks for nothing but may be what the question is about: "address", "deposit".
    """
    small = question.lower()
    for sort, cues in _SORTS:
        found = cues.search(small)
        if found is not None:
            cue: str = found[0]
            return sort, cue if " " in cue else ""
    return "", ""


def kind_words(question: str) -> str:
    """The words by which a question asks for one of a kind ("what type of", "welche Art"), small; "" if it does not."""
    kind = _KIND.search(question.lower())
    return kind[0] if kind else ""


def has_one(sort: Sort, text: str, without: frozenset[str]) -> bool:
    """Whether a text has a thing of this sort, other than in words of the question. without: these, small."""
    if sort in ("person", "place"):
        return any(
            name.group().casefold() not in without
            and not _BEGINNING.search(text[max(0, name.start() - 2) : name.start()])
            for name in _NAME.finditer(text)
        )
    pattern = _PATTERNS.get(sort)
    return pattern is not None and any(
        not without.issuperset(re.findall(r"\w+", found.group().casefold()))
        for found in pattern.finditer(text)
        if not found.groupdict().get("span") or _is_counted(text[max(0, found.start() - _BEFORE) : found.start()])
    )


def _is_counted(before: str) -> bool:
    """Whether a number stands right before a word, or before the one word between: "three full months"."""
    words = [word.lstrip(_OPENING) for word in before.split()[-2:]]
    counted = [_COUNTED.match(word) is not None for word in words]
    return counted[-1:] == [True] or (counted == [True, False] and words[-1].isalpha())
