-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- Mail.

-- Live: who is here.

-- Reports.

-- Clocks and estimates.
