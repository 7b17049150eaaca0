//! `cease backup` as a person at a shell meets it: what it prints, what it answers, and that a kill half way costs nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn cease(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cease")).args(args).env_remove("CEASE_CONFIG").output().unwrap()
}

fn json(out: &Output) -> serde_json::Value {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(out)))
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_card_is_saved_checked_and_brought_back_from_the_shell() {
    let dir = tempfile::tempdir().unwrap();
    let (src, dest, to) = (dir.path().join("card"), dir.path().join("backup"), dir.path().join("to"));
    fs::create_dir_all(src.join("DCIM")).unwrap();
    fs::write(src.join("DCIM/a.jpg"), b"\xff\xd8\xff\xe0 picture").unwrap();
    fs::write(src.join("照片.txt"), "words").unwrap();
    let saved = cease(&["backup", text(&src), text(&dest), "--json"]);
    assert_eq!(saved.status.code(), Some(0), "{}", said(&saved));
    let saved = json(&saved);
    assert_eq!((&saved["copied"], &saved["receipt"]["files"]["photo"]), (&2.into(), &1.into()));
    let line = fs::read_to_string(dest.join("RECEIPT.txt")).unwrap();
    assert_eq!(saved["line"], line.trim());
    let again = cease(&["backup", text(&src), text(&dest)]);
    assert!(said(&again).contains("0 copied, 2 saved before"), "{}", said(&again));
    let whole = cease(&["backup", "verify", text(&dest), "--json"]);
    assert_eq!((whole.status.code(), &json(&whole)["whole"]), (Some(0), &true.into()));
    let back = cease(&["backup", "restore", text(&dest), text(&to)]);
    assert_eq!(back.status.code(), Some(0), "{}", said(&back));
    assert_eq!(fs::read(to.join("照片.txt")).unwrap(), b"words");
    fs::write(dest.join("files/照片.txt"), "other").unwrap();
    let bad = cease(&["backup", "verify", text(&dest)]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(said(&bad).contains("照片.txt is not what was saved"), "{}", said(&bad));
    let back = cease(&["backup", "restore", text(&dest), text(&dir.path().join("to2")), "--json"]);
    assert_eq!((back.status.code(), json(&back)["problems"].as_array().unwrap().len()), (Some(1), 1));
}

#[test]
fn what_cannot_be_done_is_said_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let (there, dest) = (dir.path().join("there"), dir.path().join("dest"));
    fs::create_dir(&there).unwrap();
    for (args, says) in [
        (vec!["backup", "/no/such/card", text(&dest)], "no folder that can be read"),
        (vec!["backup", "/dev/null", text(&dest)], "mount it read-only"),
        (vec!["backup", text(&there), text(&there)], "give a folder elsewhere"),
        (vec!["backup", "verify", text(&there)], "no finished backup"),
        (vec!["backup", "restore", text(&there), text(&dest)], "no finished backup"),
        (vec!["backup"], "Usage"),
    ] {
        let out = cease(&args);
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", said(&out));
        assert!(said(&out).contains(says), "{args:?}: {}", said(&out));
    }
    assert!(!dest.exists(), "nothing was made");
    #[cfg(not(feature = "pcsc"))]
    assert!(said(&cease(&["backup", "sim", text(&dest)])).contains("--features pcsc"));
}

