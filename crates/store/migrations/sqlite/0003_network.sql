-- What is stuck on its way to the network, and where element and record differ.

-- Text messages that an SMSC has taken, by the name it gave them, until it has told what became of them.
CREATE TABLE text_sent (
    id        TEXT PRIMARY KEY,
    case_id   INTEGER NOT NULL,
    -- The parts of one text have this in common.
    text      TEXT NOT NULL,
    until_us  INTEGER NOT NULL
);
CREATE INDEX text_sent_by_end ON text_sent (until_us);
-- Stuck (what is owed and failing, and where the network's elements differ from our records).

-- The kind of an effect that has been tried in vain, so that the desk's list of those is an index of its own and
-- costs no commit anything.
ALTER TABLE outbox ADD COLUMN failing TEXT;
CREATE INDEX outbox_failing ON outbox (owed_us, case_id, n) WHERE failing IS NOT NULL;

-- Where an element and our records say different things of one activation. `resolved_us` once they agree again.
CREATE TABLE finding (
    seq          INTEGER PRIMARY KEY,
    element      TEXT NOT NULL,
    card_id      INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    what         TEXT NOT NULL,
    since_us     INTEGER NOT NULL,
    -- The beginning of the last comparison that found it.
    seen_us      INTEGER NOT NULL,
    alarmed_us   INTEGER,
    resolved_us  INTEGER
);
CREATE UNIQUE INDEX finding_open ON finding (element, card_id, generation, what) WHERE resolved_us IS NULL;
CREATE INDEX finding_alarm ON finding (seq) WHERE resolved_us IS NULL AND alarmed_us IS NULL;
