-- Rules, money, and the card in the post.

-- Keeping: what must not be erased, and what has been.

-- A case of which nothing is erased while the line has not ended. Two people put it there, two take it off.
CREATE TABLE legal_hold (
    seq            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id        BIGINT NOT NULL,
    reason         TEXT NOT NULL,
    by_id          BIGINT NOT NULL,
    at_us          BIGINT NOT NULL,
    signed_by      BIGINT,
    signed_us      BIGINT,
    ending_by      BIGINT,
    ending_us      BIGINT,
    ending_reason  TEXT,
    ended_by       BIGINT,
    ended_us       BIGINT,
    CHECK (signed_by IS NULL OR signed_by <> by_id),
    CHECK (ended_by IS NULL OR ended_by <> ending_by)
);
CREATE UNIQUE INDEX legal_hold_open ON legal_hold (case_id) WHERE ended_us IS NULL;

-- Which class of a case's data has been erased, and when.
CREATE TABLE erased (
    case_id  BIGINT NOT NULL,
    class    TEXT NOT NULL,
    at_us    BIGINT NOT NULL,
    PRIMARY KEY (case_id, class)
);
