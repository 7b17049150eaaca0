//! Backups that somebody has prepared, and places that lead elsewhere: nothing is written or read outside.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::card::{Card, now, quiet};
use backup::run::backup;
use backup::{Error, Receipt, Why, restore::restore, verify::verify};

/// Writes a manifest that was made up, with the receipt that goes with it.
fn forge(dest: &Path, change: impl Fn(&str) -> String) {
    let text = change(&fs::read_to_string(dest.join("MANIFEST")).unwrap());
    let receipt = Receipt::read(&fs::read_to_string(dest.join("RECEIPT.json")).unwrap()).unwrap();
    let receipt = Receipt { manifest: blake3::hash(text.as_bytes()).to_hex().to_string(), ..receipt };
    fs::write(dest.join("MANIFEST"), text).unwrap();
    fs::write(dest.join("RECEIPT.json"), receipt.to_json()).unwrap();
}

fn saved(card: &Card) -> std::path::PathBuf {
    let (src, dest) = (card.path("src"), card.path("dest"));
    crate::card::put(&src.join("a.txt"), b"hello", 1);
    crate::card::put(&src.join("sub/b.txt"), b"world", 1);
    backup(&src, &dest, &now, &mut quiet).unwrap();
    dest
}

#[test]
fn every_byte_that_changes_in_a_backup_is_noticed() {
    let card = Card::new();
    let dest = saved(&card);
    for name in ["files/a.txt", "files/sub/b.txt", "MANIFEST", "MANIFEST.json", "RECEIPT.json"] {
        let good = fs::read(dest.join(name)).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(dest.join(name), &bad).unwrap();
            let noticed = verify(&dest, &mut quiet).map_or(true, |found| !found.problems.is_empty());
            // Of the receipt, what stands between its words is no part of it.
            assert!(noticed || (name == "RECEIPT.json" && good[at].is_ascii_whitespace()), "{name}, byte {at}");
        }
        fs::write(dest.join(name), &good).unwrap();
    }
    fs::write(dest.join("files/extra"), "x").unwrap();
    fs::remove_file(dest.join("files/a.txt")).unwrap();
    let found = verify(&dest, &mut quiet).unwrap().problems;
    assert_eq!(
        found.iter().map(|p| (backup::shown(&p.path), &p.why)).collect::<Vec<_>>(),
        [("a.txt".to_owned(), &Why::Missing), ("extra".to_owned(), &Why::Extra)]
    );
}

#[test]
fn a_manifest_that_leads_outside_is_refused() {
    let card = Card::new();
    let dest = saved(&card);
    let good = fs::read_to_string(dest.join("MANIFEST")).unwrap();
    for path in ["../evil", "/tmp/evil", "sub/../../evil", "\\x2e\\x2e/evil", "a\\x00b", "\\x2fetc/evil", "./evil"] {
        for line in ["\ta.txt\n", "\tdocument\tsub/b.txt\n"] {
            fs::write(dest.join("MANIFEST"), &good).unwrap();
            forge(&dest, |text| text.replace(line, &format!("{}{path}\n", &line[..line.rfind('\t').unwrap() + 1])));
            let refused = restore(&dest, &card.path("to"), &mut quiet).unwrap_err();
            assert!(matches!(refused, Error::NoBackup { .. }), "{path}: {refused}");
        }
        // And as the place it is kept at.
        fs::write(dest.join("MANIFEST"), &good).unwrap();
        forge(&dest, |text| text.replace("\ta.txt\n", &format!("\ta.txt\t{path}\n")));
        assert!(restore(&dest, &card.path("to"), &mut quiet).is_err(), "{path}");
    }
    assert!(!card.path("evil").exists() && !card.path("to").exists());
}

