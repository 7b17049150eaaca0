//! Who rings, as far as they have shown, and what their keys lead to. A code is sent, tried and limited as in a
//! browser; a declaration is stored before anybody says so; and whoever hangs up has declared or has not.

mod call_back;

use std::collections::BTreeMap;

use case::identify::{Identified, Identifier, identify};
use case::{
    AccountId, Actor, Assurance, CaseRef, Channel, Command, Declaration, FileId, Lang, Level, Money, Person, Record,
    Refusal, Stage, Timestamp,
};
use jiff::SignedDuration;
use store::StoredFile;
use voice::speak::{self, Value};

use super::keypad;
use crate::account::{self, CodeAnswer, Contact};
use crate::act::{self, ActError};
use crate::app::{App, Shared};
use crate::clocks;
use crate::hallmark::code::{self, About};
use crate::keys::{hex_of, sha256};
use crate::web::counter::journey;
use crate::web::{Trouble, Visit};
use crate::{chance, contact, files};

const QUARTER: SignedDuration = SignedDuration::from_mins(15);
/// Tries to find a case or a message in a quarter of an hour: of one caller, and of one reference as keyed.
const FINDS: u32 = 30;
const OF_ONE: u32 = 10;
/// Declarations of one caller in an hour; more are taken, and looked at by a person.
const MANY: u32 = 5;

pub(crate) struct Caller {
    visit: Visit,
    /// By which limits count this caller.
    pub(super) network: String,
    lang: Lang,
    keyed: BTreeMap<String, String>,
    /// Codes that were sent, the newest first.
    sent: String,
    proven: Option<(AccountId, Timestamp)>,
    saved: bool,
    /// The most that they were told it costs.
    agreed: Option<Money>,
    /// Names this call's declaration, so that there is one however often it is pressed.
    token: String,
    pub case: Option<CaseRef>,
    /// The caller did something in it that its thread should tell.
    pub acted: bool,
    slot: Option<(Timestamp, Timestamp)>,
    pub recorded: Option<Vec<i16>>,
}

