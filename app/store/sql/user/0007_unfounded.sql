-- What a model wrote of which the files bear nothing out, and how much was asked of it.

-- Markdown, "" where there is none; the message's text is then what the files say, and the claims are of these words.
ALTER TABLE turns ADD COLUMN unfounded TEXT NOT NULL DEFAULT '';
-- The profile that wrote the answer, "" where that is not known.
ALTER TABLE turns ADD COLUMN rung TEXT NOT NULL DEFAULT '';
