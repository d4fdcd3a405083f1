"""What the person wants kept to: in every answer, and where files of some folder are answered from."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from pathlib import PurePath

import msgspec

from app.assistant.passage_format import defused
from app.assistant.ports import Passage
from app.assistant.prompt import Prompts
from app.base.opening import resolved
from app.base.settings import Settings
from app.base.values import Place


class Instructions(msgspec.Struct, frozen=True):
    """In the person's words. folders: (a folder, what holds for its files)."""

    always: str = ""
    folders: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(settings: Settings) -> Instructions:
        """Those that are set."""
        return Instructions(
            settings.instructions.strip(),
            tuple((one.folder, one.text.strip()) for one in settings.folder_instructions if one.text.strip()),
        )

    def known_to(self, prompts: Prompts) -> Prompts:
        """The prompts, told apart from those of other instructions: an answer by them is no answer by others."""
        if not self.always and not self.folders:
            return prompts
        mark = zlib.crc32(msgspec.json.encode(self))
        return msgspec.structs.replace(prompts, versions={**prompts.versions, "kept to": mark})

    def for_files(self, paths: Iterable[str]) -> str:
        """What is to be kept to in an answer from these files, on one line; "" if nothing is."""
        files = [PurePath(resolved(path)) for path in dict.fromkeys(paths)]
        said = [self.always] if self.always else []
        for folder, text in self.folders:
            here = resolved(os.path.expanduser(folder))
            if any(file.is_relative_to(here) for file in files):
                said.append(f"For files in {PurePath(folder).name}: {text}")
        return " ".join(" ".join(defused(one).split()) for one in said)


def as_passages(text: str) -> tuple[Passage, ...]:
    """As something that may bear out a claim, though it is in no file."""
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=len(text))
    return (Passage(path="", sha256="", place=place, text=text),) if text else ()
