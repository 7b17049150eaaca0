-- The public log of what was declared and ended.

-- How far the journal has been followed into the log, and how many leaves it has: whoever appends moves this line.
CREATE TABLE log_head (
    id    BIGINT PRIMARY KEY,
    seq   BIGINT NOT NULL,
    size  BIGINT NOT NULL
);
INSERT INTO log_head (id, seq, size) VALUES (1, 0, 0);

-- What stands in the log, and whose it is, which nobody outside can tell.
CREATE TABLE log_leaf (
    n        BIGINT PRIMARY KEY,
    case_id  BIGINT,
    version  BIGINT,
    leaf     TEXT NOT NULL
);
CREATE INDEX log_leaf_by_case ON log_leaf (case_id, version) WHERE case_id IS NOT NULL;
CREATE INDEX log_leaf_of_none ON log_leaf (n) WHERE case_id IS NULL AND version IS NULL;

-- The tree's hashes, 256 to a row (32 bytes each).
CREATE TABLE log_tile (
    level   BIGINT NOT NULL,
    n       BIGINT NOT NULL,
    hashes  BYTEA NOT NULL,
    PRIMARY KEY (level, n)
);

-- What ties a case to its leaves. Without its line nobody can.
CREATE TABLE log_key (
    case_id  BIGINT PRIMARY KEY,
    key      BYTEA NOT NULL
);

CREATE TABLE log_checkpoint (
    size      BIGINT PRIMARY KEY,
    at_us     BIGINT NOT NULL,
    -- How many witnesses have cosigned it.
    cosigned  BIGINT NOT NULL,
    note      TEXT NOT NULL
);
CREATE INDEX log_checkpoint_by_cosigned ON log_checkpoint (size) WHERE cosigned > 0;
