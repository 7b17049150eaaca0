//! What is written about an account: codes, recovery links, and notices that something changed.
//! It goes out beside the answer, so that the time of the answer tells nothing.

use std::collections::BTreeSet;
use std::sync::{Arc, Once};
use std::time::Duration;

use case::risk::Bearing;
use case::{AccountId, Lang, Person, Timestamp};
use reach::{Failure, Mailer, Message, Texter};
use store::{Account, Guard, Guarded};
use tokio::task::JoinHandle;

use super::code::{CodeId, Contact};
use crate::app::App;
use crate::chance;
use crate::guard::stop;
use crate::hallmark::code::{About, By};
use crate::hallmark::phrase::Phrases;
use crate::hallmark::{self, code as check_code};
use crate::keys::hex_of;
use crate::web::case::caution;
use crate::words::{Words, words};

/// Pauses before a message is tried again.
const AGAIN: [u64; 3] = [2, 10, 30];

/// What has changed, as all contacts of an account are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    PasswordChanged,
    SecondFactorOn,
    SecondFactorOff,
    PhraseSet,
    PhraseChanged,
    PhraseForgotten,
    PasskeyAdded,
    PasskeyRemoved,
    /// A passkey answered as only a copy of it would, and was refused.
    PasskeyCopied,
    RecoveryCodesNew,
    RecoveryCodeUsed,
    /// By the operator's administrator, on the command line.
    FactorsReset,
}

impl Notice {
    /// Its name in the audit trail.
    pub fn act(self) -> &'static str {
        match self {
            Notice::PasswordChanged => "password-changed",
            Notice::SecondFactorOn => "second-factor-on",
            Notice::SecondFactorOff => "second-factor-off",
            Notice::PhraseSet => "phrase-set",
            Notice::PhraseChanged => "phrase-changed",
            Notice::PhraseForgotten => "phrase-forgotten",
            Notice::PasskeyAdded => "passkey-added",
            Notice::PasskeyRemoved => "passkey-removed",
            Notice::PasskeyCopied => "passkey-copied",
            Notice::RecoveryCodesNew => "recovery-codes-new",
            Notice::RecoveryCodeUsed => "recovery-code-used",
            Notice::FactorsReset => "factors-reset",
        }
    }

    fn says(self, l: &Words) -> String {
        match self {
            Notice::PasswordChanged => fl!(l, "notice-password-changed"),
            Notice::SecondFactorOn => fl!(l, "notice-second-factor-on"),
            Notice::SecondFactorOff => fl!(l, "notice-second-factor-off"),
            Notice::PhraseSet => fl!(l, "hallmark-notice-set"),
            Notice::PhraseChanged => fl!(l, "hallmark-notice-changed"),
            Notice::PhraseForgotten => fl!(l, "hallmark-notice-forgotten"),
            Notice::PasskeyAdded => fl!(l, "notice-passkey-added"),
            Notice::PasskeyRemoved => fl!(l, "notice-passkey-removed"),
            Notice::PasskeyCopied => fl!(l, "notice-passkey-copied"),
            Notice::RecoveryCodesNew => fl!(l, "notice-recovery-codes-new"),
            Notice::RecoveryCodeUsed => fl!(l, "notice-recovery-code-used"),
            Notice::FactorsReset => fl!(l, "notice-factors-reset"),
        }
    }

    /// Whether whoever caused it has been left signed in alone.
    fn signs_out(self) -> bool {
        match self {
            Notice::PasskeyCopied | Notice::RecoveryCodeUsed => false,
            Notice::PasswordChanged
            | Notice::SecondFactorOn
            | Notice::SecondFactorOff
            | Notice::PasskeyAdded
            | Notice::PasskeyRemoved
            | Notice::RecoveryCodesNew
            | Notice::PhraseSet
            | Notice::PhraseChanged
            | Notice::PhraseForgotten
            | Notice::FactorsReset => true,
        }
    }

    /// What to do where it was somebody else, on a channel that may carry a link or may not.
    fn not_you(self, l: &Words, url: Option<&str>) -> String {
        match (self.signs_out(), url) {
            (true, Some(url)) => fl!(l, "notice-not-you", url = url),
            (true, None) => fl!(l, "notice-not-you-sms"),
            (false, Some(url)) => fl!(l, "notice-act-now", url = url),
            (false, None) => fl!(l, "notice-act-now-sms"),
        }
    }
}

