-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- Mail.

-- Every message as it came, sealed with the desk's key: people write numbers into mails that must never lie
-- anywhere in clear. `fate`: 0 pending, 1 taken, 2 held for the desk, 3 set aside by the desk.
CREATE TABLE mail (
    seq      INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    at_us    INTEGER NOT NULL,
    fate     INTEGER NOT NULL,
    case_id  INTEGER,
    head     TEXT NOT NULL,
    bytes    BLOB NOT NULL
);
CREATE INDEX mail_by_fate ON mail (fate, seq);
CREATE INDEX mail_by_case ON mail (case_id) WHERE case_id IS NOT NULL;

-- Whom an automatic answer went to today, and which mail it answers.
CREATE TABLE mail_answer (
    sender    BLOB PRIMARY KEY,
    mail      BLOB NOT NULL,
    until_us  INTEGER NOT NULL
) WITHOUT ROWID;

-- Live: who is here.

-- Reports.

-- Clocks and estimates.
