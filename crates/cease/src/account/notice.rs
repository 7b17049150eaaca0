//! Notices: what every contact of an account is told of what happened to it. One of them may be all by which somebody
//! learns that their account is being taken over, so it outlives an outage and this process. It is written to the store
//! before what caused it is answered (what a guard is about in one commit with the word that it is told, a change of
//! what one signs in with right after that change), tried at once beside the answer, so that the time of the answer
//! tells nothing, and from then on by the workers ([`notices`](crate::work::notices)).
//!
//! Kept is what happened. The words are found when it is sent: in the account's language, with the phrase as it stands
//! and links that are good from then on. Whom it is for is sealed. The same happening is always the same letter, by its
//! key, however often it is tried.

use std::collections::BTreeSet;

use case::risk::Bearing;
use case::{AccountId, Lang, Person, Timestamp};
use reach::Message;
use serde::{Deserialize, Serialize};
use store::{Account, Guard, Guarded, NoticeOwed, StoreError};
use tokio::task::JoinHandle;

use super::letter::{Carrier, Marks, Worded};
use crate::app::App;
use crate::chance;
use crate::guard::stop;
use crate::hallmark::code::About;
use crate::keys::hex_of;
use crate::web::case::caution;
use crate::words::{Words, words};
use crate::work::{LEASE, notices, outage};

/// What whom it is for is sealed under, and as how much: its length does not show.
const SEALED: &str = "notice";
const ROOM: usize = 512;

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
    const ALL: [Notice; 12] = [
        Notice::PasswordChanged,
        Notice::SecondFactorOn,
        Notice::SecondFactorOff,
        Notice::PhraseSet,
        Notice::PhraseChanged,
        Notice::PhraseForgotten,
        Notice::PasskeyAdded,
        Notice::PasskeyRemoved,
        Notice::PasskeyCopied,
        Notice::RecoveryCodesNew,
        Notice::RecoveryCodeUsed,
        Notice::FactorsReset,
    ];

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

/// What a notice is about, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Changed(Notice),
    Guarded(Guarded),
}

