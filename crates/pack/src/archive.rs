//! Writing and reading the archive. What is read is hostile until shown otherwise.

use std::collections::BTreeSet;
use std::io::{Error, Read, Result as Written, Write};

use jiff::Timestamp;
use rawzip::time::{UtcDateTime, ZipDateTimeKind};
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

use crate::{BadPack, Entry};

/// Larger packs are not read, in bytes.
pub const MAX_PACK: usize = 256 << 20;
/// Nor packs of more entries.
pub const MAX_ENTRIES: usize = 2_000;
const MAX_NAME: usize = 120;

/// An archive in the making: what has been added is written, and only the directory of names is held.
pub struct Writing<W: Write> {
    archive: ZipArchiveWriter<W>,
    at: Timestamp,
}

impl<W: Write> Writing<W> {
    pub fn new(out: W, at: Timestamp) -> Self {
        Self { archive: ZipArchiveWriter::new(out), at }
    }

    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Written<()> {
        let failed = |e: rawzip::Error| Error::other(e.to_string());
        let builder = self.archive.new_file(name).compression_method(CompressionMethod::STORE);
        let builder = builder.last_modified(UtcDateTime::from_unix(self.at.as_second()));
        let (mut entry, config) = builder.start().map_err(failed)?;
        let mut writer = config.wrap(&mut entry);
        writer.write_all(bytes)?;
        let (_, descriptor) = writer.finish().map_err(failed)?;
        entry.finish(descriptor).map_err(failed)?;
        Ok(())
    }

    /// Writes the directory; answers what was written to.
    pub fn finish(self) -> Written<W> {
        self.archive.finish().map_err(|e| Error::other(e.to_string()))
    }
}

/// The archive of these entries, in this order. Same entries, same bytes.
pub fn write(entries: &[Entry], at: Timestamp) -> Written<Vec<u8>> {
    let mut archive = Writing::new(Vec::new(), at);
    for (name, bytes) in entries {
        archive.add(name, bytes)?;
    }
    archive.finish()
}

/// Reads an archive as [`write`] makes it, and no other: nobody has signed what lies between the entries, behind them or
/// in their heads, and other programs would show it.
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>, BadPack> {
    read_made(bytes).map(|(entries, _)| entries)
}

/// The same, and the time that it says it was made at.
pub(crate) fn read_made(bytes: &[u8]) -> Result<(Vec<Entry>, Timestamp), BadPack> {
    if bytes.len() > MAX_PACK {
        return Err(BadPack::TooLarge(bytes.len()));
    }
    let archive = ZipArchive::from_slice(bytes).map_err(|_| BadPack::NotZip)?;
    let (mut found, mut names, mut total, mut made) = (Vec::new(), BTreeSet::new(), 0, None);
    let mut entries = archive.entries();
    while let Some(record) = entries.next_entry().map_err(|_| BadPack::NotZip)? {
        if found.len() == MAX_ENTRIES {
            return Err(BadPack::TooMany);
        }
        let path = record.file_path();
        let raw = path.as_bytes();
        let shown = || String::from_utf8_lossy(&raw[..raw.len().min(MAX_NAME)]).into_owned();
        let name = sound(raw).ok_or_else(|| BadPack::Name(shown()))?;
        // Some systems take large and small letters for the same.
        if !names.insert(name.to_lowercase()) {
            return Err(BadPack::Twice(name));
        }
        if record.compression_method() != CompressionMethod::STORE || record.flags().is_encrypted() {
            return Err(BadPack::Packed(name));
        }
        let damaged = || BadPack::Damaged(name.clone());
        let entry = archive.get_entry(record.wayfinder()).map_err(|_| damaged())?;
        // Entries that lie over one another would be more than the archive is.
        total += entry.data().len();
        if total > bytes.len() {
            return Err(damaged());
        }
        let mut content = Vec::with_capacity(entry.data().len());
        entry.verifying_reader(entry.data()).read_to_end(&mut content).map_err(|_| damaged())?;
        if let ZipDateTimeKind::Utc(time) = record.last_modified() {
            made = Timestamp::from_second(time.to_unix()).ok();
        }
        found.push((name, content));
    }
    let made = made.ok_or(BadPack::NotZip)?;
    let mut again = Writing::new(Same(bytes), made);
    found.iter().try_for_each(|(name, content)| again.add(name, content)).map_err(|_| BadPack::Repacked)?;
    let Same(rest) = again.finish().map_err(|_| BadPack::Repacked)?;
    if rest.is_empty() { Ok((found, made)) } else { Err(BadPack::Repacked) }
}

/// Takes what is written for as long as it is the same as this, without a copy of it.
struct Same<'a>(&'a [u8]);

impl Write for Same<'_> {
    fn write(&mut self, written: &[u8]) -> Written<usize> {
        self.0 = self.0.strip_prefix(written).ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(written.len())
    }

    fn flush(&mut self) -> Written<()> {
        Ok(())
    }
}

/// Letters, digits, `.-_` and one level of folders: nothing that leads anywhere else or is taken for something else.
fn sound(raw: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(raw).ok().filter(|name| !name.is_empty() && name.len() <= MAX_NAME)?;
    let part = |part: &str| {
        let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
        plain && !part.is_empty() && !part.starts_with('.') && !part.ends_with('.')
    };
    (name.split('/').count() <= 2 && name.split('/').all(part)).then(|| name.to_owned())
}
