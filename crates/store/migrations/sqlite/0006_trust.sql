-- Whose account, whose channel, whose look: what keeps strangers out of a case, and impostors out of our name.

-- Staff: who has looked at what, who sees more for a while, whose cases are an agency's.

-- A chain: each link carries the hash of all before it, in `chain`; `body` is what was hashed.
CREATE TABLE look (
    seq      INTEGER PRIMARY KEY,
    at_us    INTEGER NOT NULL,
    staff    INTEGER NOT NULL,
    agency   TEXT,
    case_id  INTEGER,
    what     TEXT NOT NULL,
    body     TEXT NOT NULL,
    chain    TEXT NOT NULL
);
CREATE INDEX look_by_case ON look (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX look_by_staff ON look (staff, seq);

-- The last link that was cut off because of its age.
CREATE TABLE look_cut (
    id     INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL,
    chain  TEXT NOT NULL
);

CREATE TABLE reveal (
    staff     INTEGER NOT NULL,
    what      TEXT NOT NULL,
    until_us  INTEGER NOT NULL,
    PRIMARY KEY (staff, what)
) WITHOUT ROWID;

-- Only cases that came through an agency, or were given to one. `agency` is its name as a number.
CREATE TABLE case_agency (
    case_id  INTEGER PRIMARY KEY,
    agency   INTEGER NOT NULL,
    name     TEXT NOT NULL
);
CREATE INDEX case_agency_by_agency ON case_agency (agency, case_id);

CREATE TABLE letter_agency (
    id      INTEGER PRIMARY KEY,
    agency  INTEGER NOT NULL
);
