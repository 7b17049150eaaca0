//! Texts with which people ask to switch (Ofcom C7): PAC and STAC for a code, INFO for what leaving costs, each to a
//! number of its own. They are answered by text to the number that asked, and nowhere else: who makes up where a text
//! comes from gets nothing. What asks for a code is a declaration like any other, with its receipt and its case; that the
//! number itself has asked, through the operator's own SMSC, is worth a one-time code to it. Nothing ends before the next
//! network uses the code.
//!
//! The SMSC is told that a text was taken when its answer is on disk, or sent; what broke off before that is brought
//! again, and asks again.

use case::declaration::Channel;
use case::identify::Identifier;
use case::quote::{Asked as On, quote};
use case::way::{Code, Moving, SwitchState, Unused, Way};
use case::{Actor, Assurance, CardState, Case, Command, Declaration, Deed, Lang, Level, Person, Record, Refusal};
use jiff::SignedDuration;
use reach::sms::Text;
use reach::{Failure, Message};
use serde::{Deserialize, Serialize};
use store::StoreError;

use crate::act::{self, ActError};
use crate::app::App;
use crate::keys::hex_of;
use crate::words::words;
use crate::{chance, fees, guard};

/// Texts a day from one number that are answered.
const A_DAY: u32 = 20;

/// `[sms.switching]`: the numbers to which people text, as the SMSC names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switching {
    pub pac: String,
    pub stac: String,
    pub info: String,
}

