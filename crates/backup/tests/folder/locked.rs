//! Encrypted backups: nothing of what is saved stands in the clear, whoever has the key has all of it, nobody else
//! anything, and a changed byte shows.

use std::fs;
use std::path::Path;

use backup::lock::{Bad, Keys};
use backup::{Error, restore, run, verify};

use crate::card::{Card, now, quiet, tree};

fn by_passphrase(passphrase: &str) -> Keys {
    Keys { passphrase: Some(passphrase.into()), ..Keys::default() }
}

fn save(src: &Path, dest: &Path, keys: &Keys) -> Result<run::Done, Error> {
    run::locked(src, dest, keys, &now, &mut quiet)
}

fn bad(result: Result<impl std::fmt::Debug, Error>) -> Bad {
    match result {
        Err(Error::Lock { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

/// Every byte of a folder's files, and their names.
fn all_bytes(dest: &Path) -> Vec<u8> {
    let mut bytes = tree(dest).join("\n").into_bytes();
    let mut todo = vec![dest.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { todo.push(path) } else { bytes.extend(fs::read(path).unwrap()) }
        }
    }
    bytes
}

fn holds(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|part| part == what.as_bytes())
}

fn files(root: &Path) -> Vec<String> {
    tree(root).into_iter().filter(|line| line.contains(" file ")).collect()
}

#[test]
fn what_is_encrypted_tells_nothing_and_comes_back_whole() {
    let card = Card::new();
    let (src, dest, to) = (card.full(), card.path("dest"), card.path("to"));
    let keys = by_passphrase("two words, and a third");
    let done = save(&src, &dest, &keys).unwrap();
    assert_eq!((done.tally.copied, done.tally.same, done.problems.len()), (9, 1, 0), "{:?}", done.tally);
    let bytes = all_bytes(&dest);
    for secret in ["what was owed", "IMG_0001", "bill.pdf", "BEGIN:VCARD", "SQLite format", "cease backup manifest"] {
        assert!(!holds(&bytes, secret), "{secret}");
    }
    assert!(!dest.join("MANIFEST").exists() && !dest.join("MANIFEST.json").exists() && !dest.join(".cease").exists());
    // Again: nothing to do, and nothing is done.
    let again = save(&src, &dest, &keys).unwrap();
    assert_eq!((again.tally.copied, again.tally.known), (0, 10), "{:?}", again.tally);
    assert_eq!(again.receipt.files, done.receipt.files);
    let whole = verify::locked(&dest, &keys, &mut quiet).unwrap();
    assert!(whole.problems.is_empty(), "{:?}", whole.problems);
    restore::locked(&dest, &to, &keys, &mut quiet).unwrap();
    assert_eq!(files(&src), files(&to));
}

#[test]
fn without_its_key_it_is_neither_read_nor_written_to() {
    let card = Card::new();
    let (src, dest) = (card.full(), card.path("dest"));
    save(&src, &dest, &by_passphrase("right")).unwrap();
    let before = files(&dest);
    for (keys, why) in [(Keys::default(), Bad::NoKey), (by_passphrase("wrong"), Bad::Wrong)] {
        assert_eq!(bad(save(&src, &dest, &keys)), why);
        assert_eq!(bad(verify::locked(&dest, &keys, &mut quiet)), why);
        assert_eq!(bad(restore::locked(&dest, &card.path("to"), &keys, &mut quiet)), why);
    }
    assert_eq!(files(&dest), before);
    // What is in the clear stays what it is, rather than half of it each.
    let open = card.path("open");
    run::backup(&src, &open, &now, &mut quiet).unwrap();
    assert_eq!(bad(save(&src, &open, &by_passphrase("right"))), Bad::Open);
    let recipient = Keys { recipients: vec!["age1nobody".into()], ..Keys::default() };
    assert_eq!(bad(save(&src, &card.path("new"), &recipient)), Bad::Recipient("age1nobody".into()));
}

#[test]
fn every_changed_cut_or_strange_file_is_named() {
    let card = Card::new();
    let (src, dest) = (card.path("src"), card.path("dest"));
    card.write("a", b"one", 1);
    let to = age::x25519::Identity::generate();
    let keys = Keys {
        recipients: vec![to.to_public().to_string()],
        identities: Some(age::secrecy::ExposeSecret::expose_secret(&to.to_string()).to_owned()),
        ..Keys::default()
    };
    save(&src, &dest, &keys).unwrap();
    let folder = fs::read_dir(dest.join("files")).unwrap().next().unwrap().unwrap().path();
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&file).unwrap();
    let problems = || verify::locked(&dest, &keys, &mut quiet).unwrap().problems;
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&file, &changed).unwrap();
        assert_eq!(problems().len(), 1, "byte {at}");
        fs::write(&file, &whole[..at]).unwrap();
        assert_eq!(problems().len(), 1, "cut at {at}");
    }
    fs::write(&file, &whole).unwrap();
    fs::write(dest.join("files/stranger.age"), &whole).unwrap();
    assert_eq!(problems()[0].why, backup::Why::Extra);
    // A run takes away what belongs to nothing: it may be a killed run's.
    save(&src, &dest, &keys).unwrap();
    assert!(problems().is_empty());
}

/// Stopped half way, as by a card that is gone: the next run goes on from the encrypted journal, torn as it may be.
#[test]
fn an_interrupted_one_is_gone_on_with() {
    let card = Card::new();
    let (src, dest) = (card.path("src"), card.path("dest"));
    for n in 0..400u32 {
        card.write(&format!("DCIM/secret-{n}.bin"), &n.to_le_bytes().repeat(20_000), 1_700_000_000);
    }
    let (keys, hidden, mut gone) = (by_passphrase("right"), card.path("hidden"), false);
    let mut pull = |at: &backup::Progress| {
        if !gone && at.files > 0 {
            gone = true;
            fs::rename(&src, &hidden).unwrap();
        }
    };
    match run::locked(&src, &dest, &keys, &now, &mut pull) {
        Err(Error::Gone | Error::Source { .. }) => {
            assert!(!holds(&all_bytes(&dest), "secret-"), "the journal tells names");
            let journal = dest.join(".cease/journal");
            let lines = fs::read(&journal).unwrap();
            assert!(!lines.is_empty());
            fs::write(&journal, [&lines[..], b"\0\0\x01\0torn"].concat()).unwrap();
        }
        // Its folder stays open, so that files may go on being found by name.
        Ok(_) => assert!(gone, "it was quicker than whoever pulled the card"),
        Err(other) => panic!("{other}"),
    }
    fs::rename(&hidden, &src).unwrap();
    let done = save(&src, &dest, &keys).unwrap();
    assert_eq!(done.receipt.files.total(), 400);
    assert!(done.tally.known > 0, "{:?}", done.tally);
    assert!(verify::locked(&dest, &keys, &mut quiet).unwrap().problems.is_empty());
}
