//! Whether time tells what an answer does not: the same question about somebody there is and somebody there is not,
//! asked in pairs, either first as a die of a fixed seed falls, and compared by rank (Mann and Whitney) and by median.
//!
//! Noise makes two rows alike and never different, so a busy machine fails nothing; what differs by more than chance
//! and by more than could be measured through a network differs in every round, and only then does the test fail.

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
/// How often one of a pair may be the slower: half is chance.
const RANK: f64 = 0.2;
/// What is less cannot be told from outside.
const MEDIAN: Duration = Duration::from_millis(1);

/// The share of pairs (every one of `a` with every one of `b`) in which `a` is the greater; half for alike.
fn rank(a: &[Duration], b: &[Duration]) -> f64 {
    let wins: f64 = a
        .iter()
        .flat_map(|x| b.iter().map(move |y| x.cmp(y)))
        .map(|order| match order {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    wins / (a.len() * b.len()) as f64
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

/// What both rows say; none where they are alike.
fn differs(a: &[Duration], b: &[Duration]) -> Option<String> {
    let (rank, apart) = (rank(a, b), median(a).abs_diff(median(b)));
    let told = (rank - 0.5).abs() > RANK && apart > MEDIAN;
    told.then(|| format!("rank {rank:.2}, medians {:?} and {:?}", median(a), median(b)))
}

#[test]
fn rows_are_told_apart_by_rank_and_median_together() {
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
        for _ in 0..PAIRS {
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
