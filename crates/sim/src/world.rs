//! One life of a desk: what may happen in it, one step after the other.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Context;
use case::{Actor, CardState, Case, CaseRef, Command, Declaration, EffectId, Outcome, Policy, Refusal, Timestamp};
use cease::act::{ActError, act, declare};
use cease::app::{App, Shared};
use cease::clock::Clock;
use cease::config::Config;
use cease::keys::Keys;
use cease::password::Hasher;
use cease::work;
use jiff::SignedDuration;
use store::{AnyStore, Import, StoreError};
use tokio::task::JoinSet;

use crate::bugs::Bug;
use crate::element::FaultyElement;
use crate::fate::{Deed, Fate};
use crate::lots::pause;
use crate::mail::FaultyMail;
use crate::people::{self, Cast};
use crate::shim::Shim;

mod caution;

/// The seed of the key that the desk has published.
pub const KEY: u8 = 7;
/// Cases in one life.
const CASES: usize = 7;

pub struct World {
    pub fate: Fate,
    /// The store itself, past every fault.
    pub raw: AnyStore,
    pub app: Shared,
    pub element: Arc<FaultyElement>,
    pub cast: Cast,
    /// What was acknowledged: version and chain of every row that was answered.
    pub promises: BTreeMap<CaseRef, BTreeMap<u64, String>>,
    /// Every declaration that was ever sent, by its time, which is its own.
    pub given: BTreeMap<Timestamp, Declaration>,
    pub story: Vec<String>,
    forms: Vec<Form>,
    policy: Policy,
    url: String,
}

/// A filled-in form, that may be sent more than once.
#[derive(Clone)]
struct Form {
    token: Option<String>,
    /// Who it is, and who the desk takes them for.
    who: Actor,
    taken_for: Actor,
    declaration: Declaration,
    reference: Option<CaseRef>,
}

enum Done {
    Acted(Result<Case, ActError>),
    Declared(usize, Result<Case, ActError>),
    Worked(Result<usize, StoreError>),
}

type Doing = Pin<Box<dyn Future<Output = Done> + Send>>;

impl World {
    /// A desk on an empty store.
    pub async fn new(fate: Fate, url: &str) -> anyhow::Result<Self> {
        Self::with_policy(fate, url, |_| {}).await
    }

    /// The same under some rules that are not drawn by lot.
    pub async fn with_policy(fate: Fate, url: &str, change: impl FnOnce(&mut Policy)) -> anyhow::Result<Self> {
        let mut policy = people::policy(&fate);
        change(&mut policy);
        let (raw, app, element) = open(&fate, url, &policy).await?;
        raw.migrate().await?;
        let cast = Cast::new(fate.now());
        raw.import(cast.import(fate.now())).await?;
        fate.with(|n| n.owners = cast.cards.iter().map(|card| (card.id, card.account)).collect());
        Ok(Self {
            fate,
            raw,
            app,
            element,
            cast,
            promises: BTreeMap::new(),
            given: BTreeMap::new(),
            story: Vec::new(),
            forms: Vec::new(),
            policy,
            url: url.to_owned(),
        })
    }

    /// Something happens.
    pub async fn step(&mut self) -> anyhow::Result<()> {
        self.fate.with(|n| n.tally.steps += 1);
        match self.fate.below(100) {
            0..10 => self.declare().await,
            10..36 => self.acts(1).await?,
            36..38 => self.caution().await?,
            38..50 => self.acts(3).await?,
            50..68 => self.time_passes(),
            68..82 => self.work(None).await,
            82..84 => self.rest().await,
            84..90 => self.crash().await?,
            90..92 => self.claim_and_forget().await,
            92..94 => self.stray_report().await?,
            94..96 => self.send_again().await,
            96 => self.outage(),
            97..99 => self.recycle().await?,
            _ => self.restart().await?,
        }
        Ok(())
    }

    fn tell(&mut self, what: String) {
        let line = format!("{} {what}", self.fate.now());
        self.story.push(line);
    }

    async fn declare(&mut self) {
        if self.forms.len() >= CASES {
            return;
        }
        let form = self.fill_in();
        let times = if form.token.is_some() { self.fate.pick(&[1, 1, 2, 3]) } else { 1 };
        self.forms.push(form);
        let nth = self.forms.len() - 1;
        self.tell(format!("form {nth} is sent {times} times"));
        let sent = (0..times).map(|_| self.send(nth)).collect();
        self.together(sent, None).await;
    }

    fn fill_in(&mut self) -> Form {
        // Its own microsecond tells one declaration from every other.
        let at = self.fate.now() - SignedDuration::from_micros(1 + self.forms.len() as i64);
        let (who, declaration) = self.cast.declaration(&self.fate, at);
        self.given.insert(at, declaration.clone());
        let token = self.fate.percent(70).then(|| format!("form-{}", self.forms.len()));
        let stranger = matches!(who, Actor::Holder { account: None, .. });
        let assumed = stranger && self.fate.bug(Bug::ProofAssumed);
        let taken_for = if assumed { self.owner_of(&declaration) } else { who.clone() };
        Form { token, who, taken_for, declaration, reference: None }
    }

