//! How cases go: the plots of the history, each as often as a desk of this size would see it. A plot asks; the
//! core decides. A plot that is not through by now leaves its case open, and that is where open cases come from.

use case::declaration::Channel;
use case::identify::identify;
use case::saved::{Counts, Receipt, Saved};
use case::{AccountId, Actor, Assurance, Command, Declaration, Lang, Level, Need, Person, Role, Timestamp};
use jiff::SignedDuration;
use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::life::Life;
use super::words as said;
use crate::app::App;

/// A member of the made-up staff.
#[derive(Clone, Copy)]
pub struct Colleague {
    pub id: AccountId,
    pub role: Role,
}

/// What a plot knows beside its life.
pub struct Scene<'a> {
    pub app: &'a App,
    pub staff: &'a [Colleague],
    pub lang: Lang,
    pub zone: TimeZone,
    /// How many times slower than usual the desk is.
    pub busy: f64,
    /// What was contested stays so.
    pub unresolved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plot {
    Straight,
    OnADay,
    Written,
    Moved,
    Stranger,
    Mail,
    Letter,
    Call,
    Unknown,
    Router,
    Silent,
    Withdrawn,
    Contested,
}

/// Of a thousand.
pub const PLOTS: [(Plot, u32); 13] = [
    (Plot::Straight, 470),
    (Plot::OnADay, 80),
    (Plot::Written, 90),
    (Plot::Moved, 70),
    (Plot::Stranger, 60),
    (Plot::Mail, 50),
    (Plot::Letter, 30),
    (Plot::Call, 30),
    (Plot::Unknown, 35),
    (Plot::Router, 45),
    (Plot::Silent, 20),
    (Plot::Withdrawn, 12),
    (Plot::Contested, 8),
];

/// Plays the plot as far as it gets by the present.
pub fn play(life: &mut Life<'_>, scene: &Scene<'_>, plot: Plot) {
    let mut stage = Playing { life, scene };
    // None is a plot that goes on after the present.
    let _ = match plot {
        Plot::Straight => stage.declare(Channel::Web, true, None, None),
        Plot::OnADay => stage.on_a_day().map(drop),
        Plot::Written => stage.written(),
        Plot::Moved => stage.moved(),
        Plot::Stranger => stage.stranger(),
        Plot::Mail => stage.mail(),
        Plot::Letter => stage.by_post(),
        Plot::Call => stage.call(),
        Plot::Unknown => stage.unknown(),
        Plot::Router => stage.router(),
        Plot::Silent => stage.silent(),
        Plot::Withdrawn => stage.withdrawn(),
        Plot::Contested => stage.contested(),
    };
}

struct Playing<'s, 'l, 'a> {
    life: &'s mut Life<'l>,
    scene: &'s Scene<'a>,
}