fn operator(app: &App, lang: Lang) -> String {
    match lang {
        Lang::En => app.config.desk.name.clone(),
        Lang::ZhCn => app.config.desk.name_zh.clone(),
    }
}

/// Sends a one-time code. The SMS ends in the line by which browsers fill it in on our host only.
pub(super) fn code(app: &App, account: &Account, contact: Contact, to: String, id: CodeId, code: &str, purpose: &str) {
    let lang = account.lang;
    let l = words(lang);
    let operator = operator(app, lang);
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
            mail(app, marks, Message { key, to, subject, text, html: None, ..Message::default() });
        }
        Contact::Phone => {
            let says = fl!(l, "code-sms", operator = operator, code = code, what = what);
            let text = format!("{says}\n\n@{} #{code}", host(&app.config.desk.url));
            sms(app, marks, Message { key, to, subject: String::new(), text, html: None, ..Message::default() });
        }
    }
}

/// Sends a recovery link.
pub(super) fn recovery(app: &App, account: &Account, to: String, key: String, link: &str) {
    let l = words(account.lang);
    let operator = operator(app, account.lang);
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
    mail(app, marks, Message { key, to, subject, text, html: None, ..Message::default() });
}

/// Tells every contact of the account; answers what is under way, for who ends before it would be sent.
pub fn notify(app: &App, account: &Account, notice: Notice) -> Vec<JoinHandle<()>> {
    notify_with(app, account, notice, Marks::of(app, account, About::Account))
}

/// The same where the phrase has changed: what is told is still marked by the one its reader knows.
pub(super) fn notify_before(app: &App, account: &Account, notice: Notice, phrase: Option<String>) {
    notify_with(app, account, notice, Marks { given: Some(phrase), ..Marks::of(app, account, About::Account) });
}

fn notify_with(app: &App, account: &Account, notice: Notice, marks: Marks) -> Vec<JoinHandle<()>> {
    let l = words(account.lang);
    let operator = operator(app, account.lang);
    let key = format!("notice-{}", hex_of(&chance::bytes::<8>()));
    let says = notice.says(l);
    let url = app.config.desk.url.trim_end_matches('/');
    let mut sending = Vec::new();
    if let Some(to) = account.person.email.clone() {
        let text = format!("{says}\n\n{}\n\n{operator}\n", notice.not_you(l, Some(url)));
        let subject = format!("{operator}: {says}");
        let message = Message { key: key.clone(), to, subject, text, html: None, ..Message::default() };
        sending.extend(mail(app, marks.clone(), message));
    }
    if let Some(to) = account.person.phone.clone() {
        let text = format!("{operator}: {says} {}", notice.not_you(l, app.policy.sms_links.then_some(url)));
        let message = Message { key, to, subject: String::new(), text, html: None, ..Message::default() };
        sending.extend(sms(app, marks, message));
    }
    sending
}

/// By what a message is known as ours. The phrase is read beside the answer, like everything here.
#[derive(Clone)]
struct Marks {
    phrases: Phrases,
    account: AccountId,
    /// In place of the phrase there is now.
    given: Option<Option<String>>,
    about: About,
    lang: Lang,
}

