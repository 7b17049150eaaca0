//! What lists and search ask for, and the index behind them.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::*;
use crate::ShownDue;
use crate::filter::Order;

/// What lists and search ask for, and the index behind them.
#[async_trait]
pub trait Lists: Send + Sync {
    /// One page of a built-in view, in its order, after the cursor; see [`filtered`](Store::filtered).
    async fn list(&self, view: View, after: Option<Cursor>, limit: u32) -> Result<Vec<Summary>>;
    /// How many cases stand at each stage, in the order of [`case::Stage::NAMES`]: exact up to [`COUNTED`],
    /// one more than that for more.
    async fn counts(&self) -> Result<[u64; 9]>;
    /// One page of the cases that a filter asks for, in its order (keyset paging). Stages are as they are
    /// now; all else as the index has it, a moment behind.
    async fn filtered(&self, filter: &Filter, asker: &Asker, start: Start, limit: u32) -> Result<Listed>;
    /// The first of these cases from there on, other than this one.
    async fn next(&self, filter: &Filter, asker: &Asker, start: Start, than: CaseRef) -> Result<Option<CaseRef>>;
    /// How many cases a filter asks for, as counted at most `age` ago.
    async fn count(&self, filter: &Filter, asker: &Asker, age: Duration) -> Result<Count>;
    /// Cases whose reference may have been meant by this text: itself, or one slip away from it.
    async fn near(&self, text: &str) -> Result<Vec<Case>>;
    /// Cases that are found by all the words of a text, newest first: holder's name, e-mail address, end of
    /// a phone number, beginning of a card's number, words of the thread.
    async fn search(&self, text: &str, after: Option<Cursor>, limit: u32) -> Result<Listed>;
    /// Brings the index of lists and search up to date with some of what has happened.
    async fn index(&self, limit: u32, shown: &ShownDue) -> Result<Indexed>;
    /// Has the whole index made anew by the calls of [`index`](Store::index) to come.
    async fn reindex(&self) -> Result<()>;
    /// Takes a case out of the index, until it next changes: what is erased cannot be searched for.
    async fn unindex(&self, reference: CaseRef) -> Result<()>;
    /// The views someone has saved, then those that others who work for the same share.
    async fn views(&self, staff: AccountId) -> Result<Vec<SavedView>>;
    /// Saves or changes a view; false, and nothing changed, where it is another's.
    async fn put_view(&self, view: SavedView) -> Result<bool>;
    /// False where there is none of this id, or it is another's.
    async fn delete_view(&self, id: u64, staff: AccountId) -> Result<bool>;
}

#[async_trait]
impl<E: Engine> Lists for Desk<E> {
    async fn list(&self, view: View, after: Option<Cursor>, limit: u32) -> Result<Vec<Summary>> {
        let sql = &LISTS[view as usize];
        let first = if view.order() == Order::Oldest { i64::MIN } else { i64::MAX };
        let after = after.map_or((first, first), |c| (c.at_us, c.reference.bits() as i64));
        let args = vec![after.0.into(), after.1.into(), i64::from(limit).into()];
        // A few rows are sooner read than handed to another thread.
        let found = if limit <= 4 { self.engine.read(sql, args).await? } else { self.engine.scan(sql, args).await? };
        found.iter().map(rows::summary).collect()
    }

    async fn counts(&self) -> Result<[u64; 9]> {
        let mut counts = [0; 9];
        let most = COUNTED as i64 + 1;
        for record in self.engine.scan(&COUNTS, vec![most.into()]).await? {
            if let Some(count) = usize::try_from(record.int(0)?).ok().and_then(|stage| counts.get_mut(stage)) {
                *count = record.int(1)? as u64;
            }
        }
        Ok(counts)
    }

    async fn filtered(&self, filter: &Filter, asker: &Asker, start: Start, limit: u32) -> Result<Listed> {
        self.page_of(filter, asker, start, limit).await
    }

    async fn next(&self, filter: &Filter, asker: &Asker, start: Start, than: CaseRef) -> Result<Option<CaseRef>> {
        self.next_of(filter, asker, start, than).await
    }

    async fn count(&self, filter: &Filter, asker: &Asker, age: Duration) -> Result<Count> {
        self.count_of(filter, asker, age).await
    }

    async fn near(&self, text: &str) -> Result<Vec<Case>> {
        self.nearest(text).await
    }

    async fn search(&self, text: &str, after: Option<Cursor>, limit: u32) -> Result<Listed> {
        self.search_for(text, after, limit).await
    }

    async fn index(&self, limit: u32, shown: &ShownDue) -> Result<Indexed> {
        self.index_some(limit, shown).await
    }

    async fn reindex(&self) -> Result<()> {
        self.index_anew().await
    }

    async fn unindex(&self, reference: CaseRef) -> Result<()> {
        self.unindex_one(reference).await
    }

    async fn views(&self, staff: AccountId) -> Result<Vec<SavedView>> {
        self.views_for(staff).await
    }

    async fn put_view(&self, view: SavedView) -> Result<bool> {
        self.save_view(view).await
    }

    async fn delete_view(&self, id: u64, staff: AccountId) -> Result<bool> {
        self.drop_view(id, staff).await
    }
}

/// Each stage's cases, as far as it is worth counting them.
static COUNTS: LazyLock<String> = LazyLock::new(|| {
    let each: Vec<String> = (0..case::Stage::NAMES.len())
        .map(|n| {
            format!("SELECT CAST({n} AS BIGINT) AS stage, COUNT(*) AS many FROM (SELECT 1 FROM case_ WHERE stage = {n} LIMIT $1) AS s{n}")
        })
        .collect();
    each.join(" UNION ALL ")
});

/// A list is read by stage, a few entries of the index each, and merged; only the rows of the page are opened.
/// In the order of [`View::ALL`].
static LISTS: LazyLock<[String; View::ALL.len()]> = LazyLock::new(|| View::ALL.map(list));

fn list(view: View) -> String {
    let (beyond, order) = match view.order() {
        Order::Oldest => (">", "received_us, id"),
        Order::Newest | Order::Due => ("<", "received_us DESC, id DESC"),
    };
    let names = view.stages();
    let numbers = (0..).zip(case::Stage::NAMES).filter(|(_, name)| names.is_empty() || names.contains(name));
    let parts: Vec<String> = numbers
        .map(|(stage, _): (i32, _)| {
            format!(
                "SELECT * FROM (SELECT id, received_us FROM case_ WHERE stage = {stage} \
                 AND (received_us, id) {beyond} ($1, $2) ORDER BY {order} LIMIT $3) AS s{stage}"
            )
        })
        .collect();
    format!(
        "SELECT body, changed_us, due_us FROM case_ WHERE id IN \
         (SELECT id FROM ({}) AS stages ORDER BY {order} LIMIT $3) ORDER BY {order}",
        parts.join(" UNION ALL ")
    )
}
