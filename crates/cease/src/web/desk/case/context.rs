//! What stands around a case: whose turn it is, why it is here, the card, the holder's part, the
//! quote, the dates and the signatures.

use case::case::{Signature, Stage, Step};
use case::identify::{Eid, Iccid, Identifier, Imei, Imsi, Msisdn, Serial};
use case::mask::Mask;
use case::{CardRecord, Case, Contract, Flag, Policy, Timestamp};
use store::LegalHold;

use super::super::row::{Due, date, stamp};
use super::super::{bill, say, timeline};
use super::{Next, refused_for};
use crate::app::App;
use crate::fees::{self, Sheet};
use crate::web::Page;
use crate::web::case::bill::{Refund, Statement};

pub struct Pair {
    pub key: String,
    pub value: String,
    /// A number in groups.
    pub number: bool,
}

pub struct Context {
    pub card: Vec<Pair>,
    pub holder: Vec<Pair>,
    pub quote: Sheet,
    pub fault: String,
    pub bill: Option<Statement>,
    pub refund: Option<Refund>,
    /// Staff may have it reckoned again, and write down consent.
    pub requote: bool,
    pub consent: bool,
    /// What is consented to, in the currency's least units.
    pub most: i64,
    pub times: Vec<Pair>,
    pub signatures: Vec<Signed>,
    pub signatures_note: String,
    pub zone: String,
    pub held: Option<Held>,
}

/// The legal hold on it: why, and who put it when.
pub struct Held {
    pub reason: String,
    pub put: String,
    /// Whether this reader may see all of them.
    pub all: bool,
}

pub struct Signed {
    pub who: String,
    pub at: String,
    pub iso: String,
    pub evidence: String,
}

fn pair(key: String, value: impl Into<String>) -> Pair {
    Pair { key, value: value.into(), number: false }
}

impl Context {
    pub fn sheet(&self) -> &Sheet {
        &self.quote
    }

    pub fn of(
        p: &Page,
        app: &App,
        case: &Case,
        card: Option<&CardRecord>,
        names: &timeline::Names,
        mask: &Mask,
        held: Option<(LegalHold, bool)>,
    ) -> Self {
        let policy = app.policy.of(case);
        let put = |by, at: &Timestamp| fl!(p.l, "keeping-by", who = timeline::name(p, names, by), at = stamp(p, at));
        let signatures = signatures(case);
        let signed = |s: &Signature| Signed {
            who: timeline::name(p, names, s.staff),
            at: stamp(p, &s.at),
            iso: p.iso(&s.at),
            evidence: mask.text(&s.evidence),
        };
        let wanted = policy.signatures(case);
        Self {
            card: card_lines(p, case, card, mask),
            holder: holder_lines(p, case),
            bill: Statement::of(p, &app.config.desk, case),
            refund: Refund::of(p, case),
            requote: bill::may(case).0,
            consent: bill::may(case).1,
            most: case.quote.at_most().minor,
            quote: fees::sheet(p.language, &case.quote),
            fault: case.quote.fault.as_ref().map(|fault| fees::fault(p.language, fault)).unwrap_or_default(),
            times: times_lines(p, case),
            signatures: signatures.iter().map(signed).collect(),
            signatures_note: match &case.stage {
                Stage::Received { .. } | Stage::Review { .. } => {
                    fl!(p.l, "desk-signatures-note", given = signatures.len(), wanted = wanted)
                }
                Stage::Scheduled { .. }
                | Stage::Ceasing { .. }
                | Stage::Ceased { .. }
                | Stage::Closed { .. }
                | Stage::Refused { .. }
                | Stage::Withdrawn { .. }
                | Stage::Contested { .. } => String::new(),
            },
            zone: fl!(p.l, "desk-times-zone", zone = policy.time_zone.as_str()),
            held: held.map(|(held, all)| Held { put: put(held.by, &held.at), reason: held.reason, all }),
        }
    }
}

pub fn signatures(case: &Case) -> &[Signature] {
    match &case.stage {
        Stage::Review { signatures, .. } | Stage::Scheduled { signatures, .. } | Stage::Ceasing { signatures, .. } => {
            signatures
        }
        Stage::Received { .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. }
        | Stage::Contested { .. } => &[],
    }
}

pub fn why_title(p: &Page, case: &Case) -> String {
    if matches!(case.stage, Stage::Received { .. }) { fl!(p.l, "desk-lacks") } else { fl!(p.l, "desk-why") }
}

/// What it lacks, or why a person must look, in whole sentences.
pub fn why(p: &Page, case: &Case) -> Vec<String> {
    match &case.stage {
        Stage::Received { needs, .. } => needs.iter().map(|need| say::need(p.l, *need)).collect(),
        Stage::Review { causes, .. } => causes.iter().map(|cause| say::cause_in_full(p.l, *cause)).collect(),
        Stage::Contested { was_barred, .. } => {
            let text = if *was_barred { fl!(p.l, "desk-contested-barred") } else { fl!(p.l, "desk-contested") };
            vec![text]
        }
        Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. } => Vec::new(),
    }
}

