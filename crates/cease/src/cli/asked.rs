//! What is asked on the command line, read by every command alike: so the same slip has the same words and the same exit
//! code wherever it is made.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use case::{Case, CaseRef, Lang, Timestamp};
use jiff::civil::Date;

use super::Failed;
use crate::app::App;

pub fn reference(text: &str) -> Result<CaseRef, &'static str> {
    text.parse().map_err(|_| "this is no reference of a case; look for a slip in it")
}

pub fn day(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "this is no day; write it like 2027-04-01")
}

pub fn moment(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "this is no moment; write it like 2026-11-26T04:00:00Z")
}

pub fn lang(tag: &str) -> Result<Lang, &'static str> {
    Lang::from_tag(tag).ok_or("this is no language of ours; there are en and zh-CN")
}

/// The case of that reference.
pub async fn case(app: &App, reference: CaseRef) -> Result<Case, Failed> {
    let none = || Failed::new(4, anyhow::anyhow!("there is no case {reference}"));
    app.store.case(reference).await?.ok_or_else(none)
}

/// A file to be read, or standard input (`-`).
pub fn input(path: &Path) -> Result<Box<dyn Read>, Failed> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    match open(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(why) => Err(unreadable(path, why)),
    }
}

/// A file that is small, as text.
pub fn text(path: &Path) -> Result<String, Failed> {
    open(path).and_then(io::read_to_string).map_err(|why| unreadable(path, why))
}

/// A folder can be opened, and says that it is one only once it is read.
fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::other("this is a folder; name a file in it"));
    }
    Ok(file)
}

pub fn unreadable(path: &Path, why: impl std::fmt::Display) -> Failed {
    Failed::new(2, anyhow::anyhow!("cannot read {}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_is_named_with_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        for (path, says) in [(dir.path().join("none"), "No such file"), (dir.path().to_owned(), "this is a folder")] {
            for failed in [input(&path).err().unwrap(), text(&path).err().unwrap()] {
                let said = failed.error.to_string();
                assert!(failed.code == 2 && said.contains(says) && said.contains(path.to_str().unwrap()), "{said}");
            }
        }
        std::fs::write(dir.path().join("a"), "words").unwrap();
        assert_eq!(text(&dir.path().join("a")).ok().unwrap(), "words");
    }

    #[test]
    fn every_tag_of_a_language_is_known_and_a_day_is_one() {
        for (tag, lang) in [("en", Lang::En), ("en-GB", Lang::En), ("zh", Lang::ZhCn), ("zh_CN.UTF-8", Lang::ZhCn)] {
            assert_eq!(super::lang(tag), Ok(lang), "{tag}");
        }
        assert!(super::lang("de").is_err() && day("1 May 2027").is_err() && day("2027-02-29").is_err());
        assert!(reference("C7K4-M2QX-0").is_err() || reference("C7K4-M2QX-1").is_err(), "there is a check digit");
    }
}
