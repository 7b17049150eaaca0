-- What the contacts of an account have still to be told of it: a row for each of them, until its carrier has taken it.
CREATE TABLE notice (
    -- The letter, and which of its recipients.
    key         TEXT NOT NULL,
    n           BIGINT NOT NULL,
    account     BIGINT NOT NULL,
    -- What happened, by its name.
    what        TEXT NOT NULL,
    -- 1 where it goes by text message.
    by_text     BIGINT NOT NULL,
    -- To whom, and by which phrase they know us: nobody reads it without the desk's key. Empty once it was given up.
    sealed      TEXT NOT NULL,
    at_us       BIGINT NOT NULL,
    try_at_us   BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    -- 1 while somebody has it in hand.
    leased      BIGINT NOT NULL,
    gave_up_us  BIGINT,
    PRIMARY KEY (key, n)
);
CREATE INDEX notice_by_try ON notice (try_at_us) WHERE gave_up_us IS NULL;
CREATE INDEX notice_by_end ON notice (gave_up_us) WHERE gave_up_us IS NOT NULL;
CREATE INDEX notice_by_account ON notice (account);
