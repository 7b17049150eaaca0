//! Real sticks and cards: exFAT images on loop devices, as source and as destination, and a small file system in memory.
//! Mounting needs root and loop devices: `./test --only stick`.

#[path = "folder/card.rs"]
mod card;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use backup::lock::Keys;
use backup::run::backup;
use backup::{Error, Manifest, Progress, Why, restore, restore::restore, run, verify, verify::verify};
use card::{Card, now, put, quiet, tree};

/// An exFAT stick: an image, the device that it is, and where it is mounted.
struct Stick {
    image: PathBuf,
    at: PathBuf,
    device: Option<String>,
}

fn done(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

impl Stick {
    fn new(card: &Card, mib: u64) -> Self {
        std::env::var("CEASE_TEST_STICK").expect("run ./test --only stick");
        let mut stick = Self { image: card.path("stick.img"), at: card.path("stick"), device: None };
        fs::File::create(&stick.image).unwrap().set_len(mib << 20).unwrap();
        fs::create_dir(&stick.at).unwrap();
        done(Command::new("mkfs.exfat").arg(&stick.image));
        stick.put_in(false);
        stick
    }

    fn put_in(&mut self, for_reading: bool) {
        let device = done(Command::new("losetup").args(["-f", "--show"]).arg(&self.image));
        let mut mount = Command::new("mount.exfat-fuse");
        mount.args(if for_reading { &["-o", "ro"][..] } else { &[] }).arg(&device).arg(&self.at);
        self.device = Some(device);
        done(&mut mount);
    }

    fn take_out(&mut self) {
        if let Some(device) = self.device.take() {
            let _ = Command::new("umount").arg(&self.at).output();
            let _ = Command::new("losetup").args(["-d", &device]).output();
        }
    }
}

impl Drop for Stick {
    fn drop(&mut self) {
        self.take_out();
    }
}

/// Name, size, whole seconds and content: exFAT counts time in hundredths of a second.
fn files(root: &Path) -> Vec<String> {
    let coarse = |line: String| {
        let (rest, hash) = line.rsplit_once(' ').unwrap();
        format!("{} {hash}", rest.rsplit_once('.').unwrap().0)
    };
    tree(root).into_iter().filter(|line| line.contains(" file ")).map(coarse).collect()
}

#[test]
fn a_stick_pulled_out_half_way_is_gone_on_with() {
    let card = Card::new();
    let mut stick = Stick::new(&card, 256);
    for n in 0..600u32 {
        let content: Vec<u8> = (0..200_000u32).map(|at| (at ^ n.wrapping_mul(2_654_435_761)) as u8).collect();
        put(
            &stick.at.join(format!("DCIM/{}/{n}.bin", n % 7)),
            &[&n.to_le_bytes()[..], &content].concat(),
            1_700_000_000,
        );
    }
    let before = files(&stick.at);
    stick.take_out();
    let (dest, whole) = (card.path("dest"), card.path("whole.img"));
    fs::copy(&stick.image, &whole).unwrap();
    stick.put_in(true);
    let mut pulled = false;
    let mut pull = |at: &Progress| {
        if at.files > 0 && !pulled {
            pulled = true;
            // As when the contact breaks: what has not been read yet cannot be read any more.
            fs::OpenOptions::new().write(true).open(&stick.image).unwrap().set_len(1 << 20).unwrap();
        }
    };
    let lost = match backup(&stick.at, &dest, &now, &mut pull) {
        Ok(done) => done.problems.iter().filter(|p| matches!(p.why, Why::Unreadable(_))).count(),
        Err(Error::Gone) => 1,
        Err(other) => panic!("{other}"),
    };
    assert!(pulled && lost > 0, "nothing was lost by pulling it out");
    stick.take_out();
    fs::copy(&whole, &stick.image).unwrap();
    stick.put_in(true);
    let done = backup(&stick.at, &dest, &now, &mut quiet).unwrap();
    assert!(done.problems.is_empty(), "{:?}", done.problems.first());
    assert!(done.tally.known > 0 && done.tally.copied > 0, "{:?}", done.tally);
    assert!(verify(&dest, &mut quiet).unwrap().problems.is_empty());
    assert!(files(&dest.join("files")) == before, "names, times and contents");
    stick.take_out();
    let (after, whole) = (fs::read(&stick.image).unwrap(), fs::read(&whole).unwrap());
    assert!(after == whole, "not a byte of the stick has changed");
}

#[test]
fn a_stick_of_exfat_holds_names_that_it_cannot_hold() {
    let card = Card::new();
    let stick = Stick::new(&card, 64);
    let src = card.path("src");
    let gbk = std::ffi::OsStr::from_bytes(b"\xd5\xd5\xc6\xac.jpg");
    let odd = ["A.txt", "a.TXT", "a:b?.txt", "what*.doc", "dot.", "CON/x", "con/y", "same 1", "same 2"];
    for (n, name) in odd.iter().enumerate() {
        put(
            &src.join(name),
            if name.starts_with("same") { b"same" } else { name.as_bytes() },
            1_700_000_000 + n as i64 * 2,
        );
    }
    put(&src.join(gbk), b"\xff\xd8\xff", 1_700_000_000);
    put(&src.join("future.txt"), b"future", 7_258_118_400);
    let dest = stick.at.join("backup");
    let done = backup(&src, &dest, &now, &mut quiet).unwrap();
    assert!(done.problems.is_empty(), "{:?}", done.problems);
    assert_eq!((done.receipt.files.total(), done.tally.same), (odd.len() as u64 + 2, 1));
    let again = backup(&src, &dest, &now, &mut quiet).unwrap();
    assert_eq!((again.tally.known, again.tally.copied), (odd.len() as u64 + 2, 0), "{:?}", again.tally);
    let found = verify(&dest, &mut quiet).unwrap().problems;
    assert!(found.is_empty(), "{found:?}");
    let to = card.path("to");
    assert!(restore(&dest, &to, &mut quiet).unwrap().problems.is_empty());
    assert_eq!(tree(&to), tree(&src), "every name, time and byte");
    // What is replaced does not take the other with it that was kept once.
    put(&src.join("same 1"), b"different", 1_800_000_000);
    backup(&src, &dest, &now, &mut quiet).unwrap();
    assert!(verify(&dest, &mut quiet).unwrap().problems.is_empty());
    // And back onto a stick: what it cannot hold is renamed and said.
    let done = restore(&dest, &stick.at.join("back"), &mut quiet).unwrap();
    assert!(done.problems.is_empty() && done.renamed.len() >= 4, "{:?} {:?}", done.problems, done.renamed);
}

#[test]
fn a_full_place_is_said_before_and_during_and_gone_on_with() {
    let card = Card::in_memory();
    let stick = Stick::new(&card, 32);
    let src = card.path("src");
    for n in 0..40u8 {
        put(&src.join(format!("{n:02}.bin")), &vec![n; 1 << 20], 1);
    }
    let dest = stick.at.join("dest");
    let refused = backup(&src, &dest, &now, &mut quiet).unwrap_err();
    assert!(matches!(refused, Error::NoRoom { need, .. } if need == 40 << 20), "{refused}");
    for n in 22..40u8 {
        fs::remove_file(src.join(format!("{n:02}.bin"))).unwrap();
    }
    // It fits beforehand; then somebody else takes the room.
    put(&src.join("99.bin"), &vec![9; 1 << 10], 1);
    let (hog, mut taken) = (stick.at.join("hog"), false);
    let mut take = |_: &Progress| {
        if !taken {
            taken = true;
            let _ = fs::write(&hog, vec![0; 30 << 20]);
        }
    };
    match backup(&src, &dest, &now, &mut take) {
        Err(Error::Full | Error::Dest { .. }) => assert!(dest.join(".cease").exists()),
        Ok(_) => assert!(taken, "it was quicker than whoever took the room"),
        Err(other) => panic!("{other}"),
    }
    let _ = fs::remove_file(&hog);
    let done = backup(&src, &dest, &now, &mut quiet).unwrap();
    assert_eq!((done.receipt.files.total(), done.problems.len()), (23, 0));
    assert!(verify(&dest, &mut quiet).unwrap().problems.is_empty());
}

fn age(args: &[&std::ffi::OsStr]) -> Vec<u8> {
    let out = Command::new("age").args(args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// The program `age` opens what is encrypted here, and what it encrypts is opened here.
#[test]
fn an_encrypted_backup_and_the_program_age_understand_each_other() {
    let card = Card::new();
    let stick = Stick::new(&card, 64);
    let (src, dest, key) = (card.path("src"), stick.at.join("dest"), card.path("key.txt"));
    let (picture, large) = (b"\xff\xd8\xff\xe0 picture", vec![7; 3 << 20]);
    put(&src.join("a.jpg"), picture, 1_700_000_000);
    put(&src.join("large.bin"), &large, 1_700_000_000);
    done(Command::new("age-keygen").arg("-o").arg(&key));
    let recipient = done(Command::new("age-keygen").arg("-y").arg(&key));
    let to = Keys { recipients: vec![recipient.clone()], ..Keys::default() };
    run::locked(&src, &dest, &to, &now, &mut quiet).unwrap();
    let decrypt = |file: &Path| age(&["-d".as_ref(), "-i".as_ref(), key.as_os_str(), file.as_os_str()]);
    let manifest = Manifest::read(&decrypt(&dest.join("MANIFEST.age"))).unwrap();
    let at = |n: usize| dest.join("files").join(std::ffi::OsStr::from_bytes(manifest.entries[n].at()));
    assert_eq!((decrypt(&at(0)).as_slice(), decrypt(&at(1))), (picture.as_slice(), large.clone()));
    // The other way round: each file encrypted anew by the program, and in the end one of them with another content.
    let with = Keys { identities: Some(fs::read_to_string(&key).unwrap()), ..Keys::default() };
    let encrypt = |content: &[u8], file: &Path| {
        let plain = card.path("plain");
        fs::write(&plain, content).unwrap();
        age(&["-r".as_ref(), recipient.as_ref(), "-o".as_ref(), file.as_os_str(), plain.as_os_str()]);
    };
    encrypt(picture, &at(0));
    encrypt(&large, &at(1));
    let whole = verify::locked(&dest, &with, &mut quiet).unwrap();
    assert!(whole.problems.is_empty(), "{:?}", whole.problems);
    let back = restore::locked(&dest, &card.path("to"), &with, &mut quiet).unwrap();
    assert_eq!((back.files, back.problems.len()), (2, 0));
    assert_eq!(files(&src), files(&card.path("to")));
    encrypt(b"another picture", &at(0));
    assert_eq!(verify::locked(&dest, &with, &mut quiet).unwrap().problems[0].why, Why::Differs);
}

/// By a passphrase: the program asks for it on a terminal, and so it is given one.
#[test]
fn the_program_age_opens_what_a_passphrase_locks() {
    let card = Card::new();
    let (src, dest) = (card.path("src"), card.path("dest"));
    put(&src.join("a"), b"words", 1);
    let keys = Keys { passphrase: Some("three plain words".into()), ..Keys::default() };
    run::locked(&src, &dest, &keys, &now, &mut quiet).unwrap();
    let opened = card.path("identity");
    let command = format!("age -d -o {} {}", opened.display(), dest.join("IDENTITY.age").display());
    let mut terminal = Command::new("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Typed once it is asked for: what comes before is thrown away.
    let (mut typed, mut shown) = (terminal.stdin.take().unwrap(), terminal.stdout.take().unwrap());
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(b"passphrase: ") && shown.read(&mut byte).unwrap() == 1 {
        said.push(byte[0]);
    }
    typed.write_all(b"three plain words\r").unwrap();
    let _ = shown.read_to_end(&mut said);
    assert!(terminal.wait().unwrap().success(), "{}", String::from_utf8_lossy(&said));
    let with = Keys { identities: Some(fs::read_to_string(&opened).unwrap()), ..Keys::default() };
    assert!(verify::locked(&dest, &with, &mut quiet).unwrap().problems.is_empty());
}
