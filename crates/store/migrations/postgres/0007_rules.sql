-- Rules, money, and the card in the post.

-- Who else says who somebody is, and where they have been before.

-- Whom an identity provider calls by which issuer and subject (`key` is the hash of both), and by nothing else.
CREATE TABLE federated (
    key      BYTEA PRIMARY KEY,
    account  BIGINT NOT NULL UNIQUE,
    issuer   TEXT NOT NULL,
    at_us    BIGINT NOT NULL
);

-- A browser that somebody has shown in who they are: a keyed hash of its cookie and the account.
CREATE TABLE browser (
    account   BIGINT NOT NULL,
    mark      BYTEA NOT NULL,
    first_us  BIGINT NOT NULL,
    seen_us   BIGINT NOT NULL,
    PRIMARY KEY (account, mark)
);
CREATE INDEX browser_by_use ON browser (seen_us);
-- The card in the post: what is to come back, as the follower of the journal knows it.
CREATE TABLE back (
    case_id  BIGINT PRIMARY KEY,
    -- On the label; names the return and says nothing of the case.
    code     TEXT NOT NULL UNIQUE,
    state    TEXT NOT NULL,
    due_us   BIGINT NOT NULL,
    carrier  TEXT,
    tracking TEXT,
    moved_us BIGINT NOT NULL,
    -- When its carrier is asked next; none where there is nothing to ask.
    poll_us  BIGINT
);
CREATE INDEX back_by_state ON back (state, due_us, case_id);
CREATE INDEX back_by_tracking ON back (tracking) WHERE tracking IS NOT NULL;
CREATE INDEX back_to_poll ON back (poll_us) WHERE poll_us IS NOT NULL;

-- What arrived and is nobody's we know.
CREATE TABLE stray (
    seq     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scan    TEXT NOT NULL,
    note    TEXT NOT NULL,
    by_id   BIGINT NOT NULL,
    at_us   BIGINT NOT NULL,
    -- When somebody found out whose it was, or that it is nobody's.
    done_us BIGINT,
    done_by BIGINT
);
CREATE INDEX stray_open ON stray (seq) WHERE done_us IS NULL;

-- What a carrier has told, by the name it gave to it: each once.
CREATE TABLE carrier_word (
    carrier TEXT NOT NULL,
    id      TEXT NOT NULL,
    at_us   BIGINT NOT NULL,
    PRIMARY KEY (carrier, id)
);
CREATE INDEX carrier_word_by_time ON carrier_word (at_us);
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
