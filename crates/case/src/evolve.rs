//! What an event does to the row. Total, and the only place that writes to a case: folding the
//! journal through here gives back the row. Rows are held against that, and one that says something else halts the desk:
//! whoever changes what events that are written already lead to also has the rows of before rewritten (a migration).

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::bill::{Ended, Paid, Refund, is_billing};
use crate::case::{Case, Stage, Times};
use crate::command::ProfileSeen;
use crate::declaration::Declaration;
use crate::erasure::{Erasure, erased};
use crate::event::Event;
use crate::id::CaseRef;
use crate::matching::Report;
use crate::need::{Flag, Need};
use crate::parcel::{self, Found};
use crate::quote::Quote;
use crate::risk::{Fact, Hold};
use crate::sla::Clock;
use crate::watch::Alarm;
use crate::way::{Complaint, Issued, Moving, NotUpheld, Notice, Switch, SwitchState, Ways};

/// The row a declaration opens, before anything is known about it.
pub fn open(reference: CaseRef, declaration: Box<Declaration>, quote: Quote, at: Timestamp) -> Case {
    Case {
        reference,
        version: 0,
        stage: Stage::Received { needs: BTreeSet::new(), since: at },
        number: declaration.number.clone(),
        person: declaration.person.clone(),
        subscription: None,
        account: None,
        report: Report::default(),
        must_return: false,
        minimum_term_ends: None,
        reachable: false,
        card_received: false,
        proven: false,
        vouched: false,
        // What they agreed to was a sum; a quote above it they have not seen.
        consent: declaration.consent
            && declaration.agreed.as_ref().is_none_or(|agreed| quote.asks_nothing() || quote.is_within(agreed)),
        backup: declaration.backup,
        person_wanted: false,
        contested: false,
        asked: BTreeSet::new(),
        answered: false,
        reminded: false,
        files: declaration.files.clone(),
        quote,
        times: Times {
            declared: declaration.declared_at,
            received: at,
            contract_end: None,
            billing_end: None,
            network_cease: None,
            number_release: None,
            erasure: None,
        },
        clock: Clock::default(),
        flags: BTreeSet::new(),
        alarms: Vec::new(),
        risks: Vec::new(),
        hold: None,
        locked: false,
        saved: declaration.saved.clone(),
        parcel: None,
        bill: Box::default(),
        ways: Ways::default(),
        erasure: Erasure::None,
        effects: 0,
        owed: Vec::new(),
        chain: String::new(),
        declaration,
    }
}

