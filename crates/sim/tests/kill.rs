//! `kill -9` in the middle of the work, fifteen times over: what was acknowledged is there, every
//! card ends once, and every case has one certificate that holds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use case::{CardState, CaseRef, Event, Outcome, Timestamp};
use cease::act::declare;
use sim::kill::{app, declaration, token, who};
use sim::lots::Lots;
use store::View;

const KILLS: u64 = 15;
/// Cards of one process.
const EACH: u64 = 100_000;

#[derive(Default)]
struct Told {
    sent: BTreeMap<u64, Timestamp>,
    declared: BTreeMap<u64, CaseRef>,
    certified: BTreeMap<u64, String>,
}

impl Told {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let n = || words[1].parse().expect("a card's number");
        match words[0] {
            "sends" => {
                let at = words[2].parse().expect("microseconds");
                self.sent.insert(n(), Timestamp::from_microsecond(at).expect("a time"));
            }
            "declared" => drop(self.declared.insert(n(), words[2].parse().expect("a reference"))),
            "certified" => drop(self.certified.insert(n(), words[2].to_owned())),
            other => panic!("the victim says {other}"),
        }
    }
}

fn start(dir: &Path, first: u64) -> Child {
    let mut victim = Command::new(env!("CARGO_BIN_EXE_victim"));
    victim.arg(dir).arg(first.to_string()).stdout(Stdio::piped()).spawn().expect("a victim")
}

/// Hears so many lines, kills, and hears what had been said by then.
fn kill_after(mut victim: Child, lines: u64, told: &mut Told) {
    let mut heard = BufReader::new(victim.stdout.take().expect("piped")).lines();
    for line in heard.by_ref().take(lines as usize) {
        told.hear(&line.expect("a line"));
    }
    victim.kill().expect("SIGKILL");
    victim.wait().expect("dead");
    for line in heard {
        told.hear(&line.expect("a line"));
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_is_done_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut lots = Lots::new(9);
    let mut told = Told::default();
    for round in 0..KILLS {
        let lines = 1 + lots.below(150);
        kill_after(start(dir.path(), 1 + round * EACH), lines, &mut told);
        let app = app(dir.path()).await.expect("it opens again");
        for (n, reference) in &told.declared {
            let row = app.store.case(*reference).await.expect("read").expect("an acknowledged declaration is there");
            assert_eq!(*row.declaration, declaration(*n, told.sent[n]));
        }
    }
    eprintln!(
        "{KILLS} kills: {} sent, {} acknowledged, {} certified",
        told.sent.len(),
        told.declared.len(),
        told.certified.len()
    );
    assert!(told.certified.len() > 20, "too little was done to be worth killing: {}", told.certified.len());
    drain(dir.path()).await;
    check(dir.path(), &told).await;
}

/// What the dead left behind, their leases included, is done by the living.
async fn drain(dir: &Path) {
    let app = app(dir).await.expect("it opens");
    // Leases of the killed run for two minutes; an outbox that gives everything back ends them now.
    let now = app.now();
    let until = now + jiff::SignedDuration::from_mins(3);
    let held = app.store.claim(until, jiff::SignedDuration::ZERO, 10_000).await.expect("claimed");
    let put_off = |claim: store::Claimed| {
        let (id, kind, why) = (claim.id, claim.effect.kind(), "its worker was killed".to_owned());
        store::PutOff { id, kind, not_before: now, why, tried: true }
    };
    app.store.put_off(held.into_iter().map(put_off).collect()).await.expect("given back");
    let done = async {
        while app.store.outbox().await.expect("the outbox").waiting > 0 {
            cease::work::round(&app).await.expect("a round");
        }
    };
    tokio::time::timeout(Duration::from_secs(30), done).await.expect("the outbox empties");
}

async fn check(dir: &Path, told: &Told) {
    let app = app(dir).await.expect("it opens");
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = app.store.list(View::All, after, 200).await.expect("a page");
        let Some(last) = page.last() else { break };
        let at_us = last.case.times.received.as_microsecond();
        after = Some(store::Cursor { at_us, reference: last.case.reference });
        rows.extend(page.into_iter().map(|summary| summary.case));
    }
    let mut cards = BTreeSet::new();
    for row in &rows {
        let subscription = row.subscription.as_ref().expect("a card");
        assert!(cards.insert(subscription.card), "one form became two cases");
        let card = app.store.card(subscription.card).await.expect("read").expect("a card");
        assert_eq!(card.state, CardState::Ceased, "{:?}", row.stage);
        let journal = app.store.journal(row.reference).await.expect("a journal");
        assert_eq!(case::evolve::fold(row.reference, &journal).as_ref(), Some(row));
        let settled = || journal.iter().flat_map(|entry| &entry.events);
        let ended = settled().filter(|e| matches!(e, Event::Settled { outcome: Outcome::Ceased { .. }, .. })).count();
        let files: Vec<(&String, &String)> = settled().filter_map(certificate).collect();
        assert_eq!((ended, files.len()), (1, 1), "ended and certified once");
        let verdict = proof::verify(files[0].0.as_bytes(), &[app.keys.signing().public()]);
        assert!(matches!(verdict, proof::Verdict::Valid { .. }), "{verdict:?}");
        let n = subscription.card.key() as u64 - 1000;
        assert!(told.certified.get(&n).is_none_or(|digest| digest == files[0].1), "another certificate than was shown");
    }
    for (n, reference) in &told.declared {
        let at = told.sent[n];
        let again = declare(&app, &who(at), declaration(*n, at), Vec::new(), Some(&token(*n))).await;
        assert_eq!(again.expect("answered").reference, *reference, "a form sent again is its case");
    }
    assert!(rows.len() >= told.declared.len());
}

fn certificate(event: &Event) -> Option<(&String, &String)> {
    if let Event::Settled { outcome: Outcome::Certified { file, digest }, .. } = event {
        Some((file, digest))
    } else {
        None
    }
}
