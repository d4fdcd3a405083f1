-- What a model was sent and wrote in each turn, the tools that it used, and to which servers a conversation may go.

-- {"since": first turn of the same prompt, "messages": [...], "passages": [...]}; NULL where no model was asked, and in
-- turns of the first release.
ALTER TABLE turns ADD COLUMN sent TEXT CHECK (sent IS NULL OR json_valid(sent));

-- [{"call", "name", "arguments", "title", "state", "result", "passages", "ms"}], in the order of the calls.
ALTER TABLE turns ADD COLUMN steps TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(steps));

-- Hosts that the person agreed to send this conversation's questions and passages to.
ALTER TABLE conversations ADD COLUMN consents TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(consents));
