-- Rules, money, and the card in the post.

-- Who else says who somebody is, and where they have been before.

-- Whom an identity provider calls by which issuer and subject (`key` is the hash of both), and by nothing else.
CREATE TABLE federated (
    key      BLOB PRIMARY KEY,
    account  INTEGER NOT NULL UNIQUE,
    issuer   TEXT NOT NULL,
    at_us    INTEGER NOT NULL
) WITHOUT ROWID;

-- A browser that somebody has shown in who they are: a keyed hash of its cookie and the account.
CREATE TABLE browser (
    account   INTEGER NOT NULL,
    mark      BLOB NOT NULL,
    first_us  INTEGER NOT NULL,
    seen_us   INTEGER NOT NULL,
    PRIMARY KEY (account, mark)
) WITHOUT ROWID;
CREATE INDEX browser_by_use ON browser (seen_us);