#[test]
fn links_in_a_backup_or_in_the_place_to_restore_to_are_not_followed() {
    let card = Card::new();
    let (dest, to, outside) = (saved(&card), card.path("to"), card.path("outside"));
    crate::card::put(&outside.join("secret"), b"hello", 1);
    fs::create_dir(&to).unwrap();
    // In the place to restore to: a folder that leads elsewhere, and a file that does.
    symlink(&outside, to.join("sub")).unwrap();
    symlink(outside.join("secret"), to.join("a.txt")).unwrap();
    let done = restore(&dest, &to, &mut quiet).unwrap();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1, "nothing came to lie outside");
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"hello");
    assert!(done.problems.iter().any(|p| p.path == b"a.txt" && p.why == Why::InTheWay), "{:?}", done.problems);
    // In the backup: the right content, but from elsewhere.
    fs::remove_file(dest.join("files/a.txt")).unwrap();
    symlink(outside.join("secret"), dest.join("files/a.txt")).unwrap();
    let found = verify(&dest, &mut quiet).unwrap().problems;
    assert!(found.iter().any(|p| p.path == b"a.txt"), "{found:?}");
    let again = restore(&dest, &card.path("to2"), &mut quiet).unwrap();
    assert_eq!(again.problems.len(), 1);
    assert!(!card.path("to2/a.txt").exists());
}

#[test]
fn links_in_the_place_to_save_to_are_not_followed() {
    let card = Card::new();
    let (dest, outside) = (saved(&card), card.path("outside"));
    fs::create_dir(&outside).unwrap();
    fs::remove_dir_all(dest.join("files/sub")).unwrap();
    symlink(&outside, dest.join("files/sub")).unwrap();
    let done = backup(&card.path("src"), &dest, &now, &mut quiet).unwrap();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(done.receipt.files.total(), 2, "it is kept under another name");
    // A part under way that leads elsewhere, and a work folder that does.
    let other = card.path("other");
    fs::create_dir_all(other.join(".cease")).unwrap();
    crate::card::put(&outside.join("victim"), b"victim", 1);
    symlink(outside.join("victim"), other.join(".cease/part-0")).unwrap();
    symlink(outside.join("victim"), other.join(".cease/part-1")).unwrap();
    backup(&card.path("src"), &other, &now, &mut quiet).unwrap();
    assert_eq!(fs::read(outside.join("victim")).unwrap(), b"victim");
    let third = card.path("third");
    fs::create_dir(&third).unwrap();
    symlink(&outside, third.join(".cease")).unwrap();
    assert!(backup(&card.path("src"), &third, &now, &mut quiet).is_err());
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}

#[test]
fn absurd_sizes_reserve_nothing_and_are_said() {
    let card = Card::new();
    let dest = saved(&card);
    forge(&dest, |text| text.replace("\t5\t", &format!("\t{}\t", u64::MAX)));
    let refused = restore(&dest, &card.path("to"), &mut quiet).unwrap_err();
    assert!(matches!(refused, Error::NoRoom { need: u64::MAX, .. }), "{refused}");
    let found = verify(&dest, &mut quiet).unwrap().problems;
    assert_eq!(
        found.iter().filter(|p| p.why == Why::Differs).count(),
        3,
        "two files, and the JSON that says otherwise"
    );
}

#[test]
fn a_journal_of_rubbish_or_of_lies_saves_everything_anew() {
    let card = Card::new();
    let (src, dest) = (card.path("src"), card.path("dest"));
    crate::card::put(&src.join("a.txt"), b"hello", 1);
    fs::create_dir_all(dest.join(".cease")).unwrap();
    fs::create_dir_all(dest.join("files")).unwrap();
    // It claims that another content is a.txt, and that the disk has it.
    let hash = blake3::hash(b"hello").to_hex();
    let line = format!("{hash}\t5\t1.000000000\tdocument\ta.txt\n");
    fs::write(
        dest.join(".cease/journal"),
        [b"\0\xff=safe\t9\n".as_slice(), line.as_bytes(), b"\n\n=safe\tx\t\n"].concat(),
    )
    .unwrap();
    fs::write(dest.join("files/a.txt"), "HELLO").unwrap();
    backup(&src, &dest, &now, &mut quiet).unwrap();
    assert_eq!(fs::read(dest.join("files/a.txt")).unwrap(), b"hello");
    assert!(verify(&dest, &mut quiet).unwrap().problems.is_empty());
}
