//! Many commits as one statement: a column of values each, unnested by the server.

use tokio_postgres::types::ToSql;

use crate::engine::Change;

/// Answers the cases whose commit landed; what has moved on, or uses a token again, is left out of all parts.
pub(super) const COMMITS: &str = "\
WITH c AS MATERIALIZED (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                         $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::bigint[])
    AS c (id, expected, stage, received_us, changed_us, due_us, open_card, account, token, body, version, settles)
), opened AS (
    INSERT INTO case_ (id, version, stage, received_us, changed_us, due_us, open_card, account, token, body)
    SELECT id, version, stage, received_us, changed_us, due_us, open_card, account, token, body FROM c WHERE expected = 0
    ON CONFLICT DO NOTHING RETURNING id
), changed AS (
    UPDATE case_ SET version = c.version, stage = c.stage, changed_us = c.changed_us, due_us = c.due_us,
        open_card = c.open_card, account = c.account, body = c.body
    FROM c WHERE case_.id = c.id AND case_.version = c.expected AND c.expected > 0 RETURNING case_.id
), landed AS MATERIALIZED (
    SELECT id FROM opened UNION ALL SELECT id FROM changed
), journalled AS (
    INSERT INTO journal (case_id, version, body)
    SELECT case_id, version, body FROM unnest($18::bigint[], $19::bigint[], $20::text[]) AS j (case_id, version, body)
    WHERE (case_id IN (SELECT id FROM landed)) IS TRUE
), settled AS (
    DELETE FROM outbox USING c WHERE outbox.case_id = c.id AND outbox.n = c.settles
        AND c.settles IS NOT NULL AND (c.id IN (SELECT id FROM landed)) IS TRUE
), owed AS (
    INSERT INTO outbox (case_id, n, owed_us, try_at_us, effect)
    SELECT case_id, n, owed_us, try_at_us, effect
    FROM unnest($13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[])
        AS o (case_id, n, owed_us, try_at_us, effect)
    WHERE (case_id IN (SELECT id FROM landed)) IS TRUE
)
SELECT id FROM landed";

#[derive(Default)]
pub(super) struct Columns<'a> {
    id: Vec<i64>,
    expected: Vec<i64>,
    stage: Vec<i64>,
    received_us: Vec<i64>,
    changed_us: Vec<i64>,
    due_us: Vec<Option<i64>>,
    open_card: Vec<Option<i64>>,
    account: Vec<Option<i64>>,
    token: Vec<Option<&'a str>>,
    body: Vec<&'a str>,
    version: Vec<i64>,
    settles: Vec<Option<i64>>,
    owed_case: Vec<i64>,
    owed_n: Vec<i64>,
    owed_us: Vec<i64>,
    owed_try_at_us: Vec<i64>,
    owed_effect: Vec<&'a str>,
    entry_case: Vec<i64>,
    entry_version: Vec<i64>,
    entry: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    /// None where there is nothing to commit. Rows go in the order of their ids, in which all
    /// processes then take their locks.
    pub fn of(changes: impl Iterator<Item = &'a Change>) -> Option<Self> {
        let mut changes: Vec<&Change> = changes.collect();
        changes.sort_unstable_by_key(|change| change.id);
        let mut columns = Self::default();
        for c in &changes {
            columns.id.push(c.id);
            columns.expected.push(c.expected);
            columns.stage.push(c.stage);
            columns.received_us.push(c.received_us);
            columns.changed_us.push(c.changed_us);
            columns.due_us.push(c.due_us);
            columns.open_card.push(c.open_card);
            columns.account.push(c.account);
            columns.token.push(c.token.as_deref());
            columns.body.push(&c.body);
            columns.version.push(c.version);
            columns.settles.push(c.settles);
            for (version, entry) in &c.entries {
                columns.entry_case.push(c.id);
                columns.entry_version.push(*version);
                columns.entry.push(entry);
            }
            for owed in &c.owed {
                columns.owed_case.push(c.id);
                columns.owed_n.push(owed.n);
                columns.owed_us.push(owed.owed_us);
                columns.owed_try_at_us.push(owed.try_at_us);
                columns.owed_effect.push(&owed.effect);
            }
        }
        (!changes.is_empty()).then_some(columns)
    }

    pub fn params(&self) -> [&(dyn ToSql + Sync); 20] {
        [
            &self.id,
            &self.expected,
            &self.stage,
            &self.received_us,
            &self.changed_us,
            &self.due_us,
            &self.open_card,
            &self.account,
            &self.token,
            &self.body,
            &self.version,
            &self.settles,
            &self.owed_case,
            &self.owed_n,
            &self.owed_us,
            &self.owed_try_at_us,
            &self.owed_effect,
            &self.entry_case,
            &self.entry_version,
            &self.entry,
        ]
    }
}