impl Marks {
    fn of(app: &App, account: &Account, about: About) -> Self {
        Self { phrases: Phrases::of(app), account: account.id, given: None, about, lang: account.lang }
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

/// Tells every contact of an account, and those it had until lately, what happened to it, with a link that locks it
/// at one tap. The same happening is always the same letter.
pub fn guarded(app: &App, account: &Account, former: &[Person], guard: &Guard) {
    let l = words(account.lang);
    let operator = operator(app, account.lang);
    let what = match guard.what {
        Guarded::Locked => fl!(l, "guard-locked"),
        Guarded::Unlocked => fl!(l, "guard-unlocked"),
        Guarded::Happened(fact) => caution::told(l, fact),
    };
    let held = match guard.what {
        Guarded::Happened(fact) if app.policy.risk.of(fact) == Bearing::Hold => {
            fl!(l, "guard-held", hours = app.policy.risk.hold().as_hours())
        }
        Guarded::Locked | Guarded::Unlocked | Guarded::Happened(_) => String::new(),
    };
    let link = stop::account_link(app, account.id);
    let key = format!("guard-{}-{}-{}", guard.what.name(), account.id, guard.at.as_microsecond());
    let people = || std::iter::once(&account.person).chain(former);
    let mails: BTreeSet<String> = people().filter_map(|p| p.email.as_deref()).map(str::to_lowercase).collect();
    let phones: BTreeSet<String> = people().filter_map(|p| p.phone.as_deref()).map(str::to_owned).collect();
    // A contact that is no longer the account's is told, and shown no phrase.
    let marks = |to: &str| {
        let marks = Marks::of(app, account, About::Account);
        let own = [account.person.email.as_deref(), account.person.phone.as_deref()];
        let current = own.into_iter().flatten().any(|contact| contact.eq_ignore_ascii_case(to));
        if current { marks } else { Marks { given: Some(None), ..marks } }
    };
    let lines = |not_you: String, with: &str| {
        let all = [what.clone(), held.clone(), not_you, operator.clone()];
        all.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(with)
    };
    // Who has locked it has nothing left to stop.
    let stops = guard.what != Guarded::Locked;
    for to in mails {
        let not_you = if stops { fl!(l, "guard-not-you", link = link.as_str()) } else { fl!(l, "guard-lock-not-you") };
        let text = lines(not_you, "\n\n") + "\n";
        let subject = format!("{operator}: {}", fl!(l, "guard-subject"));
        mail(app, marks(&to), Message { key: key.clone(), to, subject, text, html: None, ..Message::default() });
    }
    for to in phones {
        let not_you = match (stops, app.policy.sms_links) {
            (true, true) => fl!(l, "guard-not-you", link = link.as_str()),
            (true, false) => fl!(l, "guard-not-you-sms"),
            (false, _) => fl!(l, "guard-lock-not-you"),
        };
        let text = lines(not_you, " ");
        sms(
            app,
            marks(&to),
            Message { key: key.clone(), to, subject: String::new(), text, html: None, ..Message::default() },
        );
    }
}

fn mail(app: &App, marks: Marks, message: Message) -> Option<JoinHandle<()>> {
    static ONCE: Once = Once::new();
    let Some(mailer) = app.mailer.clone() else {
        ONCE.call_once(|| {
            tracing::error!("no mail is sent: mail.smtp is not set, so nobody gets a code or a recovery link")
        });
        return None;
    };
    let code = marks.check_code(app, &message, By::Mail);
    Some(spawn(Carrier::Mail(mailer), (marks, code), message, app.now()))
}

fn sms(app: &App, marks: Marks, message: Message) -> Option<JoinHandle<()>> {
    static ONCE: Once = Once::new();
    let Some(texter) = app.texter.clone() else {
        ONCE.call_once(|| {
            tracing::error!("no text messages are sent: there is no carrier for them, so nobody gets a code by SMS")
        });
        return None;
    };
    let code = marks.check_code(app, &message, By::Text);
    // As it stands on record, it may be written as at home.
    let to = crate::work::letters::e164(&message.to, &app.policy).unwrap_or(message.to);
    Some(spawn(Carrier::Sms(texter), (marks, code), Message { to, ..message }, app.now()))
}

enum Carrier {
    Mail(Arc<dyn Mailer>),
    Sms(Arc<dyn Texter>),
}

fn spawn(carrier: Carrier, (marks, code): (Marks, String), mut message: Message, now: Timestamp) -> JoinHandle<()> {
    let by = if matches!(carrier, Carrier::Mail(_)) { By::Mail } else { By::Text };
    tokio::spawn(async move {
        marks.put(by, &code, &mut message).await;
        let mut pauses = AGAIN.into_iter();
        loop {
            let sent = match &carrier {
                Carrier::Mail(mailer) => mailer.send(&message, now).await,
                Carrier::Sms(texter) => texter.send(&message, now).await.map(drop),
            };
            let why = match sent {
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
    })
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
