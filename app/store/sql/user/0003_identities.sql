-- Which file an attachment was when it was attached, so that a link or another file in its place is told from it.

ALTER TABLE attachments ADD COLUMN real     TEXT NOT NULL DEFAULT '';  -- the path with its links resolved; '' as it is
ALTER TABLE attachments ADD COLUMN identity TEXT NOT NULL DEFAULT '';  -- device and inode; '' if not known
