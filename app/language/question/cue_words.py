"""Small words that say what a question is after: the newest, a folder, a writer; and those that say nothing else."""

from __future__ import annotations

from app.language.question.tokens import words

NEWEST = words(
    "newest latest neueste neuesten neuester neuestes neuestem neuste neusten neuster neustes zuletzt nieuwste"
    " recentste"
)
OLDEST = words("oldest earliest alteste altesten altester altestes fruheste fruhesten oudste")
NEWEST_PAIRS = frozenset(
    [
        ("most", "recent"), ("most", "recently"), ("plus", "recent"), ("plus", "recente"), ("plus", "recents"),
        ("plus", "recentes"), ("mas", "reciente"), ("mas", "recientes"), ("piu", "recente"), ("piu", "recenti"),
        ("mais", "recente"), ("mais", "recentes"), ("meest", "recente"),
    ]
)  # fmt: skip
LAST = words(
    "last letzte letzten letzter letztes letztem dernier derniere derniers dernieres ultimo ultima ultimos"
    " ultimas ultimi ultime laatste"
)
CURRENT = words("current aktuelle aktuellen aktueller aktuelles aktuellem actuelle actuel actual attuale huidige")
ALSO_ELSE = words("current actual actuel actuelle attuale")
"""Mean the newest only behind “the” or “my”: “electric current”, “actual costs”."""
NOT_CURRENT = words("account accounts affairs events konto")
BEFORE_A_VERB = words("will would does did do can could may might must should to at long it they he she")
"""In front of “last” these make a verb of it, or “at last”."""
NOT_LAST = words(
    "name names minute minutes time times week weeks month months year years night day days page pages chapter"
    " chapters paragraph paragraphs sentence sentences line lines section sections column columns row rows word"
    " words will resort straw supper longer long century decade season mal male namen nachname seite seiten zeile"
    " zeilen absatz kapitel satz spalte wort worte wille willen nacht tag tage tagen woche wochen monat monate"
    " jahr jahre endes jahrhundert fois ligne chapitre paragraphe mot mots nom semaine mois annee an siecle jour"
    " jours heure vez veces pagina linea capitulo parrafo palabra nombre semana mes ano siglo dia dias volta riga"
    " capitolo paragrafo parola settimana mese anno secolo giorno giorni linha palavra nome seculo keer regel"
    " hoofdstuk woord naam maand jaar eeuw dag dagen"
)
"""Behind “last” these make a date, a place in a text or a saying of it."""

INTO = words(
    "in inside within from under im aus innerhalb unter dans sous en dentro bajo nel nella de da em no na uit"
    " binnen among"
)
OWNERS = words(
    "the my our your this that mein meine meinen meinem meiner unser unsere unserem unserer der die das dem den"
    " dieser diesem le la les mon ma mes notre nos el los las mi mis nuestro nuestra il lo mio mia miei nostro o"
    " os meu minha meus nosso de het mijn onze all alle"
)
FOLDER_WORDS = words(
    "folder folders directory directories subfolder ordner ordners verzeichnis verzeichnisses unterordner dossier"
    " dossiers repertoire carpeta carpetas cartella cartelle pasta pastas diretorio directorio map mappe"
)
NOT_FOLDERS = words("map pasta dossier")
"""Also other things: they mean a folder only beside the name of one."""
FOLDER_ENDINGS = ("ordner", "verzeichnis", "eintrag", "eintrage", "eintragen", "notiz", "notizen", "datei", "dateien")

WROTE = words(
    "write writes wrote written say says said send sends sent mail mailed email emailed tell told answer answered"
    " reply replied ask asked mention mentioned suggest suggested want wanted promise promised offer offered"
    " schreibt schrieb schreiben geschrieben sagt sagte gesagt schickt schickte geschickt sendet sandte gesendet"
    " gesandt mailt mailte gemailt antwortet antwortete geantwortet meint meinte gemeint fragt fragte gefragt"
    " vorgeschlagen mitgeteilt berichtet erzahlt ecrit ecrivait envoye dit repondu escribio escrito envio enviado"
    " dijo dicho respondio scritto ha mandato inviato detto risposto escreveu mandou enviou disse respondeu"
    " schreef geschreven stuurde gestuurd zei gezegd"
)
WROTE_FIRST = words("schrieb schickte sandte mailte sagte antwortete meinte escribio dijo envio schreef stuurde")
"""Of these the writer stands behind: “Was schrieb Karin?”"""
ASKS_HOW = words("how to wie comment como come hoe")
ASKS_WHO_WROTE = words("did has had does hat hatte haben have a as was what")
BY = words("from by von vom de da di do van door par du")

