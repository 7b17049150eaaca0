-- Whose account, whose channel, whose look: what keeps strangers out of a case, and impostors out of our name.

-- Both sides prove themselves.

-- With whose holder somebody at the desk talks now. The codes both read out follow from `id` and the desk's key; what
-- stands here is how often one may still be wrong, and which one was used last.
CREATE TABLE contact (
    case_id     BIGINT PRIMARY KEY,
    id          BYTEA NOT NULL,
    staff       BIGINT NOT NULL,
    way         TEXT NOT NULL,
    opened_us   BIGINT NOT NULL,
    until_us    BIGINT NOT NULL,
    tries_left  BIGINT NOT NULL,
    used_turn   BIGINT,
    used_us     BIGINT
);
CREATE INDEX contact_by_end ON contact (until_us);

-- A holder's own phrase, sealed. It is no part of the account, which an import overwrites; it goes with it all the same.
CREATE TABLE phrase (
    account     BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    sealed      BYTEA NOT NULL,
    at_us       BIGINT NOT NULL
);
