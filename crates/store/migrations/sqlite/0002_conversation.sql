-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- Mail.

-- Live: who is here.

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
