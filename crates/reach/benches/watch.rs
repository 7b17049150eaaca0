//! How fast a network's records are read and told from those of ended cards, on one core, with ten million ended
//! cards in memory; beside it, in the same run, how fast the same bytes are only counted by lines.
//!
//! `cargo bench -p reach --bench watch [-- --quick]`

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use reach::records::{Ended, Feed, Format, Which};

/// What a network writes in one piece.
const CHUNK: usize = 256 * 1024;
const RECORDS: u64 = 1_000_000;

#[expect(clippy::print_stdout, reason = "this is what a benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}

fn iccid(card: u64) -> String {
    format!("8944{card:015}")
}

fn imsi(card: u64) -> String {
    format!("23415{card:010}")
}

fn msisdn(card: u64) -> String {
    format!("+447{card:09}")
}

/// Kilobytes that the process holds (`VmRSS`), or held at most (`VmHWM`).
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    line.and_then(|rest| rest.trim_start_matches(':').split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// One record in a thousand is of an ended card; a third each are known by ICCID, IMSI and number.
fn input(format: Format, cards: u64) -> (String, u64) {
    let mut text = String::new();
    if format == Format::Csv {
        text.push_str("id,kind,at,iccid,imsi,msisdn,amount,units\n");
    }
    let mut of_ended = 0;
    for n in 0..RECORDS {
        let ended = n % 1000 == 0;
        of_ended += u64::from(ended);
        let card = if ended { n * 7919 % cards } else { cards + n };
        let (a, b, c) = match n % 3 {
            0 => (iccid(card), String::new(), String::new()),
            1 => (String::new(), imsi(card), String::new()),
            _ => (String::new(), String::new(), msisdn(card)),
        };
        let (hour, minute, second) = (n / 3600 % 24, n / 60 % 60, n % 60);
        let at = format!("2026-03-09T{hour:02}:{minute:02}:{second:02}Z");
        let _ = match format {
            Format::Csv => writeln!(text, "cdr-{n:010},data,{at},{a},{b},{c},{},KB", n % 5000),
            Format::JsonLines => {
                let (name, number) = [("iccid", a), ("imsi", b), ("msisdn", c)][(n % 3) as usize].clone();
                writeln!(
                    text,
                    r#"{{"id":"cdr-{n:010}","kind":"data","at":"{at}","{name}":"{number}","amount":"{}","units":"KB"}}"#,
                    n % 5000
                )
            }
        };
    }
    (text, of_ended)
}

/// The best of five.
fn best(mut work: impl FnMut()) -> f64 {
    let timed = |()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    [(); 5].map(timed).into_iter().fold(f64::MAX, f64::min)
}

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    // Cargo runs benchmarks as tests too; then it is enough that this one starts.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let cards = if quick { 100_000 } else { 10_000_000 };
    let before = memory("VmRSS");
    let start = Instant::now();
    let mut ended = Ended::default();
    for card in 0..cards {
        ended.insert(Which::Iccid, &iccid(card));
        ended.insert(Which::Imsi, &imsi(card));
        ended.insert(Which::Msisdn, &msisdn(card));
    }
    let (held, most) = ((memory("VmRSS") - before) / 1024, memory("VmHWM") / 1024);
    say(&format!(
        "{cards} ended cards, {} numbers: put in in {:.1} s, {held} MiB, at most {most} MiB in the process",
        ended.len(),
        start.elapsed().as_secs_f64()
    ));
    for format in [Format::Csv, Format::JsonLines] {
        let (text, of_ended) = input(format, cards);
        let bytes = text.as_bytes();
        let before = memory("VmRSS");
        let mut lines = 0;
        let counted = best(|| {
            lines = bytes.chunks(CHUNK).map(|chunk| memchr::memchr_iter(b'\n', black_box(chunk)).count()).sum();
        });
        let (mut hits, mut faults) = (0, 0);
        let filtered = best(|| {
            (hits, faults) = (0, 0);
            let mut feed = Feed::new(format, case::Timestamp::MAX);
            let mut take = |line: Result<reach::records::Record<'_>, _>| match line {
                Ok(record) => hits += u64::from(ended.may_hold(&record.number)),
                Err(_) => faults += 1,
            };
            for chunk in bytes.chunks(CHUNK) {
                feed.push(black_box(chunk), &mut take).expect("a header");
            }
            feed.end(&mut take).expect("a header");
        });
        assert!(faults == 0 && hits >= of_ended && hits < of_ended + 20, "{hits} hits of {of_ended}, {faults} faults");
        let rate = |seconds: f64| RECORDS as f64 / seconds;
        say(&format!(
            "{format:?}: {lines} lines, {:.0} MB; read and filtered: {:.0} records/s; lines only counted: {:.0} lines/s; \
             {hits} of ended cards found ({of_ended} were there); memory grew by {} KiB meanwhile",
            bytes.len() as f64 / 1e6,
            rate(filtered),
            rate(counted),
            memory("VmRSS").saturating_sub(before)
        ));
    }
}
