-- The one case by which a card may end with nobody looking.
CREATE TABLE card_sole (
    card_id     BIGINT NOT NULL,
    generation  BIGINT NOT NULL,
    case_id     BIGINT NOT NULL,
    PRIMARY KEY (card_id, generation)
);
CREATE INDEX card_sole_by_case ON card_sole (case_id);
