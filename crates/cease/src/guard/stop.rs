//! "That wasn't me", by a link: whoever reads a letter of ours can stop what it is about with one tap and without
//! signing in, because whoever has lost their account has nothing to sign in with.
//!
//! A link is good for one thing, one case or one account, and needs nothing to be remembered: it is checked by
//! the desk's own key. Opening it changes nothing, since scanners of mail open everything; its button does.

use case::{AccountId, CaseRef, Timestamp};
use jiff::SignedDuration;
use subtle::ConstantTimeEq;

use crate::app::App;

/// Characters of a code: fifty bits, few enough to be typed from a text message.
const LENGTH: usize = 10;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How long the link to an account is good, which can be tapped more than once.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What a link stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// This case, for as long as there is anything to stop.
    Case(CaseRef),
    /// Every case of an account, which is locked; good for a week.
    Account(AccountId),
}

/// The code of a case, as a text message has it.
pub fn code(app: &App, reference: CaseRef) -> String {
    letters(&app.keys.mac("stop-case", &[reference.to_string().as_bytes()]))
}

fn account_code(app: &App, account: AccountId, hour: i64) -> String {
    let mac = app.keys.mac("stop-account", &[&account.key().to_be_bytes(), &hour.to_be_bytes()]);
    mac.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

fn letters(mac: &[u8; 32]) -> String {
    mac.iter().take(LENGTH).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// The address of a case's link.
pub fn case_link(url: &str, reference: CaseRef, code: &str) -> String {
    format!("{}/stop/{reference}.{code}", url.trim_end_matches('/'))
}

/// The address of an account's link, as of now.
pub fn account_link(app: &App, account: AccountId) -> String {
    let hour = app.now().as_second() / 3_600;
    let url = app.config.desk.url.trim_end_matches('/');
    format!("{url}/stop/{:x}.{hour:x}.{}", account.key(), account_code(app, account, hour))
}

/// What a token stops; none where it is not ours, or too old.
pub fn read(app: &App, token: &str) -> Option<Stop> {
    let parts: Vec<&str> = token.split('.').collect();
    match parts.as_slice() {
        [reference, given] => {
            let reference: CaseRef = reference.parse().ok()?;
            same(&code(app, reference), given).then_some(Stop::Case(reference))
        }
        [account, hour, given] => {
            let account = AccountId::from_bits(u64::from_str_radix(account, 16).ok()?);
            let hour = i64::from_str_radix(hour, 16).ok()?;
            let issued = Timestamp::from_second(hour.checked_mul(3_600)?).ok()?;
            let age = app.now().duration_since(issued);
            let young = (SignedDuration::ZERO..LIFE).contains(&age);
            (same(&account_code(app, account, hour), given) && young).then_some(Stop::Account(account))
        }
        _ => None,
    }
}

/// As people type it: small letters, spaces and hyphens, and what looks alike.
fn same(code: &str, given: &str) -> bool {
    let given: String = given
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    code.as_bytes().ct_eq(given.as_bytes()).into()
}