impl What {
    fn name(self) -> String {
        match self {
            What::Changed(notice) => notice.act().to_owned(),
            What::Guarded(what) => format!("guard-{}", what.name()),
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name.strip_prefix("guard-") {
            Some(what) => Guarded::named(what).map(What::Guarded),
            None => Notice::ALL.into_iter().find(|notice| notice.act() == name).map(What::Changed),
        }
    }

    /// Subject and text of what happened then. It may be read days later.
    fn says(self, app: &App, account: &Account, by_text: bool, at: Timestamp) -> (String, String) {
        let (l, operator) = (words(account.lang), app.config.desk.name_in(account.lang).to_owned());
        let moment = |at| crate::words::moment(account.lang, at, &app.policy.zone());
        let when = fl!(l, "notice-when", at = moment(at));
        // Whether it may carry a link.
        let links = !by_text || app.policy.sms_links;
        let (subject, lines) = match self {
            What::Changed(notice) => {
                let url = app.config.desk.url.trim_end_matches('/');
                let says = notice.says(l);
                // A text has room for one way out.
                let stop = || fl!(l, "notice-stop", link = stop::account_link(app, account.id));
                let stop = if by_text { String::new() } else { stop() };
                (says.clone(), vec![says, when, notice.not_you(l, links.then_some(url)), stop])
            }
            What::Guarded(what) => {
                let held = held(app, what, at).map(|until| fl!(l, "guard-held", until = moment(until)));
                let not_you = not_you(app, account, what, links);
                (fl!(l, "guard-subject"), vec![happened(l, what), when, held.unwrap_or_default(), not_you])
            }
        };
        let mut lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        let text = match (by_text, account.lang) {
            (true, Lang::En) => format!("{operator}: {}", lines.join(" ")),
            (true, Lang::ZhCn) => format!("【{operator}】{}", lines.concat()),
            (false, _) => {
                lines.push(operator.clone());
                lines.join("\n\n") + "\n"
            }
        };
        (crate::words::labelled(account.lang, &operator, &subject), text)
    }
}

fn happened(l: &Words, what: Guarded) -> String {
    match what {
        Guarded::Locked => fl!(l, "guard-locked"),
        Guarded::Unlocked => fl!(l, "guard-unlocked"),
        Guarded::Happened(fact) => caution::told(l, fact),
    }
}

/// Until when it holds back what cannot be undone; none where it does not, or not any more.
fn held(app: &App, what: Guarded, at: Timestamp) -> Option<Timestamp> {
    match what {
        Guarded::Happened(fact) if app.policy.risk.of(fact) == Bearing::Hold => {
            at.checked_add(app.policy.risk.hold()).ok().filter(|until| *until > app.now())
        }
        Guarded::Locked | Guarded::Unlocked | Guarded::Happened(_) => None,
    }
}

/// What to do where it was somebody else. Who has locked it has nothing left to stop.
fn not_you(app: &App, account: &Account, what: Guarded, links: bool) -> String {
    let l = words(account.lang);
    match (what, links) {
        (Guarded::Locked, _) => fl!(l, "guard-lock-not-you"),
        (Guarded::Unlocked | Guarded::Happened(_), true) => {
            fl!(l, "guard-not-you", link = stop::account_link(app, account.id))
        }
        (Guarded::Unlocked | Guarded::Happened(_), false) => fl!(l, "guard-not-you-sms"),
    }
}

/// Whom one is for, as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
struct For {
    to: String,
    phrase: Known,
}

/// By which phrase a reader knows us.
#[derive(Clone, Serialize, Deserialize)]
enum Known {
    /// The one there is when it is sent, where they are a contact of the account then.
    AsItStands,
    /// The one there was.
    Then(Option<String>),
}

/// Tells every contact of the account; answers what is under way, for who ends before it would be sent.
pub async fn notify(app: &App, account: &Account, notice: Notice) -> Result<Vec<JoinHandle<()>>, StoreError> {
    notify_with(app, account, notice, Known::AsItStands).await
}

/// The same where the phrase has changed: what is told is still marked by the one its reader knows.
pub(super) async fn notify_before(
    app: &App,
    account: &Account,
    notice: Notice,
    phrase: Option<String>,
) -> Result<(), StoreError> {
    notify_with(app, account, notice, Known::Then(phrase)).await.map(drop)
}

async fn notify_with(
    app: &App,
    account: &Account,
    notice: Notice,
    known: Known,
) -> Result<Vec<JoinHandle<()>>, StoreError> {
    let key = format!("notice-{}", hex_of(&chance::bytes::<8>()));
    let Person { email, phone, .. } = account.person.clone();
    let owed = owed(
        app,
        account.id,
        (What::Changed(notice), app.now()),
        &key,
        email.into_iter().collect(),
        phone.into_iter().collect(),
        &known,
    );
    if !owed.is_empty() {
        app.store.put_notices(owed.clone(), until(app)).await?;
    }
    Ok(owed.into_iter().filter_map(|one| begin(app, account, one)).collect())
}

/// Tells every contact of an account, and those it had until lately, what happened to it, with a link that locks it
/// at one tap.
pub async fn guarded(app: &App, account: &Account, former: &[Person], guard: &Guard) -> Result<(), StoreError> {
    let key = format!("guard-{}-{}-{}", guard.what.name(), account.id, guard.at.as_microsecond());
    let people = || std::iter::once(&account.person).chain(former);
    let mails = people().filter_map(|p| p.email.as_deref()).map(str::to_lowercase).collect();
    let phones = people().filter_map(|p| p.phone.as_deref()).map(str::to_owned).collect();
    let owed = owed(app, account.id, (What::Guarded(guard.what), guard.at), &key, mails, phones, &Known::AsItStands);
    // Whoever was quicker has them in hand.
    if app.store.told(guard, owed.clone(), until(app)).await? {
        owed.into_iter().for_each(|one| drop(begin(app, account, one)));
    }
    Ok(())
}

/// Until when what is written here is tried by nobody else.
fn until(app: &App) -> Timestamp {
    app.now().saturating_add(LEASE).unwrap_or(Timestamp::MAX)
}

/// All as long as the longest: what is sealed shows its length.
fn padded(whom: String) -> String {
    let room = ROOM.saturating_sub(whom.len());
    whom + &" ".repeat(room)
}

/// One for each contact that somebody carries something to.
fn owed(
    app: &App,
    account: AccountId,
    (what, at): (What, Timestamp),
    key: &str,
    mails: BTreeSet<String>,
    phones: BTreeSet<String>,
    phrase: &Known,
) -> Vec<NoticeOwed> {
    let of = |by_text: bool, to: BTreeSet<String>| to.into_iter().map(move |to| (by_text, to));
    let contacts = of(false, mails).chain(of(true, phones)).filter(|(by_text, _)| Carrier::of(app, *by_text).is_some());
    let one = |(n, (by_text, to)): (u32, (bool, String))| {
        let whom = serde_json::to_string(&For { to, phrase: phrase.clone() }).unwrap_or_default();
        NoticeOwed {
            key: key.to_owned(),
            n,
            account,
            what: what.name(),
            by_text,
            sealed: app.keys.seal_text(SEALED, &padded(whom)),
            at,
            attempts: 0,
        }
    };
    (0..).zip(contacts).map(one).collect()
}

/// Writes what is owed, as it stands now; none where it cannot be read.
pub(crate) fn word(app: &App, account: &Account, owed: &NoticeOwed) -> Option<Worded> {
    let For { to, phrase } = serde_json::from_str(&app.keys.open_text(SEALED, &owed.sealed)?).ok()?;
    let (subject, text) = What::named(&owed.what)?.says(app, account, owed.by_text, owed.at);
    let own = [account.person.email.as_deref(), account.person.phone.as_deref()];
    let current = own.into_iter().flatten().any(|contact| contact.eq_ignore_ascii_case(&to));
    let given = match phrase {
        Known::Then(phrase) => Some(phrase),
        Known::AsItStands if current => None,
        // A contact that is no longer the account's is told, and shown no phrase.
        Known::AsItStands => Some(None),
    };
    let marks = Marks::of(app, account, About::Account).knowing(given);
    let subject = if owed.by_text { String::new() } else { subject };
    let message = Message { key: owed.key.clone(), to, subject, text, ..Message::default() };
    Some(Worded::of(app, owed.by_text, marks, message))
}

/// Tries it beside the answer; what is not taken is the workers'.
fn begin(app: &App, account: &Account, owed: NoticeOwed) -> Option<JoinHandle<()>> {
    let (carrier, worded) = (Carrier::of(app, owed.by_text)?, word(app, account, &owed)?);
    let (store, clock, hand) = (app.store.clone(), app.clock.clone(), app.hands.one());
    Some(tokio::spawn(async move {
        let message = worded.message().await;
        let sent = outage::patiently(carrier.send(&message, clock.now())).await;
        let again = || Some((notices::next(&owed, clock.now()), true));
        if let Err(error) = notices::settle(&store, &owed, clock.now(), sent, again).await {
            tracing::error!(key = %owed.key, %error, "a notice was not seen to; the workers will");
        }
        drop(hand);
    }))
}

#[cfg(test)]
mod tests {
    use case::Fact;

    use super::*;

    #[test]
    fn what_is_kept_leads_back_to_what_happened() {
        let guarded = [Guarded::Locked, Guarded::Unlocked].into_iter().chain(Fact::ALL.map(Guarded::Happened));
        for what in Notice::ALL.map(What::Changed).into_iter().chain(guarded.map(What::Guarded)) {
            assert_eq!(What::named(&what.name()), Some(what));
        }
        assert_eq!(What::named("else"), None);
    }
}
