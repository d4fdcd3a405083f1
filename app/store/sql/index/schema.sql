-- The derived index: everything here can be made again from the person's files.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE roots (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL DEFAULT 'reading',
    reason TEXT NOT NULL DEFAULT '',
    checked_at INTEGER NOT NULL DEFAULT 0,
    device TEXT NOT NULL DEFAULT '' -- its file system when last scanned: tells an empty mount point
) STRICT;

CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    root_id INTEGER NOT NULL REFERENCES roots (id) ON DELETE CASCADE,
    path TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL, -- of the file, not its text
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,   -- tells of a write that kept size and mtime
    inode TEXT NOT NULL,         -- device and inode: tells of a rename
    sha256 TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    read_state TEXT NOT NULL DEFAULT '', -- how the last reading ended
    reason TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '',
    chars INTEGER NOT NULL DEFAULT 0, -- of the extracted text
    chunks INTEGER NOT NULL DEFAULT 0,
    read_at INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0, -- of the reading process over these bytes
    ending TEXT NOT NULL DEFAULT '',   -- of its name, in small letters
    plain_name TEXT NOT NULL DEFAULT '', -- its name, folded
    author_id INTEGER REFERENCES people (id),
    said_dated INTEGER NOT NULL DEFAULT 0, -- by the document itself, Unix ms; 0 if it says nothing
    dated INTEGER NOT NULL DEFAULT 0,  -- Unix ms: when it is from, as well as can be told
    dated_by TEXT NOT NULL DEFAULT ''  -- what told it: 'name', 'title', 'document', 'modified'
) STRICT;
CREATE INDEX files_by_state ON files (state, mtime_ns DESC);
CREATE INDEX files_by_root ON files (root_id);
CREATE INDEX files_by_inode ON files (inode);
CREATE INDEX files_by_kind ON files (kind);
CREATE INDEX files_by_ending ON files (ending);
CREATE INDEX files_by_name ON files (plain_name);
CREATE INDEX files_by_date ON files (dated);
CREATE INDEX files_by_author ON files (author_id) WHERE author_id IS NOT NULL;

-- Who wrote messages and documents, each once: names with addresses, as they are written.
CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    plain TEXT NOT NULL -- folded
) STRICT;

-- Each text that is embedded, once. The ids name vectors in Chroma and are never used again.
CREATE TABLE texts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,         -- sha256 of the embedded text
    stored INTEGER NOT NULL DEFAULT 0  -- 1 once Chroma has its vector
) STRICT;
CREATE INDEX texts_to_store ON texts (id) WHERE stored = 0;

CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    text_id INTEGER NOT NULL REFERENCES texts (id),
    kind TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    label TEXT NOT NULL,
    start INTEGER NOT NULL,   -- offsets into the file's extracted text, which is its chunks' texts joined
    "end" INTEGER NOT NULL,
    sender_id INTEGER REFERENCES people (id),
    sent_at INTEGER NOT NULL,        -- Unix ms: of the message that it is part of; 0 of what is none
    dated INTEGER NOT NULL,          -- sent_at, else when its file is from
    heading TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
-- With what filters and lists of texts ask besides, so that no row is looked up for it.
CREATE UNIQUE INDEX chunks_by_file ON chunks (file_id, ordinal, dated, text_id);
CREATE INDEX chunks_by_text ON chunks (text_id, file_id);
CREATE INDEX chunks_by_id ON chunks (id, file_id, text_id); -- narrow: what words match is asked for its files
CREATE INDEX chunks_by_sender ON chunks (sender_id) WHERE sender_id IS NOT NULL;
CREATE INDEX chunks_by_date ON chunks (dated, file_id, text_id);

-- Texts that nobody points to any more and whose vectors are still in Chroma.
CREATE TABLE removals (
    text_id INTEGER PRIMARY KEY
) STRICT;

-- Tokens come ready made and are split at spaces alone. A word's stem depends on its file's language.
CREATE VIRTUAL TABLE words USING fts5 (
    body, name, extra, content = '', tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
);

-- Where a chunk ends and the next one of its file begins: the last words of one with the first of the other, under the
-- first one's id, so that a phrase is found which the border divides.
CREATE VIRTUAL TABLE borders USING fts5 (
    body, content = '', tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
);

CREATE TABLE languages (
    language TEXT PRIMARY KEY,
    files INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every word in letters that was ever read, folded, for those that are misspelt: it may stand in no file by now.
CREATE TABLE vocabulary (
    word TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
