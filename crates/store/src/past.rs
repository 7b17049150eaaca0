//! Cases that have a past: written whole with their journals, many at once, without effects.

use case::{Case, Entry, Timestamp};

use crate::engine::{Change, Statement};
use crate::value::json;
use crate::{Commit, Result, StoreError};

/// A case as it stands, and how it came to stand so.
#[derive(Clone, Debug)]
pub struct Past {
    pub case: Case,
    pub due: Option<Timestamp>,
    /// Its whole journal, oldest first; the last entry led to `case`.
    pub entries: Vec<Entry>,
}

pub(crate) fn statements(past: &[Past]) -> Result<Vec<Statement>> {
    let mut statements = Vec::new();
    for Past { case, due, entries } in past {
        let whole = (1..).zip(entries).all(|(version, e)| e.version == version && e.case == case.reference);
        let Some(last) =
            entries.last().filter(|last| whole && last.version == case.version && last.chain == case.chain)
        else {
            return Err(StoreError::Engine(format!("the journal of {} does not lead to it", case.reference)));
        };
        let change = Change::new(&Commit {
            case: case.clone(),
            expected: case.version - 1,
            entry: last.clone(),
            effects: Vec::new(),
            settles: None,
            held: None,
            token: None,
            due: *due,
        })?;
        let row = "INSERT INTO case_ \
                   (id, version, stage, received_us, changed_us, due_us, open_card, account, body) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let args = vec![
            change.id.into(),
            (case.version as i64).into(),
            change.stage.into(),
            change.received_us.into(),
            change.changed_us.into(),
            change.due_us.into(),
            change.open_card.into(),
            change.account.into(),
            change.body.into(),
        ];
        statements.push(Statement::new(row, args));
        for entry in entries {
            let line = "INSERT INTO journal (case_id, version, body) VALUES ($1, $2, $3)";
            let args = vec![change.id.into(), (entry.version as i64).into(), json(entry)?.into()];
            statements.push(Statement::new(line, args));
        }
    }
    Ok(statements)
}
