-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- Mail.

-- Live: who is here.

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