impl Playing<'_, '_, '_> {
    fn person(&self) -> Person {
        self.life.record.person.clone()
    }

    fn say(&mut self, what: &said::Said) -> String {
        what.draw(&mut self.life.lots, self.scene.lang)
    }

    /// The holder, with a code answered a moment before, or as nobody in particular.
    fn holder(&self, after: SignedDuration, proven: bool) -> Actor {
        let account = self.life.record.card.account;
        if !proven {
            return Actor::Holder { account: None, assurance: Assurance::nothing() };
        }
        let at = self.life.now + after - SignedDuration::from_secs(70);
        Actor::Holder { account: Some(account), assurance: Assurance::shown(Level::Code, account, at) }
    }

    fn agent(&mut self) -> Actor {
        let agents: Vec<&Colleague> = self.scene.staff.iter().filter(|c| c.role == Role::Agent).collect();
        let one = **self.life.lots.pick(&agents);
        Actor::Agent { staff: one.id, role: one.role }
    }

    fn approver(&mut self) -> Actor {
        let approvers: Vec<&Colleague> = self.scene.staff.iter().filter(|c| c.role == Role::Approver).collect();
        let one = **self.life.lots.pick(&approvers);
        Actor::Agent { staff: one.id, role: one.role }
    }

    /// How long until somebody at the desk gets to it: their work, and the night between.
    fn turn(&mut self, median_minutes: f64) -> SignedDuration {
        let work = self.life.lots.work(median_minutes * self.scene.busy);
        let at = (self.life.now + work).to_zoned(self.scene.zone.clone());
        let opens = |day: &jiff::Zoned| day.with().hour(8).minute(0).second(0).subsec_nanosecond(0).build().ok();
        let morning = match at.hour() {
            ..8 => opens(&at),
            20.. => at.tomorrow().ok().and_then(|day| opens(&day)),
            8..20 => None,
        };
        let later = self.life.lots.minutes(2, 100);
        morning.map_or(work, |morning| morning.timestamp().duration_since(self.life.now) + later)
    }

    fn declare(&mut self, channel: Channel, proven: bool, statement: Option<String>, end: Option<i64>) -> Option<()> {
        let person = self.person();
        self.declare_as(channel, proven, statement, end, person)
    }

    fn declare_as(
        &mut self,
        channel: Channel,
        proven: bool,
        statement: Option<String>,
        end_in_days: Option<i64>,
        person: Person,
    ) -> Option<()> {
        let actor = match channel {
            Channel::Letter | Channel::Voice | Channel::Shell => self.agent(),
            Channel::Web | Channel::Mail | Channel::Chat | Channel::Sms => self.holder(SignedDuration::ZERO, proven),
        };
        let number = self.life.record.card.number().1.to_owned();
        self.declare_number(&number, channel, &actor, statement, end_in_days, person, true)
    }

    #[expect(clippy::too_many_arguments, reason = "a declaration is that many things, and every plot varies another")]
    fn declare_number(
        &mut self,
        number: &str,
        channel: Channel,
        actor: &Actor,
        statement: Option<String>,
        end_in_days: Option<i64>,
        person: Person,
        known: bool,
    ) -> Option<()> {
        let found = identify(number, &self.scene.app.policy.identify).ok()?;
        let now = self.life.now;
        let by_web = matches!(channel, Channel::Web | Channel::Chat | Channel::Voice | Channel::Shell);
        let day = |days: i64| now.to_zoned(self.scene.zone.clone()).date().checked_add(days.days()).ok();
        let declaration = Declaration {
            channel,
            lang: self.scene.lang,
            number: found.id,
            check: found.check,
            person,
            statement,
            files: Vec::new(),
            agreed: None,
            wanted_end: end_in_days.and_then(day),
            consent: by_web,
            backup: by_web,
            saved: None,
            declared_at: now,
            way: Default::default(),
        };
        let reference = case::CaseRef::from_bits(self.life.lots.bits());
        let command = Command::Declare { reference, declaration: Box::new(declaration), flags: Vec::new() };
        if known {
            self.life.act(SignedDuration::ZERO, actor, &command)
        } else {
            self.life.act_unknown(SignedDuration::ZERO, actor, &command)
        }
    }

    /// At the desk: perhaps some talk, then as many signatures as the rules want.
    fn decided(&mut self) -> Option<()> {
        if self.life.lots.percent(22) {
            self.talk()?;
        }
        if self.life.lots.percent(15) {
            let (wait, agent, text) = (self.turn(70.0), self.agent(), self.say(&said::CALL));
            self.life.act(wait, &agent, &Command::Note { text, channel: Channel::Voice })?;
        }
        let (wait, agent, evidence) = (self.turn(150.0), self.agent(), self.say(&said::EVIDENCE));
        self.life.act(wait, &agent, &Command::Approve { evidence })?;
        if self.life.stage() == "review" {
            let (wait, approver, evidence) = (self.turn(110.0), self.approver(), self.say(&said::SECOND));
            self.life.act(wait, &approver, &Command::Approve { evidence })?;
        }
        Some(())
    }

    /// The holder asks how it stands, and is answered by the way they asked.
    fn talk(&mut self) -> Option<()> {
        let channel = *self.life.lots.pick(&[Channel::Web, Channel::Web, Channel::Mail, Channel::Chat, Channel::Chat]);
        let wait = self.life.lots.minutes(20, 300);
        let (holder, text) = (self.holder(wait, false), self.say(&said::ASK_PROGRESS));
        self.life.act(wait, &holder, &Command::Say { text, channel, files: Vec::new() })?;
        let quick = SignedDuration::from_secs(self.life.lots.below(240) as i64 + 30);
        let wait = if channel == Channel::Chat { quick } else { self.turn(60.0) };
        let (agent, text) = (self.agent(), self.say(&said::ANSWER_PROGRESS));
        self.life.act(wait, &agent, &Command::Say { text, channel, files: Vec::new() })
    }

    fn refused(&mut self) -> Option<()> {
        let (wait, agent) = (self.turn(200.0), self.agent());
        let (reason, way_out) = (self.say(&said::NOT_FOUND), self.say(&said::WAY_OUT));
        self.life.act(wait, &agent, &Command::Refuse { reason, way_out })
    }

    fn on_a_day(&mut self) -> Option<i64> {
        let days = self.life.lots.below(30) as i64 + 2;
        self.declare(Channel::Web, true, None, Some(days))?;
        Some(days)
    }

    fn written(&mut self) -> Option<()> {
        let text = self.say(&said::STATEMENT);
        self.declare(Channel::Web, true, Some(text), None)?;
        self.decided()
    }

    /// An address that differs from the record.
    fn moved(&mut self) -> Option<()> {
        let old = super::words::person(&mut self.life.lots, usize::MAX).0.address;
        let person = Person { address: old, ..self.person() };
        self.declare_as(Channel::Web, true, None, None, person)?;
        match self.life.lots.below(100) {
            0..50 => self.decided(),
            50..78 => {
                let (wait, agent, text) = (self.turn(120.0), self.agent(), self.say(&said::ASK_MATCH));
                self.life.act(wait, &agent, &Command::Ask { needs: vec![Need::Match], text })?;
                let wait = self.life.lots.hours(1, 70);
                let card = &self.life.record.card;
                let found = identify(card.number().1, &self.scene.app.policy.identify).ok()?;
                let mended = Command::Correct { number: found.id, check: found.check, person: self.person() };
                let holder = self.holder(wait, true);
                self.life.act(wait, &holder, &mended)?;
                self.decided()
            }
            78..94 => {
                let wait = self.life.lots.minutes(5, 400);
                let (holder, text) = (self.holder(wait, false), self.say(&said::EXPLAIN));
                self.life.act(wait, &holder, &Command::say(text))?;
                self.decided()
            }
            _ => self.refused(),
        }
    }

    /// Nobody in particular at first: most show who they are a little later, some ask for a person.
    fn stranger(&mut self) -> Option<()> {
        self.declare(Channel::Web, false, None, None)?;
        if self.life.lots.percent(60) {
            let wait = self.life.lots.minutes(4, 2_400);
            let holder = self.holder(wait, true);
            return self.life.act(wait, &holder, &Command::Prove);
        }
        let wait = self.life.lots.minutes(3, 300);
        let holder = self.holder(wait, false);
        self.life.act(wait, &holder, &Command::WantPerson)?;
        self.decided()
    }

    fn mail(&mut self) -> Option<()> {
        let text = self.say(&said::STATEMENT);
        self.declare(Channel::Mail, false, Some(text), None)?;
        let (wait, agent, text) = (self.turn(60.0), self.agent(), self.say(&said::ASK_PROOF));
        self.life.act(wait, &agent, &Command::Ask { needs: vec![Need::Identity, Need::Backup], text })?;
        if self.life.lots.percent(12) {
            return self.unanswered();
        }
        let wait = self.life.lots.hours(1, 90);
        let holder = self.holder(wait, true);
        self.life.act(wait, &holder, &Command::Prove)?;
        // What it costs is shown, and agreed to, once they have.
        let holder = self.holder(SignedDuration::from_secs(40), true);
        self.life.act(SignedDuration::from_secs(40), &holder, &Command::Agree { consent: true, backup: false })?;
        let (saved, wait) = (self.saved(), SignedDuration::from_secs(20));
        self.life.act(wait, &holder, &Command::Save { saved })?;
        self.decided()
    }

    /// What its holder did about what was on the card. Out of the hour, because a lot drawn here would change all that
    /// is drawn after it.
    fn saved(&self) -> Saved {
        let made = self.life.now;
        let n = made.as_second().unsigned_abs() / 60;
        if n.is_multiple_of(4) {
            return Saved::Skipped;
        }
        let files = Counts { photo: n % 900, document: n % 37, contact: 1, ..Counts::default() };
        let manifest = crate::keys::hex_of(&crate::keys::sha256(&n.to_be_bytes()));
        Saved::Receipt {
            receipt: Receipt { made, files, bytes: n % 6_000 * 1_000_000, unreadable: 0, seconds: 90, manifest },
        }
    }

    /// Written down by whoever opened the post; its writer has no code to answer.
    fn by_post(&mut self) -> Option<()> {
        let text = self.say(&said::LETTER);
        self.declare(Channel::Letter, false, Some(text), None)?;
        let (wait, agent) = (self.life.lots.minutes(2, 30), self.agent());
        self.life.act(wait, &agent, &Command::TakeUp)?;
        self.decided()
    }

    fn call(&mut self) -> Option<()> {
        self.declare(Channel::Voice, false, None, None)?;
        let (agent, text) = (self.agent(), self.say(&said::CALL));
        self.life.act(SignedDuration::from_mins(4), &agent, &Command::Note { text, channel: Channel::Voice })?;
        self.life.act(SignedDuration::from_mins(1), &agent, &Command::TakeUp)?;
        self.decided()
    }

    /// The number given first is in no record.
    fn unknown(&mut self) -> Option<()> {
        let wrong = case::identify::with_luhn(&format!("894477000{:09}", 9_000_000 + self.life.lots.below(900_000)));
        let (holder, person) = (self.holder(SignedDuration::ZERO, false), self.person());
        self.declare_number(&wrong, Channel::Web, &holder, None, None, person, false)?;
        let right = identify(self.life.record.card.number().1, &self.scene.app.policy.identify).ok()?;
        let mend = Command::Correct { number: right.id, check: right.check, person: self.person() };
        match self.life.lots.below(100) {
            0..55 => {
                let wait = self.life.lots.minutes(6, 1_800);
                let holder = self.holder(wait, true);
                self.life.act(wait, &holder, &mend)
            }
            55..80 => {
                let wait = self.life.lots.minutes(3, 200);
                let holder = self.holder(wait, false);
                self.life.act(wait, &holder, &Command::WantPerson)?;
                let (wait, agent) = (self.turn(90.0), self.agent());
                self.life.act(wait, &agent, &mend)?;
                self.decided()
            }
            _ => self.unanswered(),
        }
    }

    fn router(&mut self) -> Option<()> {
        self.declare(Channel::Web, true, None, None)?;
        if self.life.lots.percent(18) {
            return self.unanswered();
        }
        let days = self.life.lots.hours(50, 260);
        let (wait, agent) = (days + self.turn(5.0), self.agent());
        self.life.act(wait, &agent, &Command::ReceiveCard)?;
        // Over two weeks a person has taken it up meanwhile.
        if self.life.stage() == "review" { self.decided() } else { Some(()) }
    }

    fn silent(&mut self) -> Option<()> {
        self.declare(Channel::Web, false, None, None)?;
        self.unanswered()
    }

    /// Nothing comes: the rules remind, then a person takes over, and mostly has to refuse.
    fn unanswered(&mut self) -> Option<()> {
        let patience = self.scene.app.policy.patience() + SignedDuration::from_mins(1);
        let until: Timestamp = self.life.now + patience;
        self.life.pass(until)?;
        if self.life.stage() != "review" {
            return None;
        }
        let known = self.life.case.as_ref().is_some_and(|case| case.subscription.is_some() && !case.must_return);
        if known && self.life.lots.percent(45) { self.decided() } else { self.refused() }
    }

    fn withdrawn(&mut self) -> Option<()> {
        let days = self.on_a_day()?;
        let wait = self.life.lots.hours(2, days * 22);
        let holder = self.holder(wait, true);
        self.life.act(wait, &holder, &Command::Withdraw)
    }

    fn contested(&mut self) -> Option<()> {
        self.declare(Channel::Web, false, None, None)?;
        let wait = self.life.lots.minutes(3, 60);
        let holder = self.holder(wait, false);
        self.life.act(wait, &holder, &Command::WantPerson)?;
        let wait = self.life.lots.minutes(5, 50);
        let holder = self.holder(wait, true);
        self.life.act(wait, &holder, &Command::Contest)?;
        let (wait, agent, text) = (self.turn(200.0), self.agent(), self.say(&said::CALL));
        self.life.act(wait, &agent, &Command::Note { text, channel: Channel::Voice })?;
        if self.scene.unresolved {
            return None;
        }
        if self.life.lots.percent(60) {
            let (wait, reason, way_out) = (self.turn(30.0), self.say(&said::NOT_MINE), self.say(&said::WAY_OUT));
            return self.life.act(wait, &agent, &Command::Refuse { reason, way_out });
        }
        let (wait, reason) = (self.turn(60.0), self.say(&said::GO_ON));
        self.life.act(wait, &agent, &Command::Resume { reason })?;
        self.decided()
    }
}
