//! Views that staff have saved: a name for a filter, for oneself or for all who work for the same: the house, or one
//! partner agency.

use case::{AccountId, Timestamp};

use crate::desk::Desk;
use crate::engine::Engine;
use crate::value::Record;
use crate::{Result, SavedView, rows, tenants};

/// Views that one member of staff is shown.
const MOST: usize = 200;

impl<E: Engine> Desk<E> {
    pub(crate) async fn views_for(&self, staff: AccountId) -> Result<Vec<SavedView>> {
        let sql = "SELECT v.id, v.staff, v.shared, v.name, v.query, v.at_us, o.body, r.body FROM saved_view AS v \
                   LEFT JOIN account AS o ON o.id = v.staff LEFT JOIN account AS r ON r.id = $1 \
                   WHERE v.staff = $1 OR v.shared = 1 ORDER BY v.shared, v.at_us, v.id";
        let mut found = Vec::new();
        for record in self.engine.read(sql, vec![staff.key().into()]).await? {
            let view = view(&record)?;
            if found.len() < MOST && (view.staff == staff || tenants::shares(&record, 6, 7)?) {
                found.push(view);
            }
        }
        Ok(found)
    }

    pub(crate) async fn save_view(&self, view: SavedView) -> Result<bool> {
        let sql = "INSERT INTO saved_view (id, staff, shared, name, query, at_us) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (id) DO UPDATE SET \
                   shared = excluded.shared, name = excluded.name, query = excluded.query \
                   WHERE saved_view.staff = excluded.staff RETURNING 1";
        let SavedView { id, staff, shared, name, query, at } = view;
        let args = vec![
            (id as i64).into(),
            staff.key().into(),
            i64::from(shared).into(),
            name.into(),
            query.into(),
            at.into(),
        ];
        Ok(!self.write(sql, args).await?.is_empty())
    }

    pub(crate) async fn drop_view(&self, id: u64, staff: AccountId) -> Result<bool> {
        let sql = "DELETE FROM saved_view WHERE id = $1 AND staff = $2 RETURNING 1";
        Ok(!self.write(sql, vec![(id as i64).into(), staff.key().into()]).await?.is_empty())
    }
}

fn view(record: &Record) -> Result<SavedView> {
    let at: Timestamp = record.time(5)?;
    Ok(SavedView {
        id: record.int(0)? as u64,
        staff: rows::account_id(record.int(1)?),
        shared: record.int(2)? == 1,
        name: record.text(3)?.to_owned(),
        query: record.text(4)?.to_owned(),
        at,
    })
}
