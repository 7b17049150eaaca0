-- Whose account, whose channel, whose look: what keeps strangers out of a case, and impostors out of our name.

-- keys: what else than a password people sign in with. By account and beside its document, which an import writes anew.
CREATE TABLE passkey (
    id        BLOB PRIMARY KEY,
    account   INTEGER NOT NULL,
    name      TEXT NOT NULL,
    key       BLOB NOT NULL,
    -- Signatures that its authenticator has made, as far as we know; 0 where it does not count.
    count     INTEGER NOT NULL,
    added_us  INTEGER NOT NULL,
    used_us   INTEGER
) WITHOUT ROWID;
CREATE INDEX passkey_by_account ON passkey (account);

-- Codes for when a factor is lost, as keyed hashes; one that was used is gone.
CREATE TABLE recovery_code (
    account  INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    PRIMARY KEY (account, hash)
) WITHOUT ROWID;
