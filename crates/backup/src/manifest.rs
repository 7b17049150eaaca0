//! The manifest: what was saved, line by line, in a form that a person can read and any program can check. It is the
//! truth about a backup; its own BLAKE3 hash stands in the receipt.
//!
//! `MANIFEST` is text, one entry a line after its head, fields parted by tabs: hash, size in bytes, time of last change
//! in seconds since 1970 with nine decimals, kind, path, and, only where it lies elsewhere, where it lies under
//! `files/`. Paths are escaped ([`names::escape`]). An empty folder has `-` for its hash and `folder` for its kind.

use std::fmt;

use case::saved::Kind;
use serde_json::json;

use crate::names;

/// Seconds since 1970 and nanoseconds: wider than any calendar, because cards have clocks that are wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    pub seconds: i64,
    pub nanos: u32,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.seconds, self.nanos)
    }
}

impl Time {
    fn read(text: &str) -> Option<Self> {
        let (seconds, nanos) = text.split_once('.')?;
        let nanos = Some(nanos).filter(|n| n.len() == 9 && n.bytes().all(|b| b.is_ascii_digit()))?;
        Some(Self { seconds: seconds.parse().ok()?, nanos: nanos.parse().ok()? })
    }

    /// Whether two are one within what a card's file system can say: FAT counts two seconds.
    pub fn is_about(self, other: Self) -> bool {
        self.seconds.abs_diff(other.seconds) <= 2
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// On the card, from its top.
    pub path: Vec<u8>,
    pub time: Time,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Folder,
    File {
        hash: blake3::Hash,
        size: u64,
        kind: Kind,
        /// Under `files/`, where that is not `path`: the same content is kept once, and some names cannot be kept.
        at: Option<Vec<u8>>,
    },
}

impl Entry {
    /// Where a file lies under `files/`.
    pub fn at(&self) -> &[u8] {
        match &self.what {
            What::File { at: Some(at), .. } => at,
            What::File { at: None, .. } | What::Folder => &self.path,
        }
    }

    /// Bytes of its content.
    pub fn size(&self) -> u64 {
        match self.what {
            What::File { size, .. } => size,
            What::Folder => 0,
        }
    }

    pub fn line(&self) -> String {
        let path = names::escape(&self.path);
        match &self.what {
            What::Folder => format!("-\t0\t{}\tfolder\t{path}\n", self.time),
            What::File { hash, size, kind, at } => {
                let at = at.as_ref().map(|at| format!("\t{}", names::escape(at))).unwrap_or_default();
                format!("{}\t{size}\t{}\t{}\t{path}{at}\n", hash.to_hex(), self.time, kind.name())
            }
        }
    }

    /// Back from [`Entry::line`], without its end. None where it is no such line, or leads out of the folder.
    pub fn read(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split('\t').collect();
        let (hash, size, time, kind, path, at) = match fields[..] {
            [hash, size, time, kind, path] => (hash, size, time, kind, path, None),
            [hash, size, time, kind, path, at] => (hash, size, time, kind, path, Some(at)),
            _ => return None,
        };
        let inside = |text: &str| names::unescape(text).filter(|path| names::is_inside(path));
        let (path, time) = (inside(path)?, Time::read(time)?);
        let at = match at {
            Some(at) => Some(inside(at)?),
            None => None,
        };
        let what = match (hash, kind) {
            ("-", "folder") if size == "0" && at.is_none() => What::Folder,
            _ => {
                let hash = blake3::Hash::from_hex(hash).ok()?;
                What::File { hash, size: size.parse().ok()?, kind: Kind::of_name(kind)?, at }
            }
        };
        Some(Self { path, time, what })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// By path.
    pub entries: Vec<Entry>,
}

const HEAD: &str = "# cease backup manifest 1: BLAKE3, bytes, changed, kind, path, (kept under files/ as)\n";
/// A manifest of ten million files.
pub const SIZE_MAX: u64 = 4 << 30;

impl Manifest {
    pub fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        self.entries.iter().for_each(|entry| text.push_str(&entry.line()));
        text
    }

    /// Why it is none, with the line's number.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "the manifest is no text".to_owned())?;
        let body = text.strip_prefix(HEAD).ok_or("the manifest is of no kind that is known here")?;
        let mut entries: Vec<Entry> = Vec::new();
        for (n, line) in body.split_terminator('\n').enumerate() {
            let bad = || format!("line {} of the manifest cannot be read", n + 2);
            let entry = Entry::read(line).ok_or_else(bad)?;
            if entries.last().is_some_and(|last| last.path >= entry.path) {
                return Err(format!("line {} of the manifest is out of order", n + 2));
            }
            entries.push(entry);
        }
        if body.is_empty() || body.ends_with('\n') {
            Ok(Self { entries })
        } else {
            Err("the manifest is cut off".to_owned())
        }
    }

    /// The same for programs that would rather read JSON.
    pub fn json(&self) -> String {
        let one = |entry: &Entry| {
            let (path, time) = (names::escape(&entry.path), entry.time.to_string());
            match &entry.what {
                What::Folder => json!({ "path": path, "changed": time, "kind": "folder" }),
                What::File { hash, size, kind, at } => {
                    let mut one = json!({
                        "path": path, "changed": time, "kind": kind.name(), "bytes": size,
                        "blake3": hash.to_hex().as_str(),
                    });
                    if let Some(at) = at {
                        one["kept_as"] = names::escape(at).into();
                    }
                    one
                }
            }
        };
        let mut text = "{\"format\":\"cease-backup-manifest/1\",\"entries\":[".to_owned();
        for (n, entry) in self.entries.iter().enumerate() {
            text.push_str(if n == 0 { "\n" } else { ",\n" });
            text.push_str(&one(entry).to_string());
        }
        text.push_str("\n]}\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let file = |path: &[u8], at: Option<&[u8]>| Entry {
            path: path.to_vec(),
            time: Time { seconds: -1, nanos: 5 },
            what: What::File { hash: blake3::hash(b"x"), size: 1, kind: Kind::Photo, at: at.map(<[u8]>::to_vec) },
        };
        let folder = Entry { path: b"empty".to_vec(), time: Time::default(), what: What::Folder };
        Manifest { entries: vec![file(b"a\tb", None), folder, file(b"\xd5\xd5", Some(b"a"))] }
    }

    #[test]
    fn it_reads_back_and_says_which_line_is_wrong() {
        let text = manifest().text();
        assert_eq!(Manifest::read(text.as_bytes()), Ok(manifest()));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&manifest().json()).unwrap()["entries"][2]["kept_as"],
            "a"
        );
        for (what, with, line) in [
            ("photo", "phto", "line 2"),
            ("\\xd5\\xd5", "../x", "line 4"),
            ("\\xd5\\xd5", "/etc/x", "line 4"),
            ("\ta\n", "\ta/../../x\n", "line 4"),
            ("\t1\t", "\t99999999999999999999\t", "line 2"),
            ("empty", "a", "line 3 of the manifest is out of order"),
        ] {
            let wrong = Manifest::read(text.replacen(what, with, 1).as_bytes()).unwrap_err();
            assert!(wrong.contains(line), "{what} → {with}: {wrong}");
        }
        assert!(Manifest::read(&text.as_bytes()[..text.len() - 1]).is_err(), "cut off");
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read_or_not(line: String) {
            if let Some(entry) = Entry::read(&line) {
                proptest::prop_assert!(names::is_inside(&entry.path) && names::is_inside(entry.at()));
            }
        }
    }
}
