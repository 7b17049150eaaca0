-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- Mail.

-- Live: who is here.

-- Who waits at the chat, for the queue and its measure; what was said is in the journal.
CREATE TABLE chat (
    case_id        INTEGER PRIMARY KEY,
    asked_us       INTEGER NOT NULL,
    answered_us    INTEGER,
    -- How long the first answer took.
    first_wait_us  INTEGER,
    last_us        INTEGER NOT NULL
);
CREATE INDEX chat_waiting ON chat (asked_us) WHERE answered_us IS NULL;
CREATE INDEX chat_by_last ON chat (last_us);

-- What each process tells the others: who is here, what has moved.
CREATE TABLE pulse (
    process   TEXT PRIMARY KEY,
    body      TEXT NOT NULL,
    until_us  INTEGER NOT NULL
) WITHOUT ROWID;

-- Reports.

-- Clocks and estimates.
