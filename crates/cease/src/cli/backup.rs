//! `cease backup`: saves what is on a card, checks it, brings it back, reads a SIM. Progress goes to stderr, as a bar or,
//! with `--json`, as a line of JSON each second; data to stdout. Exit codes of its own: 0 all of it, 1 done but some files
//! are named, 2 it could not be done (and running it again goes on).

mod key;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use backup::lock::Keys;
use backup::{Problem, Progress, Receipt, restore, run, verify};
use case::saved::Kind;
use clap::Subcommand;
use serde_json::json;

use super::{Done, Failed, many, say, say_json, tell};
use crate::clock::Clock;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "Exit codes: 0 all of it · 1 done, and some files are named · 2 it could not be done; run it \
                        again, and it goes on where it was")]
pub struct Args {
    /// The card, stick or router's storage: a mounted folder. A whole device must be mounted first, best read-only
    #[arg(required = true)]
    src: Option<PathBuf>,
    /// Where to save it: a new or empty folder, or that of an earlier run
    #[arg(required = true)]
    dest: Option<PathBuf>,
    /// Encrypt all of it, names too, in the age format: by a passphrase, or to recipients
    #[arg(long)]
    encrypt: bool,
    /// To whom it is encrypted (age1…), more than once for several; without one, by a passphrase
    #[arg(long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
    #[command(flatten)]
    key: key::Key,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Read a backup again, every byte of it, and compare it with its manifest
    Verify {
        dest: PathBuf,
        #[command(flatten)]
        key: key::Key,
    },
    /// Bring a backup back into a folder; nothing there is overwritten
    Restore {
        dest: PathBuf,
        to: PathBuf,
        #[command(flatten)]
        key: key::Key,
    },
    /// Save contacts and messages of a SIM that lies in a card reader
    Sim {
        dest: PathBuf,
        /// Which reader, counted from one
        #[arg(long, default_value_t = 1)]
        reader: usize,
        /// Write the card's own numbers (ICCID, IMSI) whole rather than masked
        #[arg(long)]
        whole_numbers: bool,
    },
}

/// How many files are named before the rest is only counted; with `--json` all are.
const NAMED: usize = 50;

pub fn backup(args: Args, json: bool) -> Done {
    match (args.what, args.src, args.dest) {
        (Some(What::Verify { dest, key }), ..) => check(&dest, &key.opens(&dest)?, json),
        (Some(What::Restore { dest, to, key }), ..) => bring_back(&dest, &to, &key.opens(&dest)?, json),
        (Some(What::Sim { dest, reader, whole_numbers }), ..) => sim(&dest, reader, whole_numbers, json),
        (None, Some(src), Some(dest)) => {
            let encrypt = args.encrypt || !args.recipient.is_empty();
            let keys = if encrypt { args.key.locks(&dest, args.recipient)? } else { args.key.goes_on(&dest)? };
            save(&src, &dest, &keys, json)
        }
        (None, ..) => Err(Failed::new(2, anyhow::anyhow!("say what to save, and where to"))),
    }
}

fn cannot(e: backup::Error) -> Failed {
    Failed::new(2, e)
}

fn save(src: &Path, dest: &Path, keys: &Keys, json: bool) -> Done {
    if is_device(src) {
        let how = "a device itself cannot be read here: mount it read-only (mount -o ro), and give the folder";
        return Err(Failed::new(2, anyhow::anyhow!("{}: {how}", src.display())));
    }
    let mut bar = Bar::new(json);
    let done = run::locked(src, dest, keys, &|| Clock::Machine.now(), &mut |at| bar.show(at)).map_err(cannot)?;
    bar.end();
    let named = list(&done.problems);
    if json {
        let skipped: Vec<_> =
            done.skipped.iter().map(|s| json!({ "path": backup::names::escape(&s.path), "what": s.what })).collect();
        say_json(&json!({
            "receipt": done.receipt, "line": done.receipt.to_string(), "copied": done.tally.copied,
            "known": done.tally.known, "same": done.tally.same, "no_longer_on_card": done.tally.gone,
            "problems": named, "skipped": skipped,
        }))?;
    } else {
        name_all(&done.problems);
        for skipped in done.skipped.iter().take(NAMED) {
            tell(&format!("left out: {} is {}", backup::shown(&skipped.path), skipped.what));
        }
        let tally = done.tally;
        say(&format!(
            "{}\n{} copied, {} saved before, {} the same as another, {} saved before and no longer on the card",
            counts(&done.receipt),
            tally.copied,
            tally.known,
            tally.same,
            tally.gone
        ));
        say(&format!("Receipt, for your case:\n{}", done.receipt));
    }
    Ok(ExitCode::from(u8::from(!done.problems.is_empty())))
}