    fn owner_of(&self, declaration: &Declaration) -> Actor {
        let number = declaration.number.normalised();
        let card = self.cast.cards.iter().find(|c| c.iccid.as_deref() == Some(number));
        card.map_or_else(people::unproven, |card| people::proven(card.account, self.fate.now()))
    }

    fn send(&self, nth: usize) -> Doing {
        let (app, fate, form) = (self.app.clone(), self.fate.clone(), self.forms[nth].clone());
        Box::pin(async move {
            let deed = Deed { actor: form.who, command: "declare", at: fate.now(), version: None };
            fate.with(|n| n.declared.entry(form.declaration.declared_at).or_default().push(deed));
            let token = form.token.as_deref();
            Done::Declared(nth, declare(&app, &form.taken_for, form.declaration, Vec::new(), token).await)
        })
    }

    async fn acts(&mut self, most: u64) -> anyhow::Result<()> {
        let doing = self.some_acts(most).await?;
        let with_work = most > 1 && self.fate.percent(40);
        let work: Option<Doing> = with_work.then(|| self.working());
        self.together(doing.into_iter().chain(work).collect(), None).await;
        Ok(())
    }

    async fn some_acts(&mut self, most: u64) -> anyhow::Result<Vec<Doing>> {
        let known: Vec<CaseRef> = self.promises.keys().copied().collect();
        let mut known: Vec<CaseRef> = known.into_iter().filter(|r| self.fate.nth(*r) != u64::MAX).collect();
        known.sort_by_key(|r| self.fate.nth(*r));
        if known.is_empty() {
            return Ok(Vec::new());
        }
        // In a race it is mostly the same case.
        let one = self.fate.pick(&known);
        let mut doing: Vec<Doing> = Vec::new();
        for _ in 0..most {
            let reference = if self.fate.percent(80) { one } else { self.fate.pick(&known) };
            let Some(row) = self.raw.case(reference).await? else { continue };
            let (actor, command) = self.cast.deed(&self.fate, &row);
            self.tell(format!(
                "case {} ({}): {} says {}",
                self.fate.nth(reference),
                row.stage.name(),
                actor.kind(),
                command.name()
            ));
            doing.push(self.act(reference, actor, command));
        }
        Ok(doing)
    }

    fn act(&self, reference: CaseRef, actor: Actor, command: Command) -> Doing {
        let (app, fate) = (self.app.clone(), self.fate.clone());
        Box::pin(async move {
            let done = noted(&app, &fate, reference, actor, &command).await;
            Done::Acted(done)
        })
    }

    fn working(&self) -> Doing {
        let app = self.app.clone();
        Box::pin(async move { Done::Worked(work::round(&app).await) })
    }

    async fn work(&mut self, crash: Option<u64>) {
        self.tell("the workers make a round".into());
        let two = self.fate.percent(30);
        let doing = (0..if two { 2 } else { 1 }).map(|_| self.working()).collect();
        self.together(doing, crash).await;
    }

    /// The sky clears for a moment, and the workers get done whatever can be done now.
    async fn rest(&mut self) {
        self.tell("the workers come to rest".into());
        let storm = self.fate.with(|n| std::mem::take(&mut n.storm));
        if let Err(why) = crate::drain::rest(self).await {
            self.fate.complain(why);
        }
        self.fate.with(|n| n.storm = storm);
    }

    /// Whatever is in hand is dropped at some await; often the whole process with it.
    async fn crash(&mut self) -> anyhow::Result<()> {
        self.fate.with(|n| n.tally.crashes += 1);
        let after = self.fate.below(60);
        let mut doing = self.some_acts(2).await?;
        doing.push(self.working());
        if self.forms.len() < CASES && self.fate.percent(40) {
            let form = self.fill_in();
            self.forms.push(form);
            doing.push(self.send(self.forms.len() - 1));
        }
        self.tell(format!("all that was in hand is dropped after {after}"));
        self.together(doing, Some(after)).await;
        if self.fate.percent(50) { self.restart().await } else { Ok(()) }
    }

