"""The marks with which chat templates say who speaks, thinks, or calls a tool: what no text of a stranger may hold.

Taken from the families of published templates; tests render those and look whether each of their marks is found here.
"""

from __future__ import annotations

import re

# Names within angle brackets, whatever namespace ("seed:", "mm:"), attribute ("=search", ' n="1"') or slash they carry.
_NAMES = (
    r"s|bos|eos|pad|unk|sep|cls|sop|eop|beginning_\w{1,40}|begin_\w{1,40}|start_\w{1,40}|end_\w{1,40}",
    r"system|user|assistant|human|developer|observation|role|response|passages?",  # who speaks
    r"think|thinking|thought|reason|reasoning",
    r"tools?|tool_\w{1,40}|toolcalls?|available_\w{1,40}|functions?|function_\w{1,40}|invoke|param|parameter|arg_key|arg_value|results?",
    r"\w{1,40}_(?:instructions|description|guidelines|priority|usage)",  # sections of a system's words
    r"special_\d+|unused_?\d+|extra_id_\d+|reserved_\w{1,40}",
)
_ANGLE = "|".join(
    (
        r"/?[|｜][^<>\n]{1,60}>",  # <|user|>, <|turn>, </｜DSML｜invoke>
        r"\w{1,40}[|｜]>",  # <turn|>
        r"\]\w{1,40}\[>",  # ]<]minimax[>[
        r"<(?:/?SYS)>>",
        rf"/?(?:\w{{1,20}}:)?(?:{'|'.join(_NAMES)})(?![\w-])[^<>\n]{{0,80}}>",
    )
)
_WORDS = r"INST|TOOL_CALLS|TOOL_CONTENT|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT"
_EXACT_WORDS = r"/?(?:ARGS|CALL_ID|THINK|IMG|IMG_BREAK|IMG_END|gMASK|sMASK|MASK)|(?:BEGIN|END) FINAL RESPONSE"
_SQUARE = rf"[|｜][^\[\]\n]{{1,60}}[|｜]\]|/?(?:{_WORDS})\]|(?-i:(?:{_EXACT_WORDS})\])"  # [|system|], [/INST], [ARGS]
_SPEAKERS = ("User", "Assistant", "System", "Human")  # "User: " after an empty line, where a template has no brackets
_COLON = "|".join(rf"(?<=\n\n{name}:)|(?<=\A{name}:)" for name in _SPEAKERS)

MARKS = re.compile(rf"<(?={_ANGLE})|\[(?={_SQUARE})|:(?:{_COLON})", re.IGNORECASE)
"""The first sign of each mark; with another sign in its place the mark is none."""

INSTEAD = {"<": "‹", "[": "⁅", ":": "∶"}
"""What stands for that sign: as readable, of the same length, and no mark."""
