//! A backup is made, interrupted, gone on with, checked and brought back.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::card::{Card, now, quiet, tree};
use backup::run::{Done, backup};
use backup::{Error, Manifest, Progress, Why, manifest::What, restore::restore, verify::verify};

impl Card {
    pub fn write(&self, name: &str, content: &[u8], time: i64) {
        crate::card::put(&self.path("src").join(name), content, time);
    }

    /// A card with something of everything.
    pub fn full(&self) -> PathBuf {
        let jpeg = |n: u8| [b"\xff\xd8\xff\xe0\0\x10JFIF\0".as_slice(), &[n; 5_000]].concat();
        self.write("DCIM/IMG_0001.JPG", &jpeg(1), 1_600_000_000);
        self.write("DCIM/IMG_0002.JPG", &jpeg(2), 1_600_000_001);
        self.write("DCIM/copy of IMG_0001.JPG", &jpeg(1), 1_600_000_002);
        self.write("照片/猫.png", b"\x89PNG\r\n\x1a\n", 1_600_000_003);
        self.write("bill.pdf", b"%PDF-1.7 what was owed", 1_600_000_004);
        self.write("sms/mmssms.db", b"SQLite format 3\0....", 1_600_000_005);
        self.write("all.vcf", b"BEGIN:VCARD\r\nEND:VCARD\r\n", 1_600_000_006);
        self.write("empty", b"", 1_600_000_007);
        self.write("firmware.bin", &vec![9; 3 << 20], 1_600_000_008);
        self.write("also empty", b"", 1_600_000_009);
        let src = self.path("src");
        fs::create_dir(src.join("nothing in it")).unwrap();
        symlink("..", src.join("DCIM/again")).unwrap();
        symlink("nowhere", src.join("dangling")).unwrap();
        let pipe = Command::new("mkfifo").arg(src.join("pipe")).status().unwrap();
        assert!(pipe.success());
        src
    }
}

fn save(src: &Path, dest: &Path) -> Done {
    backup(src, dest, &now, &mut quiet).unwrap()
}

fn manifest(dest: &Path) -> Manifest {
    Manifest::read(&fs::read(dest.join("MANIFEST")).unwrap()).unwrap()
}

#[test]
fn what_is_on_the_card_is_saved_checked_and_brought_back() {
    let card = Card::new();
    let (src, dest, to) = (card.full(), card.path("dest"), card.path("to"));
    let before = tree(&src);
    let done = save(&src, &dest);
    assert_eq!(tree(&src), before, "the card is as it was");
    assert!(done.problems.is_empty(), "{:?}", done.problems);
    let skipped: Vec<_> = done.skipped.iter().map(|s| (backup::shown(&s.path), s.what)).collect();
    let odd = [("DCIM/again", "a symbolic link"), ("dangling", "a symbolic link"), ("pipe", "a pipe")];
    assert_eq!(skipped, odd.map(|(path, what)| (path.to_owned(), what)));
    assert_eq!((done.tally.copied, done.tally.same), (9, 1), "{:?}", done.tally);
    let files = done.receipt.files;
    assert_eq!((files.photo, files.contact, files.message, files.document), (4, 1, 1, 1), "{files:?}");
    assert_eq!(done.receipt.manifest, blake3::hash(&fs::read(dest.join("MANIFEST")).unwrap()).to_hex().as_str());
    assert!(!dest.join(".cease").exists(), "nothing unfinished is left");
    assert!(verify(&dest, &mut quiet).unwrap().problems.is_empty());
    let restored = restore(&dest, &to, &mut quiet).unwrap();
    assert!(restored.problems.is_empty() && restored.renamed.is_empty());
    let regular: Vec<_> = before.into_iter().filter(|line| !line.contains("special")).collect();
    assert_eq!(tree(&to), regular, "names, times and contents");
    // Again: nothing to bring back, nothing in the way.
    assert!(restore(&dest, &to, &mut quiet).unwrap().problems.is_empty());
}

