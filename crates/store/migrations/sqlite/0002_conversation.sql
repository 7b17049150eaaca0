-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Until when a file is kept that no case names yet; none where one does.
ALTER TABLE file ADD COLUMN draft_until_us INTEGER;
CREATE INDEX file_by_draft ON file (draft_until_us) WHERE draft_until_us IS NOT NULL;

-- Lists and search.

-- A case as lists and search see it: derived from its row and its journal, a moment behind them, made anew at will.
-- The indexes hold all that a list asks, so that only the rows of a page are opened.
CREATE TABLE case_facet (
    id           INTEGER PRIMARY KEY,
    -- Of the case, when it was read.
    version      INTEGER NOT NULL,
    stage        INTEGER NOT NULL,
    received_us  INTEGER NOT NULL,
    -- The largest number where there is no deadline.
    due_us       INTEGER NOT NULL,
    -- Stage, channel, language, flags and causes, and whether the holder wrote last.
    bits         INTEGER NOT NULL,
    -- 1 where a flag or cause is set: few are, and they are looked for most.
    marked       INTEGER NOT NULL,
    -- Who signed first.
    signer       INTEGER,
    -- When the holder last wrote.
    holder_us    INTEGER,
    -- What stands in case_term for it, eight bytes each: so it can be taken out again.
    terms        BLOB NOT NULL
);
CREATE INDEX facet_by_stage ON case_facet (stage, received_us, id, due_us, bits, signer);
CREATE INDEX facet_by_due ON case_facet (stage, due_us, id, received_us, bits, signer);
CREATE INDEX facet_marked ON case_facet (stage, received_us, id, due_us, bits, signer) WHERE marked = 1;

-- What a case can be found by. By day of receipt, so that what is written together lies together.
CREATE TABLE case_term (
    day          INTEGER NOT NULL,
    term         INTEGER NOT NULL,
    received_us  INTEGER NOT NULL,
    case_id      INTEGER NOT NULL,
    PRIMARY KEY (day, term, received_us, case_id)
) WITHOUT ROWID;
-- The days there are.
CREATE TABLE term_day (
    day  INTEGER PRIMARY KEY
);

-- How far the journal has been followed, and the last case of the round that makes all anew, while it goes.
CREATE TABLE list_index (
    id        INTEGER PRIMARY KEY,
    version   INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    walk      INTEGER
);

CREATE TABLE saved_view (
    id      INTEGER PRIMARY KEY,
    staff   INTEGER NOT NULL,
    shared  INTEGER NOT NULL,
    name    TEXT NOT NULL,
    query   TEXT NOT NULL,
    at_us   INTEGER NOT NULL
);
CREATE INDEX saved_view_by_staff ON saved_view (staff);
CREATE INDEX saved_view_shared ON saved_view (shared) WHERE shared = 1;

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- What an agent is writing: one a case, agent and form. Empty where that form has been sent.
CREATE TABLE draft (
    case_id  INTEGER NOT NULL,
    staff    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    text     TEXT NOT NULL,
    channel  TEXT NOT NULL,
    form     INTEGER,
    at_us    INTEGER NOT NULL,
    PRIMARY KEY (case_id, staff, kind)
) WITHOUT ROWID;

-- Sent by an agent, and still theirs to take back. Nothing of it is in the journal yet.
CREATE TABLE pending (
    id          INTEGER PRIMARY KEY,
    case_id     INTEGER NOT NULL,
    staff       INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    text        TEXT NOT NULL,
    channel     TEXT NOT NULL,
    send_at_us  INTEGER NOT NULL,
    -- When it may be tried (again): its time, or the end of a lease.
    try_at_us   INTEGER NOT NULL,
    -- The case's version it was last tried on: if it went, it is the next entry. Below 0: being taken back.
    tried       INTEGER
);
CREATE INDEX pending_by_time ON pending (try_at_us);
CREATE INDEX pending_by_case ON pending (case_id, staff);

-- Who has a case in hand. No lock: others may act, and are told.
CREATE TABLE claim (
    case_id  INTEGER PRIMARY KEY,
    staff    INTEGER NOT NULL,
    at_us    INTEGER NOT NULL
);

CREATE TABLE snooze (
    case_id      INTEGER PRIMARY KEY,
    staff        INTEGER NOT NULL,
    at_us        INTEGER NOT NULL,
    until_us     INTEGER,
    -- Until the holder acts.
    until_reply  INTEGER NOT NULL,
    -- The version up to which the journal has been looked through for that.
    seen         INTEGER NOT NULL
);

CREATE TABLE desk_macro (
    id      INTEGER PRIMARY KEY,
    owner   INTEGER NOT NULL,
    shared  INTEGER NOT NULL,
    body    TEXT NOT NULL
);

-- How a member of staff likes the desk.
CREATE TABLE desk_habit (
    staff  INTEGER PRIMARY KEY,
    keys   INTEGER NOT NULL
);

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

-- What was counted, by day (days since 1970 where the operator is), measure and bucket.
CREATE TABLE report_day (
    measure  TEXT NOT NULL,
    day      INTEGER NOT NULL,
    bucket   INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (measure, day, bucket)
) WITHOUT ROWID;

-- Where the counting stands with a case that has not closed.
CREATE TABLE report_case (
    case_id  INTEGER PRIMARY KEY,
    body     TEXT NOT NULL
);

-- How far the journal has been counted, and by which rules.
CREATE TABLE report_cursor (
    id    INTEGER PRIMARY KEY,
    seq   INTEGER NOT NULL,
    form  TEXT NOT NULL
);
INSERT INTO report_cursor (id, seq, form) VALUES (1, 0, '');

-- Letters that are being written down.
CREATE TABLE letter (
    id     INTEGER PRIMARY KEY,
    at_us  INTEGER NOT NULL,
    open   INTEGER NOT NULL,
    body   TEXT NOT NULL
);
CREATE INDEX letter_by_time ON letter (at_us) WHERE open = 1;

-- Clocks and estimates.

-- Lists again: whose claims.
CREATE INDEX claim_by_staff ON claim (staff);
-- Cases at the desk as they were measured from the journal: what was said when they came, what became of it.
CREATE TABLE measured (
    case_id     INTEGER NOT NULL,
    entered_us  INTEGER NOT NULL,
    received_us INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    -- Open seconds, and the spread in thousandths.
    base        INTEGER NOT NULL,
    spread      INTEGER NOT NULL,
    low         INTEGER,
    high        INTEGER,
    left_us     INTEGER,
    took        INTEGER,
    service     INTEGER,
    decided_by  INTEGER,
    PRIMARY KEY (case_id, entered_us)
);
CREATE INDEX measured_by_end ON measured (left_us) WHERE left_us IS NOT NULL;
CREATE INDEX measured_by_decider ON measured (decided_by, left_us) WHERE left_us IS NOT NULL;

-- How far a worker has got, and under which rules.
CREATE TABLE mark (
    name   TEXT PRIMARY KEY,
    value  TEXT NOT NULL
);
