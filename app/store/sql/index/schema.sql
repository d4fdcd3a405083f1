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
    deaths INTEGER NOT NULL DEFAULT 0 -- of the reading process over these bytes
) STRICT;
CREATE INDEX files_by_state ON files (state, mtime_ns DESC);
CREATE INDEX files_by_root ON files (root_id);
CREATE INDEX files_by_inode ON files (inode);

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
    heading TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunks_by_file ON chunks (file_id, ordinal);
CREATE INDEX chunks_by_text ON chunks (text_id);

-- Texts that nobody points to any more and whose vectors are still in Chroma.
CREATE TABLE removals (
    text_id INTEGER PRIMARY KEY
) STRICT;

CREATE VIRTUAL TABLE words USING fts5 (
    body, name, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);
