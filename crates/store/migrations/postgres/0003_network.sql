-- What is stuck on its way to the network, and where element and record differ.

-- Text messages that an SMSC has taken, by the name it gave them, until it has told what became of them.
CREATE TABLE text_sent (
    id        TEXT COLLATE "C" PRIMARY KEY,
    case_id   BIGINT NOT NULL,
    -- The parts of one text have this in common.
    text      TEXT NOT NULL,
    until_us  BIGINT NOT NULL
);
CREATE INDEX text_sent_by_end ON text_sent (until_us);