GENERIC = words(
    "write wrote written writes say says said tell told show find list give get got gets note noted notes entry"
    " entries file files document documents doc docs mail mails email emails message messages about please there"
    " here anything everything something stuff things thing happen happened happens know look search open read see"
    " any content contents came come comes arrive arrived called contain contains containing send sent receive"
    " received have has had did do does don was were is are been what which who whom where when why how me my mine"
    " our ours us i we you your it its this that these those the a an of in on at to for from with by and or all"
    " latest newest last recent recently schreibt schrieb schreiben geschrieben sagt sagte gesagt steht stehen"
    " stand zeig zeige zeigen finde finden suche suchen gib geben notiert notieren eintrag eintrage eintragen"
    " datei dateien dokument dokumente notiz notizen nachricht nachrichten bekommen erhalten geschickt habe hab"
    " hat haben hatte hatten war waren ist sind wurde wurden wer wen wem wo wann warum wie welche welcher welches"
    " welchen mir mich ich wir uns du mein meine meinen meinem meiner der die das dem den des ein eine einen einem"
    " einer es im am auf zu zum von vom mit und oder uber zur aus ohne sur avec sobre con com su over met alle"
    " alles denn bitte passiert passierte gab da drin kam kamen kommt heisst est ce c qu n s ecrit ecrire dit dire"
    " montre trouve cherche ai as avons avez ont etait sont quoi que quel quelle quels quelles qui ou quand"
    " comment je j m mon ma mes nous le la les l un une de d dans en au et il y fichier fichiers entree recu"
    " escribi escrito dije dice muestra encuentra busca he ha hemos son era fue cual cuales quien donde cuando"
    " como yo mi mis el los las lo una unos del al o nota notas archivo archivos entrada scritto scrivere detto"
    " mostra trova cerca ho abbiamo e sono cosa che quale quali chi dove quando io mio mia gli uno di nel nella"
    " escrevi disse procure tenho foi sao os um uma eu meu minha no na geschreven schreef gezegd toon vind zoek"
    " heb hebben heeft zijn wat welke waar wanneer hoe ik mijn het een van op bestand bestanden"
)
"""What is left of a question that asks for whatever the limits hold: “what did I write”, “zeig mir alle Mails”."""

NUMBERED = words(
    "version versions release build revision rev ver firmware section clause chapter article paragraph part item"
    " figure table appendix number no nr num id ref reference invoice bill order contract case ticket serial model"
    " phone tel fax iban isbn issn sku abschnitt kapitel ziffer absatz artikel teil anlage nummer rechnung"
    " bestellung auftrag vertrag aktenzeichen az kundennummer rechnungsnummer numero n facture commande contrat"
    " chapitre clausola capitolo fattura ordine factura pedido contrato capitulo fatura factuur nota versione"
    " versie bestelling hoofdstuk"
)
"""Behind these stands a number of a thing as often as a date: “invoice 12/2024”, “version 1.2.24”."""

ABOUT_FILES = words(
    "write wrote written writes send sent receive received get got note noted notes letter letters mail mails"
    " email emails message messages entry entries journal diary photo photos picture pictures saved save created"
    " create modified changed edited file files document documents draft drafts minutes invoice invoices receipt"
    " receipts came arrive arrived scan scanned schrieb geschrieben schreiben schickte geschickt gesendet bekommen"
    " bekam erhalten erhielt notiert notiz notizen brief briefe nachricht nachrichten eintrag eintrage tagebuch"
    " datei dateien dokument dokumente foto fotos bilder protokoll protokolle rechnung rechnungen quittung"
    " quittungen geandert gespeichert erstellt kam kamen ecrit envoye recu lettre lettres courriel courriels"
    " fichier fichiers facture factures entree escribi escrito escribio enviado recibi recibido carta cartas"
    " correo correos archivo archivos factura facturas scritto inviato ricevuto lettera lettere fattura fatture"
    " escrevi recebi recebido fatura faturas geschreven gestuurd ontvangen brieven factuur facturen bestand"
    " bestanden"
)
"""A date beside one of these is when a file was written or came, rather than what it tells of."""
