-- What a case leaves beside it is found by the case, when it is erased.
CREATE INDEX text_sent_by_case ON text_sent (case_id);
CREATE INDEX watch_card_by_case ON watch_card (case_id);
CREATE INDEX watch_record_by_case ON watch_record (case_id);

-- Who follows the journal reads it from a place on. The range index that was here is only used by plans that readers
-- are kept from, so that every look went through the whole journal.
DROP INDEX journal_by_seq;
CREATE INDEX journal_by_seq ON journal (seq);
