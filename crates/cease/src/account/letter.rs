//! What is written about an account: codes, recovery links, and notices that something changed.
//! It goes out beside the answer, so that the time of the answer tells nothing.

use std::sync::{Arc, Once};
use std::time::Duration;

use case::{Lang, Timestamp};
use reach::{Failure, Mailer, Message, Texter};
use store::Account;
use tokio::task::JoinHandle;

use super::code::{CodeId, Contact};
use crate::app::App;
use crate::chance;
use crate::keys::hex_of;
use crate::words::{Words, words};

/// Pauses before a message is tried again.
const AGAIN: [u64; 3] = [2, 10, 30];

/// What has changed, as all contacts of an account are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    PasswordChanged,
    SecondFactorOn,
    SecondFactorOff,
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
pub(super) fn code(app: &App, lang: Lang, contact: Contact, to: String, id: CodeId, code: &str, purpose: &str) {
    let l = words(lang);
    let operator = operator(app, lang);
    let what = match purpose.split_once(':') {
        Some(("case", reference)) => fl!(l, "code-for-case", reference = reference),
        _ if purpose == "prove" => fl!(l, "code-for-card"),
        _ => fl!(l, "code-for-else"),
    };
    let key = format!("code-{id}");
    match contact {
        Contact::Email => {
            let subject = fl!(l, "code-subject", operator = operator.as_str(), code = code);
            let text = [
                fl!(l, "code-mail-is", code = code),
                fl!(l, "code-mail-what", what = what),
                fl!(l, "code-mail-safe"),
                operator,
            ];
            mail(app, Message { key, to, subject, text: text.join("\n\n") + "\n", html: None, ..Message::default() });
        }
        Contact::Phone => {
            let says = fl!(l, "code-sms", operator = operator, code = code, what = what);
            let text = format!("{says}\n\n@{} #{code}", host(&app.config.desk.url));
            sms(app, Message { key, to, subject: String::new(), text, html: None, ..Message::default() });
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
    mail(app, Message { key, to, subject, text: text.join("\n\n") + "\n", html: None, ..Message::default() });
}

/// Tells every contact of the account; answers what is under way, for who ends before it would be sent.
pub fn notify(app: &App, account: &Account, notice: Notice) -> Vec<JoinHandle<()>> {
    let l = words(account.lang);
    let operator = operator(app, account.lang);
    let key = format!("notice-{}", hex_of(&chance::bytes::<8>()));
    let says = notice.says(l);
    let url = app.config.desk.url.trim_end_matches('/');
    let mut sending = Vec::new();
    if let Some(to) = account.person.email.clone() {
        let text = format!("{says}\n\n{}\n\n{operator}\n", notice.not_you(l, Some(url)));
        let subject = format!("{operator}: {says}");
        sending.extend(mail(app, Message { key: key.clone(), to, subject, text, html: None, ..Message::default() }));
    }
    if let Some(to) = account.person.phone.clone() {
        let text = format!("{operator}: {says} {}", notice.not_you(l, app.policy.sms_links.then_some(url)));
        sending.extend(sms(app, Message { key, to, subject: String::new(), text, html: None, ..Message::default() }));
    }
    sending
}

fn mail(app: &App, message: Message) -> Option<JoinHandle<()>> {
    static ONCE: Once = Once::new();
    let Some(mailer) = app.mailer.clone() else {
        ONCE.call_once(|| {
            tracing::error!("no mail is sent: mail.smtp is not set, so nobody gets a code or a recovery link")
        });
        return None;
    };
    Some(spawn(Carrier::Mail(mailer), message, app.now()))
}

fn sms(app: &App, message: Message) -> Option<JoinHandle<()>> {
    static ONCE: Once = Once::new();
    let Some(texter) = app.texter.clone() else {
        ONCE.call_once(|| {
            tracing::error!("no text messages are sent: there is no carrier for them, so nobody gets a code by SMS")
        });
        return None;
    };
    // As it stands on record, it may be written as at home.
    let to = crate::work::letters::e164(&message.to, &app.policy).unwrap_or(message.to);
    Some(spawn(Carrier::Sms(texter), Message { to, ..message }, app.now()))
}

enum Carrier {
    Mail(Arc<dyn Mailer>),
    Sms(Arc<dyn Texter>),
}

fn spawn(carrier: Carrier, message: Message, now: Timestamp) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut pauses = AGAIN.into_iter();
        loop {
            let sent = match &carrier {
                Carrier::Mail(mailer) => mailer.send(&message, now).await,
                Carrier::Sms(texter) => texter.send(&message, now).await.map(drop),
            };
            let why = match sent {
                Ok(()) => return,
                Err(Failure::Retry(why)) => match pauses.next() {
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
    fn the_host_of_the_desk_is_read_from_its_address() {
        assert_eq!(host("https://cease.laika.example/"), "cease.laika.example");
        assert_eq!(host("http://localhost:8080"), "localhost");
        assert_eq!(host("http://[::1]:8080/x"), "[::1]");
    }
}
