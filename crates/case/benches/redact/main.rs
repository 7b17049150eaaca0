//! What the redactor finds and what it wrongly takes, on seeded made-up texts, and how fast it reads a
//! clean one. `cargo bench -p case --bench redact [-- --many N --samples FILE]`; the samples (JSON
//! lines) are for a peer to be judged on the same texts: `benches/peer/presidio.py`.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod made;

use std::fmt::Write as _;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use case::redact::find;
use made::{DISGUISES, Dice, NEGATIVES, PLAIN, POSITIVES, sentence};

/// Of a hundred thousand, as parts.
struct Score {
    hit: u64,
    of: u64,
}

impl Score {
    fn percent(&self) -> f64 {
        self.hit as f64 * 100.0 / self.of as f64
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1));
    let many: u64 = value("--many").and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let mut samples = String::new();
    let keep = if value("--samples").is_some() { 500 } else { 0 };

    println!("made-up texts, seed 1, {many} of a kind and disguise");
    let (mut plain, mut evaded) = (Score { hit: 0, of: 0 }, Score { hit: 0, of: 0 });
    for (name, kind, make) in POSITIVES {
        let mut line = format!("{name:<22}");
        for (i, (way, disguise)) in std::iter::once(&PLAIN).chain(DISGUISES).enumerate() {
            let mut dice = Dice(1 + i as u64);
            let mut score = Score { hit: 0, of: many };
            for n in 0..many {
                let number = disguise(&make(&mut dice));
                let text = sentence(&mut dice, &number);
                let at = text.find(&number).unwrap_or(0);
                let whole =
                    |f: &case::redact::Found| f.kind == *kind && f.at.start <= at && f.at.end >= at + number.len();
                score.hit += u64::from(find(&text).iter().any(whole));
                if n < keep {
                    let sample = serde_json::json!({"what": name, "way": way, "text": text, "must_go": true});
                    let _ = writeln!(samples, "{sample}");
                }
            }
            let sum = if i == 0 { &mut plain } else { &mut evaded };
            (sum.hit, sum.of) = (sum.hit + score.hit, sum.of + score.of);
            if score.hit < score.of {
                let _ = write!(line, " · {way} {:.3} %", score.percent());
            }
        }
        println!("{line}{}", if line.contains('·') { "" } else { " all found, in every disguise" });
    }
    let mut wrong = Score { hit: 0, of: 0 };
    for (name, make) in NEGATIVES {
        let mut dice = Dice(99);
        let mut score = Score { hit: 0, of: many * 5 };
        for n in 0..score.of {
            let number = make(&mut dice);
            let text = sentence(&mut dice, &number);
            score.hit += u64::from(!find(&text).is_empty());
            if n < keep {
                let sample = serde_json::json!({"what": name, "way": "plain", "text": text, "must_go": false});
                let _ = writeln!(samples, "{sample}");
            }
        }
        (wrong.hit, wrong.of) = (wrong.hit + score.hit, wrong.of + score.of);
        println!("{name:<26} wrongly taken {:.4} %", score.percent());
    }
    println!(
        "recall plain {:.4} % · disguised {:.4} % · wrongly taken {:.4} %",
        plain.percent(),
        evaded.percent(),
        wrong.percent()
    );
    let speed = speed();
    if let Some(file) = value("--samples")
        && let Err(e) = std::fs::write(file, samples)
    {
        println!("{file}: {e}");
        return ExitCode::FAILURE;
    }
    let good = plain.percent() >= 99.99 && evaded.percent() >= 99.9 && wrong.percent() <= 0.01 && speed >= 100.0;
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// MB/s over text as a desk reads it, with nothing to strike out: the slower of the two languages. A file
/// that is nothing but numbers is read whole twice.
fn speed() -> f64 {
    let texts = [
        (
            "English prose",
            "Dear desk, I would like to end my contract on 31 December, as I am moving abroad. My number is +44 7700 900123, \
          and I have written on 2 November already. Please tell me what is still to be paid, and to which address I should send the router. ",
        ),
        (
            "Chinese prose",
            "您好，我想在十二月三十一日注销我的数据卡，因为我要回国。我的手机号是 +44 7700 900123，11月2日已经写过一封信。\
          请告诉我还需要支付多少费用，以及路由器应该寄回哪个地址。谢谢！",
        ),
        ("a CSV of cards", "8944110068450000019,234100000000001,+447700900123,active,2026-11-02\n"),
    ];
    let mut slowest = f64::MAX;
    for (name, text) in texts {
        let whole = text.repeat((8 << 20) / text.len());
        // Both read every byte; the plain one only looks whether it is a digit.
        let (ours, found) = timed(|| find(&whole).len());
        let (limit, _) = timed(|| whole.bytes().filter(u8::is_ascii_digit).count());
        let rate = whole.len() as f64 / ours / 1e6;
        if name.ends_with("prose") {
            slowest = slowest.min(rate);
        }
        println!(
            "{name:<16} {rate:>6.0} MB/s, {:.1} times as long as counting its digits ({found} found)",
            ours / limit
        );
    }
    slowest
}

/// The best of five.
fn timed<T>(mut f: impl FnMut() -> T) -> (f64, T) {
    let mut best = (f64::MAX, black_box(f()));
    for _ in 0..5 {
        let begun = Instant::now();
        let out = black_box(f());
        let took = begun.elapsed().as_secs_f64();
        if took < best.0 {
            best = (took, out);
        }
    }
    best
}
