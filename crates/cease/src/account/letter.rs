//! What is written about an account and is good for minutes: codes and recovery links. It goes out beside the answer, so
//! that the time of the answer tells nothing, and is kept nowhere. What lasts longer is told by a [`notice`](super::notice).

use std::sync::{Arc, Once};
use std::time::Duration;

use case::{AccountId, Lang, Timestamp};
use reach::{Failure, Mailer, Message, Texter};
use store::Account;

use super::code::{CodeId, Contact};
use crate::app::App;
use crate::hallmark::code::{About, By};
use crate::hallmark::phrase::Phrases;
use crate::hallmark::{self, code as check_code};
use crate::words::words;

/// Pauses before such a message is tried again.
const AGAIN: [u64; 3] = [2, 10, 30];

/// Sends a one-time code. The SMS ends in the line by which browsers fill it in on our host only.
pub(super) fn code(app: &App, account: &Account, contact: Contact, to: String, id: CodeId, code: &str, purpose: &str) {
    let lang = account.lang;
    let l = words(lang);
    let operator = app.config.desk.name_in(lang).to_owned();
    let what = match purpose.split_once(':') {
        Some(("case", reference)) => fl!(l, "code-for-case", reference = reference),
        _ if purpose == "prove" => fl!(l, "code-for-card"),
        _ => fl!(l, "code-for-else"),
    };
    let key = format!("code-{id}");
    let marks = Marks::of(app, account, About::OneTimeCode);
    match contact {
        Contact::Email => {
            let subject = fl!(l, "code-subject", operator = operator.as_str(), code = code);
            let text = [
                fl!(l, "code-mail-is", code = code),
                fl!(l, "code-mail-what", what = what),
                fl!(l, "code-mail-safe"),
                operator,
            ];
            let text = text.join("\n\n") + "\n";
            spawn(app, false, marks, Message { key, to, subject, text, ..Message::default() });
        }
        Contact::Phone => {
            let says = fl!(l, "code-sms", operator = operator, code = code, what = what);
            let text = format!("{says}\n\n@{} #{code}", host(&app.config.desk.url));
            spawn(app, true, marks, Message { key, to, text, ..Message::default() });
        }
    }
}

/// Sends a recovery link.
pub(super) fn recovery(app: &App, account: &Account, to: String, key: String, link: &str) {
    let l = words(account.lang);
    let operator = app.config.desk.name_in(account.lang).to_owned();
    let subject = fl!(l, "recover-mail-subject", operator = operator.as_str());
    let text = [
        fl!(l, "recover-mail-asked", login = account.login.as_str()),
        link.to_owned(),
        fl!(l, "recover-mail-life"),
        fl!(l, "recover-mail-not-you"),
        operator,
    ];
    let text = text.join("\n\n") + "\n";
    let marks = Marks::of(app, account, About::Recovery);
    spawn(app, false, marks, Message { key, to, subject, text, ..Message::default() });
}

/// By what a message is known as ours. The phrase is read beside the answer, like everything here.
pub(super) struct Marks {
    phrases: Phrases,
    account: AccountId,
    /// In place of the phrase there is now.
    given: Option<Option<String>>,
    about: About,
    lang: Lang,
}

impl Marks {
    pub fn of(app: &App, account: &Account, about: About) -> Self {
        Self { phrases: Phrases::of(app), account: account.id, given: None, about, lang: account.lang }
    }

    /// With this in place of the phrase there is when it is sent.
    pub fn knowing(self, given: Option<Option<String>>) -> Self {
        Self { given, ..self }
    }

    fn check_code(&self, app: &App, message: &Message, by: By) -> String {
        // A text with a one-time code has no other code in it that could be taken for that.
        if self.about == About::OneTimeCode && by == By::Text {
            return String::new();
        }
        check_code::of(&app.keys, &message.key, self.about, by, app.now(), &app.policy.zone())
    }

    async fn put(self, by: By, code: &str, message: &mut Message) {
        let phrase = match self.given {
            Some(phrase) => phrase,
            None => self.phrases.get(self.account).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "a message goes without its reader's phrase");
                None
            }),
        };
        let l = words(self.lang);
        let text = std::mem::take(&mut message.text);
        message.text = match by {
            By::Text if code.is_empty() => hallmark::text(text, "", phrase.as_deref()),
            By::Text => hallmark::text(text, &check_code::for_text(self.lang, code), phrase.as_deref()),
            By::Mail | By::Print => {
                let first =
                    phrase.map_or_else(String::new, |phrase| fl!(l, "hallmark-phrase", phrase = phrase) + "\n\n");
                format!("{first}{text}\n{}\n", fl!(l, "hallmark-code", code = code))
            }
        };
    }
}

