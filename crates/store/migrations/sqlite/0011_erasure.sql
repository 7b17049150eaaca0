-- Erasure of cases and accounts.

-- Cases whose own data is due to go: told, waiting for their day, or kept by something; `why` says by what.
CREATE TABLE erasing (
    case_id  INTEGER PRIMARY KEY,
    next_us  INTEGER NOT NULL,
    why      TEXT
);
CREATE INDEX erasing_by_time ON erasing (next_us);

-- Holders who go: since when a case of theirs was last erased, and since when they have asked for it.
CREATE TABLE parting (
    account   INTEGER PRIMARY KEY,
    since_us  INTEGER,
    asked_us  INTEGER
);
