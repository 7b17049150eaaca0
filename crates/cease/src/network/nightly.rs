//! Has the comparison run once a night, by one process, and tells the leads of what is new.

use case::Timestamp;
use jiff::SignedDuration;
use jiff::civil::Date;
use reach::{Failure, Message};
use store::{Account, StoreError};
use tokio::task::JoinHandle;

use super::reconcile;
use crate::app::{App, Shared};
use crate::words::words;
use crate::work::letters::{Block, Written};

/// The hour from which a night's comparison runs, where the operator is.
const HOUR: i8 = 3;
const MARK: &str = "compared-night";
/// Between two tries to tell of something.
const TELL: SignedDuration = SignedDuration::from_mins(10);

/// The part of a worker that minds it; at most one thing at a time.
#[derive(Default)]
pub struct Nightly {
    task: Option<JoinHandle<()>>,
    day: Option<Date>,
    told: Option<Timestamp>,
}

impl Nightly {
    pub fn tick(&mut self, app: &Shared) {
        if self.task.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let here = app.now().to_zoned(app.policy.zone());
        let night = here.hour() >= HOUR && self.day != Some(here.date());
        let tell = self.told.is_none_or(|at| app.now().duration_since(at) >= TELL);
        if night || tell {
            self.told = Some(app.now());
            self.day = if night { Some(here.date()) } else { self.day };
            let (app, day) = (Shared::clone(app), night.then(|| here.date()));
            self.task = Some(tokio::spawn(async move {
                if let Err(error) = once(&app, day).await {
                    tracing::error!(%error, "the network and our records could not be compared");
                }
            }));
        }
    }

    pub async fn stop(self) {
        if let Some(task) = self.task {
            task.abort();
            // Its end, whichever: the next night compares again.
            let _ = task.await;
        }
    }
}

/// The comparison of that night, unless another process has it; and word of whatever is new.
pub async fn once(app: &App, night: Option<Date>) -> Result<(), StoreError> {
    if let Some(night) = night
        && app.store.take_mark(MARK, &night.to_string()).await?
    {
        for told in reconcile::run(app).await? {
            let (element, cards, differences) = (told.element, told.cards, told.differences);
            tracing::info!(%element, cards, differences, "the network and our records were compared");
        }
    }
    alarm(app).await
}

/// One mail to each approver of the house for all that is new. It says how many, and of whom nothing.
pub async fn alarm(app: &App) -> Result<(), StoreError> {
    let Some((many, last)) = app.store.unalarmed().await? else { return Ok(()) };
    tracing::error!(cards = many, "the network and our records differ; see /desk/stuck");
    let mut all_told = true;
    if let Some(mailer) = &app.mailer {
        let staff = app.store.staff().await?;
        for lead in staff.iter().filter(|one| one.leads(None)) {
            let Some(message) = message(app, lead, many, last) else { continue };
            // Each is told once, whichever process does it and whatever becomes of the others.
            let mark = format!("told-{}", lead.id);
            if !app.store.take_mark(&mark, &message.key).await? {
                continue;
            }
            match mailer.send(&message, app.now()).await {
                Ok(()) => {}
                Err(Failure::GiveUp(why)) => tracing::warn!(%why, "a lead's address takes no mail"),
                Err(Failure::Retry(why) | Failure::NotYet(why)) => {
                    tracing::warn!(%why, "a lead could not be told; it is tried again");
                    app.store.put_mark(&mark, "").await?;
                    all_told = false;
                }
            }
        }
    }
    if !all_told {
        return Ok(());
    }
    app.store.alarmed(last, app.now()).await
}

fn message(app: &App, lead: &Account, many: u64, last: i64) -> Option<Message> {
    let to = lead.person.email.as_deref().map(str::trim).filter(|mail| !mail.is_empty())?.to_owned();
    let (l, desk) = (words(lead.lang), &app.config.desk);
    let operator = desk.name_in(lead.lang).to_owned();
    let blocks = vec![
        Block::Say(fl!(l, "stuck-alarm-what", n = many)),
        Block::Link { say: fl!(l, "stuck-alarm-page"), url: format!("{}/desk/stuck?view=differs", desk.url) },
        Block::Say(fl!(l, "stuck-alarm-next")),
        Block::Say(operator.clone()),
        Block::Small(fl!(l, "letter-automatic")),
    ];
    let subject = fl!(l, "stuck-alarm-subject", n = many);
    let written = Written { lang: lead.lang, operator, subject, blocks, sms: String::new() };
    let (text, html) = (written.text(), written.html());
    let key = format!("finding-{last}");
    Some(Message { key, to, subject: written.subject, text, html, ..Message::default() })
}