/// How a deed came out, and what can be said from then on.
pub(crate) type Came = (&'static str, Vec<(String, Value)>);

fn plain(outcome: &'static str) -> Came {
    (outcome, Vec::new())
}

pub(crate) fn lang_of(lang: speak::Lang) -> Lang {
    match lang {
        speak::Lang::En => Lang::En,
        speak::Lang::Zh => Lang::ZhCn,
    }
}

impl Caller {
    /// `from` is the number that the network says, of which nothing but a hash under our key is kept: without it, all
    /// numbers there are could be tried. `source` stands in where there is none. `token` names the call.
    pub fn new(app: &App, from: &str, source: &str, token: String) -> Self {
        let known = from.chars().filter(char::is_ascii_digit).count() >= 6;
        let hash = app.keys.mac("caller", &[from.as_bytes()]);
        let who = if known { hex_of(&hash[..8]) } else { source.to_owned() };
        let network = format!("phone:{who}");
        Self {
            visit: Visit::on_the_phone(Lang::En, network.clone(), token.clone()),
            network,
            lang: Lang::En,
            keyed: BTreeMap::new(),
            sent: String::new(),
            proven: None,
            saved: false,
            agreed: None,
            token: format!("voice:{}", hex_of(&sha256(token.as_bytes())[..16])),
            case: None,
            acted: false,
            slot: None,
            recorded: None,
        }
    }

    /// What they have shown so far.
    pub fn actor(&self) -> Actor {
        let shown = |(account, at)| Assurance::shown(Level::Code, account, at);
        Actor::Holder { account: None, assurance: self.proven.map_or_else(Assurance::nothing, shown) }
    }

    /// Takes over what was keyed, and in which language.
    pub fn hear(&mut self, lang: speak::Lang, keyed: &BTreeMap<String, String>) {
        self.lang = lang_of(lang);
        self.visit.lang = self.lang;
        self.keyed.clone_from(keyed);
    }

    fn key(&self, name: &str) -> &str {
        self.keyed.get(name).map_or("", String::as_str)
    }

    /// Does what the menu wants done. An error is an outcome that no menu names: it leads to a person.
    pub async fn perform(&mut self, app: &Shared, deed: &str) -> Result<Came, Trouble> {
        match deed {
            "hours" => Ok(self.hours(app)),
            "read-number" => Ok(plain(if self.number(app).is_some() { "read" } else { "unreadable" })),
            "send-code-text" => self.send_code(app, Contact::Phone).await,
            "send-code-mail" => self.send_code(app, Contact::Email).await,
            "try-code" => self.try_code(app).await,
            "saved" => {
                self.saved = true;
                Ok(plain("noted"))
            }
            "quote" => self.quote(app).await,
            "may-record" => {
                let record = app.config.voice.as_ref().is_some_and(|voice| voice.record);
                Ok(plain(if record { "yes" } else { "no" }))
            }
            "declare" => Ok(self.declare(app).await),
            "find-case" => self.find_case(app).await,
            "tell-case" => self.tell_case(app).await,
            "contact" => self.contact(app).await,
            "check-code" => self.check_code(app).await,
            "stop" => self.stop(app).await,
            "slot" => self.slot(app).await,
            "promise" => self.promise(app).await,
            _ => Ok(plain("")),
        }
    }

    fn hours(&self, app: &Shared) -> Came {
        let (calendar, now) = (&app.policy.desk_hours, app.now());
        if calendar.is_open(now) {
            return plain("open");
        }
        let (day, clock) = self.moment(app, calendar.next_opening(now));
        ("closed", vec![("opens-day".into(), day), ("opens-at".into(), clock)])
    }

    fn moment(&self, app: &Shared, at: Timestamp) -> (Value, Value) {
        let at = at.to_zoned(app.policy.zone());
        (Value::Day(at.date()), Value::Clock(at.hour(), at.minute()))
    }

    /// What was keyed as a card's or a phone's number.
    fn number(&self, app: &Shared) -> Option<Identified> {
        identify(self.key("number"), &app.policy.identify).ok()
    }

    async fn record(&self, app: &Shared) -> Result<Option<Record>, Trouble> {
        let Some(found) = self.number(app) else { return Ok(None) };
        Ok(act::record(app, &found.id, &Person::default()).await?)
    }

    async fn send_code(&mut self, app: &Shared, by: Contact) -> Result<Came, Trouble> {
        let account = match self.record(app).await? {
            Some(record) => app.store.account(record.card.account).await?,
            None => None,
        };
        match account::send_code(app, &self.visit, account.as_ref(), by, "prove").await {
            Ok(id) => {
                self.sent = id.before(&self.sent);
                Ok(plain("sent"))
            }
            Err(Trouble::TooMany { .. }) => Ok(plain("limited")),
            Err(other) => Err(other),
        }
    }

    async fn try_code(&mut self, app: &Shared) -> Result<Came, Trouble> {
        match account::answer_code(app, &self.visit, &self.sent, self.key("code"), "prove").await {
            Ok(CodeAnswer::Right(account)) => {
                self.proven = Some((account, app.now()));
                Ok(plain("right"))
            }
            Ok(CodeAnswer::Wrong { .. }) => Ok(plain("wrong")),
            Ok(CodeAnswer::Gone) | Err(Trouble::TooMany { .. }) => Ok(plain("gone")),
            Err(other) => Err(other),
        }
    }

    /// What it costs and when it can end: of their own card for whoever has shown to be its holder, and for everybody
    /// else the most that it can be.
    async fn quote(&mut self, app: &Shared) -> Result<Came, Trouble> {
        let record = self.record(app).await?;
        let own = record.filter(|record| self.proven.is_some_and(|(account, _)| account == record.card.account));
        let offer = journey::offer(app, self.lang, own.as_ref(), None);
        self.agreed = Some(offer.most.clone());
        let declaration = self.declaration(app, Identifier::NotGiven);
        let term = own.as_ref().and_then(|record| record.card.minimum_term_ends);
        let end = app.policy.times(&declaration, app.now(), term, app.now()).contract_end.unwrap_or(app.now());
        let values = vec![
            ("earliest".into(), Value::Day(end.to_zoned(app.policy.zone()).date())),
            ("fees".into(), Value::Money(offer.most.minor.max(0), offer.most.currency.clone())),
        ];
        let outcome = match (offer.most.minor, offer.at_most()) {
            (..=0, _) => "free",
            (_, true) => "at-most",
            (_, false) => "fixed",
        };
        Ok((outcome, values))
    }

    fn declaration(&self, app: &Shared, number: Identifier) -> Declaration {
        Declaration {
            channel: Channel::Voice,
            lang: self.lang,
            // They heard what it costs at most before they pressed.
            consent: true,
            agreed: self.agreed.clone(),
            backup: self.saved,
            ..Declaration::of(number, Person::default(), app.now())
        }
    }

    /// It is on disk before anybody says so.
    async fn declare(&mut self, app: &Shared) -> Came {
        match self.declared(app).await {
            Ok(case) => {
                let outcome = if case.proven { "proven" } else { "unproven" };
                (outcome, vec![("reference".into(), Value::Spelt(case.reference.to_string()))])
            }
            Err(error) => {
                tracing::error!(%error, "a declaration by telephone could not be stored");
                plain("failed")
            }
        }
    }

    async fn declared(&mut self, app: &Shared) -> Result<case::Case, ActError> {
        let found = self.number(app);
        let (number, check) = found.map_or((Identifier::NotGiven, case::identify::Check::None), |f| (f.id, f.check));
        let declaration = Declaration { check, ..self.declaration(app, number) };
        let hour = SignedDuration::from_hours(1);
        let hit = app.store.hit(&format!("declare:{}", self.network), app.now(), hour, MANY).await?;
        let flags = if hit.allowed { Vec::new() } else { vec![case::Flag::Suspect] };
        let case = act::declare(app, &self.actor(), declaration, flags, Some(&self.token)).await?;
        (self.case, self.acted) = (Some(case.reference), true);
        // Another card in the same call is another declaration.
        self.token = format!("voice:{}", hex_of(&chance::bytes::<16>()));
        self.saved = false;
        Ok(case)
    }

    async fn limited(&self, app: &Shared, what: &str) -> Result<bool, Trouble> {
        let what = hex_of(&app.keys.mac("keyed", &[what.as_bytes()])[..8]);
        for (key, most) in [(format!("voice:{}", self.network), FINDS), (format!("voice:of:{what}"), OF_ONE)] {
            if !app.store.hit(&key, app.now(), QUARTER, most).await?.allowed {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Both have to fit: the reference, as far as keys tell it, and the number that the case is about. An unknown
    /// one and a wrong one give the same answer.
    async fn find_case(&mut self, app: &Shared) -> Result<Came, Trouble> {
        self.case = None;
        if self.limited(app, self.key("reference")).await? {
            return Ok(plain("limited"));
        }
        let Some(found) = self.number(app) else { return Ok(plain("none")) };
        for card in app.store.find_cards(&found.id).await? {
            for summary in app.store.cases_of(card.account).await? {
                let case = summary.case;
                let about = case.subscription.as_ref().is_some_and(|subscription| subscription.card == card.id);
                if about && keypad::of(case.reference) == self.key("reference") {
                    self.case = Some(case.reference);
                    return Ok(plain("found"));
                }
            }
        }
        Ok(plain("none"))
    }

    async fn case(&self, app: &Shared) -> Result<case::Case, Trouble> {
        let reference = self.case.ok_or(Trouble::NotFound)?;
        app.store.case(reference).await?.ok_or(Trouble::NotFound)
    }

    async fn tell_case(&mut self, app: &Shared) -> Result<Came, Trouble> {
        let case = self.case(app).await?;
        let zone = app.policy.zone();
        let day = |at: Timestamp| Value::Day(at.to_zoned(zone.clone()).date());
        let estimate = clocks::estimate(app, &case).await?;
        let (standing, eta) = match (&case.stage, estimate) {
            (Stage::Review { .. }, Some(estimate)) => ("standing-review-eta".to_owned(), Some(day(estimate.by))),
            (Stage::Scheduled { cease_at, .. }, _) => {
                ("standing-scheduled".to_owned(), Some(day(case.not_before(*cease_at))))
            }
            (stage, _) => (format!("standing-{}", stage.name()), None),
        };
        let mut values = vec![("standing".to_owned(), Value::Prompt(standing))];
        values.extend(eta.map(|eta| ("eta".to_owned(), eta)));
        Ok(("told", values))
    }

    async fn contact(&mut self, app: &Shared) -> Result<Came, Trouble> {
        let case = self.case(app).await?;
        let now = app.now();
        if app.store.contact(case.reference, now).await?.is_some() {
            return Ok(plain("talking"));
        }
        let journal = app.store.journal(case.reference).await?;
        match contact::promised(&journal, now) {
            Some(call) => Ok(("promised", self.slot_values(app, call.from, call.until))),
            None => Ok(plain("not")),
        }
    }

    fn slot_values(&self, app: &Shared, from: Timestamp, until: Timestamp) -> Vec<(String, Value)> {
        let ((day, begin), (_, end)) = (self.moment(app, from), self.moment(app, until));
        vec![("slot-day".into(), day), ("slot-from".into(), begin), ("slot-until".into(), end)]
    }

    async fn check_code(&mut self, app: &Shared) -> Result<Came, Trouble> {
        if self.limited(app, self.key("check-code")).await? {
            return Ok(plain("limited"));
        }
        let Some(sent) = keypad::pairs(self.key("check-code")).and_then(|text| code::read(&app.keys, &text)) else {
            return Ok(plain("unknown"));
        };
        let about = match sent.about {
            About::Letter(_) => "about-case",
            About::OneTimeCode | About::Recovery | About::Account => "about-account",
            About::Lead => "about-desk",
        };
        Ok((
            "known",
            vec![("check-day".into(), Value::Day(sent.day)), ("check-about".into(), Value::Prompt(about.into()))],
        ))
    }

    /// As on the page of the case: whoever may see it may stop it.
    async fn stop(&mut self, app: &Shared) -> Result<Came, Trouble> {
        let reference = self.case.ok_or(Trouble::NotFound)?;
        let anybody = Actor::Holder { account: None, assurance: Assurance::nothing() };
        match act::act(app, reference, &anybody, &Command::Contest).await {
            Ok(_) => {
                self.acted = true;
                Ok(plain("stopped"))
            }
            Err(ActError::Refused(Refusal::TooLate | Refusal::AlreadyCeased)) => Ok(plain("late")),
            Err(ActError::Refused(_)) => {
                let case = self.case(app).await?;
                Ok(plain(if matches!(case.stage, Stage::Contested { .. }) { "stopped" } else { "over" }))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// What was said and keyed becomes a message of the case, with the recording of their own words where there is
    /// one.
    pub async fn write_down(&mut self, app: &Shared, transcript: String) {
        let Some(reference) = self.case.filter(|_| self.acted) else { return };
        let files = self.file(app).await;
        let command = Command::Say { text: transcript, channel: Channel::Voice, files };
        if let Err(error) = act::act(app, reference, &self.actor(), &command).await {
            tracing::error!(case.r#ref = %reference, %error, "a call could not be written down");
        }
    }

    async fn file(&mut self, app: &Shared) -> Vec<(FileId, String)> {
        let Some(samples) = self.recorded.take().filter(|samples| !samples.is_empty()) else { return Vec::new() };
        let (id, name) = (FileId::from_bits(chance::bits()), "declaration.wav".to_owned());
        let bytes = voice::media::wav::write(&samples);
        let file = StoredFile { id, media: "audio/wav".into(), name: name.clone(), bytes, at: app.now() };
        // Where the case refuses the message, nothing names it, and it is swept.
        match app.store.put_draft_file(file, app.now() + files::DRAFT).await {
            Ok(()) => vec![(id, name)],
            Err(error) => {
                tracing::error!(%error, "a recorded declaration could not be kept");
                Vec::new()
            }
        }
    }
}
