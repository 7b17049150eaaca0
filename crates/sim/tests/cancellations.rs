//! Cancellations with the process killed at random, in front of an element in another process: each subscriber is
//! deleted once, each case certified once, and none is lost.
//!
//! `CEASE_CANCELLATIONS=10000` does as many. `CEASE_CANCELLATIONS_CONFIG=cease.toml` puts the `[network]` of that
//! file in the place of the element of our own; the subscribers 00101 + ten digits from 1 on must be there. How
//! often each was deleted is then not counted, but that each is gone is asked of that element.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use case::{CardState, CaseRef, Event, Outcome, Stage};
use cease::app::Shared;
use jiff::SignedDuration;
use reach::{Line, Observed};
use sim::far::{Subscribers, serve};
use sim::kill::{Before, app_before, card, imsi, token};
use sim::lots::Lots;
use store::{Import, PutOff};

/// Cards for each kill.
const EACH: u64 = 25;

fn many() -> u64 {
    std::env::var("CEASE_CANCELLATIONS").map_or(500, |many| many.parse().expect("a number"))
}

struct Desk {
    dir: tempfile::TempDir,
    before: String,
    cards: u64,
    declared: BTreeMap<u64, CaseRef>,
}

impl Desk {
    async fn app(&self) -> Shared {
        app_before(self.dir.path(), Before::named(&self.before)).await.expect("it opens")
    }

    fn start(&self) -> Child {
        let mut canceller = Command::new(env!("CARGO_BIN_EXE_canceller"));
        canceller.arg(self.dir.path()).arg(&self.before).arg(self.cards.to_string());
        canceller.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a canceller")
    }

    /// Lets it work for so long, where that is limited; whether it got done.
    fn work(&mut self, ticks: Option<u64>) -> bool {
        let (mut child, mut done, mut left) = (self.start(), false, ticks);
        let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
        for line in said.by_ref() {
            let line = line.expect("a line");
            done |= self.hear(&line);
            left = left.map(|left| if line == "." { left.saturating_sub(1) } else { left });
            if left == Some(0) {
                break;
            }
        }
        // Where it is through, it has ended by itself.
        let _ = child.kill();
        child.wait().expect("dead");
        for line in said {
            done |= self.hear(&line.expect("a line"));
        }
        done
    }

    fn hear(&mut self, line: &str) -> bool {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["declared", n, reference] = words[..] {
            let (n, reference) = (n.parse().expect("a number"), reference.parse().expect("a reference"));
            let known = self.declared.insert(n, reference);
            assert!(known.is_none_or(|known| known == reference), "one form became two cases");
        }
        line == "done"
    }

    /// Ends the leases of the dead now, rather than in two minutes; that counts as no try.
    async fn free(&self) {
        let app = self.app().await;
        let now = app.now();
        let until = now + SignedDuration::from_mins(5);
        let claims = app.store.claim(until, SignedDuration::ZERO, 100_000).await.expect("claimed");
        let free = |claim: store::Claimed| PutOff {
            id: claim.id,
            kind: claim.effect.kind(),
            not_before: now,
            why: "its worker was killed".into(),
            tried: false,
        };
        app.store.put_off(claims.into_iter().map(free).collect()).await.expect("freed");
    }
}

#[tokio::test]
async fn each_is_deleted_once_and_certified_once_whoever_is_killed() {
    let config = std::env::var_os("CEASE_CANCELLATIONS_CONFIG").map(PathBuf::from);
    let (address, subscribers) = serve().expect("an element");
    let before = config.as_ref().map_or(address.to_string(), |path| path.display().to_string());
    let dir = tempfile::tempdir().expect("a folder");
    let mut desk = Desk { dir, before, cards: many(), declared: BTreeMap::new() };
    let app = desk.app().await;
    let cards: Vec<_> = (1..=desk.cards).map(|n| card(n, app.now())).collect();
    for some in cards.chunks(1_000) {
        app.store.import(Import { accounts: Vec::new(), cards: some.to_vec() }).await.expect("imported");
    }
    drop(app);
    let (mut lots, began, mut kills) = (Lots::new(9), Instant::now(), 0);
    let mut done = false;
    while !done && kills < desk.cards / EACH {
        done = desk.work(Some(1 + lots.below(25)));
        kills += u64::from(!done);
        desk.free().await;
    }
    assert!(kills >= 2, "it was hardly ever killed: {kills}");
    assert!(done || desk.work(None), "it comes to its end");
    let took = began.elapsed().as_secs_f64();
    let tries = check(&desk, config.is_none().then_some(&subscribers)).await;
    eprintln!(
        "{} cancellations with {kills} kills in {took:.1} s; {tries} deletes found nothing to delete",
        desk.cards
    );
}

async fn check(desk: &Desk, subscribers: Option<&Subscribers>) -> u32 {
    let app = desk.app().await;
    let mut in_vain = 0;
    for n in 1..=desk.cards {
        let reference = app.store.declared_with(&token(n)).await.expect("read").expect("declared");
        assert!(desk.declared.get(&n).is_none_or(|told| *told == reference), "{n} was acknowledged as another");
        one(&app, n, reference).await;
        match subscribers {
            Some(all) => {
                let one = all.lock().expect("counted")[&imsi(n)];
                assert_eq!(one.deleted, 1, "{n}");
                in_vain += one.in_vain;
            }
            None => {
                let of = card(n, app.now());
                let line = Line { subscription: of.subscription(), iccid: of.iccid, imsi: of.imsi, eid: None };
                let read = app.element.observe(&line, app.now()).await.expect("it answers");
                assert_eq!(read.observed, Observed::Gone, "{n}: {}", read.evidence);
            }
        }
    }
    assert_eq!(app.store.outbox().await.expect("the outbox").waiting, 0);
    in_vain
}

async fn one(app: &Shared, n: u64, reference: CaseRef) {
    let row = app.store.case(reference).await.expect("read").expect("it is there");
    assert!(matches!(row.stage, Stage::Ceased { certificate: Some(_), .. }), "{n}: {:?}", row.stage);
    let subscription = row.subscription.as_ref().expect("a card");
    let record = app.store.card(subscription.card).await.expect("read").expect("a card");
    assert_eq!((record.state, record.imsi), (CardState::Ceased, Some(imsi(n))));
    let journal = app.store.journal(reference).await.expect("a journal");
    assert_eq!(case::evolve::fold(reference, &journal).as_ref(), Some(&row));
    let (mut ended, mut files) = (0, Vec::new());
    for event in journal.into_iter().flat_map(|entry| entry.events) {
        let Event::Settled { outcome, .. } = event else { continue };
        match outcome {
            Outcome::Ceased { .. } => ended += 1,
            Outcome::Certified { file, .. } => files.push(file),
            Outcome::GaveUp { why } => panic!("{n} was given up: {why}"),
            Outcome::BillingEnded { .. } | Outcome::Billed { .. } | Outcome::Refunded { .. } => {
                panic!("{n}: nobody bills here")
            }
            Outcome::Delivered
            | Outcome::Unsent
            | Outcome::Barred { .. }
            | Outcome::Unbarred { .. }
            | Outcome::Coded { .. }
            | Outcome::Observed { .. } => {}
        }
    }
    assert_eq!((ended, files.len()), (1, 1), "{n}: ended and certified once");
    let verdict = proof::verify(files[0].as_bytes(), &[app.keys.signing().public()]);
    assert!(matches!(verdict, proof::Verdict::Valid { .. }), "{n}: {verdict:?}");
}
