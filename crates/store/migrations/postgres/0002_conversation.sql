-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- What an agent is writing: one a case, agent and form. Empty where that form has been sent.
CREATE TABLE draft (
    case_id  BIGINT NOT NULL,
    staff    BIGINT NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    text     TEXT NOT NULL,
    channel  TEXT NOT NULL,
    form     BIGINT,
    at_us    BIGINT NOT NULL,
    PRIMARY KEY (case_id, staff, kind)
);

-- Sent by an agent, and still theirs to take back. Nothing of it is in the journal yet.
CREATE TABLE pending (
    id          BIGINT PRIMARY KEY,
    case_id     BIGINT NOT NULL,
    staff       BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    text        TEXT NOT NULL,
    channel     TEXT NOT NULL,
    send_at_us  BIGINT NOT NULL,
    -- When it may be tried (again): its time, or the end of a lease.
    try_at_us   BIGINT NOT NULL,
    -- The case's version it was last tried on: if it went, it is the next entry. Below 0: being taken back.
    tried       BIGINT
);
CREATE INDEX pending_by_time ON pending (try_at_us);
CREATE INDEX pending_by_case ON pending (case_id, staff);

-- Who has a case in hand. No lock: others may act, and are told.
CREATE TABLE claim (
    case_id  BIGINT PRIMARY KEY,
    staff    BIGINT NOT NULL,
    at_us    BIGINT NOT NULL
);

CREATE TABLE snooze (
    case_id      BIGINT PRIMARY KEY,
    staff        BIGINT NOT NULL,
    at_us        BIGINT NOT NULL,
    until_us     BIGINT,
    -- Until the holder acts.
    until_reply  BIGINT NOT NULL,
    -- The version up to which the journal has been looked through for that.
    seen         BIGINT NOT NULL
);

CREATE TABLE desk_macro (
    id      BIGINT PRIMARY KEY,
    owner   BIGINT NOT NULL,
    shared  BIGINT NOT NULL,
    body    TEXT NOT NULL
);

-- How a member of staff likes the desk.
CREATE TABLE desk_habit (
    staff  BIGINT PRIMARY KEY,
    keys   BIGINT NOT NULL
);

-- Mail.

-- Live: who is here.

-- Reports.

-- Clocks and estimates.
