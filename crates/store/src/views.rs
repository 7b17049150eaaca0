//! Views that staff have saved: a name for a filter, for oneself or for everyone at the desk.

use case::{AccountId, Timestamp};

use crate::desk::Desk;
use crate::engine::Engine;
use crate::value::Record;
use crate::{Result, SavedView, rows};

impl<E: Engine> Desk<E> {
    pub(crate) async fn views_for(&self, staff: AccountId) -> Result<Vec<SavedView>> {
        let sql = "SELECT id, staff, shared, name, query, at_us FROM saved_view WHERE staff = $1 OR shared = 1 \
                   ORDER BY shared, at_us, id LIMIT 200";
        self.engine.read(sql, vec![staff.key().into()]).await?.iter().map(view).collect()
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
