-- What the person has told Familiar about themselves, or an assistant has proposed to remember.

CREATE TABLE memories (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    text     TEXT    NOT NULL UNIQUE,
    at       INTEGER NOT NULL,                                         -- when it was last said so
    origin   TEXT    NOT NULL CHECK (origin IN ('person', 'assistant')),
    turn     INTEGER REFERENCES turns (id) ON DELETE SET NULL,         -- in which it came up
    kept     INTEGER NOT NULL DEFAULT 1 CHECK (kept IN (0, 1))         -- 0: proposed, until the person says so
) STRICT;

-- When any of them last changed, also by being forgotten: answers from before then are not given once more.
CREATE TABLE memory_changed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  INTEGER NOT NULL
) STRICT;

-- Those of which the log or a copy of this file may still hold what they said; without a word of it.
CREATE TABLE memories_to_scrub (
    memory INTEGER PRIMARY KEY
) STRICT;

-- The ids of those that an answer rests on.
ALTER TABLE turns ADD COLUMN memories TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(memories));

INSERT INTO memory_changed (one, at) VALUES (1, 0);
