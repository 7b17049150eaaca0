-- Whose account, whose channel, whose look: what keeps strangers out of a case, and impostors out of our name.

-- What holds a card back. Apart from the account, which an import writes anew.
CREATE TABLE account_guard (
    account   INTEGER NOT NULL,
    -- The name of a fact, or `locked`, `unlocked`.
    kind      TEXT NOT NULL,
    -- Which of its kind: when it happened; 0 for the lock, of which there is one.
    which     INTEGER NOT NULL,
    at_us     INTEGER NOT NULL,
    until_us  INTEGER NOT NULL,
    -- The contacts that were known before, for as long as it counts.
    email     TEXT,
    phone     TEXT,
    -- 1 until contacts and cases have been told.
    untold    INTEGER NOT NULL,
    PRIMARY KEY (account, kind, which)
) WITHOUT ROWID;
CREATE INDEX account_guard_untold ON account_guard (at_us) WHERE untold = 1;
CREATE INDEX account_guard_by_end ON account_guard (until_us);
