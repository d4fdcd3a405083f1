"""Closed classes of words that tell how a question hangs together with the one before it, a language at a time.

A language at a time, because they collide: “was” asks in German and helps in English, “to” is a pronoun in Polish.
English and German are whole; of the others the words that questions in a conversation are made of.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.assistant.follow_ups.grammar import Grammar, Words, grammar

_ENGLISH = grammar(
    exists="is there|are there|was there|were there",
    year_before="year before|previous year|prior year|year earlier",
    year_after="year after|following year|next year|year later",
    going_on="and what about|and how about|what about|how about|what of|and the same for|the same for|same for|and"
    " for example|and|but|or|~so|~then|~also|~now|~ok|~okay|~well",
    articles="the a an",
    places="in at near inside within",
    persons="by from with of to",
    others="for about on over under since until before after during between than as into per against",
    things="it its they them their theirs these those",
    people="he she him her his hers",
    there="there here",
    naked="that this one",
    asking="what which who whom whose when where why how",
    vague="what which",
    measured="much many long old far often big high large soon late",
    helping="is are was were be been being am do does did has have had can could will would shall should may"
    " might must please tell show give let i me us we you my our your not no yes only just even still too"
    " instead say says said s t any some there that this both same again ever already yet up out off if"
    " because really",
    more="more else further anything something everything other details detail elaborate explain continue go"
    " on again sure really certain",
    files="file files document documents source sources one ones pdf table sheet letter mail email page note"
    " passage quote result hit number no",
    ordinals="first 1st|second 2nd|third 3rd|fourth 4th|fifth 5th|sixth 6th",
    last="last",
    other="other",
)  # fmt: skip
_GERMAN = grammar(
    exists="gibt es|gab es|steht da",
    year_before="jahr davor|jahr zuvor|vorjahr|vorherige jahr|im vorjahr",
    year_after="jahr danach|jahr darauf|folgejahr|nächste jahr|folgende jahr",
    going_on="und was ist mit|was ist mit|und wie ist es mit|wie ist es mit|wie ist das mit|und wie ist das"
    " mit|und wie sieht es mit|wie sieht es mit|und wie sieht es aus mit|wie sieht es aus mit|und wie"
    " steht es mit|wie steht es mit|und wie steht es um|dasselbe für|und dasselbe für|das gleiche"
    " für|und|aber|oder|~also|~ok|~okay|und dann|und jetzt|~gut",
    articles="der die das den dem des ein eine einen einem einer eines",
    contracted="im am beim vom zum zur ins ans",
    places="in im am an auf bei beim ins ans aus nahe",
    persons="von vom mit durch zu zum zur",
    others="für fuer über ueber um seit bis vor nach während waehrend zwischen gegen ohne unter wegen",
    things="dies diese dieser dieses diesen diesem deren dessen ihn daran darin davon dafür dafuer dazu dabei"
    " damit dagegen danach darüber darueber jene jener jenes",
    people="er sie ihr ihre ihren ihrem ihm sein seine seinen seinem",
    there="dort da daselbst hier",
    naked="das der die den dem es ihr",
    asking="was welche welcher welches welchen welchem wer wem wen wessen wann wo wohin woher warum wieso"
    " weshalb wie wieviel wieviele wofür womit wozu",
    vague="was welche welcher welches welchen welchem wie",
    measured="viel viele lange alt weit oft groß gross hoch teuer spät",
    helping="ist sind war waren wird werden wurde wurden hat haben hatte hatten kann können koennen darf dürfen"
    " duerfen muss müssen muessen soll sollen gibt es bitte sag sage zeig zeige mir uns ich wir du man"
    " mein meine meinen unser unsere auch nicht nur noch doch denn wirklich eigentlich gilt steht stehen"
    " sich so wenn ob dass da ja nein steht schon mal dann jetzt heißt heisst lautet",
    more="mehr weiteres weitere weiter sonst anderes noch etwas genauer ausführlicher erklär erkläre erklären"
    " sicher details einzelheiten alles",
    files="datei dateien dokument dokumente quelle quellen pdf tabelle blatt brief seite notiz zitat treffer"
    " stelle mail nummer nr ziffer",
    ordinals="erste ersten erster erstes erstem|zweite zweiten zweiter zweites zweitem|dritte dritten dritter"
    " drittes drittem|vierte vierten vierter viertes|fünfte fünften fünfter fünftes|sechste sechsten",
    last="letzte letzten letzter letztes letztem",
    other="andere anderen anderer anderes anderem",
    articles_tell_names=True,
)  # fmt: skip
_FRENCH = grammar(
    exists="y a-t-il|est-ce qu",
    year_before="année précédente|année d avant",
    year_after="année suivante|année d après",
    going_on="et qu'en est-il de|qu'en est-il de|et pour|et|mais|ou|~alors|~donc|~ok",
    articles="le la les l un une",
    places="à a en dans chez au aux",
    persons="de du des par avec d",
    others="pour sur depuis avant après entre",
    contracted="au aux du des",
    things="cela ça celui-ci celle-ci ceux-ci",
    people="elle il lui leur elles ils",
    there="là y",
    naked="ce cette ces le la les il",
    asking="que quel quelle quels quelles qui quand où pourquoi comment combien quoi",
    vague="que quel quelle quels quelles quoi",
    measured="longtemps temps",
    helping="est sont était a ont peut doit est-ce qu'est-ce que y-a-t-il t-il s il plaît moi je nous vous mon ma"
    " mes son sa ses aussi ne pas se ce c'est",
    more="plus autre autres chose encore détails continue sûr",
    files="fichier document source tableau page passage celui celle pdf numéro",
    ordinals="premier première|deuxième second seconde|troisième|quatrième|cinquième",
    last="dernier dernière",
    other="autre",
)  # fmt: skip
_SPANISH = grammar(
    exists="hay algo|hay alguna|hay un|hay una",
    year_before="año anterior",
    year_after="año siguiente",
    going_on="y qué hay de|qué hay de|y qué pasa con|qué pasa con|y|pero|o|e|~entonces",
    articles="el la los las un una",
    places="en",
    persons="de del por con",
    others="para sobre desde hasta antes después entre a al",
    contracted="del al",
    things="eso esto ello aquello",
    people="él ella ellos ellas le",
    there="allí allá ahí",
    naked="lo la el ese esa este esta",
    asking="qué que cuál cuáles quién quiénes cuándo dónde cuánto cuánta cuántos cuántas cómo",
    vague="qué que cuál cuáles",
    measured="tiempo mucho",
    helping="es son está están fue hay tiene puede debe por favor mi su sus yo también no se me nos lo",
    more="más algo otra cosa detalles sigue seguro",
    files="archivo documento fuente tabla página pdf número",
    ordinals="primero primera primer|segundo segunda|tercero tercera tercer|cuarto cuarta|quinto quinta",
    last="último última",
    other="otro otra",
)  # fmt: skip
_ITALIAN = grammar(
    exists="c'è un|c'è una|ci sono",
    year_before="anno precedente|anno prima",
    year_after="anno dopo|anno successivo|anno seguente",
    going_on="e che dire di|che dire di|e per quanto riguarda|e|ma|o|ed|~allora",
    articles="il la lo i gli le l un una uno",
    places="a in nel nella nello nell ad al alla all",
    persons="di del della dell da dal con",
    others="per su sul sulla tra fra",
    contracted="nel nella del della dal al alla sul sulla",
    things="questo quello ciò",
    people="lei lui loro egli ella",
    there="lì là ci",
    naked="lo la",
    asking="che cosa quale quali chi quando dove perché come quanto quanta quanti",
    vague="che cosa quale quali",
    measured="tempo",
    helping="è sono era ha hanno può deve c'è ci mi suo sua anche non si",
    more="altro ancora dettagli più qualcosa sicuro",
    files="file documento fonte tabella pagina pdf numero",
    ordinals="primo prima|secondo seconda|terzo terza|quarto quarta|quinto quinta",
    last="ultimo ultima",
    other="altro altra",
)  # fmt: skip
_PORTUGUESE = grammar(
    exists="há algum|há alguma|há um|há uma",
    year_before="ano anterior",
    year_after="ano seguinte",
    going_on="e quanto a|e quanto ao|e|mas|ou|~então",
    articles="o a os as um uma",
    places="em no na nos nas",
    persons="de do da por com",
    others="para sobre desde até entre",
    contracted="no na nos nas do da",
    things="isso isto aquilo",
    people="ele ela eles elas lhe",
    there="lá ali aí",
    naked="o a",
    asking="que qual quais quem quando onde quanto quanta quantos como porquê por quê",
    vague="que qual quais",
    measured="tempo",
    helping="é são foi há tem pode deve meu minha seu sua também não se me está",
    more="mais outra coisa algo detalhes certeza",
    files="arquivo ficheiro documento fonte tabela página pdf número",
    ordinals="primeiro primeira|segundo segunda|terceiro terceira|quarto quarta|quinto quinta",
    last="último última",
    other="outro outra",
)  # fmt: skip
_DUTCH = grammar(
    exists="is er|zijn er",
    year_before="jaar ervoor|jaar daarvoor|vorige jaar",
    year_after="jaar erna|jaar daarna|volgende jaar",
    going_on="en hoe zit het met|hoe zit het met|en|maar|of|~dus",
    articles="de het een",
    places="in op bij te",
    persons="van door met",
    others="voor over sinds tot naar om",
    things="dit dat deze die er erin ervan",
    people="hij zij ze hem haar zijn hun",
    there="daar er hier",
    naked="het dat dit die",
    asking="wat welk welke wie wanneer waar waarom hoe hoeveel",
    vague="wat welk welke",
    measured="veel lang",
    helping="is zijn was heeft hebben kan mag moet wordt ook niet mijn ik we je dan nog",
    more="meer nog iets anders verder zeker",
    files="bestand document bron tabel pagina pdf nummer",
    ordinals="eerste|tweede|derde|vierde|vijfde",
    last="laatste",
    other="andere",
)  # fmt: skip
_SWEDISH = grammar(
    going_on="och hur är det med|hur är det med|och|men|eller|~då",
    articles="en ett den det de",
    places="i på vid hos",
    persons="av från med",
    others="för om till sedan mellan",
    things="denna detta dessa",
    people="han hon honom henne hans hennes",
    there="där dit här",
    naked="den det de",
    asking="vad vilken vilket vilka vem när var varför hur",
    vague="vad vilken vilket vilka",
    measured="mycket många länge",
    helping="är var har kan får ska måste finns också inte min mitt jag vi",
    more="mer något annat säker",
    files="fil dokument källa tabell sida pdf nummer",
    ordinals="första|andra|tredje|fjärde|femte",
    last="sista",
    other="andra",
)  # fmt: skip
_POLISH = grammar(
    going_on="a co z|co z|i|a|ale|oraz|~więc",
    places="w we na przy",
    persons="od z przez ze",
    others="dla o po przed do za",
    things="to ten ta tego tej jego jej ich tym",
    people="on ona jemu",
    there="tam tu",
    naked="to",
    asking="co jaki jaka jakie kto kiedy gdzie dlaczego jak ile czy",
    vague="co jaki jaka jakie czy",
    measured="długo",
    helping="jest są był była ma można też nie się mój moja",
    more="więcej coś jeszcze innego",
    files="plik dokument źródło tabela strona pdf numer",
    ordinals="pierwszy pierwsza pierwsze|drugi druga drugie|trzeci trzecia|czwarty czwarta|piąty piąta",
    last="ostatni ostatnia",
    other="inny inna",
)  # fmt: skip
_RUSSIAN = grammar(
    going_on="а как насчёт|как насчёт|а как насчет|а что насчет|а что насчёт|а|и|но|или",
    places="в во на у при",
    persons="от с из",
    others="для о об по за до к",
    things="это этот эта эти этого этой его её ее их нём нем",
    people="он она ему ей им него неё них",
    there="там тут",
    naked="это оно",
    asking="что какой какая какое какие кто когда где почему зачем как сколько",
    vague="что какой какая какое какие",
    measured="долго много",
    helping="есть был была были ли можно тоже не мой моя мне",
    more="ещё еще больше подробнее что-нибудь",
    files="файл документ источник таблица страница номер",
    ordinals="первый первая первое первом|второй вторая второе втором|третий третья третье третьем|четвёртый"
    " четвертый|пятый",
    last="последний последняя",
    other="другой другая",
)  # fmt: skip
_TURKISH = grammar(
    going_on="peki ya|ya|peki|ve|ama|veya",
    others="için ile göre",
    things="bu şu o onu onun bunun bunlar",
    there="orada burada",
    naked="o",
    asking="ne hangi kim nerede neden niçin nasıl kaç",
    vague="ne hangi",
    helping="mı mi mu mü var yok da de",
    more="daha başka",
    files="dosya belge kaynak tablo sayfa",
    ordinals="ilk birinci|ikinci|üçüncü|dördüncü|beşinci",
    last="son",
    other="diğer",
)  # fmt: skip
_ARABIC = grammar(
    going_on="وماذا عن|ماذا عن|و|لكن|أو",
    places="في عند",
    persons="من",
    others="عن ل إلى على",
    things="هذا هذه ذلك تلك",
    people="هو هي",
    there="هناك",
    asking="ما ماذا من متى أين لماذا كيف كم",
    vague="ما ماذا",
    helping="هل أيضا",
    more="المزيد أكثر",
    files="ملف مستند مصدر",
    ordinals="الأول الأولى|الثاني الثانية|الثالث الثالثة|الرابع|الخامس",
    last="الأخير",
    other="الآخر",
)  # fmt: skip
_HINDI = grammar(
    going_on="और क्या|और|लेकिन|या",
    persons="से",
    others="के लिए का की को में पर",
    things="यह वह इस उस इसका उसका इसकी उसकी",
    there="वहाँ वहां",
    asking="क्या कौन कब कहाँ कहां क्यों कैसे कितना कितने कितनी",
    vague="क्या",
    helping="है हैं था थी भी",
    more="अधिक ज़्यादा",
    files="फ़ाइल दस्तावेज़ स्रोत",
    ordinals="पहला पहली पहले|दूसरा दूसरी दूसरे|तीसरा तीसरी|चौथा|पाँचवाँ",
    last="अंतिम",
)  # fmt: skip
GRAMMARS: tuple[Grammar, ...] = (
    _ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _DUTCH, _SWEDISH, _POLISH, _RUSSIAN, _TURKISH, _ARABIC,
    _HINDI,
)  # fmt: skip
_KNOWN: tuple[tuple[Grammar, Words], ...] = tuple(
    (
        one,
        one.articles | one.prepositions | one.pointing | one.naked | one.asking | one.helping | one.contracted
        | one.more | one.files | frozenset(one.ordinals) | {word for phrase in one.going_on for word in phrase},
    )
    for one in GRAMMARS
)  # fmt: skip


def grammar_of(words: Sequence[str], before: Grammar | None) -> Grammar:
    """The language of these folded words: it knows most of them; of equals the one spoken before, else the first."""
    counts = [(sum(word in known for word in words), one) for one, known in _KNOWN]
    most = max(count for count, _ in counts)
    leading = [one for count, one in counts if count == most]
    return before if before is not None and before in leading else leading[0]
