"""What a turn searches for, after the questions before it, and what that gives."""

from __future__ import annotations

import msgspec

from app.assistant.evidence import Evidence, gather, unseen_first
from app.assistant.file_access import Reach
from app.assistant.follow_ups.resolver import QUERY_CHARS, Resolved, pin, resolve
from app.assistant.follow_ups.source_words import SourceWords
from app.assistant.ports import Sources
from app.assistant.turn_request import TurnRequest


def gathered(request: TurnRequest, sources: Sources) -> tuple[Resolved, Evidence]:
    """What to search for, and what that gives. Raises Problem."""
    attachments = {one.path: one for one in request.attachments}
    words = SourceWords(sources.files, sources.reader, attachments)
    resolved = resolve(request.question, request.before, words.holds)
    if request.query:
        resolved = Resolved(request.query[:QUERY_CHARS], resolved.file, why="The person wrote it.")
    reach = Reach(sources.files, request.scope, request.attachments)
    if resolved.file and (pin(resolved.file).key in request.without or not reach.allows(resolved.file)):
        resolved = msgspec.structs.replace(resolved, file="")
    without = tuple(dict.fromkeys((*request.without, *resolved.without)))
    resolved = msgspec.structs.replace(resolved, without=without)
    evidence = gather(
        resolved.query, retriever=sources.retriever, reader=sources.reader, scope=request.scope,
        attachments=request.attachments, without=resolved.without, file=resolved.file,
    )  # fmt: skip
    return resolved, unseen_first(evidence, resolved.seen)
