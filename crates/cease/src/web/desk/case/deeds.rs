//! Which deeds are possible now for this person, asked of the core itself by deciding without
//! committing; and for those that are not, the reason in words.

use case::case::Stage;
use case::mask::Mask;
use case::watch::Closing;
use case::{Actor, Case, Command, Money, Need, Refusal, Timestamp};

use super::super::act::would;
use super::super::row::stamp;
use super::super::{say, timeline};
use super::context;
use crate::act::Stands;
use crate::app::App;
use crate::watch;
use crate::web::Page;
use crate::words::{self, Words};

pub struct Deeds {
    pub approve: Option<Approve>,
    pub refuse: Option<Ready>,
    pub weigh: Option<Weigh>,
    pub ask: Vec<(&'static str, String)>,
    pub take_up: bool,
    pub card_received: bool,
    pub resume: Option<String>,
    /// Open alarms that can be closed, by name.
    pub alarms: Vec<(&'static str, String)>,
    pub closings: [(&'static str, String); 3],
    pub look_again: bool,
    /// What is due at least, and its currency.
    pub paid_back: Option<(String, String)>,
}

pub struct Approve {
    pub title: String,
    /// What two signatures are for, or why one is enough.
    pub why: String,
    /// What the signature does.
    pub effect: String,
    /// The reasons for which this person cannot sign now.
    pub blocked: Vec<String>,
    /// Who signed first, and on what evidence.
    pub first: Option<(String, String)>,
}

/// What can be decided of the kind of end.
pub struct Weigh {
    /// As the form says it.
    pub upheld: &'static str,
    pub title: String,
    pub text: String,
}

/// Sentences ready to be taken, in the holder's language.
pub struct Ready {
    pub reasons: Vec<String>,
    pub ways_out: Vec<String>,
}

impl Deeds {
    pub fn of(
        app: &App,
        p: &Page,
        case: &Case,
        actor: &Actor,
        card: &Stands,
        names: &timeline::Names,
        mask: &Mask,
    ) -> Self {
        let text = || "…".to_owned();
        let can = |command: Command| would(app, case, card, actor, &command);
        let asks = |need| can(Command::Ask { needs: vec![need], text: text() }).is_ok();
        let wanted = [Need::Document, Need::Card, Need::Match, Need::Identity, Need::Consent, Need::Backup];
        let card_due = case.must_return || case.asked.contains(&Need::Card);
        let resume = match can(Command::Resume { reason: text() }) {
            Ok(_) if matches!(case.stage, Stage::Contested { .. }) => Some(fl!(p.l, "desk-resume-contested")),
            Ok(_) => Some(fl!(p.l, "desk-resume-stuck")),
            Err(_) => None,
        };
        Self {
            approve: approve(app, p, case, actor, card, names, mask),
            refuse: can(Command::Refuse { reason: text(), way_out: text() })
                .is_ok()
                .then(|| Ready::of(words::words(case.lang()))),
            weigh: [false, true]
                .into_iter()
                .find(|upheld| can(Command::Weigh { upheld: *upheld, reason: text() }).is_ok())
                .map(|upheld| weigh(p.l, upheld)),
            ask: wanted.into_iter().filter(|n| asks(*n)).map(|n| (n.name(), say::need(p.l, n))).collect(),
            take_up: can(Command::TakeUp).is_ok(),
            card_received: card_due && !case.card_received && can(Command::ReceiveCard).is_ok(),
            resume,
            alarms: case.alarms.iter().map(|a| (a.kind.name(), watch::kind(p.l, a.kind))).collect(),
            closings: Closing::ALL.map(|why| (why.name(), watch::closing(p.l, why))),
            look_again: can(Command::LookAgain).is_ok(),
            paid_back: case.bill.unpaid().map(|refund| refund.amount.clone()).and_then(|due| {
                let told = (due.decimal(), due.currency.clone());
                can(Command::PaidBack { amount: due, reference: text() }).is_ok().then_some(told)
            }),
        }
    }

    /// Nothing is to be decided at this stage.
    pub fn none(&self) -> bool {
        self.approve.is_none()
            && self.refuse.is_none()
            && self.weigh.is_none()
            && self.ask.is_empty()
            && !self.take_up
            && !self.card_received
            && self.resume.is_none()
            && self.alarms.is_empty()
            && !self.look_again
            && self.paid_back.is_none()
    }
}

fn weigh(l: &Words, upheld: bool) -> Weigh {
    match upheld {
        true => Weigh { upheld: "yes", title: fl!(l, "desk-weigh-yes"), text: fl!(l, "desk-weigh-yes-text") },
        false => Weigh { upheld: "no", title: fl!(l, "desk-weigh-no"), text: fl!(l, "desk-weigh-no-text") },
    }
}

fn approve(
    app: &App,
    p: &Page,
    case: &Case,
    actor: &Actor,
    card: &Stands,
    names: &timeline::Names,
    mask: &Mask,
) -> Option<Approve> {
    let l = p.l;
    let blocked = match would(app, case, card, actor, &Command::Approve { evidence: "…".into() }) {
        Ok(_) => Vec::new(),
        Err(Refusal::WrongStage { .. }) => return None,
        Err(Refusal::StillLacking) => lacking(p, case),
        Err(refusal) => vec![p.t(refusal.key())],
    };
    let given = context::signatures(case);
    let wanted = app.policy.of(case).signatures(case);
    let (title, why) = match (wanted, given.len()) {
        (0 | 1, _) => (fl!(l, "desk-approve"), fl!(l, "desk-approve-one")),
        (_, 0) => (fl!(l, "desk-approve-first"), two(l, case)),
        (_, _) => (fl!(l, "desk-approve-second"), fl!(l, "desk-approve-second-why")),
    };
    let first = given.first().map(|s| {
        let who = fl!(l, "desk-signed-by", who = timeline::name(p, names, s.staff), at = stamp(p, &s.at));
        (who, mask.text(&s.evidence))
    });
    // The last signature moves the case; say where to.
    let effect = if given.len() + 1 < wanted { fl!(l, "desk-effect-first") } else { ending(app, p, case, card, mask) };
    Some(Approve { title, why, effect, blocked, first })
}

/// Why two must sign, in the order in which the rules say so.
fn two(l: &Words, case: &Case) -> String {
    let caution = |risk: &case::risk::Risk| risk.bearing == case::risk::Bearing::SecondApprover;
    if case.contested {
        fl!(l, "desk-approve-two-contested")
    } else if !case.proven {
        fl!(l, "desk-approve-two-unproven")
    } else if case.locked || case.risks.iter().any(caution) {
        fl!(l, "desk-approve-two-caution")
    } else {
        fl!(l, "desk-approve-two-always")
    }
}

/// What the last signature sets going: exactly this card, on exactly this day, for exactly this sum.
fn ending(app: &App, p: &Page, case: &Case, card: &Stands, mask: &Mask) -> String {
    let l = p.l;
    let now = p.now();
    let times = app.policy.of(case).times(&case.as_it_counts(), case.times.received, case.minimum_term_ends, now);
    let product = card.own.as_ref().map(|own| own.card.product.clone()).unwrap_or_default();
    let (number, total) = (mask.identifier(&case.number), &case.quote.total);
    let sum = match total.minor < 0 {
        true => fl!(l, "desk-effect-gets", sum = p.money(&Money { minor: -total.minor, ..total.clone() })),
        false => fl!(l, "desk-effect-owes", sum = p.money(total)),
    };
    let last_day = |at: &Timestamp| words::last_day(*at, &app.policy.of(case).zone()).to_string();
    match times.network_cease.filter(|at| *at > now) {
        Some(at) => {
            fl!(l, "desk-effect-later", product = product, number = number, day = last_day(&at), sum = sum)
        }
        None if app.policy.of(case).contest_minutes > 0 => {
            let minutes = app.policy.of(case).contest_minutes;
            fl!(l, "desk-effect-bar-first", product = product, number = number, minutes = minutes, sum = sum)
        }
        None => fl!(l, "desk-effect-now", product = product, number = number, sum = sum),
    }
}

/// What no signature replaces.
fn lacking(p: &Page, case: &Case) -> Vec<String> {
    let l = p.l;
    let lacks = [
        (case.subscription.is_none(), fl!(l, "desk-lacking-card")),
        (case.lacks_consent(), fl!(l, "desk-lacking-consent")),
        (case.must_return && !case.card_received, fl!(l, "desk-lacking-return")),
    ];
    lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, text)| text).collect()
}

impl Ready {
    fn of(l: &Words) -> Self {
        Self {
            reasons: vec![
                fl!(l, "desk-ready-reason-holder"),
                fl!(l, "desk-ready-reason-card"),
                fl!(l, "desk-ready-reason-business"),
            ],
            ways_out: vec![
                fl!(l, "desk-ready-way-sign-in"),
                fl!(l, "desk-ready-way-number"),
                fl!(l, "desk-ready-way-document"),
            ],
        }
    }
}
