//! The file beside the database: what was last signed, or seen to be signed, and how far the journal had come. It is
//! replaced whole and is on disk before the checkpoint is known to anybody.

use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use proof::log::{Checkpoint, Note};

/// A place in the journal, and the checkpoint of the log that had followed it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub seq: i64,
    /// The chain value of the journal's entry there; empty where nothing has been followed.
    pub chain: String,
    pub note: Note,
    pub checkpoint: Checkpoint,
}

fn file(dir: &Path) -> PathBuf {
    dir.join("log").join("signed")
}

/// Reads it; none where nothing was kept yet. What is damaged is [`ErrorKind::InvalidData`]; any other error says
/// nothing about the file (there may be too many open ones) and may be over the next time.
pub fn load(dir: &Path) -> std::io::Result<Option<Kept>> {
    let path = file(dir);
    let text = match std::fs::read_to_string(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) if e.kind() != ErrorKind::InvalidData => {
            return Err(Error::new(e.kind(), format!("cannot read {}: {e}", path.display())));
        }
        read => read.unwrap_or_default(),
    };
    let damaged = || Error::new(ErrorKind::InvalidData, format!("{} is damaged", path.display()));
    parse(&text).map(Some).ok_or_else(damaged)
}

fn parse(text: &str) -> Option<Kept> {
    let (place, note) = text.split_once('\n')?;
    let (seq, chain) = place.split_once(' ')?;
    let note = Note::parse(note.as_bytes()).ok()?;
    let checkpoint = Checkpoint::parse(note.text())?;
    Some(Kept { seq: seq.parse().ok()?, chain: chain.to_owned(), note, checkpoint })
}

/// Replaces it; on disk when this returns.
pub fn save(dir: &Path, kept: &Kept) -> anyhow::Result<()> {
    let path = file(dir);
    let parent = dir.join("log");
    std::fs::create_dir_all(&parent).with_context(|| format!("cannot make {}", parent.display()))?;
    replace(&path, format!("{} {}\n{}", kept.seq, kept.chain, kept.note).as_bytes())
}

/// Replaces a file whole: its content is on disk before it has the name, and the name before this returns.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let why = || format!("cannot write {}", path.display());
    let mut new = tempfile::NamedTempFile::new_in(parent).with_context(why)?;
    new.write_all(bytes).with_context(why)?;
    new.as_file().sync_all().with_context(why)?;
    new.persist(path).with_context(why)?;
    std::fs::File::open(parent).and_then(|dir| dir.sync_all()).with_context(why)
}

#[cfg(test)]
mod tests {
    use proof::SigningKey;
    use proof::log::note;

    use super::*;

    #[test]
    fn what_was_kept_is_read_again_and_damage_is_said() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(load(dir.path()).unwrap(), None);
        let key = SigningKey::from_seed("log", &[1; 32]).unwrap();
        for (seq, chain) in [(0, ""), (7, "abc")] {
            let checkpoint = Checkpoint::new("log", 0, proof::log::tree::root(&[]));
            let text = checkpoint.text();
            let note = Note::new(text.clone(), vec![note::sign(&text, &key)]);
            let kept = Kept { seq, chain: chain.into(), note, checkpoint };
            save(dir.path(), &kept).unwrap();
            assert_eq!(load(dir.path()).unwrap(), Some(kept));
        }
        for damage in [&b"7 abc\n"[..], b"", b"\xff"] {
            std::fs::write(file(dir.path()), damage).unwrap();
            let error = load(dir.path()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(error.to_string().contains("damaged"));
        }
        std::fs::remove_file(file(dir.path())).unwrap();
        std::fs::create_dir(file(dir.path())).unwrap();
        assert_ne!(load(dir.path()).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
