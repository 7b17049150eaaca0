-- The public log of what was declared and ended.

-- How far the journal has been followed into the log, and how many leaves it has: whoever appends moves this line.
CREATE TABLE log_head (
    id    INTEGER PRIMARY KEY,
    seq   INTEGER NOT NULL,
    size  INTEGER NOT NULL
);
INSERT INTO log_head (id, seq, size) VALUES (1, 0, 0);

-- What stands in the log, and whose it is, which nobody outside can tell.
CREATE TABLE log_leaf (
    n        INTEGER PRIMARY KEY,
    case_id  INTEGER,
    version  INTEGER,
    leaf     TEXT NOT NULL
);
CREATE INDEX log_leaf_by_case ON log_leaf (case_id, version) WHERE case_id IS NOT NULL;
CREATE INDEX log_leaf_of_none ON log_leaf (n) WHERE case_id IS NULL AND version IS NULL;

-- The tree's hashes, 256 to a row (32 bytes each).
CREATE TABLE log_tile (
    level   INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    hashes  BLOB NOT NULL,
    PRIMARY KEY (level, n)
);

-- What ties a case to its leaves. Without its line nobody can.
CREATE TABLE log_key (
    case_id  INTEGER PRIMARY KEY,
    key      BLOB NOT NULL
);

CREATE TABLE log_checkpoint (
    size      INTEGER PRIMARY KEY,
    at_us     INTEGER NOT NULL,
    -- How many witnesses have cosigned it.
    cosigned  INTEGER NOT NULL,
    note      TEXT NOT NULL
);
CREATE INDEX log_checkpoint_by_cosigned ON log_checkpoint (size) WHERE cosigned > 0;
