//! All that the desk has of a holder, as one archive that anybody can check: their account, cards, cases with journal,
//! thread, files and certificates, what they agreed to, how they sign in, and how many of the staff have looked.
//!
//! Nothing in it is anybody else's: no notes of the staff, no names of theirs, and of a case that somebody declared for
//! one of their cards without having been shown to be them, only that it is there; who wrote it may be a stranger. It is
//! made a case at a time into a file without a name, so that it takes no more memory than its largest case.

mod index;
mod records;

use std::fs::File;
use std::io::{Seek, SeekFrom};

use case::{Actor, Case, Entry, Timestamp};
use pack::{MANIFEST, MAX_ENTRIES, MAX_PACK, Manifest, Writing};
use store::{Account, Act, StoreError};

use crate::app::Shared;
use crate::evidence::{self, For};

/// Room that is left for what is written last: index and manifest.
const ROOM: usize = 1 << 20;

/// An archive, ready to be read from its beginning.
pub struct Export {
    pub file: File,
    pub bytes: u64,
    /// Cases that had no room any more: each can be taken by itself, from its own page.
    pub left_out: Vec<String>,
}

/// What of a case stands in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// Only that it is there: whoever declared it has not been shown to be the account's holder.
    Line,
    /// There was no room.
    LeftOut,
}

pub fn file_name(at: Timestamp) -> String {
    format!("cease-account-{}.zip", at.strftime("%Y-%m-%d"))
}

/// Gathers, signs and packs; that it was done is on the record of acts.
pub async fn of(app: &Shared, account: &Account) -> Result<Export, StoreError> {
    let made = app.now();
    let mut packing = Packing::begin(app, account, made)?;
    let mut cases: Vec<(Case, Part)> = Vec::new();
    for summary in app.store.cases_of(account.id).await? {
        let case = summary.case;
        let journal = app.store.journal(case.reference).await?;
        let part = match is_theirs(&case, &journal, account) {
            false => Part::Line,
            true => packing.case(app, &case, &journal).await?,
        };
        cases.push((case, part));
    }
    packing.add(records::of(app, account, &cases).await?).await?;
    let names: Vec<String> = packing.manifest.entries.iter().map(|(name, _)| name.clone()).collect();
    packing.add(index::of(app, &cases, &names, made)).await?;
    let (file, bytes) = packing.seal(app).await?;
    let act = Act { at: made, account: Some(account.id), what: "exported".into(), detail: format!("{bytes} bytes") };
    app.store.audit(act).await?;
    let left_out = cases.iter().filter(|(_, part)| *part == Part::LeftOut).map(|(case, _)| case.reference.to_string());
    Ok(Export { file, bytes, left_out: left_out.collect() })
}

/// Whether what was written in it is the holder's own: they declared it signed in, or have been shown to be them.
fn is_theirs(case: &Case, journal: &[Entry], account: &Account) -> bool {
    let declared = journal.first().is_some_and(|entry| match &entry.actor {
        Actor::Holder { account: by, .. } => *by == Some(account.id),
        // Staff and programs write down what somebody says: whose words those are is shown by the proof.
        Actor::Agent { .. } | Actor::Api { .. } | Actor::Clock | Actor::Network => false,
    });
    case.account == Some(account.id) && (case.proven || declared)
}

fn broken(e: impl std::fmt::Display) -> StoreError {
    StoreError::Engine(format!("the account cannot be packed: {e}"))
}

struct Packing {
    writing: Option<Writing<File>>,
    manifest: Manifest,
    bytes: usize,
}

impl Packing {
    fn begin(app: &Shared, account: &Account, made: Timestamp) -> Result<Self, StoreError> {
        // It never has a name, and goes with the last who holds it.
        let file = tempfile::tempfile_in(&app.config.desk.data).map_err(broken)?;
        let manifest = Manifest::of_account(&account.id.to_string(), made, app.keys.signing().public());
        Ok(Self { writing: Some(Writing::new(file, made)), manifest, bytes: 0 })
    }

    async fn case(&mut self, app: &Shared, case: &Case, journal: &[Entry]) -> Result<Part, StoreError> {
        let folder = |name: String| format!("{}/{}", case.reference, name.trim_start_matches("files/"));
        let entries = evidence::entries(app, case, journal, For::Holder).await?;
        let bytes: usize = entries.iter().map(|(_, bytes)| bytes.len()).sum();
        let many = self.manifest.entries.len() + entries.len();
        if self.bytes + bytes + many * 512 + ROOM > MAX_PACK || many + 20 > MAX_ENTRIES {
            return Ok(Part::LeftOut);
        }
        self.add(entries.into_iter().map(|(name, bytes)| (folder(name), bytes)).collect()).await?;
        Ok(Part::Whole)
    }

    /// Writes entries away from the tasks that answer others.
    async fn add(&mut self, entries: Vec<pack::Entry>) -> Result<(), StoreError> {
        for (name, bytes) in &entries {
            self.manifest.tell(name, bytes);
            self.bytes += bytes.len();
        }
        let mut writing = self.writing.take().ok_or_else(|| broken("it broke off before"))?;
        let written = tokio::task::spawn_blocking(move || {
            entries.iter().try_for_each(|(name, bytes)| writing.add(name, bytes)).map(|()| writing)
        });
        self.writing = Some(written.await.map_err(broken)?.map_err(broken)?);
        Ok(())
    }

    async fn seal(mut self, app: &Shared) -> Result<(File, u64), StoreError> {
        let signed = self.manifest.sign(&app.keys.signing()).into_bytes();
        let writing = self.writing.take().ok_or_else(|| broken("it broke off before"))?;
        let sealed = tokio::task::spawn_blocking(move || {
            let mut writing = writing;
            writing.add(MANIFEST, &signed)?;
            let mut file = writing.finish()?;
            let bytes = file.seek(SeekFrom::End(0))?;
            file.rewind()?;
            std::io::Result::Ok((file, bytes))
        });
        sealed.await.map_err(broken)?.map_err(broken)
    }
}

#[cfg(test)]
mod tests;
