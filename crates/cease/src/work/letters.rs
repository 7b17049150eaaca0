//! Letters: what is written to a holder, in their language, on every contact we know: those they
//! gave and those on the account's record, so that nobody's card is cancelled behind their back.
//!
//! An address that somebody gave is not yet the holder's. So a letter has our own sentences in it
//! and nothing that a person typed (no statement, no name, no agent's words): those are read on the
//! case's page. What is attached goes where it is the holder who reads it.

mod bill;
mod deliver;
pub mod lead;
mod talk;
mod words;
mod written;

use std::collections::BTreeMap;

use case::erasure::Erasure;
use case::identify::{Identifier, identify};
use case::way::SwitchState;
use case::{Case, EffectId, Flag, Lang, Letter, Outcome, Person, Policy, Stage};
use jiff::SignedDuration;
use reach::{Failure, Message};
use store::Account;

pub use deliver::HalfSent;
pub use words::{Facts, unused, write};
pub use written::{Block, Written};

use crate::app::App;
use crate::guard;
use crate::hallmark::code::{About, By, of as check_code};
use crate::hallmark::phrase::Phrases;
use crate::keys::hex_of;
use crate::work::breaker::Far;
use crate::work::outage;
use deliver::{Parcel, Way};

/// Receipts a day to an address that nobody has shown to be theirs; one letter counts once, however often it is tried.
const UNPROVEN_A_DAY: u32 = 20;