#[test]
fn nothing_is_saved_as_nothing_and_a_damaged_backup_has_a_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let (src, dest) = (dir.path().join("card"), dir.path().join("backup"));
    fs::create_dir(&src).unwrap();
    let none = |what: &str| {
        let out = cease(&["backup", text(&src), text(&dest)]);
        assert!(out.status.code() == Some(2) && said(&out).contains("there is nothing to save in"), "{}", said(&out));
        assert!(said(&out).contains(what) && !said(&out).contains("Receipt") && !dest.exists(), "{}", said(&out));
    };
    none("no file and no folder");
    std::os::unix::fs::symlink("/", src.join("link")).unwrap();
    none("links or devices");
    fs::write(src.join("a.txt"), "words").unwrap();
    assert_eq!(cease(&["backup", text(&src), text(&dest)]).status.code(), Some(0));
    // What was saved once stays, and is what the receipt is about.
    fs::remove_file(src.join("a.txt")).unwrap();
    let gone = cease(&["backup", text(&src), text(&dest), "--json"]);
    assert_eq!((gone.status.code(), &json(&gone)["no_longer_on_card"]), (Some(0), &1.into()), "{}", said(&gone));
    fs::write(dest.join("MANIFEST"), "rubbish").unwrap();
    fs::write(src.join("b.txt"), "words").unwrap();
    for args in [vec!["backup", text(&src), text(&dest)], vec!["backup", "verify", text(&dest)]] {
        let out = cease(&args);
        assert!(out.status.code() == Some(2) && said(&out).contains("into a new folder, or delete"), "{}", said(&out));
    }
    assert!(dest.join("files/a.txt").exists() && !dest.join("files/b.txt").exists());
}

#[test]
fn a_key_that_locks_nothing_is_not_taken_for_a_lock() {
    let dir = tempfile::tempdir().unwrap();
    let (src, dest, key) = (dir.path().join("card"), dir.path().join("backup"), dir.path().join("key"));
    fs::create_dir(&src).unwrap();
    fs::write(&key, "three plain words\n").unwrap();
    for option in ["--passphrase-file", "--identity"] {
        let out = cease(&["backup", text(&src), text(&dest), option, text(&key)]);
        assert_eq!((out.status.code(), dest.exists()), (Some(2), false), "{}", said(&out));
        assert!(said(&out).contains("add --encrypt"), "{}", said(&out));
    }
}

/// In a build that can encrypt; in another it says so, and nothing is made.
#[test]
fn an_encrypted_backup_is_opened_by_its_passphrase_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (src, dest, to) = (dir.path().join("card"), dir.path().join("backup"), dir.path().join("to"));
    let (right, wrong) = (dir.path().join("right"), dir.path().join("wrong"));
    fs::create_dir(&src).unwrap();
    fs::write(src.join("bill.txt"), "what was owed").unwrap();
    fs::write(&right, "three plain words\n").unwrap();
    fs::write(&wrong, "others\n").unwrap();
    let saved = cease(&["backup", text(&src), text(&dest), "--encrypt", "--passphrase-file", text(&right)]);
    if said(&saved).contains("--features encrypt") {
        assert_eq!((saved.status.code(), dest.exists()), (Some(2), false));
        // Before it asks for a passphrase that it can do nothing with.
        let asked = cease(&["backup", text(&src), text(&dest), "--encrypt"]);
        assert!(said(&asked).contains("--features encrypt"), "{}", said(&asked));
        return;
    }
    assert_eq!(saved.status.code(), Some(0), "{}", said(&saved));
    for (args, says) in [
        (vec!["backup", "verify", text(&dest)], "a passphrase is wanted"),
        (vec!["backup", "verify", text(&dest), "--passphrase-file", text(&wrong)], "does not open it"),
        (vec!["backup", "verify", text(&dest), "--passphrase-file", "/nowhere"], "/nowhere"),
        (vec!["backup", text(&src), text(&dest), "--recipient", "age1x", "--identity", text(&right)], "no identity"),
    ] {
        let out = cease(&args);
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", said(&out));
        assert!(said(&out).contains(says), "{args:?}: {}", said(&out));
    }
    let whole = cease(&["backup", "verify", text(&dest), "--passphrase-file", text(&right)]);
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));
    let back = cease(&["backup", "restore", text(&dest), text(&to), "--passphrase-file", text(&right)]);
    assert_eq!(back.status.code(), Some(0), "{}", said(&back));
    assert_eq!(fs::read(to.join("bill.txt")).unwrap(), b"what was owed");
}
