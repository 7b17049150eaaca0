//! What every element must do, whoever stands behind it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use case::{CardId, CaseRef, EffectId, Subscription, Timestamp};
use reach::{Element, Failure, Line, Observed, ReadBack};

use crate::peer::{Asked, Peer, Reply};

pub const IMSI: &str = "001010000000001";
pub const ICCID: &str = "8988211000000530082";
pub const EID: &str = "89049032123451234512345678901235";

/// What a fake holds, and how it misbehaves.
#[derive(Default)]
pub struct World {
    /// By IMSI or ICCID: whether it is barred.
    pub cards: BTreeMap<String, bool>,
    /// Changes that were really made, by what they were.
    pub made: Vec<&'static str>,
    pub fault: Fault,
}

#[derive(Clone, Default)]
pub enum Fault {
    #[default]
    None,
    /// The next change is made, and its answer lost.
    AnswerLost,
    /// This is answered instead, and nothing is done.
    Instead(u16, String),
    Down,
}

/// An element with the fake behind it.
pub struct Bench {
    pub element: Box<dyn Element>,
    pub peer: Peer,
    pub world: Arc<Mutex<World>>,
    /// What a cease changes at the far end, in order.
    pub ceasing: &'static [&'static str],
    pub bars: bool,
    /// A card without its number is passed over rather than given up.
    pub skips: bool,
}

/// Lets a fake answer, or misbehave. It says what change it made, if any.
pub fn answer(
    world: &Mutex<World>,
    asked: &Asked,
    fake: impl Fn(&mut World, &Asked) -> (Reply, Option<&'static str>),
) -> Reply {
    let mut world = world.lock().unwrap();
    match world.fault.clone() {
        Fault::Down => return Reply::HangUp,
        Fault::Instead(status, body) => {
            return Reply::Say(status, vec![("x-admin-protocol", "gsma/rsp/v2.5.0".into())], body);
        }
        Fault::None | Fault::AnswerLost => {}
    }
    let (reply, made) = fake(&mut world, asked);
    let Some(made) = made else { return reply };
    world.made.push(made);
    if matches!(world.fault, Fault::AnswerLost) {
        world.fault = Fault::None;
        return Reply::HangUp;
    }
    reply
}

pub fn line() -> Line {
    Line { iccid: Some(ICCID.into()), imsi: Some(IMSI.into()), eid: Some(EID.into()), ..bare() }
}

pub fn bare() -> Line {
    Line::bare(Subscription { card: CardId::from_bits(1), generation: 1 })
}

pub fn key(n: u32) -> EffectId {
    EffectId { case: CaseRef::from_bits(7), n }
}

pub fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

impl Bench {
    pub fn fault(&self, fault: Fault) {
        self.world.lock().unwrap().fault = fault;
    }

    pub fn made(&self) -> Vec<&'static str> {
        self.world.lock().unwrap().made.clone()
    }

    pub async fn all(&self, line: &Line) -> [Result<ReadBack, Failure>; 4] {
        let e = &self.element;
        [
            e.observe(line, now()).await,
            e.bar(line, key(1), now()).await,
            e.unbar(line, key(2), now()).await,
            e.cease(line, key(3), now()).await,
        ]
    }
}

pub fn retry<T: std::fmt::Debug>(said: Result<T, Failure>) -> String {
    match said {
        Err(Failure::Retry(why) | Failure::NotYet(why)) => why,
        said => panic!("{said:?}"),
    }
}

pub fn give_up<T: std::fmt::Debug>(said: Result<T, Failure>) -> String {
    match said {
        Err(Failure::GiveUp(why)) => why,
        said => panic!("{said:?}"),
    }
}

pub async fn obeys<F: Future<Output = Bench>>(bench: impl Fn() -> F) {
    twice_is_once(bench().await).await;
    what_is_not_known_is_looked_at(bench().await).await;
    trouble_changes_nothing(bench().await).await;
    the_next_activation_is_left_alone(bench().await).await;
    a_missing_number_is_said_before_anything_is_sent(bench().await).await;
}