/// Writes the letter and hands it to the carriers. With nobody to write to it is done, and not sent; so is a letter
/// that events have overtaken, as the one that they caused says more.
pub async fn send(app: &App, key: EffectId, case: &Case, letter: Letter) -> Result<Outcome, Failure> {
    if !fits(letter, case) || letter == Letter::SwitchCode && !case.may_leave(app.now()) {
        tracing::debug!(case.r#ref = %key.case, ?letter, stage = case.stage.name(), "a letter was overtaken");
        return Ok(Outcome::Unsent);
    }
    let record = match case.account {
        Some(id) => app.store.account(id).await.map_err(retry)?,
        None => None,
    };
    let theirs = theirs(case, record.as_ref());
    let mut contacts = contacts(case, record.as_ref().map(|account| &account.person), theirs, &app.policy);
    if letter == Letter::SwitchCode {
        add_asker(app, case, theirs, &mut contacts).await?;
    }
    if letter.tells_of_the_record() && case.may_be_a_strangers() {
        contacts.retain(|contact| contact.known);
    }
    // Who was the holder's contact until lately hears of it too, and of nothing that is enclosed.
    if let (Some(account), Some(_)) = (case.account, case.held(app.now())) {
        add_former(&mut contacts, &guard::former(app, account).await.map_err(retry)?, theirs, &app.policy);
    }
    // Whose mail gets no automatic answer gets none, nor what time alone would send after it: an address can
    // be put into any number of mails. The holder on record is told all the same.
    let by_itself = matches!(letter, Letter::Receipt | Letter::Reminder | Letter::Delayed | Letter::ReturnReminder);
    let quiet = by_itself && case.flags.contains(&Flag::NoAnswer);
    if quiet || letter == Letter::Transcript {
        contacts.retain(|contact| contact.known);
    }
    if letter == Letter::Transcript {
        contacts.retain(|contact| contact.way == Way::Mail);
    }
    // What nobody carries need not be written.
    contacts.retain(|contact| match contact.way {
        Way::Mail => app.mailer.is_some(),
        Way::Sms => app.texter.is_some(),
    });
    if contacts.is_empty() {
        tracing::debug!(case.r#ref = %key.case, effect = key.n, "nobody to carry this letter to");
        return Ok(Outcome::Unsent);
    }
    // Half a letter is sent once, and for as long as that can be remembered.
    let (mail, sms) = (app.far.waits(Far::Mail, app.now()), app.far.waits(Far::Sms, app.now()));
    let waits = contacts.iter().any(|contact| if contact.way == Way::Mail { mail } else { sms });
    if waits && !app.half_sent.has_room() {
        return Err(Failure::Retry("it waits until all of it can be sent".into()));
    }
    if letter == Letter::Receipt {
        contacts = within_limits(app, key, contacts).await?;
    }
    let phrase = match case.account.filter(|_| contacts.iter().any(|contact| contact.known)) {
        Some(account) => Phrases::of(app).get(account).await.map_err(retry)?,
        None => None,
    };
    let mut parcels = Vec::new();
    for lang in Lang::ALL {
        let contacts: Vec<_> = contacts.iter().filter(|contact| contact.lang == lang).cloned().collect();
        if contacts.is_empty() {
            continue;
        }
        // A text has room for words only.
        let by_mail = contacts.iter().any(|contact| contact.way == Way::Mail);
        let files = if by_mail { enclosed(app, case, letter, lang).await? } else { Vec::new() };
        let talk = talk::of(app, key, case, letter, lang).await.map_err(retry)?;
        parcels.extend(write_to(app, key, case, letter, contacts, Beside { files, talk, phrase: phrase.as_deref() }));
    }
    let (mailer, texter) = outage::carriers(app, key);
    let (mailer, texter) = (mailer.as_ref().map(|m| m as _), texter.as_ref().map(|t| t as _));
    let mut names = Vec::new();
    let outcome = deliver::all(mailer, texter, &app.half_sent, key, parcels, &mut names, app.now()).await;
    crate::sms::note(app, key.case, names).await;
    outcome
}

/// Whether the letter still says what is so.
pub fn fits(letter: Letter, case: &Case) -> bool {
    let stage = &case.stage;
    match letter {
        Letter::Receipt | Letter::Reply | Letter::Transcript => true,
        Letter::Missing | Letter::Reminder => matches!(stage, Stage::Received { .. }),
        Letter::Delayed => {
            let network = matches!(stage, Stage::Ceasing { .. }) && case.flags.contains(&Flag::Delayed);
            network || matches!(stage, Stage::Review { .. } | Stage::Contested { .. })
        }
        Letter::Scheduled => matches!(stage, Stage::Scheduled { .. }),
        Letter::Barred => matches!(stage, Stage::Ceasing { step: case::case::Step::Barred { .. }, .. }),
        Letter::Refused => matches!(stage, Stage::Refused { .. }),
        Letter::Withdrawn => matches!(stage, Stage::Withdrawn { .. }),
        Letter::Contested => matches!(stage, Stage::Contested { .. }),
        Letter::Resumed => case.contested && stage.is_open() && !matches!(stage, Stage::Contested { .. }),
        Letter::Held => case.hold.is_some() && stage.is_open() && !matches!(stage, Stage::Contested { .. }),
        Letter::ReturnAsked | Letter::ReturnReminder => {
            let ends = stage.is_open() || stage.has_ended();
            ends && case.parcel.as_ref().is_some_and(|parcel| !parcel.is_settled())
        }
        Letter::ReturnNews => case.parcel.is_some(),
        Letter::Certificate | Letter::Alarm | Letter::Reported | Letter::Cleared => stage.has_ended(),
        Letter::Repriced => case.bill.agreed.is_some() && stage.is_open(),
        Letter::Statement => case.bill.statement.is_some(),
        Letter::Refunded => case.bill.refund.as_ref().is_some_and(|refund| refund.paid.is_some()),
        Letter::EndNotice => stage.is_open() || stage.has_ended(),
        Letter::SwitchCode => case.ways.switch.as_ref().is_some_and(|switch| switch.runs_until().is_some()),
        Letter::SwitchExpired => case.ways.switch.as_ref().is_some_and(|switch| switch.state == SwitchState::Expired),
        Letter::Erasure => matches!(case.erasure, Erasure::Planned { .. }),
        Letter::Complaint | Letter::Adr => case.complaint().is_some(),
        Letter::NotUpheld | Letter::Upheld => {
            let stands = (letter == Letter::NotUpheld) == case.ways.not_upheld.is_some();
            let weighed = case.declaration.way.kind.is_weighed() && stands;
            weighed && stage.is_open() && !matches!(stage, Stage::Contested { .. })
        }
    }
}

/// Where to write, whether we know that it is the holder's, and in which language.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Contact {
    way: Way,
    to: String,
    known: bool,
    lang: Lang,
}

/// The language of contacts that only the record has. Where somebody else than the holder declares, or may have, it is
/// the one on record; the holder themselves chose the case's.
fn theirs(case: &Case, record: Option<&Account>) -> Lang {
    let by_holder = case.proven && case.declaration.way.behalf.is_none();
    record.filter(|_| !by_holder).map_or(case.lang(), |account| account.lang)
}

/// Each contact once: mail in any case of letters is one, and so is a phone number however written. Whom the declaration
/// names is written to in its language, and all others in `theirs`.
fn contacts(case: &Case, record: Option<&Person>, theirs: Lang, policy: &Policy) -> Vec<Contact> {
    let mut found: BTreeMap<(Way, String), Contact> = BTreeMap::new();
    // What stands on record comes first, as it is written there; what a proven holder typed is as good.
    let by = case.declaration.way.behalf.as_ref().map(|by| Person {
        email: by.email.clone(),
        phone: by.phone.clone(),
        ..Person::default()
    });
    let said = case.lang();
    let people = record.map(|person| (person, true, theirs)).into_iter().chain([(&case.person, case.vouched, said)]);
    let people = people.chain(by.as_ref().map(|by| (by, false, said)));
    for (person, known, lang) in people {
        let mail = person.email.as_deref().map(str::trim).filter(|mail| !mail.is_empty());
        let phone = person.phone.as_deref().and_then(|phone| e164(phone, policy));
        let ways = [(Way::Mail, mail.map(str::to_owned)), (Way::Sms, phone)];
        for (way, to) in ways.into_iter().filter_map(|(way, to)| Some((way, to?))) {
            let contact = found.entry((way, to.to_lowercase())).or_insert(Contact { way, to, known, lang });
            contact.known |= known;
            contact.lang = lang;
        }
    }
    found.into_values().collect()
}

/// Who has asked for a code by text has asked from the number itself, and is answered there (Ofcom C7).
async fn add_asker(app: &App, case: &Case, theirs: Lang, contacts: &mut Vec<Contact>) -> Result<(), Failure> {
    let asked = case.ways.switch.as_ref().is_some_and(|switch| switch.by_text);
    let Some(subscription) = case.subscription.as_ref().filter(|_| asked) else { return Ok(()) };
    let card = app.store.card(subscription.card).await.map_err(retry)?;
    let card = card.filter(|card| card.generation == subscription.generation);
    let Some(to) = card.and_then(|card| card.msisdn).and_then(|number| e164(&number, &app.policy)) else {
        return Ok(());
    };
    contacts.retain(|contact| contact.to != to);
    contacts.push(Contact { way: Way::Sms, to, known: true, lang: theirs });
    Ok(())
}

fn add_former(contacts: &mut Vec<Contact>, former: &[Person], theirs: Lang, policy: &Policy) {
    for person in former {
        let mail = person.email.clone().map(|to| (Way::Mail, to));
        let phone = person.phone.as_deref().and_then(|phone| e164(phone, policy)).map(|to| (Way::Sms, to));
        for (way, to) in mail.into_iter().chain(phone) {
            if !contacts.iter().any(|contact| contact.way == way && contact.to.eq_ignore_ascii_case(&to)) {
                contacts.push(Contact { way, to, known: false, lang: theirs });
            }
        }
    }
}

/// Whom a letter reaches, and whether we know that it is the holder: for showing, not for sending.
pub fn recipients(case: &Case, record: Option<&Person>, policy: &Policy) -> Vec<(String, bool)> {
    contacts(case, record, case.lang(), policy).into_iter().map(|contact| (contact.to, contact.known)).collect()
}

/// The phone numbers that letters of a case go to.
pub fn phones(case: &Case, record: Option<&Person>, policy: &Policy) -> Vec<String> {
    let texts = contacts(case, record, case.lang(), policy).into_iter().filter(|contact| contact.way == Way::Sms);
    texts.map(|contact| contact.to).collect()
}

pub(crate) fn e164(phone: &str, policy: &Policy) -> Option<String> {
    match identify(&format!("phone: {phone}"), &policy.identify).ok()?.id {
        Identifier::Msisdn(number) => Some(number.as_str().to_owned()),
        Identifier::Iccid(_)
        | Identifier::PartialIccid(_)
        | Identifier::Eid(_)
        | Identifier::Imei(_)
        | Identifier::Imsi(_)
        | Identifier::Serial(_)
        | Identifier::NotGiven => None,
    }
}

/// Declaring costs nothing, so that it must not make us pester an address by declaring and declaring.
async fn within_limits(app: &App, of: EffectId, contacts: Vec<Contact>) -> Result<Vec<Contact>, Failure> {
    let day = SignedDuration::from_hours(24);
    if contacts.iter().all(|contact| contact.known)
        || !app.store.hit(&format!("receipt-of:{of}"), app.now(), day, 1).await.map_err(retry)?.allowed
    {
        return Ok(contacts);
    }
    let mut kept = Vec::new();
    for contact in contacts {
        let key = format!("receipt:{}", hex_of(&app.keys.address(&contact.to)));
        if contact.known || app.store.hit(&key, app.now(), day, UNPROVEN_A_DAY).await.map_err(retry)?.allowed {
            kept.push(contact);
        } else {
            tracing::warn!("an address nobody has proven has had its receipts for today");
        }
    }
    Ok(kept)
}

/// What is enclosed: file name, media type, bytes.
type Enclosed = Vec<(String, String, Vec<u8>)>;

async fn enclosed(app: &App, case: &Case, letter: Letter, lang: Lang) -> Result<Enclosed, Failure> {
    let json = |name: String, bytes| vec![(name, "application/json".to_owned(), bytes)];
    match letter {
        Letter::Receipt => {
            let file = crate::receipt::file(app, case).await.map_err(retry)?;
            Ok(json(crate::receipt::file_name(case), file))
        }
        Letter::Certificate => {
            let Some(file) = crate::certificate::file(app, case).await.map_err(retry)? else {
                return Err(Failure::Retry("the certificate is not in the journal".into()));
            };
            let mut files = json(crate::certificate::file_name(case), file.clone().into_bytes());
            if let Some(pdf) = crate::paper::draw(app, case, file, lang).await {
                files.push((crate::paper::file_name(case), "application/pdf".to_owned(), pdf));
            }
            Ok(files)
        }
        Letter::Missing
        | Letter::Reminder
        | Letter::Scheduled
        | Letter::Barred
        | Letter::Delayed
        | Letter::Refused
        | Letter::Withdrawn
        | Letter::Contested
        | Letter::Resumed
        | Letter::Reply
        | Letter::Alarm
        | Letter::Reported
        | Letter::Cleared
        | Letter::Held
        | Letter::ReturnAsked
        | Letter::ReturnReminder
        | Letter::ReturnNews
        | Letter::Repriced
        | Letter::Statement
        | Letter::Refunded
        | Letter::EndNotice
        | Letter::SwitchCode
        | Letter::SwitchExpired
        | Letter::Complaint
        | Letter::Adr
        | Letter::Erasure
        | Letter::NotUpheld
        | Letter::Upheld
        | Letter::Transcript => Ok(Vec::new()),
    }
}

/// What goes with a letter, to those whom it may reach.
struct Beside<'a> {
    files: Enclosed,
    talk: Vec<(String, String)>,
    /// What the holder has chosen to know us by.
    phrase: Option<&'a str>,
}

