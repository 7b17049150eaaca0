//! The letter about a case that goes to staff: a promise was broken and nobody has acted since, or a code or a refund is
//! late. It has the reference and nothing of its holder.

use case::{Case, EffectId, Flag, Outcome};
use reach::{Failure, Message};

use super::deliver::{self, Parcel, Way};
use super::retry;
use super::written::{Block, Written};
use crate::app::App;
use crate::hallmark::code::{About, By, of as check_code};
use crate::words::words;
use crate::work::outage;
use store::Account;

/// Writes to every approver who has an address and may see the case; overtaken where somebody has acted meanwhile.
pub async fn send(app: &App, key: EffectId, case: &Case) -> Result<Outcome, Failure> {
    let late = case.flags.contains(&Flag::CodeLate);
    if !late && !case.flags.contains(&Flag::Escalated) && !case.flags.contains(&Flag::RefundLate) {
        return Ok(Outcome::Unsent);
    }
    let staff = app.store.staff().await.map_err(retry)?;
    let agency = app.store.agency_of(case.reference).await.map_err(retry)?;
    let leads = staff.into_iter().filter(|one| one.leads(agency.as_ref()));
    let parcels = leads.filter_map(|lead| {
        let to = lead.person.email.clone().map(|mail| mail.trim().to_owned()).filter(|mail| !mail.is_empty())?;
        let code = check_code(&app.keys, &key.to_string(), About::Lead, By::Mail, app.now(), &app.policy.zone());
        let written = write(app, case, &lead, &code);
        let (text, html) = (written.text(), written.html());
        let message = Message { key: key.to_string(), to, subject: written.subject, text, html, ..Message::default() };
        Some(Parcel { way: Way::Mail, message })
    });
    let (mailer, _) = outage::carriers(app, key);
    let (mailer, mut names) = (mailer.as_ref().map(|m| m as _), Vec::new());
    deliver::all(mailer, None, &app.half_sent, key, parcels.collect(), &mut names, app.now()).await
}

fn write(app: &App, case: &Case, lead: &Account, code: &str) -> Written {
    let (l, desk) = (words(lead.lang), &app.config.desk);
    let operator = desk.name_in(lead.lang).to_owned();
    let reference = case.reference.to_string();
    let hours = app.policy.escalate_hours;
    let refund = case.bill.unpaid().filter(|refund| refund.late);
    let what = match refund {
        Some(refund) => {
            let by = crate::words::until(lead.lang, refund.by, &app.policy.zone());
            match refund.amount.is_zero() {
                true => fl!(l, "bill-lead-what-unknown", reference = reference.as_str(), by = by),
                false => {
                    let sum = crate::words::money(lead.lang, &refund.amount);
                    fl!(l, "bill-lead-what", reference = reference.as_str(), sum = sum, by = by)
                }
            }
        }
        None if case.flags.contains(&Flag::CodeLate) => fl!(l, "ways-lead-code-late", reference = reference.as_str()),
        None => fl!(l, "clock-lead-what", reference = reference.as_str(), hours = hours),
    };
    let (subject, next) = match refund {
        Some(_) => {
            let next = match (case.bill.held, case.flags.contains(&Flag::RefundDue)) {
                (true, _) => fl!(l, "bill-lead-held"),
                (false, true) => fl!(l, "bill-lead-by-hand"),
                (false, false) => fl!(l, "bill-lead-next"),
            };
            (fl!(l, "bill-lead-subject", reference = reference.as_str()), next)
        }
        None => (fl!(l, "clock-lead-subject", reference = reference.as_str()), fl!(l, "clock-lead-next")),
    };
    let blocks = vec![
        Block::Say(what),
        Block::Link { say: fl!(l, "clock-lead-page"), url: format!("{}/desk/case/{reference}", desk.url) },
        Block::Say(next),
        Block::Say(operator.clone()),
        Block::Small(fl!(l, "letter-automatic")),
        Block::Small(fl!(l, "hallmark-code", code = code)),
    ];
    Written { lang: lead.lang, operator, subject, blocks, sms: String::new() }
}
