-- What a question asks in one form for all ways to ask it, and from which earlier turn its answer was taken.

-- As same_key() gives it; '' where that is not to be told, and in turns of earlier releases.
ALTER TABLE turns ADD COLUMN asked TEXT NOT NULL DEFAULT '';
-- {"turn", "at"} of the answer that was given once more; '' where it was written for this turn.
ALTER TABLE turns ADD COLUMN reused TEXT NOT NULL DEFAULT '' CHECK (reused = '' OR json_valid(reused));

CREATE INDEX turns_by_asked ON turns (asked) WHERE asked <> '';