fn write_to(
    app: &App,
    key: EffectId,
    case: &Case,
    letter: Letter,
    contacts: Vec<Contact>,
    beside: Beside<'_>,
) -> Vec<Parcel> {
    let reply_to = crate::mail::address::of(app, case.reference);
    let (id, about, zone) = (key.to_string(), About::Letter(letter), app.policy.zone());
    let codes = [By::Mail, By::Text].map(|by| check_code(&app.keys, &id, about, by, app.now(), &zone));
    let stop = guard::stop::code(app, case.reference);
    let parcel = |Contact { way, to, known, lang }: Contact| {
        // The certificate names the card and hints at the holder; the receipt does neither.
        let may = way == Way::Mail && (known || letter == Letter::Receipt);
        let attachments = if may { beside.files.clone() } else { Vec::new() };
        let talk = if known { beside.talk.as_slice() } else { &[] };
        let reply_to = reply_to.clone().filter(|_| way == Way::Mail);
        // What tells of the record goes to nobody else in any case: the holder, and who was their contact until lately.
        let strangers = !known && case.may_be_a_strangers() && !letter.tells_of_the_record();
        let told = strangers.then(|| case.to_a_stranger());
        let facts = Facts {
            case: told.as_ref().unwrap_or(case),
            lang,
            policy: app.policy.of(case),
            complaint: app.policy.of_complaint(case, app.now()),
            desk: &app.config.desk,
            enclosed: !attachments.is_empty(),
            talk,
            stop: Some(stop.as_str()),
            known,
            answerable: reply_to.is_some(),
            phrase: beside.phrase.filter(|_| known),
            codes: [&codes[0], &codes[1]],
        };
        let written = write(letter, &facts);
        let (text, html) = match way {
            Way::Mail => (written.text(), written.html()),
            Way::Sms => (written.sms, None),
        };
        // The first letter is the one that all later ones hang from.
        let follows = (key.n > 0).then(|| EffectId { n: 0, ..key }.to_string());
        let said = matches!(letter, Letter::Reply | Letter::Cleared | Letter::NotUpheld | Letter::Upheld);
        let by_person = said && !talk.is_empty();
        let (key, subject) = (key.to_string(), written.subject);
        Parcel { way, message: Message { key, to, subject, text, html, attachments, reply_to, follows, by_person } }
    };
    contacts.into_iter().map(parcel).collect()
}

fn retry(e: store::StoreError) -> Failure {
    Failure::Retry(e.to_string())
}

#[cfg(test)]
mod tests;
