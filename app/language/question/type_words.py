"""What people call types of files: plain words, and the name of the type in `base.file_types`."""

from __future__ import annotations

from app.language.question.tokens import words

TYPES: dict[str, str] = {}
"""Of operators: any of these stands behind `type:`."""
for _type, _names in (
    ("pdf", "pdf pdfs"),
    ("document", "doc docs document documents word dokument dokumente documento documentos documenti textdocument"),
    ("spreadsheet", "sheet sheets spreadsheet spreadsheets excel table tables tabelle tabellen csv tableur"),
    ("slides", "slides slide presentation presentations powerpoint keynote prasentation prasentationen folien"
               " presentacion presentazione apresentacao presentatie"),
    ("mail", "mail mails email emails message messages nachricht nachrichten courriel courriels correo correos"),
    ("note", "note notes text texts markdown notiz notizen"),
    ("image", "image images picture pictures photo photos bild bilder foto fotos screenshot screenshots imagen"
              " imagenes immagine immagini imagem imagens afbeelding afbeeldingen"),
    ("code", "code source script scripts programm quellcode"),
    ("book", "book books ebook ebooks"),
    ("page", "page pages html web webpage"),
    ("latex", "latex"),
    ("calendar", "calendar calendars kalender"),
    ("contact", "contact contacts vcard kontakt kontakte"),
    ("archive", "archive archives zip"),
    ("audio", "audio sound sounds music recording recordings"),
    ("video", "video videos film films movie movies"),
):  # fmt: skip
    TYPES.update(dict.fromkeys(_names.split(), _type))

SAID: dict[str, str] = {}
"""Of plain questions: nouns that mean a sort of file and hardly anything else."""
for _type, _names in (
    ("pdf", "pdf pdfs"),
    ("spreadsheet", "spreadsheet spreadsheets excel csv exceltabelle exceltabellen exceldatei exceldateien tableur"
                    " kalkulationstabelle rekenblad"),
    ("slides", "slides powerpoint presentation presentations prasentation prasentationen folien diapositives"
               " presentacion presentazione apresentacao presentatie diapositivas"),
    ("mail", "mail mails email emails courriel courriels"),
    ("image", "photo photos screenshot screenshots foto fotos bildschirmfoto"),
):  # fmt: skip
    SAID.update(dict.fromkeys(_names.split(), _type))

POINTERS = words(
    "the my our your his her their this that these those which what every der die das den dem des mein meine"
    " meinen meiner meinem unsere unserer dieser diese dieses diesem welche welcher welches welchem welchen im le"
    " la les mon ma mes ce cette ces quel quelle quels quelles el los las mi mis este esta estos cual il lo gli"
    " mio mia questo questa quale quali os as meu minha qual quais de het mijn onze welke deze dit newest latest"
    " last recent neueste neuesten letzte letzten letzter aktuelle"
)
"""Small words in front of a sort of file that is meant."""

COMPOUNDS = words(
    "address addresses adresse adressen account accounts server servers client clients provider providers format"
    " formats reader readers viewer viewers parser parsers library libraries converter converters export exports"
    " processing signature signatures order orders box boxes list lists template templates program programs"
    " programm software app apps marketing security encryption standard standards generator generators password"
    " passwords konto kontos postfach anbieter vorlage vorlagen editor editors engine engines filter filters"
    " gateway protocol protocols service services system systems tool tools carrier man delivery stick book frame"
    " album albums camera cameras studio gallery galleries size sizes skills remote layer theme"
)
"""Behind the word for a sort of file, these make something else of it: “e-mail address”, “PDF reader”."""

FILE_WORDS = words(
    "file files document documents doc docs attachment attachments datei dateien dokument dokumente unterlagen"
    " fichier fichiers archivo archivos fichero ficheros documento documentos documenti arquivo arquivos bestand"
    " bestanden sheet sheets"
)
