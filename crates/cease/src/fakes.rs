//! What follows from reports of fakes: the leads are told of what is urgent, and whoever left an address hears what
//! became of their report. Neither letter has a word in it that a stranger wrote.

use std::collections::BTreeMap;

use case::official::{Kind, Report, Sign, Verdict};
use case::{Lang, Timestamp};
use jiff::SignedDuration;
use reach::Message;
use store::{FakeState, StoreError, Untold};
use tokio::task::JoinHandle;

use crate::app::{App, Shared};
use crate::keys::sha256;
use crate::words::words;
use crate::work::letters::{Block, Written};

/// So many reports of one channel within an hour are an alarm.
const WAVE: u64 = 3;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Between two looks, and so between two alarms.
const LOOK: SignedDuration = SignedDuration::from_mins(1);
/// Reporters told in one look.
const MOST: u32 = 200;
/// Channels that one report is counted for.
const CHANNELS: usize = 8;

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "FAKE-";

/// The reference of a report, such as `FAKE-7Q2M-K4XD-9TBA`: sixty bits, so that nobody guesses one.
pub fn reference(id: u64) -> String {
    let digit = |n: u32| char::from(DIGITS[(id >> (55 - 5 * n) & 31) as usize]);
    let fours: Vec<String> = (0..3).map(|four| (0..4).map(|n| digit(four * 4 + n)).collect()).collect();
    format!("{PREFIX}{}", fours.join("-"))
}

/// Forgives case, spaces and hyphens.
pub fn parse(text: &str) -> Option<u64> {
    let plain: String = text.to_uppercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let digits = plain.strip_prefix("FAKE").filter(|digits| digits.len() == 12)?;
    let value = |c: u8| DIGITS.iter().position(|d| *d == c).map(|at| at as u64);
    digits.bytes().try_fold(0, |id, c| Some(id << 5 | value(c)?))
}

/// Of those bits, as many as a reference has.
pub fn id(bits: u64) -> u64 {
    bits >> 4
}

/// What a report is about: the channels in it that are not ours; where it has none but ours, those, since a name or
/// number of ours may have been forged; and where it has none at all, the report itself.
pub fn about(report: &Report, id: u64) -> Vec<(Kind, String)> {
    let channels = report.found.iter().filter(|f| f.kind != Kind::Reference);
    let (ours, others): (Vec<_>, Vec<_>) = channels.partition(|f| f.verdict == Verdict::Official);
    let found = if others.is_empty() { ours } else { others };
    let named: Vec<_> = found.iter().take(CHANNELS).map(|f| (f.kind, f.shown.clone())).collect();
    if named.is_empty() { vec![(Kind::Reference, reference(id))] } else { named }
}

/// Whether it asks for what does the greatest harm.
pub fn urgent(report: &Report) -> bool {
    report.signs.iter().any(|sign| match sign {
        Sign::AsksForSecrets | Sign::AsksForCode | Sign::FeeForRefund | Sign::OddPayment => true,
        Sign::Hurries | Sign::SendElsewhere | Sign::ElsewhereToTalk | Sign::RemoteControl => false,
    })
}

/// The part of a worker that minds it; at most one thing at a time.
#[derive(Default)]
pub struct Minder {
    task: Option<JoinHandle<()>>,
    looked: Option<Timestamp>,
}

impl Minder {
    pub fn tick(&mut self, app: &Shared) {
        let busy = self.task.as_ref().is_some_and(|task| !task.is_finished());
        if busy || self.looked.is_some_and(|at| app.now().duration_since(at) < LOOK) {
            return;
        }
        self.looked = Some(app.now());
        let app = Shared::clone(app);
        self.task = Some(tokio::spawn(async move {
            if let Err(error) = round(&app).await {
                tracing::error!(%error, "reports of fakes are not followed up");
            }
        }));
    }

    pub async fn stop(self) {
        if let Some(task) = self.task {
            task.abort();
            // Its end, whichever: whoever was not told is told by the next look.
            let _ = task.await;
        }
    }
}

/// Tells the leads, and then the reporters.
pub async fn round(app: &App) -> Result<(), StoreError> {
    alarm(app).await?;
    tell(app).await
}

