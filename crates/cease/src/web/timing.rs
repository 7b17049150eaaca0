//! Whether time tells what an answer does not: the same question about somebody there is and somebody there is not,
//! asked in pairs, either first as a die of a fixed seed falls, and compared by the test of Kolmogorov and Smirnov and by
//! median.
//!
//! Noise makes two rows alike and never different, so a busy machine fails nothing; what differs by more than chance
//! and by more than could be measured through a network differs in every round, and only then does the test fail.
//! `CEASE_TIMING_PAIRS` asks for more pairs than a test has time for, and `CEASE_TIMING_FILE` for the figures, a line an
//! address.

use std::io::Write;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use case::actor::{Assurance, Level};
use case::identify::identify;
use case::{Actor, Declaration};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::act;
use crate::app::Shared;
use crate::testing::{self, Browser, PASSWORD};

const PAIRS: usize = 24;
const ROUNDS: usize = 4;
/// How likely two rows must be at least that are drawn from one lot.
const LIKELY: f64 = 0.01;
/// What is less cannot be told from outside.
const MEDIAN: Duration = Duration::from_millis(1);

/// The two-sample test of Kolmogorov and Smirnov: the greatest distance of the two empirical distributions, and how
/// likely chance makes one as great (Stephens' form of the limit, which is good from a handful of values on).
fn kolmogorov_smirnov(a: &[Duration], b: &[Duration]) -> (f64, f64) {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    a.sort();
    b.sort();
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut distance) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let at = a[i].min(b[j]);
        i += a[i..].iter().take_while(|x| **x <= at).count();
        j += b[j..].iter().take_while(|x| **x <= at).count();
        distance = distance.max((i as f64 / n - j as f64 / m).abs());
    }
    let root = (n * m / (n + m)).sqrt();
    let t = (root + 0.12 + 0.11 / root) * distance;
    let term = |k: i32| {
        let k = f64::from(k);
        (if k as i64 % 2 == 1 { 2.0 } else { -2.0 }) * (-2.0 * k * k * t * t).exp()
    };
    // The series does not settle where the distance is next to nothing: chance alone does that.
    let likely = if t < 0.2 { 1.0 } else { (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0) };
    (distance, likely)
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

/// What both rows say; none where they are alike.
fn differs(a: &[Duration], b: &[Duration]) -> Option<String> {
    let ((distance, likely), apart) = (kolmogorov_smirnov(a, b), median(a).abs_diff(median(b)));
    let told = likely < LIKELY && apart > MEDIAN;
    told.then(|| format!("D {distance:.3}, p {likely:.2e}, medians {:?} and {:?}", median(a), median(b)))
}

fn pairs() -> usize {
    std::env::var("CEASE_TIMING_PAIRS").ok().and_then(|pairs| pairs.parse().ok()).unwrap_or(PAIRS)
}

fn note(path: &str, rows: &[Vec<Duration>; 2]) {
    let Ok(file) = std::env::var("CEASE_TIMING_FILE") else { return };
    let (distance, likely) = kolmogorov_smirnov(&rows[0], &rows[1]);
    let (one, other) = (median(&rows[0]), median(&rows[1]));
    let pairs = rows[0].len();
    let line = format!("{path}: {pairs} pairs, D {distance:.4}, p {likely:.3}, medians {one:?} and {other:?}");
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file).unwrap();
    writeln!(file, "{line}, apart {:?}", one.abs_diff(other)).unwrap();
}

/// Values that are known: the table's limit of 5 % at 1.358, of 1 % at 1.628.
#[test]
fn the_test_has_the_table_s_limits() {
    let row = |n: u64, from: u64| (0..n).map(|i| Duration::from_micros(from + i)).collect::<Vec<_>>();
    let (distance, likely) = kolmogorov_smirnov(&row(1_000, 0), &row(1_000, 0));
    assert_eq!((distance, likely), (0.0, 1.0));
    for (shift, limit) in [(61, 0.05), (73, 0.01)] {
        let (distance, likely) = kolmogorov_smirnov(&row(1_000, 0), &row(1_000, shift));
        assert!((distance - shift as f64 / 1_000.0).abs() < 1e-9, "{distance}");
        assert!((likely - limit).abs() < limit * 0.15, "{likely} at {shift}");
    }
    let (distance, likely) = kolmogorov_smirnov(&row(50, 0), &row(50, 1_000));
    assert!(distance == 1.0 && likely < 1e-10);
}