fn check(dest: &Path, keys: &Keys, json: bool) -> Done {
    let mut bar = Bar::new(json);
    let found = verify::locked(dest, keys, &mut |at| bar.show(at)).map_err(cannot)?;
    bar.end();
    if json {
        say_json(&json!({
            "whole": found.problems.is_empty(), "problems": list(&found.problems), "receipt": found.receipt,
            "line": found.receipt.to_string(),
        }))?;
    } else {
        name_all(&found.problems);
        say(if found.problems.is_empty() { "whole" } else { "not whole" });
        say(&counts(&found.receipt));
    }
    Ok(ExitCode::from(u8::from(!found.problems.is_empty())))
}

fn bring_back(dest: &Path, to: &Path, keys: &Keys, json: bool) -> Done {
    let mut bar = Bar::new(json);
    let done = restore::locked(dest, to, keys, &mut |at| bar.show(at)).map_err(cannot)?;
    bar.end();
    if json {
        let renamed =
            done.renamed.iter().map(|(old, new)| json!([backup::names::escape(old), backup::names::escape(new)]));
        say_json(&json!({
            "files": done.files, "bytes": done.bytes, "problems": list(&done.problems),
            "renamed": renamed.collect::<Vec<_>>(),
        }))?;
    } else {
        name_all(&done.problems);
        for (old, new) in done.renamed.iter().take(NAMED) {
            tell(&format!("renamed: {} is {} there", backup::shown(old), backup::shown(new)));
        }
        say(&format!("{} brought back, {}", many(done.files, "file"), bytes(done.bytes)));
    }
    Ok(ExitCode::from(u8::from(!done.problems.is_empty())))
}

#[cfg(feature = "pcsc")]
fn sim(dest: &Path, reader: usize, whole_numbers: bool, json: bool) -> Done {
    use backup::sim::{out, read, reader::Reader};
    let failed = |e: String| Failed::new(2, anyhow::anyhow!("{e}"));
    let began = Instant::now();
    let mut card = Reader::open(reader).map_err(failed)?;
    let sim = read(&mut card, &mut ask_pin).map_err(|e| Failed::new(2, e))?;
    for (what, n, why) in &sim.malformed {
        tell(&format!("{what} {n} on the SIM means nothing: {why}"));
    }
    let receipt =
        out::save(&sim, dest, whole_numbers, Clock::Machine.now(), began.elapsed().as_secs()).map_err(cannot)?;
    if json {
        say_json(&json!({ "receipt": receipt, "line": receipt.to_string() }))?;
    } else {
        let (contacts, messages) = (receipt.files.contact, receipt.files.message);
        say(&format!("{}, {}", many(contacts, "contact"), many(messages, "message")));
        say(&format!("Receipt, for your case:\n{receipt}"));
    }
    Ok(ExitCode::from(u8::from(!sim.malformed.is_empty())))
}

/// From standard input, once. What is typed is seen on a terminal; it can come from a file instead.
#[cfg(feature = "pcsc")]
fn ask_pin(left: u8) -> Option<String> {
    tell(&format!("The SIM asks for its PIN; {left} tries are left, and this uses one. PIN (nothing to stop): "));
    let mut pin = String::new();
    std::io::stdin().read_line(&mut pin).ok()?;
    Some(pin.trim().to_owned()).filter(|pin| !pin.is_empty())
}

#[cfg(not(feature = "pcsc"))]
fn sim(_dest: &Path, _reader: usize, _whole_numbers: bool, _json: bool) -> Done {
    let why = "this cease knows no card readers: build it with --features pcsc (it needs libpcsclite)";
    Err(Failed::new(2, anyhow::anyhow!("{why}")))
}

fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.file_type().is_block_device() || meta.file_type().is_char_device())
}

fn list(problems: &[Problem]) -> Vec<serde_json::Value> {
    let one = |p: &Problem| json!({ "path": backup::names::escape(&p.path), "why": p.why.to_string() });
    problems.iter().map(one).collect()
}

fn name_all(problems: &[Problem]) {
    for problem in problems.iter().take(NAMED) {
        tell(&format!("{} {}", backup::shown(&problem.path), problem.why));
    }
    if let Some(more) = problems.len().checked_sub(NAMED).filter(|more| *more > 0) {
        tell(&format!("and {more} more; --json names all"));
    }
}

