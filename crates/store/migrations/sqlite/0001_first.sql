-- Times are microseconds since 1970 (UTC); documents are JSON. Every index is paid for by each commit.

-- In the order of arrival, as the journal, so that a group of commits touches few pages.
CREATE TABLE case_ (
    seq          INTEGER PRIMARY KEY,
    id           INTEGER NOT NULL UNIQUE,
    version      INTEGER NOT NULL,
    stage        INTEGER NOT NULL,
    received_us  INTEGER NOT NULL,
    changed_us   INTEGER NOT NULL,
    due_us       INTEGER,
    -- The card, while the case is open.
    open_card    INTEGER,
    account      INTEGER,
    -- The form that declared it; a form sent twice is one case.
    token        TEXT,
    body         TEXT NOT NULL
);
CREATE INDEX case_by_stage ON case_ (stage, received_us, id);
CREATE INDEX case_by_due ON case_ (due_us) WHERE due_us IS NOT NULL;
CREATE INDEX case_by_open_card ON case_ (open_card) WHERE open_card IS NOT NULL;
CREATE INDEX case_by_account ON case_ (account) WHERE account IS NOT NULL;
CREATE UNIQUE INDEX case_by_token ON case_ (token) WHERE token IS NOT NULL;

CREATE TABLE journal (
    seq      INTEGER PRIMARY KEY,
    case_id  INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    body     TEXT NOT NULL
);
CREATE UNIQUE INDEX journal_by_case ON journal (case_id, version);

CREATE TABLE outbox (
    case_id    INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    owed_us    INTEGER NOT NULL,
    -- When it may be tried next: its time, the end of a lease, or the pause after a failure.
    try_at_us  INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    why        TEXT,
    effect     TEXT NOT NULL,
    PRIMARY KEY (case_id, n)
) WITHOUT ROWID;
CREATE INDEX outbox_by_time ON outbox (try_at_us);

CREATE TABLE file (
    id     INTEGER PRIMARY KEY,
    media  TEXT NOT NULL,
    name   TEXT NOT NULL,
    at_us  INTEGER NOT NULL,
    bytes  BLOB NOT NULL
);

CREATE TABLE card (
    id              INTEGER PRIMARY KEY,
    account         INTEGER NOT NULL,
    generation      INTEGER NOT NULL,
    state           TEXT NOT NULL,
    changed_us      INTEGER NOT NULL,
    -- Backwards, so that the last digits find it too.
    iccid_reversed  TEXT,
    eid             TEXT,
    imsi            TEXT,
    imei            TEXT,
    msisdn          TEXT,
    serial          TEXT,
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
    card_id     INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    key         TEXT NOT NULL,
    fresh       INTEGER NOT NULL,
    PRIMARY KEY (card_id, generation, key)
) WITHOUT ROWID;

CREATE TABLE account (
    id         INTEGER PRIMARY KEY,
    login      TEXT NOT NULL UNIQUE,
    staff      INTEGER NOT NULL,
    email      TEXT,
    phone      TEXT,
    -- Beside the document, so that an import can leave them alone.
    password   TEXT,
    totp       TEXT,
    totp_step  INTEGER NOT NULL,
    body       TEXT NOT NULL
);
CREATE INDEX account_by_staff ON account (staff) WHERE staff = 1;
CREATE INDEX account_by_email ON account (email) WHERE email IS NOT NULL;
CREATE INDEX account_by_phone ON account (phone) WHERE phone IS NOT NULL;

CREATE TABLE session (
    id          BLOB PRIMARY KEY,
    account     INTEGER,
    expires_us  INTEGER NOT NULL,
    body        TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_by_account ON session (account) WHERE account IS NOT NULL;
CREATE INDEX session_by_end ON session (expires_us);

CREATE TABLE code (
    id          BLOB PRIMARY KEY,
    hash        BLOB NOT NULL,
    account     INTEGER,
    purpose     TEXT NOT NULL,
    expires_us  INTEGER NOT NULL,
    tries_left  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE usage (
    key       TEXT PRIMARY KEY,
    count     INTEGER NOT NULL,
    until_us  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE act (
    seq    INTEGER PRIMARY KEY,
    body   TEXT NOT NULL,
    chain  TEXT NOT NULL
);

CREATE TABLE probe (
    id     INTEGER PRIMARY KEY,
    count  INTEGER NOT NULL
);