/// Applies one event to the row.
pub fn evolve(case: &mut Case, event: &Event) {
    match event {
        Event::Declared { .. } => {}
        Event::Attributed { subscription, account, must_return, minimum_term_ends, reachable, report } => {
            // What was proven was proven for this card; what was signed or seen about another does not carry over.
            case.proven &= case.account == *account && case.subscription == *subscription;
            case.vouched &= case.proven;
            // Nor what was known of another's account.
            if case.account != *account {
                case.risks.retain(|risk| risk.fact == Fact::ManyRequests);
                case.locked = false;
                let until = case.risks.iter().filter_map(|risk| risk.until).max();
                case.hold = until.map(|until| match case.hold.take() {
                    Some(hold) if hold.until == until => hold,
                    Some(_) | None => Hold { until, signed: None, lifted: false },
                });
            }
            // What came or is to come of another card is not this one's.
            if case.subscription != *subscription {
                (case.parcel, case.card_received) = (None, false);
            }
            case.flags.remove(&Flag::AlreadyCeased);
            // A code belongs to the card that it was given for.
            if case.subscription != *subscription
                && let Some(switch) = &mut case.ways.switch
            {
                (switch.asked, switch.issued) = (None, None);
            }
            case.subscription = subscription.clone();
            case.account = *account;
            case.must_return = *must_return;
            case.minimum_term_ends = *minimum_term_ends;
            case.reachable = *reachable;
            case.report = report.clone();
        }
        Event::Quoted { quote, less_back } => {
            // More than was agreed to has to be agreed to again, and so has less that comes back.
            let more = !quote.asks_nothing() && !quote.is_within(&case.quote.at_most());
            if case.consent && (more || *less_back) {
                case.consent = false;
                case.bill.agreed = Some(case.quote.clone());
            }
            case.quote = quote.clone();
        }
        Event::Proven { typed, .. } => {
            case.proven = true;
            case.vouched |= typed;
            answer(case, Need::Identity);
        }
        Event::Corrected { number, person } => {
            case.number = number.clone();
            case.person = person.clone();
            case.vouched = false;
            case.flags.remove(&Flag::CheckDigit);
            case.flags.remove(&Flag::Duplicate);
            answer(case, Need::Match);
        }
        Event::Agreed { consent, backup } => {
            case.consent |= consent;
            case.backup |= backup;
            if case.consent {
                case.bill.agreed = None;
            }
            if *consent {
                answer(case, Need::Consent);
            }
            if *backup {
                answer(case, Need::Backup);
            }
        }
        Event::Filed { file, .. } => {
            if !case.files.contains(file) {
                case.files.push(*file);
            }
            answer(case, Need::Document);
        }
        Event::Kept { .. }
        | Event::Said { .. }
        | Event::Mailed { .. }
        | Event::Bounced { .. }
        | Event::Confirmed { .. }
        | Event::Promised { .. } => {}
        Event::Asked { needs, .. } => {
            case.asked.extend(needs);
            case.reminded = false;
        }
        Event::CardReceived => {
            case.card_received = true;
            answer(case, Need::Card);
        }
        Event::PersonWanted => {
            case.person_wanted = true;
            case.asked.clear();
        }
        Event::Reminded => case.reminded = true,
        Event::Nudged { at } => {
            case.clock.nudged = Some(*at);
            case.flags.insert(Flag::Nudged);
        }
        Event::Attended { at } => {
            case.clock.attended = Some(*at);
            case.flags.remove(&Flag::Nudged);
            case.flags.remove(&Flag::Escalated);
        }
        Event::Dated { times } => case.times = times.clone(),
        Event::Moved { to } => {
            if matches!(to, Stage::Contested { .. }) {
                case.contested = true;
            }
            if to.name() != case.stage.name() {
                for flag in [Flag::DueSoon, Flag::Overdue, Flag::Escalated, Flag::Nudged, Flag::Delayed] {
                    case.flags.remove(&flag);
                }
                case.clock.attended = None;
                case.reminded = false;
            }
            case.clock.moved(&case.stage, to);
            case.stage = to.clone();
        }
        Event::Flagged { flag } => {
            if *flag == Flag::Overdue {
                case.flags.remove(&Flag::DueSoon);
            }
            if *flag == Flag::RefundLate
                && let Some(refund) = &mut case.bill.refund
            {
                refund.late = true;
            }
            case.flags.insert(*flag);
        }
        Event::Profile { seen } => {
            if *seen == ProfileSeen::Deleted {
                case.flags.remove(&Flag::ProfileLeft);
            }
        }
        Event::Owed { n, what, .. } => {
            case.effects = n + 1;
            case.owed.push((*n, what.clone()));
            // Whatever was stuck is being tried again, or undone.
            if is_billing(what) {
                case.flags.remove(&Flag::BillingStuck);
            } else if !matches!(what.as_str(), "notify" | "escalate") {
                case.flags.remove(&Flag::Stuck);
            }
        }
        Event::Settled { n, .. } => {
            // The network has answered, whatever it said.
            if case.owed.iter().any(|(owed, what)| owed == n && matches!(what.as_str(), "bar" | "cease")) {
                case.flags.remove(&Flag::Delayed);
            }
            case.owed.retain(|(owed, _)| owed != n);
        }
        Event::Risked { risk } => {
            if let Some(until) = risk.until
                && case.held_until().is_none_or(|held| held < until)
            {
                // Whoever signed looked at something else.
                case.hold = Some(Hold { until, signed: None, lifted: false });
            }
            case.risks.retain(|known| known.fact != risk.fact);
            case.risks.push(*risk);
        }
        Event::HoldSigned { signature } => {
            if let Some(hold) = &mut case.hold {
                hold.signed = Some(signature.clone());
            }
        }
        Event::HoldLifted { .. } => {
            if let Some(hold) = &mut case.hold {
                hold.lifted = true;
            }
        }
        Event::LockSeen { locked } => case.locked = *locked,
        Event::Cleared { flag } => drop(case.flags.remove(flag)),
        Event::Saved { saved } => {
            case.saved = Some(saved.clone());
            case.backup = true;
            answer(case, Need::Backup);
        }
        Event::Return { step } => returned(case, step),
        Event::Alarmed { kind, at, count, first, last, amount } => {
            case.flags.insert(Flag::Alarm);
            let (kind, count, first, last) = (*kind, *count, *first, *last);
            case.alarms.push(Alarm { kind, since: *at, count, first, last, amount: amount.clone() });
        }
        Event::SeenAgain { kind, count, first, last } => {
            for alarm in case.alarms.iter_mut().filter(|alarm| alarm.kind == *kind) {
                alarm.count = alarm.count.saturating_add(*count);
                alarm.first = alarm.first.min(*first);
                alarm.last = alarm.last.max(*last);
            }
        }
        Event::Reported { .. } => {}
        Event::AlarmClosed { kind, .. } => {
            case.alarms.retain(|alarm| alarm.kind != *kind);
            if case.alarms.is_empty() {
                case.flags.remove(&Flag::Alarm);
            }
        }
        Event::BillingEnded { at, evidence } => case.bill.ended = Some(Ended { at: *at, evidence: evidence.clone() }),
        Event::Stated { statement } => case.bill.statement = Some((**statement).clone()),
        Event::RefundDue { amount, by } => {
            case.bill.refund = Some(Refund { amount: amount.clone(), by: *by, late: false, paid: None });
        }
        Event::RefundPaid { at, reference, amount } => {
            if let Some(refund) = &mut case.bill.refund {
                refund.paid = Some(Paid { at: *at, reference: reference.clone(), amount: amount.clone() });
            }
            case.flags.remove(&Flag::RefundLate);
            case.flags.remove(&Flag::RefundDue);
        }
        Event::RefundHeld { held } => case.bill.held = *held,
        Event::NoticeDue { .. }
        | Event::NoticeSent { .. }
        | Event::Moving { .. }
        | Event::CodeAsked { .. }
        | Event::CodeIssued { .. }
        | Event::CodeExpired
        | Event::Ported { .. }
        | Event::Complained { .. }
        | Event::AdrTold { .. }
        | Event::ComplaintSettled => beside(case, event),
        Event::Weighed { upheld, reason, at } => {
            case.ways.not_upheld = (!upheld).then(|| NotUpheld { at: *at, reason: reason.clone() });
            // What they had agreed to stands again. Where the price is another by now, that follows, and is held to this.
            if *upheld && let Some(agreed) = case.bill.agreed.take() {
                (case.quote, case.consent) = (agreed, true);
                case.asked.remove(&Need::Consent);
            }
        }
        Event::ErasurePlanned { told, on } => case.erasure = Erasure::Planned { told: *told, on: *on },
        Event::ErasureOff => case.erasure = Erasure::None,
        Event::Erased { at, left, .. } => {
            let (version, chain) = (case.version, std::mem::take(&mut case.chain));
            *case = Case { version, chain, ..erased(case.reference, left, *at) };
        }
    }
}