    /// Does it all side by side, to its end or until the crash.
    async fn together(&mut self, doing: Vec<Doing>, crash: Option<u64>) {
        let mut hands = JoinSet::new();
        for one in doing {
            hands.spawn(one);
        }
        let struck = async {
            match crash {
                Some(after) => pause(after).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(struck);
        loop {
            tokio::select! {
                biased;
                done = hands.join_next() => match done {
                    Some(Ok(done)) => self.hear(done),
                    Some(Err(why)) => self.fate.complain(format!("something panicked: {why}")),
                    None => return,
                },
                () = &mut struck => break,
            }
        }
        hands.shutdown().await;
        pause(8).await;
    }

    fn hear(&mut self, done: Done) {
        let answer = match done {
            Done::Worked(Ok(_)) => return,
            Done::Worked(Err(why)) => return self.fails("the workers", &why),
            Done::Acted(answer) => answer,
            Done::Declared(nth, answer) => {
                if let Ok(case) = &answer {
                    let before = self.forms[nth].reference.replace(case.reference);
                    if before.is_some_and(|before| before != case.reference) {
                        self.fate.complain("one form became two cases".into());
                    }
                }
                answer
            }
        };
        match answer {
            Ok(case) => {
                self.fate.with(|n| {
                    n.tally.acts += 1;
                    *n.tally.stages.entry(case.stage.name()).or_default() += 1;
                });
                self.promises.entry(case.reference).or_default().insert(case.version, case.chain);
            }
            Err(ActError::Refused(_)) => self.fate.with(|n| n.tally.refusals += 1),
            Err(ActError::NoSuchCase) => self.fate.complain("a case was acknowledged and is gone".into()),
            Err(ActError::Store(why)) => self.fails("an act", &why),
        }
    }

    /// A store may fail while it storms, and must not afterwards.
    fn fails(&self, what: &str, why: &StoreError) {
        if self.fate.with(|n| n.storm == 0) {
            self.fate.complain(format!("{what} failed in calm weather: {why}"));
        }
    }

    fn time_passes(&mut self) {
        let n = 1 + self.fate.below(90) as i64;
        let time = match self.fate.below(20) {
            0..7 => SignedDuration::from_secs(n),
            7..13 => SignedDuration::from_mins(n),
            13..18 => SignedDuration::from_hours(n / 3),
            18 => SignedDuration::from_hours(n * 4),
            _ => SignedDuration::from_hours(n * 12),
        };
        // No network holds a request back for longer than its command lives.
        let forgets = self.fate.bug(Bug::ElementForgetsKeys);
        if !forgets && (time > SignedDuration::from_mins(10) || self.fate.percent(30)) {
            self.element.deliver_late(self.fate.now());
        }
        let back = self.fate.bug(Bug::ClockBackwards) && self.fate.percent(20);
        self.fate.pass(if back { -time } else { time });
        self.tell(format!("{time:#} later"));
    }

    /// A worker takes what is owed and is never heard of again.
    async fn claim_and_forget(&mut self) {
        self.tell("a worker vanishes with what it claimed".into());
        self.fate.with(|n| n.tally.crashes += 1);
        // All of it: which are the first of several that became due in one instant, their random references say.
        let all = cease::work::hands::HANDS as u32;
        // What it might have answered is lost too.
        let _ = self.app.store.claim(self.fate.now(), SignedDuration::from_secs(120), all).await;
    }

    /// A report of something that is not owed, or not like that.
    async fn stray_report(&mut self) -> anyhow::Result<()> {
        let known: Vec<CaseRef> = self.known();
        if known.is_empty() {
            return Ok(());
        }
        let reference = self.fate.pick(&known);
        let Some(row) = self.raw.case(reference).await? else { return Ok(()) };
        let settled: Vec<u32> = (0..row.effects + 2).filter(|n| !row.owed.iter().any(|(o, _)| o == n)).collect();
        let n = self.fate.pick(&settled);
        self.tell(format!("case {}: effect {n} is reported again", self.fate.nth(reference)));
        let outcome = match self.fate.below(4) {
            0 => Outcome::Delivered,
            1 => Outcome::Barred { evidence: "twice".into() },
            2 => Outcome::GaveUp { why: "twice".into() },
            _ => Outcome::Ceased {
                element: "twice".into(),
                evidence: "twice".into(),
                read_back_at: self.fate.now(),
                profile_left: false,
            },
        };
        match act(&self.app, reference, &Actor::Network, &Command::Report { n, outcome }).await {
            Err(ActError::Refused(Refusal::NothingOwed)) | Err(ActError::Store(_)) => Ok(()),
            Ok(_) | Err(_) => {
                let of = EffectId { case: reference, n };
                self.fate.complain(format!("a second report counted: effect {}", of.n));
                Ok(())
            }
        }
    }

    fn known(&self) -> Vec<CaseRef> {
        let mut known: Vec<CaseRef> = self.promises.keys().copied().collect();
        known.sort_by_key(|r| self.fate.nth(*r));
        known
    }

    /// A form from long ago: the browser's back button.
    async fn send_again(&mut self) {
        let kept: Vec<usize> = (0..self.forms.len()).filter(|n| self.forms[*n].token.is_some()).collect();
        if !kept.is_empty() {
            let nth = self.fate.pick(&kept);
            self.tell(format!("form {nth} is sent again"));
            let sent = self.send(nth);
            self.together(vec![sent], None).await;
        }
    }

    fn outage(&mut self) {
        let hours = self.fate.pick(&[1, 6, 40]);
        let until = self.fate.now() + SignedDuration::from_hours(hours);
        let mail = self.fate.percent(50);
        self.tell(format!("{} is out for {hours} h", if mail { "mail" } else { "the element" }));
        self.fate.with(|n| if mail { n.mail_out = until } else { n.element_out = until });
    }

    /// The number of a card that has ended goes to somebody else, sooner than it should.
    async fn recycle(&mut self) -> anyhow::Result<()> {
        for old in self.cast.cards.clone() {
            let state = self.raw.card(old.id).await?.map(|c| c.state);
            let again = self.cast.cards.iter().any(|c| c.msisdn == old.msisdn && c.generation > old.generation);
            if state == Some(CardState::Ceased) && !again {
                self.tell(format!("the number of card {} is given out again", old.id.key()));
                let owner = self.fate.below(people::HOLDERS) + 1;
                let id = 100 + self.cast.cards.len() as u64;
                let number = old.id.key() as u64 % 10;
                let mut card = people::card(id, number, old.generation + 1, owner, self.fate.now());
                card.msisdn = old.msisdn.clone();
                self.raw.import(Import { accounts: Vec::new(), cards: vec![card.clone()] }).await?;
                self.fate.with(|n| n.owners.insert(card.id, card.account));
                self.cast.cards.push(card);
                return Ok(());
            }
        }
        Ok(())
    }

    /// The process ends and another begins, sometimes under other rules.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.fate.with(|n| n.tally.restarts += 1);
        let changed = self.fate.percent(40);
        if changed {
            self.policy.review_hours = self.fate.pick(&[24, 48]);
            self.policy.patience_days = self.fate.pick(&[7, 14, 21]);
            self.policy.contest_minutes = self.fate.pick(&[0, 60, 2880]);
            self.policy.on_difference = people::policy(&self.fate).on_difference;
        }
        self.tell(format!("the process starts anew{}", if changed { " under other rules" } else { "" }));
        (self.raw, self.app, self.element) = open(&self.fate, &self.url, &self.policy).await?;
        Ok(())
    }
}

/// Acts, and notes that it was tried and what version it led to.
pub async fn noted(
    app: &App,
    fate: &Fate,
    reference: CaseRef,
    actor: Actor,
    command: &Command,
) -> Result<Case, ActError> {
    let deed = Deed { actor: actor.clone(), command: command.name(), at: fate.now(), version: None };
    let nth = fate.with(|n| {
        let deeds = n.deeds.entry(reference).or_default();
        deeds.push(deed);
        deeds.len() - 1
    });
    let done = act(app, reference, &actor, command).await;
    if let Ok(row) = &done {
        fate.with(|n| {
            if let Some(deed) = n.deeds.get_mut(&reference).and_then(|deeds| deeds.get_mut(nth)) {
                deed.version = Some(row.version);
            }
        });
    }
    done
}

async fn open(fate: &Fate, url: &str, policy: &Policy) -> anyhow::Result<(AnyStore, Shared, Arc<FaultyElement>)> {
    let raw = store::open(url).await.context("the store cannot be opened")?;
    let element = FaultyElement::new(fate.clone(), raw.clone());
    let app = App {
        half_sent: Default::default(),
        unreported: Default::default(),
        probe: Default::default(),
        far: Default::default(),
        steps: Default::default(),
        gaps: Default::default(),
        gauge: Default::default(),
        net: Default::default(),
        webhooks: Default::default(),
        glances: Default::default(),
        counted: Default::default(),
        live: cease::live::Hub::new(jiff::Timestamp::UNIX_EPOCH),
        log: cease::log::Log::off(),
        draws: false,
        carriers: Default::default(),
        config: Config::default(),
        register: Default::default(),
        policy: policy.clone().into(),
        store: Shim::new(fate.clone(), raw.clone()),
        keys: Keys::in_memory(if fate.bug(Bug::KeyChanged) { KEY + 1 } else { KEY })?,
        clock: Clock::Set(fate.clock.clone()),
        element: element.clone(),
        billing: None,
        mailer: Some(Arc::new(FaultyMail(fate.clone()))),
        texter: None,
        sim_swap: None,
        porting: None,
        porting_hook: None,
        oidc: None,
        hasher: Hasher::default(),
        owed: tokio::sync::Notify::new(),
        hands: cease::work::hands::Hands::default(),
        demo: None,
    };
    Ok((raw, Arc::new(app), element))
}

/// Where the store of one life lies: in memory where there is such a place, as what is simulated is
/// the loss of a process and not of power.
pub fn place() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()) } else { tempfile::tempdir() }
}