#[test]
fn running_again_saves_only_what_is_new_and_drops_nothing() {
    let card = Card::new();
    let (src, dest) = (card.full(), card.path("dest"));
    save(&src, &dest);
    fs::write(src.join("new.txt"), "new").unwrap();
    fs::remove_file(src.join("bill.pdf")).unwrap();
    card.write("DCIM/IMG_0001.JPG", b"another picture now", 1_800_000_000);
    let done = save(&src, &dest);
    assert_eq!((done.tally.copied, done.tally.known, done.tally.gone), (2, 8, 1), "{:?}", done.tally);
    assert!(verify(&dest, &mut quiet).unwrap().problems.is_empty());
    let twin = fs::read(dest.join("files/DCIM/copy of IMG_0001.JPG")).unwrap();
    assert!(twin.starts_with(b"\xff\xd8"), "the other name of what was replaced still has the old content");
    assert!(dest.join("files/bill.pdf").exists());
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_rest_is_saved() {
    let card = Card::new();
    let (src, dest) = (card.full(), card.path("dest"));
    let (locked, tried) = (src.join("locked.txt"), src.join("DCIM"));
    fs::write(&locked, "secret").unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
    let as_root = fs::read(&locked).is_ok();
    if as_root {
        // Nothing is locked for root: a file that vanishes between the look and the reading is unreadable too.
        let once = std::sync::Once::new();
        let vanish = || once.call_once(|| fs::remove_file(&locked).unwrap());
        let src_again = src.clone();
        let many = (0..400).map(|n| src_again.join(format!("DCIM/many/{n:04}.bin")));
        many.for_each(|path| crate::card::put(&path, &vec![7; 300_000], 1));
        let mut tick = |at: &Progress| {
            if at.files > 0 {
                vanish()
            }
        };
        let done = backup(&src, &dest, &now, &mut tick).unwrap();
        assert!(tried.exists() && done.tally.copied > 0);
        if done.problems.is_empty() {
            return; // It was read before it vanished.
        }
        assert_eq!(done.problems[0].path, b"locked.txt");
        assert_eq!(done.receipt.unreadable, 1);
    } else {
        let done = save(&src, &dest);
        assert_eq!(done.problems.len(), 1);
        assert!(matches!(&done.problems[0].why, Why::Unreadable(why) if why.contains("denied")));
        assert_eq!(done.receipt.unreadable, 1);
    }
}

#[test]
fn a_backup_within_the_card_or_around_it_is_refused_before_anything_is_written() {
    let card = Card::new();
    let src = card.full();
    let before = tree(&src);
    let link = card.path("link");
    std::os::unix::fs::symlink(src.join("DCIM"), &link).unwrap();
    for inside in [src.join("backup"), src.join("a/b/c"), src.clone(), link.join("x")] {
        let refused = backup(&src, &inside, &now, &mut quiet).unwrap_err();
        assert!(matches!(refused, Error::Inside { .. }), "{inside:?}: {refused}");
    }
    let dest = card.path("dest");
    save(&src, &dest);
    let around = backup(&dest.join("files"), &dest, &now, &mut quiet).unwrap_err();
    assert!(matches!(around, Error::Inside { .. }), "{around}");
    assert_eq!(tree(&src), before);
}

#[test]
fn somebody_elses_folder_is_left_alone_and_two_runs_do_not_meet() {
    let card = Card::new();
    let (src, dest) = (card.full(), card.path("dest"));
    fs::create_dir(&dest).unwrap();
    fs::write(dest.join("thesis.doc"), "mine").unwrap();
    assert!(matches!(backup(&src, &dest, &now, &mut quiet), Err(Error::Foreign { .. })));
    assert_eq!(fs::read_dir(&dest).unwrap().count(), 1);
    let other = card.path("other");
    let mut met = None;
    crate::card::put(&src.join("large"), &vec![1; 400 << 20], 1);
    let mut tick = |_: &Progress| {
        met.get_or_insert_with(|| matches!(backup(&src, &other, &now, &mut quiet), Err(Error::Busy { .. })));
    };
    backup(&src, &other, &now, &mut tick).unwrap();
    assert_eq!(met, Some(true));
}

#[test]
fn a_hundred_thousand_files_in_one_folder_and_clocks_in_the_future() {
    let card = Card::in_memory();
    let (src, dest) = (card.path("src"), card.path("dest"));
    fs::create_dir_all(src.join("DCIM")).unwrap();
    for n in 0..100_000u32 {
        fs::write(src.join(format!("DCIM/{n:06}.txt")), n.to_string()).unwrap();
    }
    crate::card::put(&src.join("DCIM/future.jpg"), b"\xff\xd8\xff", 7_258_118_400); // 2200
    crate::card::put(&src.join("DCIM/past.jpg"), b"\xff\xd8\xff\xe0", -86_400);
    let done = save(&src, &dest);
    assert_eq!(done.receipt.files.total(), 100_002);
    assert_eq!(fs::metadata(dest.join("files/DCIM/future.jpg")).unwrap().mtime(), 7_258_118_400);
    let again = save(&src, &dest);
    assert_eq!((again.tally.known, again.tally.copied), (100_002, 0));
}

#[test]
fn names_in_gbk_come_back_byte_for_byte() {
    let card = Card::new();
    let (src, dest, to) = (card.path("src"), card.path("dest"), card.path("to"));
    let name = std::ffi::OsStr::from_bytes(b"\xd5\xd5\xc6\xac\n.jpg"); // 照片, and a newline
    fs::create_dir_all(&src).unwrap();
    crate::card::put(&src.join(name), b"\xff\xd8\xff", 5);
    save(&src, &dest);
    let text = fs::read_to_string(dest.join("MANIFEST")).unwrap();
    assert!(text.ends_with("\tphoto\t\\xd5\\xd5Ƭ\\x0a.jpg\n"), "{text}");
    restore(&dest, &to, &mut quiet).unwrap();
    assert_eq!(fs::read(to.join(name)).unwrap(), b"\xff\xd8\xff");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_named() {
    use std::io::Write;
    let card = Card::new();
    let (src, dest) = (card.path("src"), card.path("dest"));
    crate::card::put(&src.join("log.txt"), &vec![b'x'; 64 << 20], 1);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut log = fs::OpenOptions::new().append(true).open(src.join("log.txt")).unwrap();
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                log.write_all(b"y").unwrap();
            }
        });
        let done = backup(&src, &dest, &now, &mut quiet);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        let done = done.unwrap();
        assert_eq!(done.problems.iter().map(|p| &p.why).collect::<Vec<_>>(), [&Why::Changed]);
        assert_eq!(done.receipt.unreadable, 0);
    });
    assert!(verify(&dest, &mut quiet).unwrap().problems.is_empty(), "what was saved is what the manifest says");
    assert!(matches!(manifest(&dest).entries[0].what, What::File { size, .. } if size >= 64 << 20));
}
