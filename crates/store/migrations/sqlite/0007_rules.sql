-- Rules, money, and the card in the post.

-- Keeping: what must not be erased, and what has been.

-- A case of which nothing is erased while the line has not ended. Two people put it there, two take it off.
CREATE TABLE legal_hold (
    seq            INTEGER PRIMARY KEY,
    case_id        INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    by_id          INTEGER NOT NULL,
    at_us          INTEGER NOT NULL,
    signed_by      INTEGER,
    signed_us      INTEGER,
    ending_by      INTEGER,
    ending_us      INTEGER,
    ending_reason  TEXT,
    ended_by       INTEGER,
    ended_us       INTEGER,
    CHECK (signed_by IS NULL OR signed_by <> by_id),
    CHECK (ended_by IS NULL OR ended_by <> ending_by)
);
CREATE UNIQUE INDEX legal_hold_open ON legal_hold (case_id) WHERE ended_us IS NULL;

-- Which class of a case's data has been erased, and when.
CREATE TABLE erased (
    case_id  INTEGER NOT NULL,
    class    TEXT NOT NULL,
    at_us    INTEGER NOT NULL,
    PRIMARY KEY (case_id, class)
) WITHOUT ROWID;
