-- What moves on a card after its end.

-- Cards that have ended and are still watched, and by which case: derived from the journal, made anew at will.
CREATE TABLE watch_card (
    card_id     INTEGER PRIMARY KEY,
    generation  INTEGER NOT NULL,
    case_id     INTEGER NOT NULL,
    until_us    INTEGER NOT NULL
);
CREATE INDEX watch_card_by_end ON watch_card (until_us);

-- Records about such cards, each once; `done` 0 until a decision has been made on it. Of those about all other
-- cards nothing is kept.
CREATE TABLE watch_record (
    seq       INTEGER PRIMARY KEY,
    -- A keyed hash of the record's kind and id.
    id        BLOB NOT NULL UNIQUE,
    case_id   INTEGER NOT NULL,
    done      INTEGER NOT NULL,
    -- When it can no longer come again.
    until_us  INTEGER NOT NULL,
    body      TEXT NOT NULL
);
CREATE INDEX watch_record_new ON watch_record (case_id, seq) WHERE done = 0;
CREATE INDEX watch_record_by_end ON watch_record (until_us);
