-- Whose account, whose channel, whose look: what keeps strangers out of a case, and impostors out of our name.

-- What a worker has in hand (1) is not to be hastened: somebody else would take it up a second time.
ALTER TABLE outbox ADD COLUMN leased INTEGER NOT NULL DEFAULT 0;