/// A message that is written but for what it is known as ours by.
pub(crate) struct Worded {
    by: By,
    marks: Marks,
    code: String,
    message: Message,
}

impl Worded {
    pub(super) fn of(app: &App, by_text: bool, marks: Marks, message: Message) -> Self {
        let by = if by_text { By::Text } else { By::Mail };
        let code = marks.check_code(app, &message, by);
        // As it stands on record, a number may be written as at home.
        let number = if by_text { crate::work::letters::e164(&message.to, &app.policy) } else { None };
        let to = number.unwrap_or(message.to);
        Self { by, marks, code, message: Message { to, ..message } }
    }

    pub(crate) async fn message(mut self) -> Message {
        self.marks.put(self.by, &self.code, &mut self.message).await;
        self.message
    }
}

pub(super) enum Carrier {
    Mail(Arc<dyn Mailer>),
    Sms(Arc<dyn Texter>),
}

impl Carrier {
    /// Who carries mail, or texts; that nobody does is said once.
    pub(super) fn of(app: &App, by_text: bool) -> Option<Self> {
        static MAIL: Once = Once::new();
        static TEXTS: Once = Once::new();
        if by_text {
            let carrier = app.texter.clone().map(Carrier::Sms);
            if carrier.is_none() {
                TEXTS.call_once(|| {
                    tracing::error!(
                        "no text messages are sent: there is no carrier for them, so nobody gets a code by SMS"
                    )
                });
            }
            return carrier;
        }
        let carrier = app.mailer.clone().map(Carrier::Mail);
        if carrier.is_none() {
            MAIL.call_once(|| {
                tracing::error!("no mail is sent: mail.smtp is not set, so nobody gets a code or a recovery link")
            });
        }
        carrier
    }

    pub(super) async fn send(&self, message: &Message, now: Timestamp) -> Result<(), Failure> {
        match self {
            Carrier::Mail(mailer) => mailer.send(message, now).await,
            Carrier::Sms(texter) => texter.send(message, now).await.map(drop),
        }
    }
}

/// Sends what is good for minutes only: it is tried for as long, and kept nowhere.
fn spawn(app: &App, by_text: bool, marks: Marks, message: Message) {
    let Some(carrier) = Carrier::of(app, by_text) else { return };
    let (worded, now) = (Worded::of(app, by_text, marks, message), app.now());
    tokio::spawn(async move {
        let message = worded.message().await;
        let mut pauses = AGAIN.into_iter();
        loop {
            let why = match carrier.send(&message, now).await {
                Ok(()) => return,
                Err(Failure::Retry(why) | Failure::NotYet(why)) => match pauses.next() {
                    Some(pause) => {
                        tokio::time::sleep(Duration::from_secs(pause)).await;
                        continue;
                    }
                    None => why,
                },
                Err(Failure::GiveUp(why)) => why,
            };
            tracing::error!(key = %message.key, %why, "a message about an account was not sent");
            return;
        }
    });
}

/// The host of the desk, as a domain-bound code names it.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_codes_are_struck_out_of_what_people_quote() {
        for lang in Lang::ALL {
            let l = words(lang);
            let (operator, code) = ("Laika Mobile", "482913");
            let sms = fl!(l, "code-sms", operator = operator, code = code, what = fl!(l, "code-for-card"));
            for text in [
                fl!(l, "code-subject", operator = operator, code = code),
                fl!(l, "code-mail-is", code = code),
                format!("{sms}\n\n@cease.laika.example #{code}"),
            ] {
                let (kept, found) = case::redact::redact(&text);
                assert!(!kept.contains(code) && !found.is_empty(), "{kept}");
            }
        }
    }

    #[test]
    fn the_host_of_the_desk_is_read_from_its_address() {
        assert_eq!(host("https://cease.laika.example/"), "cease.laika.example");
        assert_eq!(host("http://localhost:8080"), "localhost");
        assert_eq!(host("http://[::1]:8080/x"), "[::1]");
    }
}
