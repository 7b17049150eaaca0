-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Until when a file is kept that no case names yet; none where one does.
ALTER TABLE file ADD COLUMN draft_until_us INTEGER;
CREATE INDEX file_by_draft ON file (draft_until_us) WHERE draft_until_us IS NOT NULL;

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- Mail.

-- Live: who is here.

-- Reports.

-- Clocks and estimates.
