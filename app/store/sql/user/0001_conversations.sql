-- Conversations, their turns and what each answer rests on. Every *_at is Unix milliseconds, UTC.

CREATE TABLE conversations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given out again
    title      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,                   -- when the newest turn began
    deleted_at INTEGER                             -- NULL unless deleted; purged 30 days later
) STRICT;

CREATE INDEX conversations_by_use ON conversations (updated_at);

-- One question and its answer.
CREATE TABLE turns (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    started_at   INTEGER NOT NULL,
    scope        TEXT    NOT NULL CHECK (json_valid(scope)),     -- paths to stay in, [] for everything
    mode         TEXT    NOT NULL,                               -- chat, quotes or not_found
    model        TEXT,                                           -- NULL in quotes mode
    coverage     TEXT    NOT NULL CHECK (json_valid(coverage)),
    usage        TEXT    NOT NULL CHECK (json_valid(usage)),
    error        TEXT    NOT NULL,                               -- "" unless something went wrong
    trace        TEXT    NOT NULL CHECK (json_valid(trace))      -- timings, passages sent, budget
) STRICT;

CREATE INDEX turns_by_conversation ON turns (conversation);

CREATE TABLE messages (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    turn   INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    parent INTEGER REFERENCES messages (id) ON DELETE SET NULL,  -- the message before it; branches share one
    role   TEXT    NOT NULL CHECK (role IN ('user', 'assistant')),
    state  TEXT    NOT NULL,                                     -- streaming, done, stopped, interrupted or failed
    parts  TEXT    NOT NULL CHECK (json_valid(parts)),           -- [{"type": "text", "text": ...}]
    at     INTEGER NOT NULL,                                     -- when its turn began
    UNIQUE (turn, role)
) STRICT;

CREATE INDEX messages_by_parent ON messages (parent);
CREATE INDEX messages_streaming ON messages (turn) WHERE state = 'streaming';

-- By value: a citation stays readable when its file has gone.
CREATE TABLE citations (
    turn     INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,                                   -- the number in the text
    path     TEXT    NOT NULL,
    sha256   TEXT    NOT NULL,                                   -- of the file's bytes when it was read
    place    TEXT    NOT NULL CHECK (json_valid(place)),
    quote    TEXT    NOT NULL,
    chunk_id INTEGER NOT NULL,                                   -- in the index of that time; 0 if it was in none
    PRIMARY KEY (turn, n)
) STRICT, WITHOUT ROWID;

-- Files that the person attached to a question; readable for the whole conversation.
CREATE TABLE attachments (
    turn     INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path     TEXT    NOT NULL,
    PRIMARY KEY (turn, position)
) STRICT, WITHOUT ROWID;

-- What "chats search" looks in: parts of words too, in any script. A message comes in when it is finished.
CREATE VIRTUAL TABLE message_words USING fts5 (text, tokenize = 'trigram');
CREATE VIRTUAL TABLE title_words USING fts5 (text, tokenize = 'trigram');

CREATE TRIGGER message_came AFTER INSERT ON messages WHEN new.state <> 'streaming' BEGIN
    INSERT INTO message_words (rowid, text)
    SELECT new.id, coalesce(group_concat(part.value ->> 'text', char(10)), '')
    FROM json_each(new.parts) AS part WHERE part.value ->> 'type' = 'text';
END;

CREATE TRIGGER message_changed AFTER UPDATE OF parts, state ON messages WHEN new.state <> 'streaming' BEGIN
    DELETE FROM message_words WHERE rowid = new.id;
    INSERT INTO message_words (rowid, text)
    SELECT new.id, coalesce(group_concat(part.value ->> 'text', char(10)), '')
    FROM json_each(new.parts) AS part WHERE part.value ->> 'type' = 'text';
END;

CREATE TRIGGER message_went AFTER DELETE ON messages BEGIN
    DELETE FROM message_words WHERE rowid = old.id;
END;

CREATE TRIGGER title_came AFTER INSERT ON conversations BEGIN
    INSERT INTO title_words (rowid, text) VALUES (new.id, new.title);
END;

CREATE TRIGGER title_changed AFTER UPDATE OF title ON conversations BEGIN
    UPDATE title_words SET text = new.title WHERE rowid = new.id;
END;

CREATE TRIGGER title_went AFTER DELETE ON conversations BEGIN
    DELETE FROM title_words WHERE rowid = old.id;
END;
