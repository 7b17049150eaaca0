-- Whose account, whose channel, whose look: what keeps strangers out of a case, and impostors out of our name.

-- keys: what else than a password people sign in with. By account and beside its document, which an import writes anew.
CREATE TABLE passkey (
    id        BYTEA PRIMARY KEY,
    account   BIGINT NOT NULL,
    name      TEXT NOT NULL,
    key       BYTEA NOT NULL,
    -- Signatures that its authenticator has made, as far as we know; 0 where it does not count.
    count     BIGINT NOT NULL,
    added_us  BIGINT NOT NULL,
    used_us   BIGINT
);
CREATE INDEX passkey_by_account ON passkey (account);

-- Codes for when a factor is lost, as keyed hashes; one that was used is gone.
CREATE TABLE recovery_code (
    account  BIGINT NOT NULL,
    hash     BYTEA NOT NULL,
    PRIMARY KEY (account, hash)
);