fn counts(receipt: &Receipt) -> String {
    let of = |kind, n| match kind {
        Kind::Photo => many(n, "photo"),
        Kind::Document => many(n, "document"),
        Kind::Message => format!("{n} of messages"),
        Kind::Contact => format!("{n} of contacts"),
        Kind::Media => format!("{n} of audio and video"),
        Kind::Other => format!("{n} other"),
    };
    let some = Kind::ALL.into_iter().filter(|kind| receipt.files.of(*kind) > 0);
    let parts: Vec<String> = some.map(|kind| of(kind, receipt.files.of(kind))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let bad =
        if receipt.unreadable == 0 { String::new() } else { format!("; {} could not be read", receipt.unreadable) };
    format!("{}{parts}, {}{bad}", many(receipt.files.total(), "file"), bytes(receipt.bytes))
}

fn bytes(n: u64) -> String {
    let mut size = n as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1024.0 {
            return if unit == "B" { format!("{n} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

/// How far it is: a line that writes over itself on a terminal, a line of JSON each second with `--json`, and otherwise
/// a line now and then.
struct Bar {
    json: bool,
    terminal: bool,
    began: Instant,
    told: Option<Instant>,
    /// Bytes that were there when it began to tell: what an earlier run saved says nothing of the speed.
    from: Option<u64>,
}

impl Bar {
    fn new(json: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { json, terminal, began: Instant::now(), told: None, from: None }
    }

    fn show(&mut self, at: &Progress) {
        let every = match (self.json, self.terminal) {
            (true, _) => Duration::from_secs(1),
            (false, true) => Duration::ZERO,
            (false, false) => Duration::from_secs(10),
        };
        let from = *self.from.get_or_insert(at.bytes);
        if self.told.is_some_and(|told| told.elapsed() < every) || (self.told.is_none() && !self.terminal && !self.json)
        {
            self.told = self.told.or(Some(self.began));
            return;
        }
        self.told = Some(Instant::now());
        let seconds = self.began.elapsed().as_secs_f64().max(0.001);
        let rate = at.bytes.saturating_sub(from) as f64 / seconds;
        let left = (rate > 0.0).then(|| (at.bytes_total.saturating_sub(at.bytes) as f64 / rate) as u64);
        if self.json {
            tell(
                &json!({
                    "files": at.files, "files_total": at.files_total, "bytes": at.bytes, "bytes_total": at.bytes_total,
                    "bytes_per_second": rate as u64, "seconds_left": left,
                })
                .to_string(),
            );
            return;
        }
        let line = line(at, rate as u64, left);
        if self.terminal { self.overwrite(&line) } else { tell(&line) }
    }

    fn end(&self) {
        if self.terminal && !self.json && self.told.is_some() {
            self.overwrite("");
        }
    }

    fn overwrite(&self, line: &str) {
        let mut err = std::io::stderr();
        let _ = write!(err, "\r\x1b[K{line}");
        let _ = err.flush();
    }
}

fn line(at: &Progress, rate: u64, left: Option<u64>) -> String {
    const WIDTH: u64 = 24;
    let done = if at.bytes_total == 0 {
        WIDTH
    } else {
        (at.bytes.min(at.bytes_total) as u128 * u128::from(WIDTH) / u128::from(at.bytes_total)) as u64
    };
    let bar = "█".repeat(done as usize) + &"░".repeat((WIDTH - done) as usize);
    let left = left.map_or_else(String::new, |s| format!(", {}:{:02} left", s / 60, s % 60));
    format!(
        "{bar} {}/{} files, {} of {}, {}/s{left}",
        at.files,
        at.files_total,
        bytes(at.bytes),
        bytes(at.bytes_total),
        bytes(rate)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_line_with_count_bytes_rate_and_what_is_left() {
        let at = Progress { files: 3, files_total: 12, bytes: 3 << 20, bytes_total: 12 << 20 };
        assert_eq!(
            line(&at, 1 << 20, Some(69)),
            "██████░░░░░░░░░░░░░░░░░░ 3/12 files, 3.0 MiB of 12.0 MiB, 1.0 MiB/s, 1:09 left"
        );
        assert!(line(&Progress::default(), 0, None).starts_with(&"█".repeat(24)), "nothing to do is done");
        let absurd = Progress { bytes: u64::MAX, bytes_total: u64::MAX, ..Progress::default() };
        assert!(line(&absurd, u64::MAX, None).contains("TiB"));
    }
}
