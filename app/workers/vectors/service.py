"""The calls of the vectors worker, answered."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.base.errors import Problem
from app.base.worker_calls import (
    Embed,
    Nearest,
    VectorsDelete,
    VectorsIds,
    VectorsInfo,
    VectorsOpen,
    VectorsQuery,
    VectorsUpsert,
)
from app.link.peer import Handlers, Incoming
from app.workers.vectors.coding import decode_ids, decode_vectors, encode_vectors
from app.workers.vectors.model import Model
from app.workers.vectors.problems import DAMAGED, closed, invalid

if TYPE_CHECKING:
    from app.workers.vectors.collection import Collection
    from app.workers.vectors.embedder import Embedder

log = logging.getLogger("familiar.vectors")
T = TypeVar("T")


class Service:
    """Embedder and collection behind the link. Several calls may be answered at once.

    Both libraries are loaded from the start, each in a thread: Chroma takes a second or two to import, the model a
    third of one, and a call waits only for what it needs.

    folder: of the embedding model, None for the bundled one. What is wrong with it is told to each call that needs it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._opening = threading.Lock()
        self._collection: Collection | None = None
        self._place: tuple[str, str] | None = None
        loading = ThreadPoolExecutor(2, "loading")
        self._model = loading.submit(Model.bundled, folder)
        self._embedder: Future[Embedder] = loading.submit(self._load_embedder)
        self._chroma = loading.submit(importlib.import_module, "app.workers.vectors.collection")
        loading.shutdown(wait=False)

    def handlers(self) -> Handlers:
        """What answers each call."""
        return {
            VectorsOpen: self.open,
            Embed: self.embed,
            VectorsUpsert: self.upsert,
            VectorsDelete: self.delete,
            VectorsIds: self.ids,
            VectorsQuery: self.query,
        }

    def open(self, call: VectorsOpen, _: Incoming) -> VectorsInfo:
        """Open a collection in place of the one that is open; the same one stays open."""
        model = self._model.result()
        self._chroma.result()
        from app.workers.vectors.collection import open_collection  # loaded by now, in its thread

        with self._opening:
            place = (call.folder, call.generation)
            if self._collection is None or self._place != place or not Path(call.folder).is_dir():
                self.close()
                self._collection = open_collection(Path(call.folder), model.fingerprint, call.generation, model.d)
                self._place = place
                log.info("opened a collection of %d vectors", self._collection.count)
            return VectorsInfo(fingerprint=model.fingerprint, d=model.d, count=self._collection.count)

    def embed(self, call: Embed, incoming: Incoming) -> list[str]:
        """Vectors of texts."""
        return encode_vectors(self._embedder.result().embed(call.texts, incoming.check))

    def upsert(self, call: VectorsUpsert, incoming: Incoming) -> None:
        """Store vectors; they outlive this process from the reply on."""
        vectors = decode_vectors(call.vectors, self._model.result().d)
        if len(call.ids) != len(vectors):
            raise invalid(f"{len(call.ids)} ids for {len(vectors)} vectors")
        if any(ident < 0 for ident in call.ids):
            raise invalid("an id is negative")
        self._use(incoming, lambda collection: collection.upsert(call.ids, vectors))

    def delete(self, call: VectorsDelete, incoming: Incoming) -> None:
        """Remove vectors."""
        self._use(incoming, lambda collection: collection.delete(call.ids))

    def ids(self, _: VectorsIds, incoming: Incoming) -> list[int]:
        """Every id."""
        return self._use(incoming, lambda collection: collection.ids())

    def query(self, call: VectorsQuery, incoming: Incoming) -> Nearest:
        """The texts nearest in meaning. Goes ahead of texts that wait to be embedded."""
        holds = None if call.among is None else decode_ids(call.among)
        embedder = self._embedder.result()
        vector = embedder.embed_one(call.text)
        texts = self._use(incoming, lambda collection: collection.query(vector, call.limit, holds))
        return Nearest(texts=texts, letters_a_token=embedder.letters_a_token(call.text))

    def close(self) -> None:
        """Close the collection, if one is open."""
        if self._collection is not None:
            self._collection.close()
            self._collection = None

    def _load_embedder(self) -> Embedder:
        from app.workers.vectors.embedder import Embedder  # onnxruntime's import belongs into this thread

        return Embedder(self._model.result())

    def _use(self, incoming: Incoming, work: Callable[[Collection], T]) -> T:
        """Do something with the open collection. If that shows damage, the folder is marked and this process leaves:
        the next one finds the mark when opening."""
        collection = self._collection
        if collection is None:
            raise closed()
        try:
            return work(collection)
        except Problem as problem:
            if problem.code == DAMAGED:
                log.error("the vector index turned out damaged while in use")
                collection.condemn()
                incoming.peer.close()
            raise