pub fn next(p: &Page, policy: &Policy, case: &Case, due: Option<&Due>) -> Next {
    let l = p.l;
    let (who, basis) = match &case.stage {
        _ if !case.stage.is_open() && case.is_looked_into() => (fl!(l, "desk-next-desk"), fl!(l, "desk-basis-beside")),
        _ if case.flags.contains(&Flag::RefundDue) => (fl!(l, "desk-next-desk"), fl!(l, "desk-basis-refund")),
        Stage::Received { .. } => {
            (fl!(l, "desk-next-holder"), fl!(l, "desk-basis-holder", days = policy.patience_days))
        }
        Stage::Review { .. } | Stage::Contested { .. } => {
            let rule = match policy.review_open_hours {
                Some(hours) => fl!(l, "clock-desk-basis-open", hours = hours),
                None => fl!(l, "desk-basis-desk", hours = policy.review_hours),
            };
            (fl!(l, "desk-next-desk"), rule)
        }
        Stage::Scheduled { .. } => (fl!(l, "desk-next-clock"), fl!(l, "desk-basis-scheduled")),
        Stage::Ceasing { step: Step::Barred { .. }, .. } => {
            (fl!(l, "desk-next-clock"), fl!(l, "desk-basis-window", minutes = policy.contest_minutes))
        }
        Stage::Ceasing { step: Step::Barring | Step::Deleting, .. } => (fl!(l, "desk-next-network"), String::new()),
        Stage::Ceased { .. } => (fl!(l, "desk-next-clock"), fl!(l, "desk-basis-watch", days = policy.watch_days)),
        Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => {
            (fl!(l, "desk-next-nobody"), String::new())
        }
    };
    let kind = match (due.map(|d| d.class), &case.stage) {
        (Some("is-late"), _) => "problem",
        (_, Stage::Review { .. }) => "active",
        (_, Stage::Closed { .. } | Stage::Ceased { .. }) => "done",
        (_, _) => "waiting",
    };
    let when = due.map_or_else(|| "–".to_owned(), |due| format!("{} · {}", due.at, due.text));
    Next { who, when, basis, kind }
}