impl Switching {
    /// What cannot be meant, by its key.
    pub fn check(&self) -> Result<(), String> {
        let all = [("pac", &self.pac), ("stac", &self.stac), ("info", &self.info)];
        for (name, number) in all {
            if !(3..=15).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
                return Err(format!("{name} is the number as the SMSC names it, digits only, such as 65075"));
            }
        }
        if self.pac == self.stac || self.stac == self.info || self.info == self.pac {
            return Err("pac, stac and info are three numbers".into());
        }
        Ok(())
    }

    /// What is asked: the word decides, and without one that is known the number. None: it went to none of these.
    fn wanted(&self, text: &Text) -> Option<Wanted> {
        let by_number = match text.to.as_str() {
            to if to == self.pac => Wanted::Code(Code::Pac),
            to if to == self.stac => Wanted::Code(Code::Stac),
            to if to == self.info => Wanted::Info,
            _ => return None,
        };
        let word = text.words.split(|c: char| !c.is_ascii_alphabetic()).find(|word| !word.is_empty());
        Some(match word.map(str::to_ascii_uppercase).as_deref() {
            Some("PAC") => Wanted::Code(Code::Pac),
            Some("STAC") => Wanted::Code(Code::Stac),
            Some("INFO") => Wanted::Info,
            Some(_) | None => by_number,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Code(Code),
    Info,
}

/// Why a text is to be brought again.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error(transparent)]
    Act(#[from] ActError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Text(#[from] Failure),
}

/// Answers a person's text, where it asks for something and this desk's rules let it.
pub async fn answer(app: &App, text: &Text) -> Result<(), Unanswered> {
    let Some(numbers) = &app.config.sms.switching else { return Ok(()) };
    let Some(wanted) = numbers.wanted(text).filter(|_| app.policy.journey.switching.offered) else { return Ok(()) };
    let Some(number) = crate::work::letters::e164(&text.from, &app.policy) else { return Ok(()) };
    let key = format!("asked:{}", hex_of(&app.keys.mac("asked", &[number.as_bytes()])[..16]));
    if !app.store.hit(&key, app.now(), SignedDuration::from_hours(24), A_DAY).await?.allowed {
        tracing::warn!("a number has texted more often today than is answered");
        return Ok(());
    }
    let record = match number.parse().map(Identifier::Msisdn) {
        Ok(number) => act::record(app, &number, &Person::default()).await?,
        Err(_) => None,
    };
    let Some(record) = record.filter(|record| record.card.state != CardState::Ceased) else {
        let l = words(Lang::En);
        return say(app, &number, fl!(l, "texts-unknown", operator = app.config.desk.name_in(Lang::En))).await;
    };
    let account = app.store.account(record.card.account).await?;
    let asker = Asker { app, lang: account.map_or(Lang::En, |account| account.lang), number, record };
    match wanted {
        Wanted::Info => asker.tell(numbers).await,
        Wanted::Code(code) => asker.give(code).await,
    }
}

/// Sends a text that is of no case. One that the SMSC refuses for good is not asked for again.
async fn say(app: &App, to: &str, text: String) -> Result<(), Unanswered> {
    let Some(texter) = &app.texter else { return Ok(()) };
    let key = format!("asked-{}", hex_of(&chance::bytes::<8>()));
    let message = Message { key, to: to.to_owned(), text, ..Message::default() };
    match texter.send(&message, app.now()).await {
        Ok(_) | Err(Failure::GiveUp(_)) => Ok(()),
        Err(again @ (Failure::Retry(_) | Failure::NotYet(_))) => Err(again.into()),
    }
}

/// Whoever has texted, known by the card that the text came from.
struct Asker<'a> {
    app: &'a App,
    lang: Lang,
    number: String,
    record: Record,
}

impl Asker<'_> {
    /// What leaving costs, line by line. Nothing is cancelled and no case is opened.
    async fn tell(&self, numbers: &Switching) -> Result<(), Unanswered> {
        let (app, l) = (self.app, words(self.lang));
        let asked = On { moving: true, porting: true, ..On::at(app.now()) };
        let costs = fees::told(self.lang, &quote(Some(&self.record.card), &app.policy, asked));
        let Switching { pac, stac, .. } = numbers;
        let operator = app.config.desk.name_in(self.lang);
        let text = fl!(l, "texts-info", operator = operator, costs = costs, pac = pac.as_str(), stac = stac.as_str());
        say(app, &self.number, text).await
    }

    /// A case that asks for the code; the letter that brings it goes to the number (`work::letters`).
    async fn give(&self, code: Code) -> Result<(), Unanswered> {
        let (app, l) = (self.app, words(self.lang));
        let (account, now) = (self.record.card.account, app.now());
        // That a text comes from the number shows who has its SIM, and not that it is the holder.
        guard::sim(app, account, &self.number).await?;
        let assurance = Assurance::shown(Level::Code, account, now);
        let suffices = app.policy.suffices(Deed::SwitchCode, &assurance, Some(account), now);
        let actor = Actor::Holder { account: Some(account), assurance };
        let open = match app.store.open_case_of(self.record.card.id).await? {
            Some(reference) => app.store.case(reference).await?,
            None => None,
        };
        let (case, refused) = match open {
            Some(case) => {
                let moving = Moving { code, unused: then(&case), by_text: true };
                match act::act(app, case.reference, &actor, &Command::AskCode { moving }).await {
                    Ok(case) => (case, None),
                    // It is on its way, and comes to who has asked first.
                    Err(ActError::Refused(Refusal::Pending)) => return Ok(()),
                    Err(ActError::Refused(refusal)) => (case, Some(refusal)),
                    Err(error) => return Err(error.into()),
                }
            }
            None => {
                let moving = Some(Moving { code, unused: Unused::Lapse, by_text: true });
                let number = self.number.parse().map(Identifier::Msisdn).unwrap_or(Identifier::NotGiven);
                let declaration = Declaration {
                    channel: Channel::Sms,
                    lang: self.lang,
                    way: Way { moving, ..Way::default() },
                    ..Declaration::of(number, Person::default(), now)
                };
                let case = act::declare(app, &actor, declaration, Vec::new(), None).await?;
                let held = case.locked || case.held(now).is_some();
                (case, held.then_some(Refusal::Held))
            }
        };
        let (operator, reference) = (app.config.desk.name_in(self.lang), case.reference.to_string());
        match refused {
            None if suffices => Ok(()),
            None | Some(Refusal::NotProven) => {
                say(app, &self.number, fl!(l, "texts-prove", operator = operator, reference = reference)).await
            }
            Some(refusal) => {
                let why = l.get(refusal.key());
                let text = fl!(l, "texts-no-code", operator = operator, reference = reference, why = why);
                say(app, &self.number, text).await
            }
        }
    }
}

/// What is to happen if the code is not used: as they have chosen, and a cancellation that its holder asked for goes on.
/// What somebody declared who has shown nothing ends with the code.
fn then(case: &Case) -> Unused {
    if !case.proven {
        return Unused::Lapse;
    }
    case.ways.switch.as_ref().filter(|switch| switch.state == SwitchState::Open).map_or(Unused::Cancel, |s| s.unused)
}

#[cfg(test)]
mod tests;
