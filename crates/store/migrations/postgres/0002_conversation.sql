-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Until when a file is kept that no case names yet; none where one does.
ALTER TABLE file ADD COLUMN draft_until_us BIGINT;
CREATE INDEX file_by_draft ON file (draft_until_us) WHERE draft_until_us IS NOT NULL;

-- Lists and search.

-- A case as lists and search see it: derived from its row and its journal, a moment behind them, made anew at will.
-- The indexes hold all that a list asks, so that only the rows of a page are opened.
CREATE TABLE case_facet (
    id           BIGINT PRIMARY KEY,
    -- Of the case, when it was read.
    version      BIGINT NOT NULL,
    stage        BIGINT NOT NULL,
    received_us  BIGINT NOT NULL,
    -- The largest number where there is no deadline.
    due_us       BIGINT NOT NULL,
    -- Stage, channel, language, flags and causes, and whether the holder wrote last.
    bits         BIGINT NOT NULL,
    -- 1 where a flag or cause is set: few are, and they are looked for most.
    marked       BIGINT NOT NULL,
    -- Who signed first.
    signer       BIGINT,
    -- When the holder last wrote.
    holder_us    BIGINT,
    -- What stands in case_term for it, eight bytes each: so it can be taken out again.
    terms        BYTEA NOT NULL
);
CREATE INDEX facet_by_stage ON case_facet (stage, received_us, id, due_us, bits, signer);
CREATE INDEX facet_by_due ON case_facet (stage, due_us, id, received_us, bits, signer);
CREATE INDEX facet_marked ON case_facet (stage, received_us, id, due_us, bits, signer) WHERE marked = 1;

-- What a case can be found by. By day of receipt, so that what is written together lies together.
CREATE TABLE case_term (
    day          BIGINT NOT NULL,
    term         BIGINT NOT NULL,
    received_us  BIGINT NOT NULL,
    case_id      BIGINT NOT NULL,
    PRIMARY KEY (day, term, received_us, case_id)
);
-- The days there are.
CREATE TABLE term_day (
    day  BIGINT PRIMARY KEY
);

-- How far the journal has been followed, and the last case of the round that makes all anew, while it goes.
CREATE TABLE list_index (
    id        BIGINT PRIMARY KEY,
    version   BIGINT NOT NULL,
    position  BIGINT NOT NULL,
    walk      BIGINT
);
-- In which transaction an entry was written: all below the oldest that still runs are there to be followed.
ALTER TABLE journal ADD COLUMN xact BIGINT;
ALTER TABLE journal ALTER COLUMN xact SET DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX journal_by_xact ON journal (xact) WHERE xact IS NOT NULL;

CREATE TABLE saved_view (
    id      BIGINT PRIMARY KEY,
    staff   BIGINT NOT NULL,
    shared  BIGINT NOT NULL,
    name    TEXT NOT NULL,
    query   TEXT NOT NULL,
    at_us   BIGINT NOT NULL
);
CREATE INDEX saved_view_by_staff ON saved_view (staff);
CREATE INDEX saved_view_shared ON saved_view (shared) WHERE shared = 1;

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

-- The order in which entries were written, which the reports follow; SQLite's journal has it already. A range
-- index costs a commit next to nothing.
ALTER TABLE journal ADD COLUMN IF NOT EXISTS seq BIGSERIAL;
CREATE INDEX IF NOT EXISTS journal_by_seq ON journal USING brin (seq) WITH (pages_per_range = 16, autosummarize = on);

-- What was counted, by day (days since 1970 where the operator is), measure and bucket.
CREATE TABLE report_day (
    measure  TEXT COLLATE "C" NOT NULL,
    day      BIGINT NOT NULL,
    bucket   BIGINT NOT NULL,
    count    BIGINT NOT NULL,
    PRIMARY KEY (measure, day, bucket)
);

-- Where the counting stands with a case that has not closed.
CREATE TABLE report_case (
    case_id  BIGINT PRIMARY KEY,
    body     TEXT NOT NULL
);

-- How far the journal has been counted, and by which rules.
CREATE TABLE report_cursor (
    id    BIGINT PRIMARY KEY,
    seq   BIGINT NOT NULL,
    form  TEXT NOT NULL
);
INSERT INTO report_cursor (id, seq, form) VALUES (1, 0, '');

-- Letters that are being written down.
CREATE TABLE letter (
    id     BIGINT PRIMARY KEY,
    at_us  BIGINT NOT NULL,
    open   BIGINT NOT NULL,
    body   TEXT NOT NULL
);
CREATE INDEX letter_by_time ON letter (at_us) WHERE open = 1;

-- Clocks and estimates.

-- Lists again: whose claims.
CREATE INDEX claim_by_staff ON claim (staff);
-- Cases at the desk as they were measured from the journal: what was said when they came, what became of it.
CREATE TABLE measured (
    case_id     BIGINT NOT NULL,
    entered_us  BIGINT NOT NULL,
    received_us BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    -- Open seconds, and the spread in thousandths.
    base        BIGINT NOT NULL,
    spread      BIGINT NOT NULL,
    low         BIGINT,
    high        BIGINT,
    left_us     BIGINT,
    took        BIGINT,
    service     BIGINT,
    decided_by  BIGINT,
    PRIMARY KEY (case_id, entered_us)
);
CREATE INDEX measured_by_end ON measured (left_us) WHERE left_us IS NOT NULL;
CREATE INDEX measured_by_decider ON measured (decided_by, left_us) WHERE left_us IS NOT NULL;

-- How far a worker has got, and under which rules.
CREATE TABLE mark (
    name   TEXT PRIMARY KEY,
    value  TEXT NOT NULL
);
