"""Program text cut into coloured pieces: Pygments' tokens mapped to a theme's six code colours."""

from __future__ import annotations

from collections.abc import Iterator

_LONGEST = 20_000
"""Characters beyond which a block of code stays in one colour: colouring is for reading, and nobody reads that much."""


def colored(source: str, language: str) -> Iterator[tuple[str, str]]:
    """Pieces of `source`, in order and complete, each with a colour token of Theme.

    language: any name that Pygments knows; anything else gives one piece in "code_text".
    """
    # Imported with the first block of code: an empty conversation need not wait for Pygments.
    from pygments import lex
    from pygments.lexers import get_lexer_by_name
    from pygments.token import Comment, Keyword, Name, Number, Operator, String
    from pygments.util import ClassNotFound

    if not language or len(source) > _LONGEST:
        yield source, "code_text"
        return
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        yield source, "code_text"
        return
    kinds = (
        (Comment, "code_comment"), (Keyword, "code_keyword"), (Operator.Word, "code_keyword"),
        (Name.Function, "code_function"), (Name.Class, "code_function"), (Name.Decorator, "code_function"),
        (Name.Tag, "code_keyword"), (Name.Attribute, "code_function"),
        (Name.Builtin, "code_builtin"), (Name.Constant, "code_builtin"),
        (String, "code_string"), (Number, "code_number"),
    )  # fmt: skip
    whole = 0
    for token, text in lex(source, lexer):
        whole += len(text)
        yield text, next((color for kind, color in kinds if token[: len(kind)] == kind), "code_text")
    if whole < len(source):  # a lexer that drops its tail must not drop the person's text
        yield source[whole:], "code_text"
