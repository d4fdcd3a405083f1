-- What an answer claims, and whether the files bear it out.

-- [{"text", "start", "end", "verdict", "citations", "missing"}]; offsets are into the answer's text.
ALTER TABLE turns ADD COLUMN claims TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(claims));