/// One mail to each approver of the house, who may open the page, for all that is new and urgent.
async fn alarm(app: &App) -> Result<(), StoreError> {
    let since = app.now().saturating_sub(HOUR).unwrap_or(Timestamp::MIN);
    let fakes = app.store.unalarmed_fakes(since, WAVE).await?;
    let Some(last) = fakes.last() else { return Ok(()) };
    let many = fakes.len() as u64;
    tracing::warn!(channels = many, "somebody pretends to be us; see /desk/fakes");
    if let Some(mailer) = &app.mailer {
        for lead in app.store.staff().await?.iter().filter(|one| one.leads(None)) {
            let to = lead.person.email.as_deref().map_or("", str::trim);
            if to.is_empty() {
                continue;
            }
            let l = words(lead.lang);
            let blocks = vec![
                Block::Say(fl!(l, "fakes-alarm-what", n = many)),
                Block::Link { say: fl!(l, "fakes-alarm-page"), url: format!("{}/desk/fakes", app.config.desk.url) },
                Block::Say(fl!(l, "fakes-alarm-next")),
            ];
            let key = format!("fake-{}-{}-{}", last.seq, app.now().as_second(), lead.id);
            let message = letter(app, lead.lang, to, key, fl!(l, "fakes-alarm-subject", n = many), blocks);
            if let Err(error) = mailer.send(&message, app.now()).await {
                tracing::warn!(%error, "a lead could not be told; it is tried again");
                return Ok(());
            }
        }
    }
    let seqs: Vec<i64> = fakes.iter().map(|fake| fake.seq).collect();
    app.store.alarmed_fakes(&seqs, app.now()).await
}

/// One mail a day and address, for all its reports that have come to an end; then the address is forgotten.
async fn tell(app: &App) -> Result<(), StoreError> {
    let Some(mailer) = &app.mailer else { return Ok(()) };
    let mut by_contact = BTreeMap::<String, Vec<Untold>>::new();
    for untold in app.store.untold_reports(MOST).await? {
        by_contact.entry(untold.contact.clone()).or_default().push(untold);
    }
    for (contact, reports) in by_contact {
        let key = format!("reported-{}", reports.iter().map(|r| r.report.id).max().unwrap_or_default());
        let (sender, this) = (app.keys.address(&contact), sha256(key.as_bytes()));
        let until = app.now().saturating_add(DAY).unwrap_or(Timestamp::MAX);
        if !app.store.may_answer(&sender, &this, app.now(), until).await? {
            continue;
        }
        let lang = reports.last().map_or(Lang::En, |r| r.report.lang);
        if let Err(error) = mailer.send(&outcome(app, lang, &contact, key, &reports), app.now()).await {
            let failed_for_good = matches!(error, reach::Failure::GiveUp(_));
            tracing::info!(%failed_for_good, "a reporter could not be told what became of a report");
            if !failed_for_good {
                continue;
            }
        }
        let ids: Vec<u64> = reports.iter().map(|r| r.report.id).collect();
        app.store.told_reports(&ids).await?;
    }
    Ok(())
}

fn outcome(app: &App, lang: Lang, to: &str, key: String, reports: &[Untold]) -> Message {
    let l = words(lang);
    let line = |untold: &Untold| {
        let reference = reference(untold.report.id);
        match untold.outcome {
            FakeState::Fake => fl!(l, "fakes-told-fake", reference = reference),
            FakeState::Ours => fl!(l, "fakes-told-ours", reference = reference),
            FakeState::Nothing | FakeState::New => fl!(l, "fakes-told-nothing", reference = reference),
        }
    };
    let blocks = vec![
        Block::Say(fl!(l, "fakes-told-thanks")),
        Block::List(reports.iter().map(line).collect()),
        Block::Link { say: fl!(l, "fakes-told-check"), url: format!("{}/check", app.config.desk.url) },
        Block::Say(fl!(l, "fakes-told-forgotten")),
    ];
    letter(app, lang, to, key, fl!(l, "fakes-told-subject"), blocks)
}

fn letter(app: &App, lang: Lang, to: &str, key: String, subject: String, mut blocks: Vec<Block>) -> Message {
    let operator = app.config.desk.name_in(lang).to_owned();
    blocks.push(Block::Say(operator.clone()));
    let written = Written { lang, operator, subject, blocks, sms: String::new() };
    let (text, html) = (written.text(), written.html());
    Message { key, to: to.to_owned(), subject: written.subject, text, html, ..Message::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_it_is_written_and_typed() {
        for bits in [0, 1, u64::MAX, 0x1234_5678_9abc_def0] {
            let id = id(bits);
            let text = reference(id);
            assert_eq!(text.len(), 19, "{text}");
            assert_eq!(parse(&text), Some(id));
            assert_eq!(parse(&text.to_lowercase().replace('-', " ")), Some(id));
        }
        for none in ["", "FAKE-", "FAKE-7Q2M-K4XD-9TB", "FAKE-7Q2M-K4XD-9TBU", "C7K4-M2QX-D"] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
