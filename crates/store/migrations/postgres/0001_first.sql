-- Text that is compared has the collation "C", so that both engines order it by bytes.
-- Times are microseconds since 1970 (UTC); documents are JSON. Every index is paid for by each commit.

CREATE TABLE case_ (
    id           BIGINT PRIMARY KEY,
    version      BIGINT NOT NULL,
    stage        BIGINT NOT NULL,
    received_us  BIGINT NOT NULL,
    changed_us   BIGINT NOT NULL,
    due_us       BIGINT,
    -- The card, while the case is open.
    open_card    BIGINT,
    account      BIGINT,
    -- The form that declared it; a form sent twice is one case.
    token        TEXT COLLATE "C",
    body         TEXT NOT NULL
);
CREATE INDEX case_by_stage ON case_ (stage, received_us, id);
CREATE INDEX case_by_due ON case_ (due_us) WHERE due_us IS NOT NULL;
CREATE INDEX case_by_open_card ON case_ (open_card) WHERE open_card IS NOT NULL;
CREATE INDEX case_by_account ON case_ (account) WHERE account IS NOT NULL;
CREATE UNIQUE INDEX case_by_token ON case_ (token) WHERE token IS NOT NULL;

CREATE TABLE journal (
    case_id  BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (case_id, version)
);

CREATE TABLE outbox (
    case_id    BIGINT NOT NULL,
    n          BIGINT NOT NULL,
    owed_us    BIGINT NOT NULL,
    -- When it may be tried next: its time, the end of a lease, or the pause after a failure.
    try_at_us  BIGINT NOT NULL,
    attempts   BIGINT NOT NULL DEFAULT 0,
    why        TEXT,
    effect     TEXT NOT NULL,
    PRIMARY KEY (case_id, n)
);
CREATE INDEX outbox_by_time ON outbox (try_at_us);

CREATE TABLE file (
    id     BIGINT PRIMARY KEY,
    media  TEXT NOT NULL,
    name   TEXT NOT NULL,
    at_us  BIGINT NOT NULL,
    bytes  BYTEA NOT NULL
);

CREATE TABLE card (
    id              BIGINT PRIMARY KEY,
    account         BIGINT NOT NULL,
    generation      BIGINT NOT NULL,
    state           TEXT COLLATE "C" NOT NULL,
    changed_us      BIGINT NOT NULL,
    -- Backwards, so that the last digits find it too.
    iccid_reversed  TEXT COLLATE "C",
    eid             TEXT COLLATE "C",
    imsi            TEXT COLLATE "C",
    imei            TEXT COLLATE "C",
    msisdn          TEXT COLLATE "C",
    serial          TEXT COLLATE "C",
    body            TEXT NOT NULL
);
CREATE INDEX card_by_account ON card (account);
CREATE INDEX card_by_iccid ON card (iccid_reversed) WHERE iccid_reversed IS NOT NULL;
CREATE INDEX card_by_eid ON card (eid) WHERE eid IS NOT NULL;
CREATE INDEX card_by_imsi ON card (imsi) WHERE imsi IS NOT NULL;
CREATE INDEX card_by_imei ON card (imei) WHERE imei IS NOT NULL;
CREATE INDEX card_by_msisdn ON card (msisdn) WHERE msisdn IS NOT NULL;
CREATE INDEX card_by_serial ON card (serial) WHERE serial IS NOT NULL;

-- Which switches have been made; `fresh` only inside the transaction that makes one.
CREATE TABLE card_switch (
    card_id     BIGINT NOT NULL,
    generation  BIGINT NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    fresh       BIGINT NOT NULL,
    PRIMARY KEY (card_id, generation, key)
);

CREATE TABLE account (
    id         BIGINT PRIMARY KEY,
    login      TEXT COLLATE "C" NOT NULL UNIQUE,
    staff      BIGINT NOT NULL,
    email      TEXT COLLATE "C",
    phone      TEXT COLLATE "C",
    -- Beside the document, so that an import can leave them alone.
    password   TEXT,
    totp       TEXT,
    totp_step  BIGINT NOT NULL,
    body       TEXT NOT NULL
);
CREATE INDEX account_by_staff ON account (staff) WHERE staff = 1;
CREATE INDEX account_by_email ON account (email) WHERE email IS NOT NULL;
CREATE INDEX account_by_phone ON account (phone) WHERE phone IS NOT NULL;

CREATE TABLE session (
    id          BYTEA PRIMARY KEY,
    account     BIGINT,
    expires_us  BIGINT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX session_by_account ON session (account) WHERE account IS NOT NULL;
CREATE INDEX session_by_end ON session (expires_us);

CREATE TABLE code (
    id          BYTEA PRIMARY KEY,
    hash        BYTEA NOT NULL,
    account     BIGINT,
    purpose     TEXT NOT NULL,
    expires_us  BIGINT NOT NULL,
    tries_left  BIGINT NOT NULL
);

CREATE TABLE usage (
    key       TEXT COLLATE "C" PRIMARY KEY,
    count     BIGINT NOT NULL,
    until_us  BIGINT NOT NULL
);

CREATE TABLE act (
    seq    BIGINT PRIMARY KEY,
    body   TEXT NOT NULL,
    chain  TEXT NOT NULL
);

CREATE TABLE probe (
    id     BIGINT PRIMARY KEY,
    count  BIGINT NOT NULL
);
