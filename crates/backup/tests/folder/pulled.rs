//! The card is pulled out, the process is killed, the place is full half way: the next run goes on, and what it leaves
//! is whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::card::{Card, now, quiet, tree};
use backup::run::backup;
use backup::{Error, restore::restore, verify::verify};

const CHILD: &str = "CEASE_BACKUP_CHILD";

/// Not a test of its own: what the killed process runs.
#[test]
fn child() {
    let Ok(places) = std::env::var(CHILD) else { return };
    let (src, dest) = places.split_once('|').unwrap();
    backup(Path::new(src), Path::new(dest), &now, &mut quiet).unwrap();
}

fn many(card: &Card, files: u32, size: usize) -> PathBuf {
    let src = card.path("src");
    for n in 0..files {
        let content: Vec<u8> = (0..size).map(|at| (at as u32 ^ n.wrapping_mul(2_654_435_761)) as u8).collect();
        crate::card::put(
            &src.join(format!("{}/{n}.bin", n % 7)),
            &[&n.to_le_bytes()[..], &content].concat(),
            1_700_000_000,
        );
    }
    src
}

/// Files under their own names, however far it is.
fn standing(dest: &Path) -> usize {
    let Ok(folders) = fs::read_dir(dest.join("files")) else { return 0 };
    folders.filter_map(|folder| fs::read_dir(folder.ok()?.path()).ok()).map(Iterator::count).sum()
}

#[test]
fn a_killed_copy_goes_on_and_no_partial_file_is_taken_for_whole() {
    let card = Card::in_memory();
    let (src, dest, to) = (many(&card, 3_000, 60_000), card.path("dest"), card.path("to"));
    let mut killed = 0;
    for round in 1..=6 {
        let spawned = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "pulled::child"])
            .env(CHILD, format!("{}|{}", src.display(), dest.display()))
            .stdout(std::process::Stdio::null())
            .spawn();
        let mut child = spawned.unwrap();
        let (began, goal) = (Instant::now(), round * 400);
        while standing(&dest) < goal && child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not get on");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        assert_whole(&src, &dest);
    }
    assert!(killed > 0, "it was never killed half way");
    let done = backup(&src, &dest, &now, &mut quiet).unwrap();
    assert_eq!(done.receipt.files.total(), 3_000);
    assert!(done.tally.known > 0, "it went on and did not begin anew: {:?}", done.tally);
    assert!(verify(&dest, &mut quiet).unwrap().problems.is_empty());
    restore(&dest, &to, &mut quiet).unwrap();
    assert_eq!(tree(&to), tree(&src));
}

/// Whatever stands under its own name is whole, at any moment.
fn assert_whole(src: &Path, dest: &Path) {
    for folder in fs::read_dir(dest.join("files")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let from = src.join(path.strip_prefix(dest.join("files")).unwrap());
            assert!(fs::read(&path).unwrap() == fs::read(from).unwrap(), "{path:?} is not whole");
        }
    }
}

#[test]
fn a_card_that_is_gone_stops_it_and_put_in_again_it_goes_on() {
    let card = Card::in_memory();
    let (src, dest) = (many(&card, 2_000, 100_000), card.path("dest"));
    let away = card.path("away");
    let aside: Vec<PathBuf> = (0..7).map(|n| card.path(&format!("away-{n}"))).collect();
    let over = AtomicBool::new(false);
    let ended = std::thread::scope(|scope| {
        // As soon as some of it is saved, however quick the rest would be.
        scope.spawn(|| {
            while standing(&dest) == 0 && !over.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            // What is named is no longer what was opened, and its files are no longer where they were.
            fs::rename(&src, &away).unwrap();
            fs::create_dir(&src).unwrap();
            for (n, aside) in aside.iter().enumerate() {
                fs::rename(away.join(n.to_string()), aside).unwrap();
            }
        });
        let ended = backup(&src, &dest, &now, &mut quiet);
        over.store(true, Ordering::Relaxed);
        ended
    });
    match ended {
        Err(Error::Gone) => {}
        Ok(_) => panic!("it was pulled out, and nobody noticed"),
        Err(other) => panic!("{other}"),
    }
    assert!(!dest.join("MANIFEST").exists() && dest.join(".cease/journal").exists());
    fs::remove_dir(&src).unwrap();
    fs::rename(&away, &src).unwrap();
    for (n, aside) in aside.iter().enumerate() {
        fs::rename(aside, src.join(n.to_string())).unwrap();
    }
    let done = backup(&src, &dest, &now, &mut quiet).unwrap();
    assert!(done.tally.known > 0 && done.problems.is_empty(), "{:?}", done.tally);
    assert_eq!(done.receipt.files.total(), 2_000);
    assert!(verify(&dest, &mut quiet).unwrap().problems.is_empty());
}
