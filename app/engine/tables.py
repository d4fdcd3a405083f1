"""Questions about the tables of files, asked of an extract worker of their own: it may be ended at any time."""

from __future__ import annotations

from app.base.errors import Problem
from app.base.tables import AskTable, TableForm, TableResult
from app.base.values import ConversationId
from app.base.worker_calls import QueryTables
from app.engine.methods import Table
from app.engine.previews import Previews
from app.link.peer import Incoming
from app.link.workers import Worker

_MOST_S = 20.0


class Tables:
    """Thread-safe. previews: knows which files may be looked at."""

    def __init__(self, previews: Previews, worker: Worker) -> None:
        self._previews = previews
        self._worker = worker

    def table(self) -> Table:
        """The handler of each call."""
        return {AskTable: self._ask}

    def ask(
        self, path: str, sql: str = "", form: TableForm | None = None, conversation: ConversationId | None = None
    ) -> TableResult:
        """What a question gives. conversation: the one whose attachments may be asked, too.

        Raises Problem file.*, table.none, table.sql, table.form, table.slow, table.failed.
        """
        real, known = self._previews.real(path, conversation)
        try:
            return self._worker.call(QueryTables(path=real, sql=sql, form=form, identity=known), timeout_s=_MOST_S)
        except Problem as problem:
            if problem.code == "link.timeout":
                raise Problem("table.slow", "This took too long and was ended.", "Ask for less.") from problem
            if problem.code == "worker.died":
                raise Problem(
                    "table.failed", "This took too much memory or time and was ended.", "Ask for less."
                ) from problem
            raise

    def _ask(self, call: AskTable, _incoming: Incoming) -> TableResult:
        return self.ask(call.path, call.sql, call.form, call.conversation)
