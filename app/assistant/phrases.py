"""What is recognised by its words alone: a greeting, and the sentence by which a model says that it found nothing."""

from __future__ import annotations

import re

from app.assistant.citation_markers import used_numbers
from app.language.folding import fold
from app.language.words import words

_GREETINGS = (
    "hi", "hello", "hey", "hello there", "hi there", "good morning", "good afternoon", "good evening", "hallo",
    "guten tag", "guten morgen", "guten abend", "moin", "servus", "grüß gott", "grüezi", "bonjour", "bonsoir", "salut",
    "coucou", "hola", "buenos días", "buenas tardes", "buenas noches", "ciao", "salve", "buongiorno", "buonasera",
    "olá", "oi", "bom dia", "boa tarde", "boa noite", "goedemorgen", "goedemiddag", "goedenavond", "goedendag", "hoi",
    "hej", "hallå", "god morgon", "god dag", "god kväll", "hei", "moi", "cześć", "dzień dobry", "dobry wieczór", "ahoj",
    "dobrý den", "szia", "jó napot", "bună", "bună ziua", "привет", "здравствуйте", "здравствуй", "добрый день",
    "доброе утро", "добрый вечер", "привіт", "добрий день", "merhaba", "selam", "günaydın", "iyi akşamlar", "γεια",
    "γεια σου", "καλημέρα", "καλησπέρα", "שלום", "בוקר טוב", "مرحبا", "السلام عليكم", "صباح الخير", "مساء الخير",
    "سلام", "नमस्ते", "नमस्कार", "你好", "您好", "早上好", "晚上好", "こんにちは", "おはよう", "おはようございます",
    "こんばんは", "안녕", "안녕하세요", "สวัสดี", "สวัสดีครับ", "สวัสดีค่ะ", "xin chào", "chào",
)  # fmt: skip
_THANKS = (
    "thanks", "thank you", "thanks a lot", "thank you very much", "thank you so much", "many thanks", "great thanks",
    "danke", "danke schön", "dankeschön", "danke sehr", "vielen dank", "herzlichen dank", "merci", "merci beaucoup",
    "gracias", "muchas gracias", "grazie", "grazie mille", "molte grazie", "obrigado", "obrigada", "muito obrigado",
    "muito obrigada", "dank je", "dank je wel", "dank u", "dank u wel", "bedankt", "tack", "tack så mycket", "tak",
    "mange tak", "takk", "tusen takk", "kiitos", "dziękuję", "dzięki", "dziękuję bardzo", "děkuji", "köszönöm",
    "mulțumesc", "спасибо", "большое спасибо", "спасибо большое", "дякую", "teşekkürler", "teşekkür ederim", "sağ ol",
    "ευχαριστώ", "ευχαριστώ πολύ", "תודה", "תודה רבה", "شكرا", "شكرا جزيلا", "متشکرم", "धन्यवाद", "शुक्रिया", "谢谢",
    "谢谢你", "多谢", "ありがとう", "ありがとうございます", "감사합니다", "고마워", "고맙습니다", "ขอบคุณ", "ขอบคุณครับ",
    "ขอบคุณค่ะ", "cảm ơn",
)  # fmt: skip
_OTHERS = (
    "bye", "goodbye", "good night", "see you", "tschüss", "auf wiedersehen", "au revoir", "adiós", "arrivederci",
    "tchau", "tot ziens", "hej då", "do widzenia", "пока", "до свидания", "再见", "さようなら", "who are you",
    "what are you", "what can you do", "how are you", "wer bist du", "was kannst du", "wie geht es dir", "wie geht s",
    "qui es tu", "que sais tu faire", "ça va", "quién eres", "qué puedes hacer", "chi sei", "cosa sai fare",
)  # fmt: skip
_NAME = "familiar"
_BREAK = re.compile(r"[,.!?;:，。！？、؟\n]")
_LONGEST = 120


def _words(text: str) -> str:
    """Words as they are compared: small, without accents, marks and the spaces of scripts that have none."""
    return " ".join(fold(word) for word in words(text))


_SMALL_TALK = frozenset(map(_words, (*_GREETINGS, *_THANKS, *_OTHERS)))


def is_small_talk(question: str) -> bool:
    """Whether a question is a greeting or the like, for which no file needs to be read."""
    said = _words(question).removesuffix(f" {_NAME}")
    if said in _SMALL_TALK:
        return True
    parts = [_words(part) for part in _BREAK.split(question)]
    told = [part.removesuffix(f" {_NAME}") for part in parts if part and part != _NAME]
    return bool(told) and len(question) <= _LONGEST and all(part in _SMALL_TALK for part in told)


def is_not_found(text: str, sentence: str) -> bool:
    """Whether an answer is the sentence that says so, marks and letter case apart, and rests on nothing."""
    return _words(text).startswith(_words(sentence)) and not used_numbers(text)
