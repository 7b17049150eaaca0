//! Whether time tells what an answer does not: the same question about somebody there is and somebody there is not,
//! asked in pairs, either first as a die of a fixed seed falls, and compared by Wilcoxon's signed ranks.
//!
//! Each answer must have been held back to a whole step ([`even`](super::even)), which a clock shows without any
//! statistics; and three rounds one after the other must not all find the same of the two slower. Where there is nothing to
//! find, each does so with a probability of 1 in 1,000, and all three the same way with 1 in four thousand million. That the
//! test can find something is shown beside it, on a desk that holds nothing back.
//!
//! `CEASE_TIMING_PAIRS` asks for more pairs than a test has time for, and `CEASE_TIMING_FILE` for the figures, a line an
//! address.

use std::cell::RefCell;
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
use crate::testing::{self, Browser, Got, PASSWORD};

const PAIRS: usize = 14;
const ROUNDS: usize = 3;
/// How unlikely a difference must be by chance alone, to count.
const UNLIKELY: f64 = 0.001;
/// Milliseconds of a step, here: enough for every answer of a build that nothing has made fast.
const STEP: u64 = 60;

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

/// Wilcoxon's signed-rank test of pairs: how likely chance makes one of the two as much slower (both ways; the normal
/// limit, which is good from ten pairs on), and whether it is the first.
fn signed_ranks(rows: &[Vec<Duration>; 2]) -> (f64, bool) {
    let mut apart: Vec<(Duration, bool)> =
        rows[0].iter().zip(&rows[1]).map(|(a, b)| (a.abs_diff(*b), a > b)).filter(|(by, _)| !by.is_zero()).collect();
    apart.sort();
    let n = apart.len() as f64;
    let first: f64 = (1..).zip(&apart).map(|(rank, (_, first))| if *first { f64::from(rank) } else { 0.0 }).sum();
    let (mean, deviation) = (n * (n + 1.0) / 4.0, (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt());
    let z = ((first - mean).abs() - 0.5).max(0.0) / deviation.max(f64::MIN_POSITIVE);
    (beyond(z), first > mean)
}

/// How much of a normal distribution lies further out than this, both ways (Abramowitz and Stegun 7.1.26).
fn beyond(z: f64) -> f64 {
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    series.iter().fold(0.0, |sum, a| (sum + a) * t) * (-x * x).exp()
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

/// The normal distribution's own table, and that of signed ranks: of twenty pairs, chance leaves 52 or less to one of the
/// two one time in twenty, and 43 or less one time in fifty.
#[test]
fn signed_ranks_are_as_rare_as_the_tables_say() {
    for (z, out) in [(0.0, 1.0), (1.96, 0.05), (2.576, 0.01), (3.291, 0.001)] {
        assert!((beyond(z) - out).abs() < 1e-4, "{z}: {}", beyond(z));
    }
    let pairs = |slower: &[u64]| {
        let a = (1..=20).map(|n| Duration::from_micros(100 + if slower.contains(&n) { n } else { 0 }));
        let b = (1..=20).map(|n| Duration::from_micros(100 + if slower.contains(&n) { 0 } else { n }));
        [a.collect::<Vec<_>>(), b.collect()]
    };
    let (likely, first) = signed_ranks(&pairs(&[20, 19, 13]));
    assert!((likely - 0.05).abs() < 0.005 && !first, "{likely}");
    let (likely, _) = signed_ranks(&pairs(&[20, 19, 4]));
    assert!((likely - 0.02).abs() < 0.005, "{likely}");
    assert!(signed_ranks(&pairs(&(1..=20).collect::<Vec<_>>())).0 < UNLIKELY);
    assert!(signed_ranks(&pairs(&(1..=10).chain([15, 16]).collect::<Vec<_>>())).0 > 0.1);
}

fn pairs() -> usize {
    std::env::var("CEASE_TIMING_PAIRS").ok().and_then(|pairs| pairs.parse().ok()).unwrap_or(PAIRS)
}

fn note(path: &str, rows: &[Vec<Duration>; 2]) {
    let Ok(file) = std::env::var("CEASE_TIMING_FILE") else { return };
    let ((distance, likely), (ranks, _)) = (kolmogorov_smirnov(&rows[0], &rows[1]), signed_ranks(rows));
    let (one, other, pairs) = (median(&rows[0]), median(&rows[1]), rows[0].len());
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file).unwrap();
    writeln!(
        file,
        "{path}: {pairs} pairs, D {distance:.4}, p {likely:.3}, ranks p {ranks:.3}, medians {one:?} and {other:?}, apart {:?}",
        one.abs_diff(other)
    )
    .unwrap();
}

/// Asks about one (0) and about the other (1), in pairs; `ask` prepares, asks, and answers when it began to.
async fn ask_in_pairs(
    app: &Shared,
    die: &mut StdRng,
    pairs: usize,
    ask: &impl AsyncFn(&mut Browser, usize) -> (Instant, Got),
) -> [Vec<Duration>; 2] {
    let mut rows = [Vec::new(), Vec::new()];
    for _ in 0..pairs {
        // Limits of tries are over, and nobody is known by a session.
        testing::advance(app, SignedDuration::from_hours(25));
        let first = usize::from(die.random::<bool>());
        for which in [first, 1 - first] {
            let (begun, got) = ask(&mut Browser::new(app).await, which).await;
            rows[which].push(begun.elapsed());
            assert_ne!(got.status, StatusCode::TOO_MANY_REQUESTS, "a limit would answer both alike");
            assert!(!got.status.is_server_error());
        }
    }
    rows
}

/// Asks until the two are alike, or the same was slower in every round.
async fn alike(app: &Shared, path: &str, ask: impl AsyncFn(&mut Browser, usize) -> (Instant, Got)) {
    let mut die = StdRng::seed_from_u64(7);
    let mut slower = Vec::new();
    for _ in 0..ROUNDS {
        let rows = ask_in_pairs(app, &mut die, pairs(), &ask).await;
        note(path, &rows);
        let held = Duration::from_millis(app.config.limits.even_ms);
        for time in rows.iter().flatten() {
            assert!(*time >= held, "{path} was answered after {time:?}, and not held back");
        }
        let (likely, first) = signed_ranks(&rows);
        if likely >= UNLIKELY || slower.last().is_some_and(|before| *before != first) {
            return;
        }
        slower.push(first);
    }
    panic!("{path} takes its time according to whether there is such a one");
}

async fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> (Instant, Got) {
    let begun = Instant::now();
    (begun, browser.post(path, fields).await)
}

/// A case that takes milliseconds to read, so that a handful of pairs shows it; and a reference of none.
async fn cases(app: &Shared, mei: &store::Account) -> [String; 2] {
    let card = testing::card(app, 1, mei.id).await;
    let found = identify(&card.iccid.unwrap(), &app.policy.identify).unwrap();
    let statement = Some("I want to cancel. ".repeat(200_000));
    let declaration =
        Declaration { consent: true, statement, ..Declaration::of(found.id, mei.person.clone(), app.now()) };
    let actor = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, mei.id, app.now()) };
    let case = act::declare(app, &actor, declaration, Vec::new(), None).await.unwrap().reference;
    [case.to_string(), case::CaseRef::from_bits(case.bits() ^ 1).to_string()]
}

