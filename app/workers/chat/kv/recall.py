"""Which conversation a session holds, and how it comes back to another without reading it again."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence

import psutil

from app.base.chat import ChatMessage, Generate, ToolCall, ToolSpec
from app.workers.chat.inference.session import InferenceSession, common
from app.workers.chat.kv.states import State, StateFolder
from app.workers.chat.kv.transcript import Render, TokenTranscript
from app.workers.chat.vocabulary import Vocabulary

log = logging.getLogger("familiar.chat")
_TRANSCRIPTS = 64
_WORTH_TOKENS = 32
_MEMORY_SHARE = 4


class Recall:
    """What is known of the conversations of one loaded model. Not thread-safe.

    render: a conversation as the model's template writes it. ends: whether a token ends the assistant's turn.
    """

    def __init__(
        self, session: InferenceSession, vocabulary: Vocabulary, render: Render, ends: Callable[[int], bool]
    ) -> None:
        self._session = session
        self._vocabulary = vocabulary
        self._render = render
        self._ends = ends
        self._folder: StateFolder | None = None
        self._transcripts: dict[int, TokenTranscript] = {}
        self._live = 0  # the conversation that the session holds
        self._warm = False
        self._unsaved = False
        self._writer = _Writer()

    def keep_in(self, folder: StateFolder) -> None:
        """Keep states there from now on."""
        self._folder = folder

    def prompt(self, conversation: int, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec]) -> list[int] | None:
        """The tokens of a conversation that goes on where it was left, to the letter; None if it does not.

        Raises what rendering raises.
        """
        transcript = self._transcript(conversation)
        return transcript.prompt(messages, tools, self._render, self._vocabulary, self._ends)

    def bring(self, conversation: int, tokens: Sequence[int], *, warm: bool = False) -> int:
        """Make the session hold as much of `tokens` as is known. Returns how many; the last is never among them.

        What it held for another conversation is saved first.
        """
        known = common(self._session.tokens, tokens[:-1])
        if (conversation, warm) != (self._live, self._warm) and known < len(self._session.tokens):
            self.save()
        self._live, self._warm, self._unsaved = conversation, warm, True
        for state, shared in self._candidates(conversation, tokens):
            if shared < known + _WORTH_TOKENS:
                break
            if self._restore(state):
                break
        return self._session.reuse(tokens)

    def covers(self, conversation: int, tokens: Sequence[int]) -> bool:
        """Whether a prompt that begins with `tokens` would find all of them read."""
        if common(self._session.tokens, tokens) == len(tokens) and self._session.reaches(len(tokens)):
            return True
        whole = [*tokens, -1]  # as if one more came
        return any(shared == len(tokens) for _, shared in self._candidates(conversation, whole))

    def answered(
        self,
        call: Generate,
        prompt: Sequence[int],
        written: Sequence[int],
        *,
        text: str,
        calls: Sequence[ToolCall] = (),
        cut: bool = False,
    ) -> None:
        """Note what the model wrote after a prompt. cut: tokens beyond `text` were written and do not count."""
        if cut:
            written = self._up_to(written, text)
        transcript = self._transcript(call.conversation)
        transcript.add(call.messages, call.tools, prompt, written, text=text, calls=calls)

    def save(self) -> None:
        """Save what the session holds if it is not saved yet; written in a thread of its own. Never fails."""
        tokens = list(self._session.tokens)
        folder = self._folder
        if folder is None or not self._unsaved or len(tokens) < _WORTH_TOKENS or not (self._live or self._warm):
            return
        size = self._session.export_bytes()
        if size > psutil.virtual_memory().available // _MEMORY_SHARE or self._writer.busy:
            return
        conversation, warm = self._live, self._warm
        transcript = self._transcript(conversation)
        held = common(tokens, transcript.tokens)
        tail = transcript.tokens[held:] if held == len(tokens) else []
        turns = [turn for turn in transcript.turns if turn.end <= held + len(tail)]
        data = self._session.export()
        self._unsaved = False
        self._writer.run(
            lambda: folder.save(data, conversation=conversation, tokens=tokens, tail=tail, turns=turns, warm=warm)
        )

    def forget(self, conversation: int) -> None:
        """Forget a conversation; all of them, with 0."""
        self._writer.wait()
        if conversation == 0:
            self._transcripts.clear()
        self._transcripts.pop(conversation, None)
        if conversation in (0, self._live):
            self._session.clear()
            self._live, self._warm, self._unsaved = 0, False, False
        if self._folder is not None:
            self._folder.forget(conversation)

    def close(self) -> None:
        """Save what is not saved, and wait until it is on the disk."""
        self._writer.wait()
        self.save()
        self._writer.close()

    def _transcript(self, conversation: int) -> TokenTranscript:
        transcript = self._transcripts.pop(conversation, None) or self._kept_transcript(conversation)
        self._transcripts[conversation] = transcript
        while len(self._transcripts) > _TRANSCRIPTS:
            del self._transcripts[next(iter(self._transcripts))]
        return transcript

    def _kept_transcript(self, conversation: int) -> TokenTranscript:
        states = self._folder.all() if self._folder is not None and conversation else ()
        for state in states:
            if state.conversation == conversation and not state.warm:
                return TokenTranscript([*state.tokens, *state.tail], state.turns)
        return TokenTranscript()

    def _candidates(self, conversation: int, tokens: Sequence[int]) -> Sequence[tuple[State, int]]:
        """States that begin as `tokens` do and may be used for this conversation, with how many tokens they share."""
        if self._folder is None:
            return []
        found = []
        for state in self._folder.all():
            if state.conversation in (0, conversation):
                shared = common(state.tokens, tokens[:-1])
                if shared == len(state.tokens) or self._session.rewinds:
                    found.append((state, shared))
        return sorted(found, key=lambda one: -one[1])

    def _restore(self, state: State) -> bool:
        assert self._folder is not None
        data = self._folder.read(state)
        if data is None:
            return False
        if not self._session.restore(state.tokens, data):
            self._folder.remove(state)
            return False
        return True

    def _up_to(self, written: Sequence[int], text: str) -> Sequence[int]:
        """The fewest tokens that spell `text` up to white space; none if they do not."""
        spelled = b""
        for count, token in enumerate(written, 1):
            spelled += self._vocabulary.piece(token)
            if spelled.decode("utf-8", "replace").rstrip().endswith(text.rstrip()):
                return written[:count]
        return ()


class _Writer:
    """Runs one job at a time in a thread of its own."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Callable[[], object] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether a job waits or runs."""
        return self._jobs.unfinished_tasks > 0

    def run(self, job: Callable[[], object]) -> None:
        """Run a job soon."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="states", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def wait(self) -> None:
        """Wait until all jobs are done."""
        self._jobs.join()

    def close(self) -> None:
        """Finish the jobs and end the thread."""
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            finally:
                self._jobs.task_done()
