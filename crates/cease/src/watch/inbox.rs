//! A folder that files of records are put into. A file is taken when it has not grown between two looks, read from
//! its beginning, and moved to `done`, or to `failed` with a list of its bad lines beside it. Whoever is killed in
//! between reads it again: every record counts once, however often its file is read, and by however many.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use reach::records::Format;
use store::StoreError;
use tokio::io::AsyncReadExt;

use super::intake::{Intake, PIECE, Stop, Summary};
use crate::app::Shared;

/// What was in the folder at the last look: size and time of each.
#[derive(Default)]
pub struct Inbox(BTreeMap<PathBuf, (u64, SystemTime)>);

impl Inbox {
    /// Takes what has come to rest since the last look.
    pub async fn look(&mut self, app: &Shared) -> Result<(), StoreError> {
        let Some(folder) = app.config.watch.as_ref().map(|w| &w.inbox).filter(|i| !i.as_os_str().is_empty()) else {
            return Ok(());
        };
        let now = match list(folder) {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!(%error, "the folder of the watch cannot be read");
                return Ok(());
            }
        };
        for (path, state) in &now {
            if self.0.get(path) == Some(state) {
                take(app, folder, path).await?;
            }
        }
        self.0 = now;
        Ok(())
    }
}

/// Files that are records by their name; what is hidden is still being written.
fn list(folder: &Path) -> io::Result<BTreeMap<PathBuf, (u64, SystemTime)>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(about) = entry.metadata() else { continue };
        if about.is_file() && !name.starts_with('.') && Format::of_name(&name).is_some() {
            found.insert(entry.path(), (about.len(), about.modified()?));
        }
    }
    Ok(found)
}

async fn take(app: &Shared, folder: &Path, path: &Path) -> Result<(), StoreError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let to = match read(app, path, |_| {}).await {
        Ok(summary) => {
            tracing::info!(records = summary.records, new = summary.new, bad = summary.bad, "records were taken in");
            if summary.bad == 0 {
                "done"
            } else {
                note(folder, &name, &serde_json::to_string_pretty(&summary).unwrap_or_default());
                "failed"
            }
        }
        Err(Problem::Stop(Stop::Store(error))) => return Err(error),
        Err(Problem::Stop(Stop::Header(fault))) => {
            note(folder, &name, &serde_json::to_string_pretty(&fault).unwrap_or_default());
            "failed"
        }
        // Another process was quicker, or it cannot be read: the next look tells.
        Err(Problem::Io(error)) => {
            tracing::warn!(%error, "a file of records could not be read");
            return Ok(());
        }
    };
    if let Err(error) = put_away(folder, path, to, &name)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::error!(%error, "a file of records could not be moved to {to}");
    }
    Ok(())
}

fn note(folder: &Path, name: &str, text: &str) {
    let failed = folder.join("failed");
    let written = std::fs::create_dir_all(&failed)
        .and_then(|()| std::fs::write(failed.join(format!("{name}.faults")), format!("{text}\n")));
    if let Err(error) = written {
        tracing::error!(%error, "what is wrong with a file of records could not be written beside it");
    }
}

/// Where one of this name lies there already, with a number.
fn put_away(folder: &Path, path: &Path, to: &str, name: &str) -> io::Result<()> {
    let to = folder.join(to);
    std::fs::create_dir_all(&to)?;
    let free = |place: &PathBuf| !place.exists();
    let numbered = (2..).map(|n| to.join(format!("{n}-{name}")));
    let place = std::iter::once(to.join(name)).chain(numbered).find(free).unwrap_or_else(|| to.join(name));
    std::fs::rename(path, place)
}

pub enum Problem {
    Io(io::Error),
    Stop(Stop),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem::Io(error)
    }
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        Problem::Stop(stop)
    }
}

/// Reads a file of records through.
pub async fn read(app: &Shared, path: &Path, tell: impl FnMut(&Summary)) -> Result<Summary, Problem> {
    let file = tokio::fs::File::open(path).await?;
    let format = Format::of_name(&path.to_string_lossy());
    read_from(app, file, format, tell).await
}

/// The same from anywhere; where the format is not known, by how it begins. `tell` hears of every piece.
pub async fn read_from(
    app: &Shared,
    mut from: impl tokio::io::AsyncRead + Unpin,
    format: Option<Format>,
    mut tell: impl FnMut(&Summary),
) -> Result<Summary, Problem> {
    let mut piece = vec![0; PIECE];
    let mut read = from.read(&mut piece).await?;
    let format = format.unwrap_or_else(|| Format::of_start(&piece[..read]));
    let mut intake = Intake::begin(app, format).await.map_err(Stop::Store)?;
    while read > 0 {
        intake.push(&piece[..read]).await?;
        tell(intake.so_far());
        read = from.read(&mut piece).await?;
    }
    Ok(intake.end().await?)
}
