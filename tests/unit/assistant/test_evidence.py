from __future__ import annotations

import pytest

from app.assistant.evidence import Evidence, gather, rank
from app.assistant.nothing_found import notes, nothing_found
from tests.support.scripted_model import Library, attached, document, passage


def test_attached_files_are_read_instead_of_the_index() -> None:
    library = Library({"/indexed.txt": "The lease ends in May."})
    library.attached["/x.pdf"] = document("Tomatoes need sun.", "The lease ends in June.")
    found = gather(
        "When does the lease end?", retriever=library, reader=library, scope=(), attachments=attached("/x.pdf")
    )
    assert library.queries == []
    assert [part.text for part in found.passages] == ["The lease ends in June.", "Tomatoes need sun."]
    assert (found.matching, found.searched, found.attached) == (1, 1, True)
    assert {part.file_chars for part in found.passages} == {41}


def test_scope_and_attachments_are_both_answered_from() -> None:
    library = Library({"/docs/a.txt": "The lease ends in May."})
    library.attached["/x.txt"] = document("The lease ends in June.")
    found = gather("When?", retriever=library, reader=library, scope=["/docs"], attachments=attached("/x.txt"))
    assert library.queries == [("When?", ("/docs",))]
    assert [part.path for part in found.passages] == ["/x.txt", "/docs/a.txt"]
    assert (found.matching, found.attached) == (2, False)


def test_attached_file_that_cannot_be_read_is_named() -> None:
    library = Library({})
    library.attached["/home/x.pdf"] = document(state="locked", reason="It has a password.")
    found = gather("When?", retriever=library, reader=library, scope=(), attachments=attached("/home/x.pdf"))
    assert found.unread == (("/home/x.pdf", "It has a password."),)
    assert nothing_found(found, scoped=False) == "x.pdf was not read: it has a password. Nothing else was looked at."
    assert library.queries == []


def test_file_that_the_scope_names_and_that_cannot_be_read_is_named_too() -> None:
    library = Library({"/docs/a.txt": "It ends."})
    library.unread["/docs/x.pdf"] = "It has a password."
    found = gather("When?", retriever=library, reader=library, scope=["/docs/x.pdf"], attachments=())
    assert (found.passages, found.searched) == ((), 0)
    assert nothing_found(found, scoped=True) == (
        "There is no readable file where you asked to look. x.pdf was not read: it has a password. "
        "Nothing else was looked at."
    )


def test_ranking_keeps_the_order_of_equals() -> None:
    parts = [passage("/a", f"Part {n}.", start=n * 10) for n in range(4)]
    assert [part.text for part in rank("zebra", parts)] == [part.text for part in parts]
    assert [part.text for part in rank("What is this?", parts)] == [part.text for part in parts]
    assert rank("part 2?", parts)[0].text == "Part 2."


@pytest.mark.parametrize(
    ("evidence", "scoped", "expected"),
    [
        (Evidence((), 0, 124), False, "Nothing in your 124 files matches the question."),
        (Evidence((), 0, 1240, waiting=3), False, "Nothing in your 1,240 files matches the question. "
         "3 files are still waiting to be read: ask again in a while."),
        (Evidence((), 0, 1), False, "Nothing in your one file matches the question."),
        (Evidence((), 0, 3), True, "Nothing in the 3 files searched matches the question."),
        (Evidence((), 0, 0, waiting=1), False,
         "No file has been read yet. One file is still waiting to be read: ask again in a while."),
        (Evidence((), 0, 0), False, "There are no files to search yet. Add a folder, and ask again."),
        (Evidence((), 0, 0), True, "There is no readable file where you asked to look."),
        (Evidence((), 0, 1, attached=True), False, "Nothing in the attached file matches the question."),
        (Evidence((), 0, 2, attached=True, unread=(("/a/b.doc", "PDF is damaged."),)), False,
         "Nothing in the 2 attached files matches the question. b.doc was not read: PDF is damaged."),
        (Evidence((), 0, 1, attached=True, unread=(("/a/b.wq1", "Familiar cannot read this kind of file."),)), False,
         "Nothing in the attached file matches the question. b.wq1 was not read: Familiar cannot read this kind of "
         "file."),
    ],
)  # fmt: skip
def test_nothing_found_says_what_was_searched(evidence: Evidence, scoped: bool, expected: str) -> None:
    assert nothing_found(evidence, scoped=scoped) == expected


def test_attachment_that_is_another_file_by_now_is_told() -> None:
    library = Library({})
    library.attached["/x.txt"] = document("The boat costs 900.")
    library.others.add("/x.txt")
    found = gather("What does it cost?", retriever=library, reader=library, scope=(), attachments=attached("/x.txt"))
    assert [(one.path, one.identity) for one in found.replaced] == [("/x.txt", "another")]
    assert notes(found) == "x.txt was replaced by another file since you attached it; that one was read."
    assert nothing_found(found, scoped=False).endswith(notes(found))