pub fn outcome(p: &Page, case: &Case, mask: &Mask) -> Vec<Pair> {
    let l = p.l;
    let pair = |key, value: String| pair(key, mask.text(&value));
    match &case.stage {
        Stage::Refused { at, reason, way_out } => {
            let mut pairs = vec![
                pair(fl!(l, "desk-out-refused"), stamp(p, at)),
                pair(fl!(l, "desk-out-reason"), refused_for(p, reason)),
            ];
            if !way_out.is_empty() {
                pairs.push(pair(fl!(l, "desk-out-way"), way_out.clone()));
            }
            pairs
        }
        Stage::Ceased { at, element, evidence, certificate, .. } => vec![
            pair(fl!(l, "desk-out-ceased"), stamp(p, at)),
            pair(fl!(l, "desk-out-element"), element.clone()),
            pair(fl!(l, "desk-out-evidence"), evidence.clone()),
            pair(fl!(l, "desk-out-certificate"), certificate.clone().unwrap_or_else(|| fl!(l, "desk-out-none-yet"))),
        ],
        Stage::Closed { at, certificate } => vec![
            pair(fl!(l, "desk-out-closed"), stamp(p, at)),
            pair(fl!(l, "desk-out-certificate"), certificate.clone().unwrap_or_else(|| fl!(l, "desk-out-none-yet"))),
        ],
        Stage::Withdrawn { at } => vec![pair(fl!(l, "desk-out-withdrawn"), stamp(p, at))],
        Stage::Received { .. }
        | Stage::Review { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Contested { .. } => Vec::new(),
    }
}

fn card_lines(p: &Page, case: &Case, card: Option<&CardRecord>, mask: &Mask) -> Vec<Pair> {
    let l = p.l;
    let Some(card) = card else {
        let none = case.number == Identifier::NotGiven;
        let kind = fl!(l, "desk-card-given", kind = say::kind(l, case.number.kind()));
        let given = Pair { key: kind, value: mask.identifier(&case.number), number: true };
        let given = if none { pair(fl!(l, "desk-card"), say::kind(l, case.number.kind())) } else { given };
        return vec![given, pair(fl!(l, "desk-card-record"), fl!(l, "desk-card-unknown"))];
    };
    let mut lines = vec![
        pair(fl!(l, "desk-card-product"), card.product.as_str()),
        pair(fl!(l, "desk-card-state"), say::state(l, card.state)),
    ];
    lines.extend(card.numbers().into_iter().filter_map(|(kind, number)| {
        let number = number?;
        let value = if mask.is_on() { mask.number(number) } else { grouped(kind, number) };
        Some(Pair { key: say::kind(l, kind), value, number: true })
    }));
    lines.push(pair(fl!(l, "desk-card-generation"), card.generation.to_string()));
    if let Some(end) = &card.minimum_term_ends {
        lines.push(pair(fl!(l, "desk-card-term"), date(p, end)));
    }
    let back = match (case.must_return, case.card_received) {
        (false, _) => fl!(l, "desk-card-keep"),
        (true, true) => fl!(l, "desk-card-back"),
        (true, false) => fl!(l, "desk-card-due-back"),
    };
    let back = match &case.parcel {
        Some(_) if crate::returns::stays(case) => fl!(l, "desk-card-keep"),
        Some(parcel) => crate::returns::words::state(l, parcel.state()),
        None => back,
    };
    lines.push(pair(fl!(l, "desk-card-return"), back));
    if let Some(credit) = card.credit.as_ref().filter(|c| !c.is_zero()) {
        lines.push(pair(fl!(l, "desk-card-credit"), p.money(credit)));
    }
    lines.extend(contract_lines(p, &card.contract));
    lines
}

fn contract_lines(p: &Page, contract: &Contract) -> Vec<Pair> {
    let l = p.l;
    let day = |day: &jiff::civil::Date| crate::words::day(p.language, *day);
    let all = [
        (fl!(l, "desk-contract-monthly"), contract.monthly.as_ref().map(|m| p.money(m))),
        (fl!(l, "desk-contract-discount"), contract.discount.as_ref().map(|m| p.money(m))),
        (fl!(l, "desk-contract-started"), contract.started.as_ref().map(day)),
        (fl!(l, "desk-contract-paid"), contract.paid_until.as_ref().map(day)),
        (fl!(l, "desk-contract-next"), contract.next_bill.as_ref().map(day)),
        (fl!(l, "desk-contract-device"), contract.device_balance.as_ref().map(|m| p.money(m))),
    ];
    all.into_iter().filter_map(|(key, value)| Some(pair(key, value?))).collect()
}

/// As the core groups each kind; as it stands where it has not the kind's shape.
fn grouped(kind: &str, number: &str) -> String {
    let text = number.to_owned();
    let id: Option<Identifier> = match kind {
        "iccid" => Iccid::try_from(text).ok().map(Into::into),
        "eid" => Eid::try_from(text).ok().map(Into::into),
        "msisdn" => Msisdn::try_from(text).ok().map(Into::into),
        "imsi" => Imsi::try_from(text).ok().map(Into::into),
        "imei" => Imei::try_from(text).ok().map(Into::into),
        _ => Serial::try_from(text).ok().map(Into::into),
    };
    id.map_or_else(|| number.to_owned(), |id| id.grouped())
}

fn holder_lines(p: &Page, case: &Case) -> Vec<Pair> {
    let l = p.l;
    let yes_no = |yes| if yes { fl!(l, "desk-yes") } else { fl!(l, "desk-no") };
    let mut lines = vec![
        pair(fl!(l, "desk-holder-proven"), yes_no(case.proven)),
        pair(fl!(l, "desk-holder-consent"), yes_no(case.consent)),
        pair(fl!(l, "desk-holder-backup"), backed_up(p, case)),
        pair(fl!(l, "desk-holder-reachable"), yes_no(case.reachable)),
        pair(fl!(l, "desk-holder-language"), say::lang(case.lang())),
    ];
    if let Some(account) = case.account {
        lines.push(pair(fl!(l, "desk-holder-account"), account.to_string()));
    }
    lines
}

/// Numbers where the holder's receipt is there; otherwise their word.
fn backed_up(p: &Page, case: &Case) -> String {
    match (&case.saved, case.backup) {
        (Some(saved), _) => crate::web::case::saved::line(p, saved),
        (None, true) => fl!(p.l, "desk-yes"),
        (None, false) => fl!(p.l, "desk-no"),
    }
}

fn times_lines(p: &Page, case: &Case) -> Vec<Pair> {
    let (l, times) = (p.l, &case.times);
    let exact = |at: &Timestamp| stamp(p, at);
    let may = |at: &Option<Timestamp>| at.as_ref().map_or_else(|| "–".to_owned(), exact);
    vec![
        pair(fl!(l, "desk-time-declared"), exact(&times.declared)),
        pair(fl!(l, "desk-time-received"), exact(&times.received)),
        pair(fl!(l, "desk-time-contract-end"), may(&times.contract_end)),
        pair(fl!(l, "desk-time-billing-end"), may(&times.billing_end)),
        pair(fl!(l, "desk-time-network-cease"), may(&times.network_cease)),
        pair(fl!(l, "desk-time-number-release"), may(&times.number_release)),
        pair(fl!(l, "desk-time-erasure"), may(&times.erasure)),
    ]
}
