-- What the conversation and the desk need beside the case itself. Times are microseconds since 1970 (UTC).

-- Lists and search.

-- The desk's own memory: drafts, macros, saved views, claims, snoozes.

-- Mail.

-- Live: who is here.

-- Reports.

-- Clocks and estimates.

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
