//! One-time codes to a contact that is bound to an account. A code counts once, for ten minutes,
//! for one purpose, and only in the browser that asked for it; five wrong tries end it. Asking again
//! leaves the older codes good. A right one shows that its bearer reads that contact, no more: the
//! level is [`Level::Code`].

use std::fmt;

use axum::http::HeaderValue;
use case::{AccountId, Level};
use jiff::SignedDuration;
use store::{Account, Code, Tried};

use super::limits::{DAY, HOUR, QUARTER, quietly, within};
use super::{audit, letter};
use crate::app::App;
use crate::keys::hex_of;
use crate::web::{Trouble, Visit};
use crate::{chance, guard};

/// How long a code is good for.
pub const LIFE: SignedDuration = SignedDuration::from_mins(10);
const TRIES: u32 = 5;
/// Codes of one page that are tried against what was typed.
const AT_ONCE: usize = 3;

/// Where a code goes. The address itself is never shown to someone unproven, not even in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    Email,
    Phone,
}

impl Contact {
    /// As in forms and message keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Contact::Email => "email",
            Contact::Phone => "phone",
        }
    }

    pub fn from_form(text: &str) -> Option<Self> {
        [Contact::Email, Contact::Phone].into_iter().find(|c| c.as_str() == text)
    }

    /// What a code is kept as good for: by which way it went is the desk's to know, and nobody's to say with the code.
    fn keeping(self, purpose: &str) -> String {
        format!("{}:{purpose}", self.as_str())
    }

    /// By which way a code that was kept like this had gone; none where it is good for something else. One without a
    /// way is of a version before, and may have been texted.
    fn of(kept: &str, purpose: &str) -> Option<Self> {
        let way = [Contact::Email, Contact::Phone].into_iter().find(|way| kept == way.keeping(purpose));
        way.or_else(|| (kept == purpose).then_some(Contact::Phone))
    }
}

/// Names a code that was asked for; without the browser's session it is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeId([u8; 16]);

impl fmt::Display for CodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex_of(&self.0))
    }
}