/// What runs beside the case.
fn beside(case: &mut Case, event: &Event) {
    let ways = &mut case.ways;
    if let Event::NoticeDue { due } = event {
        ways.notice = Some(Notice { due: *due, sent: None });
    } else if let (Event::NoticeSent { at }, Some(notice)) = (event, &mut ways.notice) {
        notice.sent = Some(*at);
    } else if let Event::Moving { moving } = event {
        let kept = ways.switch.take().filter(|switch| switch.state == SwitchState::Open);
        let (asked, issued) = kept.map_or((None, None), |switch| (switch.asked, switch.issued));
        let state = SwitchState::Open;
        let Moving { code, unused, by_text } = *moving;
        ways.switch = Some(Switch { code, unused, by_text, asked, issued, used: None, state });
    } else if let (Event::CodeAsked { code, at }, Some(switch)) = (event, &mut ways.switch) {
        (switch.code, switch.asked) = (*code, Some(*at));
    } else if let (Event::CodeIssued { code, sealed, at, until }, Some(switch)) = (event, &mut ways.switch) {
        switch.issued = Some(Issued { code: *code, sealed: sealed.clone(), at: *at, until: *until });
        case.flags.remove(&Flag::CodeLate);
    } else if let (Event::CodeExpired, Some(switch)) = (event, &mut ways.switch) {
        switch.state = SwitchState::Expired;
        case.flags.remove(&Flag::CodeLate);
    } else if let (Event::Ported { at }, Some(switch)) = (event, &mut ways.switch) {
        (switch.state, switch.used) = (SwitchState::Done, Some(*at));
        case.flags.remove(&Flag::CodeLate);
    } else if let Event::Complained { at, due } = event {
        ways.complaint = Some(Complaint { since: *at, due: *due, told: None, settled: false });
        case.flags.insert(Flag::Complaint);
    } else if let (Event::AdrTold { at, .. }, Some(complaint)) = (event, &mut ways.complaint) {
        complaint.told = Some(*at);
    } else if let (Event::ComplaintSettled, Some(complaint)) = (event, &mut ways.complaint) {
        complaint.settled = true;
        case.flags.remove(&Flag::Complaint);
    }
}

fn returned(case: &mut Case, step: &parcel::Step) {
    parcel::evolve(&mut case.parcel, step);
    let another = matches!(step, parcel::Step::Inspected { inspection, .. } if inspection.found == Found::AnotherCard);
    if another {
        case.card_received = false;
    } else if case.parcel.as_ref().is_some_and(|parcel| parcel.is_met()) {
        answer(case, Need::Card);
    }
}

fn answer(case: &mut Case, need: Need) {
    if case.asked.remove(&need) {
        case.answered = true;
    }
}

/// Folds a whole journal. None where it does not begin with a declaration; where that was erased, with its erasure.
pub fn fold<'a>(reference: CaseRef, entries: impl IntoIterator<Item = &'a crate::event::Entry>) -> Option<Case> {
    let mut case: Option<Case> = None;
    for entry in entries {
        for event in &entry.events {
            match (&mut case, event) {
                (None, Event::Declared { declaration, quote }) => {
                    case = Some(open(reference, declaration.clone(), quote.clone(), entry.at))
                }
                (Some(case), event) => evolve(case, event),
                (None, Event::Erased { at, left, .. }) => case = Some(erased(reference, left, *at)),
                (None, _) => return None,
            }
        }
        if let Some(case) = &mut case {
            case.version = entry.version;
            case.chain = entry.chain.clone();
        }
    }
    case
}
