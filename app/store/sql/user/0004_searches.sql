-- What was searched for an answer, so that a person can see and change it, and what its quotes stand under.

ALTER TABLE turns ADD COLUMN query   TEXT NOT NULL DEFAULT '';    -- '' where nothing was searched
-- [{"kind", "value", "label", "start", "end", "typed"}]: what was understood of the query as limits.
ALTER TABLE turns ADD COLUMN filters TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(filters));
-- [key of a filter that the person took away]
ALTER TABLE turns ADD COLUMN without TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(without));

ALTER TABLE citations ADD COLUMN caption TEXT NOT NULL DEFAULT '';
