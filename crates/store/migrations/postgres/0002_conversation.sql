-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- Mail.

-- Every message as it came, sealed with the desk's key: people write numbers into mails that must never lie
-- anywhere in clear. `fate`: 0 pending, 1 taken, 2 held for the desk, 3 set aside by the desk.
CREATE TABLE mail (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id       BYTEA NOT NULL UNIQUE,
    at_us    BIGINT NOT NULL,
    fate     BIGINT NOT NULL,
    case_id  BIGINT,
    head     TEXT NOT NULL,
    bytes    BYTEA NOT NULL
);
CREATE INDEX mail_by_fate ON mail (fate, seq);
CREATE INDEX mail_by_case ON mail (case_id) WHERE case_id IS NOT NULL;

-- Whom an automatic answer went to today, and which mail it answers.
CREATE TABLE mail_answer (
    sender    BYTEA PRIMARY KEY,
    mail      BYTEA NOT NULL,
    until_us  BIGINT NOT NULL
);

-- Live: who is here.

-- Reports.

-- Clocks and estimates.
