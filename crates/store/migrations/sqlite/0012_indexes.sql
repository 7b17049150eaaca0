-- What a case leaves beside it is found by the case, when it is erased.
CREATE INDEX text_sent_by_case ON text_sent (case_id);
CREATE INDEX watch_card_by_case ON watch_card (case_id);
CREATE INDEX watch_record_by_case ON watch_record (case_id);