#[test]
fn rows_are_told_apart_by_distribution_and_median_together() {
    let row = |from: u64, step: u64| (0..20).map(|n| Duration::from_micros(from + n * step)).collect::<Vec<_>>();
    assert_eq!(differs(&row(1_000, 100), &row(1_050, 100)), None);
    assert_eq!(differs(&row(1_000, 1), &row(1_900, 1)), None, "always slower, and by nothing that could be measured");
    assert!(differs(&row(1_000, 10), &row(9_000, 10)).is_some());
    let mut noisy = row(1_000, 100);
    noisy[19] = Duration::from_secs(5);
    assert_eq!(differs(&noisy, &row(1_000, 100)), None, "one slow answer is none");
}

/// Asks `path` about one and the other until the two are alike, or have differed in every round.
async fn alike(app: &Shared, path: &str, one: &[(&str, &str)], other: &[(&str, &str)], draft: Option<[&str; 2]>) {
    let mut die = StdRng::seed_from_u64(7);
    let mut said = Vec::new();
    for _ in 0..ROUNDS {
        let mut rows = [Vec::new(), Vec::new()];
        for _ in 0..pairs() {
            // Limits of tries are over, and nobody is known by a session.
            testing::advance(app, SignedDuration::from_hours(25));
            let first = usize::from(die.random::<bool>());
            for which in [first, 1 - first] {
                let mut browser = Browser::new(app).await;
                if let Some(numbers) = draft {
                    browser.post("/cancel", &[("number", numbers[which])]).await;
                    let person = [("name", "Mei Lin"), ("email", "mei@example.com"), ("address", "1 Mill Road, Leeds")];
                    browser.post("/cancel/you", &person).await;
                }
                let begun = Instant::now();
                let got = browser.post(path, [one, other][which]).await;
                rows[which].push(begun.elapsed());
                assert_ne!(got.status, StatusCode::TOO_MANY_REQUESTS, "{path}: a limit would answer both alike");
                assert!(!got.status.is_server_error());
            }
        }
        note(path, &rows);
        match differs(&rows[0], &rows[1]) {
            None => return,
            Some(how) => said.push(how),
        }
    }
    panic!("{path} takes its time according to whether there is such a one: {said:?}");
}

/// Held: a password is hashed whether or not there is an account; codes and links are sent beside the answer; a second
/// fact is compared with nobody's where there is no case.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_takes_its_time_according_to_who_there_is() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let known = card.iccid.unwrap();
    let (elsewhere, _theirs) = testing::app().await;
    let unknown = testing::card(&elsewhere, 2, mei.id).await.iccid.unwrap();
    let found = identify(&known, &app.policy.identify).unwrap();
    let declaration =
        Declaration { consent: true, backup: true, ..Declaration::of(found.id, mei.person.clone(), app.now()) };
    let actor = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, mei.id, app.now()) };
    let case = act::declare(&app, &actor, declaration, Vec::new(), None).await.unwrap().reference;
    let (case, none) = (case.to_string(), case::CaseRef::from_bits(case.bits() ^ 1).to_string());

    let sign_in = |login| [("login", login), ("password", "not the password 1")];
    alike(&app, "/sign-in", &sign_in("mei"), &sign_in("nob"), None).await;
    let desk = |login| [("login", login), ("password", PASSWORD)];
    alike(&app, "/desk/sign-in", &desk("mei"), &desk("nob"), None).await;
    alike(&app, "/recover", &[("login", "mei")], &[("login", "nob")], None).await;
    let wrong = ("fact", "wrong@example.com");
    alike(&app, "/case", &[("ref", &case), wrong], &[("ref", &none), wrong], None).await;
    let (one, other) = ([("number", known.as_str())], [("number", unknown.as_str())]);
    alike(&app, "/cancel", &one, &other, None).await;
    let code = [("by", "email"), ("next", "/cancel/statement")];
    alike(&app, "/confirm", &code, &code, Some([&known, &unknown])).await;
}
