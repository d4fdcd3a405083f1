"""The names of months, as people write them in dates."""

from __future__ import annotations

import unicodedata

_NAMES = """
january february march april may june july august september october november december
januar februar märz april mai juni juli august september oktober november dezember
jänner feber märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
januari februari maart april mei juni juli augustus september oktober november december
januari februari mars april maj juni juli augusti september oktober november december
januar februar marts april maj juni juli august september oktober november december
styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
leden únor březen duben květen červen červenec srpen září říjen listopad prosinec
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
ιανουάριος φεβρουάριος μάρτιος απρίλιος μάιος ιούνιος ιούλιος αύγουστος σεπτέμβριος οκτώβριος νοέμβριος δεκέμβριος
ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου
يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर
"""
_SHORT = 3
_WORDS = frozenset({"pro", "set", "out", "led", "sub", "mag", "lip", "uno", "bre", "tem", "sie", "ara", "dub"})
"""First letters of a month that are words or names of something else more often than a month's."""


def _bare(word: str) -> str:
    """Small letters without the marks on them."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _table() -> dict[str, int]:
    found: dict[str, int] = {"sept": 9, "juil": 7, "maerz": 3, "jaenner": 1, "mrz": 3}
    short: dict[str, set[int]] = {}
    for line in _NAMES.split("\n"):
        for number, name in enumerate(line.split(), 1):
            found.setdefault(_bare(name), number)
            short.setdefault(_bare(name)[:_SHORT], set()).add(number)
    for letters, numbers in short.items():
        if len(letters) == _SHORT and len(numbers) == 1 and letters not in _WORDS:
            found.setdefault(letters, next(iter(numbers)))
    return found


_MONTHS = _table()


def month_of(word: str) -> int | None:
    """The month, 1 to 12, that a word names, in full or by its first three letters where these name no other."""
    return _MONTHS.get(_bare(word))