impl CodeId {
    fn parse(text: &str) -> Option<Self> {
        let bytes: Option<Vec<u8>> =
            (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect();
        bytes?.try_into().ok().map(Self)
    }

    /// Puts this code before those the page had already; the oldest fall off.
    pub fn before(self, older: &str) -> String {
        let mut ids = vec![self];
        ids.extend(older.split('.').filter_map(CodeId::parse).filter(|id| *id != self));
        ids.iter().take(AT_ONCE).map(CodeId::to_string).collect::<Vec<_>>().join(".")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAnswer {
    Right(AccountId),
    Wrong {
        tries_left: u32,
    },
    /// Used, expired, tried too often, or of another purpose or browser.
    Gone,
}

/// Sends a code to a bound contact. For an unknown account or a contact it lacks, a code that
/// nothing fits is stored, and the answer is the same.
///
/// `purpose` is what the code is good for: `prove`, `case:C7K4-M2QX-1`.
pub async fn send_code(
    app: &App,
    visit: &Visit,
    account: Option<&Account>,
    contact: Contact,
    purpose: &str,
) -> Result<CodeId, Trouble> {
    let session = visit.session(app).id;
    within(app, &format!("code:session:{}", hex_of(&session[..12])), QUARTER, 5).await?;
    within(app, &format!("code:net:{}", visit.network), QUARTER, 60).await?;
    let whose = account.map_or_else(|| "nobody".to_owned(), |a| a.id.to_string());
    let hourly = quietly(app, &format!("code:hour:{whose}"), HOUR, 6).await?;
    let daily = quietly(app, &format!("code:day:{whose}"), DAY, 20).await?;
    let to = account.filter(|a| !a.disabled && hourly && daily).and_then(|a| {
        let person = &a.person;
        let to = match contact {
            Contact::Email => person.email.clone(),
            Contact::Phone => person.phone.clone(),
        };
        to.filter(|to| !to.trim().is_empty()).map(|to| (a, to))
    });
    let id = CodeId(chance::bytes());
    let secret = chance::six_digits();
    let hash = if to.is_some() { hash_of(app, &session, id, purpose, &secret) } else { chance::bytes() };
    let now = app.now();
    app.store
        .put_code(Code {
            id: id.0,
            hash,
            account: to.as_ref().map(|(a, _)| a.id),
            purpose: contact.keeping(purpose),
            expires_at: now + LIFE,
            tries_left: TRIES,
        })
        .await?;
    audit(app, to.as_ref().map(|(a, _)| a.id), "code-asked", contact.as_str()).await?;
    if let Some((account, to)) = to {
        letter::code(app, account, contact, to, id, &secret, purpose);
    }
    Ok(id)
}

/// Tries what was typed against a code, or against the newest few of one page (ids joined by `.`). Before one that came
/// by text is believed, the network is asked about its SIM.
pub async fn answer_code(app: &App, visit: &Visit, id: &str, code: &str, purpose: &str) -> Result<CodeAnswer, Trouble> {
    let session = visit.session(app).id;
    within(app, &format!("code:answer:{}", hex_of(&session[..12])), QUARTER, 20).await?;
    within(app, &format!("code:answer-net:{}", visit.network), QUARTER, 200).await?;
    // What cannot be a code is a wrong one: it costs a try, so that no answer is a free hint.
    let typed = digits(code).unwrap_or_default();
    let mut best = CodeAnswer::Gone;
    for id in id.split('.').filter_map(CodeId::parse).take(AT_ONCE) {
        let hash = hash_of(app, &session, id, purpose, &typed);
        match app.store.try_code(&id.0, &hash, app.now()).await? {
            Tried::Right { account: Some(account), purpose: kept } => {
                let Some(by) = Contact::of(&kept, purpose) else { continue };
                audit(app, Some(account), "code-answered", by.as_str()).await?;
                // The code shows that somebody holds the SIM; whether that is the holder's is another question.
                if by == Contact::Phone
                    && let Some(phone) = app.store.account(account).await?.and_then(|a| a.person.phone)
                {
                    guard::sim(app, account, &phone).await?;
                }
                return Ok(CodeAnswer::Right(account));
            }
            Tried::Right { account: None, .. } | Tried::Gone => {}
            Tried::Wrong { tries_left: 0 } => {}
            Tried::Wrong { tries_left } => {
                let most =
                    if let CodeAnswer::Wrong { tries_left: other } = best { other.max(tries_left) } else { tries_left };
                best = CodeAnswer::Wrong { tries_left: most };
            }
        }
    }
    Ok(best)
}

/// Remembers in this browser's session that a contact of `account` was shown just now. Someone
/// signed in as that account keeps their level and is fresh again; someone signed in as another is
/// signed out, for a session speaks for one account only. It goes on under a new token, so that one
/// planted in this browser is worth nothing; answers the cookie to set.
pub async fn remember_proof(app: &App, visit: &Visit, account: AccountId) -> Result<HeaderValue, Trouble> {
    let now = app.now();
    guard::browser(app, visit, account).await?;
    visit
        .renew(app, |session| {
            session.proven_at = Some(now);
            if session.account != Some(account) {
                session.account = None;
                session.confirmed_at = None;
                session.level = Level::Code;
                session.proven_account = Some(account);
            }
        })
        .await
}

fn hash_of(app: &App, session: &[u8; 32], id: CodeId, purpose: &str, code: &str) -> [u8; 32] {
    app.keys.mac("code", &[session, &id.0, purpose.as_bytes(), code.as_bytes()])
}

/// The six digits of what was typed: spaces, hyphens and full-width digits are forgiven.
pub fn digits(typed: &str) -> Option<String> {
    let mut out = String::new();
    for c in typed.chars().take(64) {
        match c {
            '0'..='9' => out.push(c),
            '０'..='９' => out.push(char::from(b'0' + u8::try_from(c as u32 - '０' as u32).ok()?)),
            _ if c.is_whitespace() || matches!(c, '-' | '‐'..='—' | '－' | '−' | '.' | '·') => {}
            _ => return None,
        }
    }
    (out.len() == 6).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_are_typed() {
        for typed in ["123456", " 123 456\n", "123-456", "１２３４５６", "1 2 3 4 5 6", "123–456"] {
            assert_eq!(digits(typed).as_deref(), Some("123456"), "{typed}");
        }
        for typed in ["", "12345", "1234567", "12345a", "12345６7"] {
            assert_eq!(digits(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_page_carries_its_newest_codes() {
        let (a, b) = (CodeId([1; 16]), CodeId([2; 16]));
        assert_eq!(a.before(""), a.to_string());
        assert_eq!(b.before(&a.to_string()), format!("{b}.{a}"));
        assert_eq!(b.before(&format!("{b}.{a}.{a}.{a}.junk")).split('.').count(), AT_ONCE);
    }

    /// A version before kept no way with a code: one that is answered in the ten minutes of a change may have been texted.
    #[test]
    fn by_which_way_a_code_went_is_kept_with_it() {
        for way in [Contact::Email, Contact::Phone] {
            assert_eq!(Contact::of(&way.keeping("case:C7K4-M2QX-D"), "case:C7K4-M2QX-D"), Some(way));
            assert_eq!(Contact::of(&way.keeping("prove"), "case:C7K4-M2QX-D"), None);
        }
        assert_eq!(Contact::of("prove", "prove"), Some(Contact::Phone));
        for other in ["", "email:", "fax:prove", "email:email:prove", "recover"] {
            assert_eq!(Contact::of(other, "prove"), None, "{other}");
        }
    }
}
