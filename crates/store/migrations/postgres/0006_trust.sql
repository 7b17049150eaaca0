-- Whose account, whose channel, whose look: what keeps strangers out of a case, and impostors out of our name.

-- What a worker has in hand (1) is not to be hastened: somebody else would take it up a second time.
ALTER TABLE outbox ADD COLUMN leased INTEGER NOT NULL DEFAULT 0;
-- Channels: which are ours, and what was reported as a fake.

-- What somebody proposed to change in the register of channels, and what somebody else decided on it.
CREATE TABLE channel_step (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    by_id       BIGINT NOT NULL,
    at_us       BIGINT NOT NULL,
    body        TEXT NOT NULL,
    decided_by  BIGINT,
    decided_us  BIGINT,
    approved    BIGINT,
    -- Never the same person.
    CHECK (decided_by IS NULL OR decided_by <> by_id)
);
CREATE INDEX channel_step_decided ON channel_step (decided_us) WHERE decided_us IS NOT NULL;

-- Every text of the register in force, as it was published.
CREATE TABLE channel_text (
    version  BIGINT PRIMARY KEY,
    at_us    BIGINT NOT NULL,
    body     TEXT NOT NULL
);

-- A channel that was reported, once.
CREATE TABLE fake (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    state       TEXT NOT NULL,
    -- It asks for cards, codes or money.
    urgent      BIGINT NOT NULL,
    reports     BIGINT NOT NULL,
    first_us    BIGINT NOT NULL,
    last_us     BIGINT NOT NULL,
    alarmed_us  BIGINT,
    decided_by  BIGINT,
    decided_us  BIGINT,
    UNIQUE (kind, value)
);
CREATE INDEX fake_by_state ON fake (state, seq);

-- A report. `contact` is forgotten once its reporter has been told what became of it.
CREATE TABLE fake_report (
    id       BIGINT PRIMARY KEY,
    at_us    BIGINT NOT NULL,
    contact  TEXT,
    body     TEXT NOT NULL
);
CREATE INDEX fake_report_untold ON fake_report (at_us) WHERE contact IS NOT NULL;

-- Which channels a report is about; `counted` 0 until it has been added to their number, `many` 1 where its network
-- sent more than people do.
CREATE TABLE fake_seen (
    report   BIGINT NOT NULL,
    fake     BIGINT NOT NULL,
    at_us    BIGINT NOT NULL,
    many     BIGINT NOT NULL,
    counted  BIGINT NOT NULL,
    PRIMARY KEY (report, fake)
);
CREATE INDEX fake_seen_by_fake ON fake_seen (fake, at_us);
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
-- What holds a card back. Apart from the account, which an import writes anew.
CREATE TABLE account_guard (
    account   BIGINT NOT NULL,
    -- The name of a fact, or `locked`, `unlocked`.
    kind      TEXT NOT NULL,
    -- Which of its kind: when it happened; 0 for the lock, of which there is one.
    which     BIGINT NOT NULL,
    at_us     BIGINT NOT NULL,
    until_us  BIGINT NOT NULL,
    -- The contacts that were known before, for as long as it counts.
    email     TEXT,
    phone     TEXT,
    -- 1 until contacts and cases have been told.
    untold    BIGINT NOT NULL,
    PRIMARY KEY (account, kind, which)
);
CREATE INDEX account_guard_untold ON account_guard (at_us) WHERE untold = 1;
CREATE INDEX account_guard_by_end ON account_guard (until_us);
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

-- Staff: who has looked at what, who sees more for a while, whose cases are an agency's.

-- A chain: each link carries the hash of all before it, in `chain`; `body` is what was hashed.
CREATE TABLE look (
    seq      BIGINT PRIMARY KEY,
    at_us    BIGINT NOT NULL,
    staff    BIGINT NOT NULL,
    agency   TEXT,
    case_id  BIGINT,
    what     TEXT NOT NULL,
    body     TEXT NOT NULL,
    chain    TEXT NOT NULL
);
CREATE INDEX look_by_case ON look (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX look_by_staff ON look (staff, seq);

-- The last link that was cut off because of its age.
CREATE TABLE look_cut (
    id     BIGINT PRIMARY KEY,
    seq    BIGINT NOT NULL,
    chain  TEXT NOT NULL
);
CREATE UNIQUE INDEX look_cut_by_seq ON look_cut (seq);

CREATE TABLE reveal (
    staff     BIGINT NOT NULL,
    what      TEXT NOT NULL,
    until_us  BIGINT NOT NULL,
    PRIMARY KEY (staff, what)
);

-- Only cases that came through an agency, or were given to one. `agency` is its name as a number.
CREATE TABLE case_agency (
    case_id  BIGINT PRIMARY KEY,
    agency   BIGINT NOT NULL,
    name     TEXT NOT NULL
);
CREATE INDEX case_agency_by_agency ON case_agency (agency, case_id);

CREATE TABLE letter_agency (
    id      BIGINT PRIMARY KEY,
    agency  BIGINT NOT NULL
);
