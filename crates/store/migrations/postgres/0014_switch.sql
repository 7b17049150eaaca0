-- Which switches a case has made is found by the case, when it is erased.
CREATE INDEX card_switch_by_case ON card_switch (substr(key, 1, 12));
-- Of a card that has ended nothing is switched again: what cases that were erased before have left there goes.
DELETE FROM card_switch WHERE EXISTS (SELECT 1 FROM card WHERE card.id = card_switch.card_id AND card.state = 'ceased');
