-- What assistants did to files, and the record of all that they were allowed, refused and did.

CREATE TABLE actions (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    turn  INTEGER REFERENCES turns (id) ON DELETE SET NULL,
    at    INTEGER NOT NULL,
    tool  TEXT    NOT NULL,
    title TEXT    NOT NULL
) STRICT;

-- Each change of an action, without the words that it writes; its state is what recovery goes by.
CREATE TABLE effects (
    action INTEGER NOT NULL REFERENCES actions (id),
    n      INTEGER NOT NULL,
    change TEXT    NOT NULL CHECK (json_valid(change)),
    state  TEXT    NOT NULL CHECK (state IN ('planned', 'begun', 'done', 'failed', 'undoing', 'undone', 'unclear')),
    reason TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (action, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX actions_of_turns ON actions (turn);

CREATE INDEX effects_under_way ON effects (state) WHERE state IN ('planned', 'begun', 'undoing');

-- Append-only, each line bound to the one before it.
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    event  TEXT    NOT NULL,
    body   TEXT    NOT NULL CHECK (json_valid(body)),
    sha256 TEXT    NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
