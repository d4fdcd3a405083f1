"""How people say dates in English, German, French, Spanish, Italian, Portuguese and Dutch, in plain words.

Words that mean something else in one of the other languages are left out (“map”, “set”, “ter”).
"""

from __future__ import annotations

from app.language.question.tokens import words

MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january januar janvier enero gennaio janeiro januari jan janner",
        "february februar fevrier febrero febbraio fevereiro februari feb",
        "march marz mars marzo marco maart mar mrz maerz",
        "april avril abril aprile apr",
        "may mai mayo maggio maio mei",
        "june juni juin junio giugno junho jun",
        "july juli juillet julio luglio julho jul",
        "august aout agosto augustus aug",
        "september septembre septiembre settembre setembro sept sep",
        "october oktober octobre octubre ottobre outubro oct okt",
        "november novembre noviembre novembro nov",
        "december dezember decembre diciembre dicembre dezembro dec dez",
    ),
    start=1,
):
    MONTHS.update(dict.fromkeys(_names.split(), _number))
AMBIGUOUS_MONTHS = words("may mar march mars sept sep dec dez jan jun jul apr mai mei aug nov oct feb")
"""Also other words, or names: months only beside a preposition, a day or a year."""

WEEKDAYS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "monday montag lundi lunes lunedi maandag",
        "tuesday dienstag mardi martes martedi dinsdag",
        "wednesday mittwoch mercredi miercoles mercoledi woensdag",
        "thursday donnerstag jeudi jueves giovedi donderdag",
        "friday freitag vendredi viernes venerdi vrijdag",
        "saturday samstag sonnabend samedi sabado sabato zaterdag",
        "sunday sonntag dimanche domingo domenica zondag",
    )
):
    WEEKDAYS.update(dict.fromkeys(_names.split(), _number))

SEASONS: dict[str, int] = {}
"""The first month of each; winter begins in December."""
for _number, _names in (
    (3, "spring fruhling fruhjahr fruehjahr fruehling printemps primavera lente voorjaar"),
    (6, "summer sommer ete verano estate verao zomer"),
    (9, "autumn fall herbst automne otono autunno outono herfst najaar"),
    (12, "winter hiver invierno inverno"),
):
    SEASONS.update(dict.fromkeys(_names.split(), _number))
AMBIGUOUS_SEASONS = words("spring fall ete estate lente primavera")

UNITS: dict[str, str] = {}
for _unit, _names in (
    ("day", "day days tag tage tagen jour jours dia dias giorno giorni dag dagen"),
    ("week", "week weeks woche wochen semaine semaines semana semanas settimana settimane weken"),
    ("month", "month months monat monate monaten mois mes meses mese mesi maand maanden"),
    ("year", "year years jahr jahre jahren jahres an ans annee annees ano anos anno anni jaar jaren"),
):
    UNITS.update(dict.fromkeys(_names.split(), _unit))

DAYS_BACK: dict[str, int] = {}
for _number, _names in (
    (0, "today heute aujourd hoy oggi hoje vandaag"),
    (1, "yesterday gestern hier ayer ieri ontem gisteren"),
    (2, "vorgestern anteayer eergisteren"),
):
    DAYS_BACK.update(dict.fromkeys(_names.split(), _number))

LAST = words(
    "last past previous letzte letzten letzter letztes letztem vergangene vergangenen vergangenes vergangener"
    " vorige vorigen voriges voriger afgelopen vorig"
)
LAST_AFTER = words(
    "dernier derniere derniers dernieres passe passee pasado pasada pasados pasadas scorso scorsa scorsi scorse"
    " passado passada passados passadas ultimo ultima ultimos ultimas"
)
LAST_BEFORE = words("dernieres derniers ultimos ultimas ultimi ultime laatste")
"""As in “les trois derniers jours”, “los últimos días”."""
THIS = words("this diese diesen dieser dieses diesem cette ce cet este esta questo questa deze dit")
AGO = words("ago geleden fa atras")
AGO_BEFORE = words("vor hace")

NUMBERS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "one a ein eine einem einer einen un une uno una um uma een",
        "two zwei deux dos due dois duas twee couple",
        "three drei trois tres tre drie",
        "four vier quatre cuatro quattro quatro",
        "five funf cinq cinco cinque vijf fuenf",
        "six sechs seis sei zes",
        "seven sieben sept siete sette sete zeven",
        "eight acht huit ocho otto oito",
        "nine neun neuf nueve nove negen",
        "ten zehn dix diez dieci dez tien",
        "eleven elf onze once undici",
        "twelve zwolf douze doce dodici doze twaalf zwoelf",
    ),
    start=1,
):
    NUMBERS.update(dict.fromkeys(_names.split(), _number))

IN = words(
    "in during of on from im am vom aus wahrend zum en au du le de del em no na dal nel nell della op uit van"
    " within for"
)
SINCE = words("since seit ab depuis desde dal dalla dall sinds vanaf sedert")
AFTER = words("after nach apres despues dopo depois na later")
BEFORE = words("before vor avant antes prima voor predating")
UNTIL = words("until till by through bis jusqu jusque hasta fino ate tot up")
BETWEEN = words("between zwischen entre tra fra tussen")
FROM = words("from von vom de du desde dal da van")
AND = words("and und et y e en a to bis au al hasta tot ate")
FILLERS = words(
    "the of der dem den des die das le la l les el los il lo i o os as de del du d het jahr jahre year annee ano"
    " anno jaar monat month beginning anfang mid mitte ende end early late"
)
ORDINAL_ENDINGS = words("st nd rd th er re e o a")