async fn twice_is_once(b: Bench) {
    let (line, seen) = (line(), |read: ReadBack| read.observed);
    if b.bars {
        assert_eq!(seen(b.element.observe(&line, now()).await.unwrap()), Observed::Active);
        for _ in 0..2 {
            assert_eq!(seen(b.element.bar(&line, key(1), now()).await.unwrap()), Observed::Barred);
        }
        for _ in 0..2 {
            assert_eq!(seen(b.element.unbar(&line, key(2), now()).await.unwrap()), Observed::Active);
        }
        assert_eq!(b.made(), ["bar", "unbar"]);
    }
    b.world.lock().unwrap().made.clear();
    for _ in 0..3 {
        let read = b.element.cease(&line, key(3), now()).await.unwrap();
        assert_eq!((read.observed, read.profile_left), (Observed::Gone, false), "{}", read.evidence);
        for number in [IMSI, ICCID, EID] {
            assert!(!read.evidence.contains(number), "{}", read.evidence);
        }
    }
    assert_eq!(b.made(), b.ceasing);
    assert!(b.world.lock().unwrap().cards.is_empty());
    for said in b.all(&line).await {
        assert_eq!(seen(said.unwrap()), Observed::Gone);
    }
    assert_eq!(b.made(), b.ceasing);
}

/// Every change of a cease loses its answer in turn.
async fn what_is_not_known_is_looked_at(b: Bench) {
    let line = line();
    for _ in b.ceasing {
        b.fault(Fault::AnswerLost);
        retry(b.element.cease(&line, key(3), now()).await);
    }
    let read = b.element.cease(&line, key(3), now()).await.unwrap();
    assert_eq!(read.observed, Observed::Gone, "{}", read.evidence);
    let mut made = b.made();
    made.dedup();
    assert_eq!(made, b.ceasing);
}

async fn trouble_changes_nothing(b: Bench) {
    let line = line();
    let before = b.world.lock().unwrap().cards.clone();
    let mut faults = vec![Fault::Down];
    for status in [200, 301, 401, 403, 404, 429, 500, 503] {
        for body in ["", "<html>not found</html>", "{", "[]", r#"{"header":{}}"#, r#"{"state":"#, "\0", "\u{feff}null"]
        {
            faults.push(Fault::Instead(status, body.into()));
        }
    }
    faults.push(Fault::Instead(200, "[".repeat(100_000)));
    faults.push(Fault::Instead(200, format!("{{\"state\":\"{}\"}}", "x".repeat(1 << 20))));
    for fault in faults {
        let shown =
            if let Fault::Instead(status, body) = &fault { format!("{status} {body:.60}") } else { String::new() };
        // The core under test says that 404 means gone; that is its operator's word.
        if b.element.name() == "core" && shown.starts_with("404") {
            continue;
        }
        b.fault(fault);
        if b.bars {
            retry(b.element.observe(&line, now()).await);
            retry(b.element.bar(&line, key(1), now()).await);
        }
        let why = retry(b.element.cease(&line, key(3), now()).await);
        for secret in [IMSI, ICCID, EID, "hunter2"] {
            assert!(!why.contains(secret), "{why}");
        }
    }
    assert_eq!(b.made().len(), 0);
    assert_eq!(b.world.lock().unwrap().cards, before);
}

async fn the_next_activation_is_left_alone(b: Bench) {
    for said in b.all(&bare()).await {
        let read = said.unwrap();
        assert_eq!((read.observed, read.evidence.as_str()), (Observed::Gone, "no such activation"));
    }
    assert!(b.peer.asked().is_empty());
}

async fn a_missing_number_is_said_before_anything_is_sent(b: Bench) {
    let lacking = Line { iccid: Some(ICCID.into()), ..bare() };
    for said in b.all(&lacking).await {
        if b.skips {
            assert_eq!(said.unwrap().observed, Observed::Gone);
        } else {
            let why = give_up(said);
            assert!(why.starts_with("nothing was sent: the card has no IMSI"), "{why}");
        }
    }
    assert!(b.peer.asked().is_empty());
}
