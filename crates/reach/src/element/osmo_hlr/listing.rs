//! All subscribers, for whoever compares the HLR with the operator's records. OsmoHLR lists them in one
//! go and in no order, so the list is taken once, sorted, and given out page by page.

use std::collections::BTreeMap;

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::ipa::Bad;
use super::steps::Hlr;
use super::vty::{Row, row};
use crate::{Failure, Held, Observed};

/// The list that is being given out.
#[derive(Default)]
pub(super) struct Listing(Mutex<Option<BTreeMap<Box<str>, Observed>>>);

impl Listing {
    /// The first page takes a new list; the last one lets it go.
    pub(super) async fn page(&self, hlr: &Hlr, after: Option<&str>, limit: u32) -> Result<Vec<Held>, Failure> {
        let mut kept = self.0.lock().await;
        let list = match kept.take().filter(|_| after.is_some()) {
            Some(list) => list,
            None => take(hlr).await?,
        };
        let from = (std::ops::Bound::Excluded(after.unwrap_or_default()), std::ops::Bound::Unbounded);
        let after = list.range::<str, _>(from).take(limit as usize);
        let held = after.map(|(imsi, seen)| Held { imsi: Some(imsi.to_string()), iccid: None, observed: *seen });
        let page: Vec<_> = held.collect();
        if page.len() == limit as usize {
            *kept = Some(list);
        }
        Ok(page)
    }
}

async fn take(hlr: &Hlr) -> Result<BTreeMap<Box<str>, Observed>, Failure> {
    let mut vty = hlr.session().await?;
    let mut list = BTreeMap::new();
    let (mut rows, mut shown) = (0, None);
    let lines = vty.lines("show subscribers all", |line| {
        match row(line)? {
            Row::Subscriber { imsi, may_attach } => {
                rows += 1;
                list.insert(imsi.as_str().into(), if may_attach { Observed::Active } else { Observed::Barred });
            }
            Row::Shown(many) => shown = Some(many),
            Row::Nameless => rows += 1,
            Row::Heading => {}
        }
        Ok::<(), Bad>(())
    });
    // A million subscribers take the element a few seconds.
    timeout(hlr.patience * 12, lines).await.unwrap_or_else(|_| Err(hlr.vty_silent()))?;
    if shown != Some(rows) {
        return Err(Failure::Retry("VTY: the list of subscribers is not whole".into()));
    }
    Ok(list)
}
