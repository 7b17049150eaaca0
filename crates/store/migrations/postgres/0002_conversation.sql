-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- Mail.

-- Live: who is here.

-- Who waits at the chat, for the queue and its measure; what was said is in the journal.
CREATE TABLE chat (
    case_id        BIGINT PRIMARY KEY,
    asked_us       BIGINT NOT NULL,
    answered_us    BIGINT,
    -- How long the first answer took.
    first_wait_us  BIGINT,
    last_us        BIGINT NOT NULL
);
CREATE INDEX chat_waiting ON chat (asked_us) WHERE answered_us IS NULL;
CREATE INDEX chat_by_last ON chat (last_us);

-- What each process tells the others: who is here, what has moved.
CREATE TABLE pulse (
    process   TEXT COLLATE "C" PRIMARY KEY,
    body      TEXT NOT NULL,
    until_us  BIGINT NOT NULL
);

-- Reports.

-- Clocks and estimates.
