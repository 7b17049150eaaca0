-- Whose account, whose channel, whose look: what keeps strangers out of a case, and impostors out of our name.

-- Both sides prove themselves.

-- With whose holder somebody at the desk talks now. The codes both read out follow from `id` and the desk's key; what
-- stands here is how often one may still be wrong, and which one was used last.
CREATE TABLE contact (
    case_id     INTEGER PRIMARY KEY,
    id          BLOB NOT NULL,
    staff       INTEGER NOT NULL,
    way         TEXT NOT NULL,
    opened_us   INTEGER NOT NULL,
    until_us    INTEGER NOT NULL,
    tries_left  INTEGER NOT NULL,
    used_turn   INTEGER,
    used_us     INTEGER
);
CREATE INDEX contact_by_end ON contact (until_us);

-- A holder's own phrase, sealed. It is no part of the account, which an import overwrites; it goes with it all the same.
CREATE TABLE phrase (
    account     INTEGER PRIMARY KEY,
    sealed      BLOB NOT NULL,
    at_us       INTEGER NOT NULL
);
CREATE TRIGGER phrase_goes AFTER DELETE ON account BEGIN DELETE FROM phrase WHERE account = OLD.id; END;
