"""Full stops that end no sentence: after abbreviations, initials and ordinal numbers, in the languages we know."""

from __future__ import annotations

import re

_TITLES_WORDS = """
mr mrs ms mx dr drs dres prof rev hon gen col capt lt sgt gov sen rep st ste mt ft fr frl hr hrn hrsg sr sra srta dña
mme mlle mgr dott sig avv ing dipl dhr mevr mw pani pan ул пр пер просп проф акад sn av cad sok mah ul pl
"""
_TITLES = frozenset(_TITLES_WORDS.split())
"""Nothing ends after these: a name follows."""

_ABBREVIATIONS_WORDS = """
vs cf ca approx incl excl est dept univ ed eds inc ltd co corp jr bros etc viz resp bzw vgl usw inkl exkl zzgl ggf
evtl etwa mio mrd tsd geb gest verh jun sen abb anm aufl bd beil bes betr bspw einschl erg gem gez hrsg insb kap lfd
lt mind mtl näml od sog tel tgl urspr versch wg zb dh ua zt straßenr mwst zzt env av apr janv févr juil sept oct nov
déc ud uds ej núm pág págs avda dpto aprox admón ecc pagg cap c.a dott.ssa sig.ra exmo exma lda bijv blz enz evt nl
ong bl osv mfl ev fx dvs kl mv np tzn tzw itd itp godz zł pkt т.е т.д т.п др руб коп тыс млн млрд рис см стр табл гг
vb örn yy např tj tzv apod atd mj π.χ δηλ κλπ κ κα jan feb mär jul aug sep okt dez dec tue tues wed thu thur thurs fri
al
"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_WORDS.split())
"""A sentence may end after these, which shows in how the next begins."""

_BEFORE_NUMBERS_WORDS = """
no nos nr nrs n p pp s ss vol fig figs eq sec ch art arts abs par para § ziff z seite pag pág pgs bd kap cap tab kl
núm num č стр рис п ст r g bl ст. № d h tel fax max min mar
"""
_BEFORE_NUMBERS = frozenset(_BEFORE_NUMBERS_WORDS.split())
"""What they number follows."""

_STARTERS_WORDS = """
the this that these those it its he she they we you i there here when while if in on at as after before but and so
such however for from to with by both all many most some his her their our one der die das dies diese dieser dieses es
er sie wir ihr man ein eine im am an auf aus bei beim bis mit nach seit von vom zu zum zur wenn als auch aber und doch
dort hier danach dann damit darum sein seine ihre alle viele einige nur le la les un une il elle ils elles ce cette
ces en dans au aux mais et puis el los las una este esta estos ella al se su sus pero y lo gli questo questa nel nella
ma e o os um uma ele ela no na mas het een dit deze hij zij de
"""
_STARTERS = frozenset(_STARTERS_WORDS.split())
"""Function words with which a new sentence begins, and no name does."""

_ORDINAL_LEADS_WORDS = """
am der die das dem den des im vom zum zur bis ab seit und beim jeder jedes jeden ihr ihrem ihren sein seinem seinen
unser unserem mein dein ein einem einen ersten montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
til fra og i
"""
_ORDINAL_LEADS = frozenset(_ORDINAL_LEADS_WORDS.split())
"""Words before "31." which make it an ordinal number, in German and its neighbours."""

_AFTER_ORDINALS_WORDS = """
januar jänner februar feber märz april mai juni juli august september oktober november dezember jan feb mär apr jun
jul aug sep sept okt nov dez january february march may june july october december jahrhundert jahrhunderts
jahrhunderten jahrtausend stock stockwerk etage klasse auflage kapitel weltkrieg platz lebensjahr geburtstag quartal
halbjahr semester woche tag mal rang runde liga band teil absatz satz armee ausgabe sitzung jahrestag
"""
_AFTER_ORDINALS = frozenset(_AFTER_ORDINALS_WORDS.split())

_TOKEN = re.compile(r"(?<![^\s()\[\]“”„\"'«»,/])[^\s()\[\]“”„\"'«»,/]{1,16}\.$")
_DOTTED = re.compile(r"[^\W\d_](?:\.-?[^\W\d_])*\.", re.IGNORECASE)
_ROMAN = re.compile(r"[IVXLC]{1,6}\b")
_ORDINAL = re.compile(r"\d{1,3}\.")
_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]{1,16}+),?\s$")


def ends_no_sentence(before: str, after: str) -> bool:
    """Whether a full stop is part of what it stands after.

    before: some thirty characters up to and with the stop. after: some twenty that follow the white space behind it.
    """
    token_match = _TOKEN.search(before)
    if token_match is None:
        return False
    token = token_match.group()
    name = token[:-1].casefold()
    next_word = _WORD.match(after)
    following = next_word.group().casefold() if next_word is not None else ""
    if _ORDINAL.fullmatch(token):
        lead = _LAST_WORD.search(before[: token_match.start()])
        return (
            following in _AFTER_ORDINALS
            or after[:1].isdigit()
            or (bool(following) and lead is not None and lead[1].casefold() in _ORDINAL_LEADS)
        )
    if name in _TITLES:
        return True
    if name in _BEFORE_NUMBERS and (after[:1].isdigit() or _ROMAN.match(after) is not None):
        return True
    starts = following in _STARTERS
    if _DOTTED.fullmatch(token):
        return not starts
    return (name in _ABBREVIATIONS or name.endswith("str")) and not starts  # "Hauptstr."