const WRONG: (&str, &str) = ("fact", "wrong@example.com");

/// Held: `web::even`, by which an answer that must not tell leaves at even times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_takes_its_time_according_to_who_there_is() {
    let (app, _dir) = testing::app().await;
    let app = testing::configured(&app, |config| config.limits.even_ms = STEP);
    let mei = testing::holder(&app, 1, "mei").await;
    let cases = cases(&app, &mei).await;
    let [one, other] = [1, 2].map(|seed| testing::authenticator(&app, seed));
    let mut owner = Browser::new(&app).await;
    owner.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    let mut known = one;
    assert_eq!(owner.add_passkey(&mut known).await.status, StatusCode::SEE_OTHER);
    let keys = [known, other].map(RefCell::new);
    let (elsewhere, _theirs) = testing::app().await;
    let numbers = [
        testing::card(&app, 3, mei.id).await.iccid.unwrap(),
        testing::card(&elsewhere, 4, mei.id).await.iccid.unwrap(),
    ];
    let logins = ["mei", "nob"];

    alike(&app, "/sign-in", async |browser: &mut Browser, which| {
        post(browser, "/sign-in", &[("login", logins[which]), ("password", "not the password 1")]).await
    })
    .await;
    alike(&app, "/desk/sign-in", async |browser: &mut Browser, which| {
        post(browser, "/desk/sign-in", &[("login", logins[which]), ("password", PASSWORD)]).await
    })
    .await;
    for path in ["/sign-in/passkey", "/desk/sign-in/passkey"] {
        alike(&app, path, async |browser: &mut Browser, which| {
            let challenge = browser.challenge("sign-in").await;
            let mut answer = testing::shown(&mut keys[which].borrow_mut(), &challenge);
            let signature = answer.iter_mut().find(|(name, _)| *name == "signature").unwrap();
            signature.1 = testing::b64(&[7; 64]);
            let begun = Instant::now();
            (begun, browser.post_owned(path, &answer).await)
        })
        .await;
    }
    alike(&app, "/recover", async |browser: &mut Browser, which| {
        post(browser, "/recover", &[("login", logins[which])]).await
    })
    .await;
    alike(&app, "/case", async |browser: &mut Browser, which| {
        post(browser, "/case", &[("ref", &cases[which]), WRONG]).await
    })
    .await;
    alike(&app, "/chat", async |browser: &mut Browser, which| {
        post(browser, "/chat", &[("do", "find"), ("ref", &cases[which]), WRONG]).await
    })
    .await;
    for page in ["", "/receipt.json", "/return", "/statement"] {
        alike(&app, &format!("/case/…{page}"), async |browser: &mut Browser, which| {
            let begun = Instant::now();
            (begun, browser.get(&format!("/case/{}{page}", cases[which])).await)
        })
        .await;
    }
    for (path, by) in [("/confirm", "email"), ("/confirm/code", "phone")] {
        alike(&app, path, async |browser: &mut Browser, which| {
            browser.post("/cancel", &[("number", &numbers[which])]).await;
            let person = [("name", "Mei Lin"), ("email", "mei@example.com"), ("address", "1 Mill Road, Leeds")];
            browser.post("/cancel/you", &person).await;
            let ask = [("by", by), ("next", "/cancel/statement")];
            let asked = post(browser, "/confirm", &ask).await;
            if path == "/confirm" {
                return asked;
            }
            let location = asked.1.location().to_owned();
            let sent = location.split("sent=").nth(1).unwrap().split('&').next().unwrap();
            post(browser, path, &[ask[0], ask[1], ("sent", sent), ("code", "000000")]).await
        })
        .await;
    }
}

/// The same question, and nothing held back: here time does tell, and the test says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_even_times_the_test_does_tell_them_apart() {
    let (app, _dir) = testing::app().await;
    assert_eq!(app.config.limits.even_ms, 0);
    let mei = testing::holder(&app, 1, "mei").await;
    let cases = cases(&app, &mei).await;
    let mut die = StdRng::seed_from_u64(7);
    for _ in 0..8 {
        let rows = ask_in_pairs(&app, &mut die, 30, &async |browser: &mut Browser, which: usize| {
            post(browser, "/case", &[("ref", &cases[which]), WRONG]).await
        })
        .await;
        note("/case, not held back", &rows);
        let (likely, known_is_slower) = signed_ranks(&rows);
        if likely < UNLIKELY && known_is_slower {
            return;
        }
    }
    panic!("a case that takes milliseconds to read cannot be told from none");
}
