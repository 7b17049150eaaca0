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
