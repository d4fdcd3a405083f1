-- What the person thinks of an answer: a thumb up or down, and why.

CREATE TABLE ratings (
    turn    INTEGER PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE,
    thumb   TEXT    NOT NULL CHECK (thumb IN ('up', 'down')),
    note    TEXT    NOT NULL,                                    -- '' where the person gave no reason
    at      INTEGER NOT NULL
) STRICT;
