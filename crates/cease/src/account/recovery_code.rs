//! Recovery codes: ten of eighty bits, for who has lost their authenticator. Each stands in once for its code, at
//! sign-in, on confirming and in the recovery of a password. Shown once and kept as keyed hashes; new ones end the old.

use case::AccountId;
use store::Account;

use super::limits::{DAY, quietly};
use super::notice::{self, Notice};
use super::{audit, sessions, totp};
use crate::app::App;
use crate::chance;
use crate::web::{Trouble, Visit};

pub const MANY: usize = 10;
const LENGTH: usize = 16;
/// Crockford's: no letter that is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Makes new ones and ends the old; the account is signed out elsewhere and told.
pub async fn new_recovery_codes(app: &App, visit: &Visit, account: &Account) -> Result<Vec<String>, Trouble> {
    let codes: Vec<String> = (0..MANY).map(|_| draw()).collect();
    let hashes = codes.iter().map(|code| hash(app, account.id, &code.replace('-', ""))).collect();
    app.store.put_recovery_codes(account.id, hashes).await?;
    notice::notify(app, account, Notice::RecoveryCodesNew).await?;
    sessions::end_others(app, visit, account.id).await?;
    audit(app, Some(account.id), Notice::RecoveryCodesNew.act(), "").await?;
    Ok(codes)
}

pub(super) async fn forget(app: &App, account: AccountId) -> Result<(), Trouble> {
    Ok(app.store.put_recovery_codes(account, Vec::new()).await?)
}

/// Takes what was typed as a second factor: the authenticator's code of this moment, or a recovery code. Both count
/// against one limit.
pub(super) async fn take_either(app: &App, account: &Account, typed: &str) -> Result<bool, Trouble> {
    let Some(code) = read(typed) else { return totp::take(app, account, typed).await };
    if !quietly(app, &format!("totp:try:{}", account.id), DAY, 60).await? {
        return Ok(false);
    }
    if !app.store.spend_recovery_code(account.id, &hash(app, account.id, &code)).await? {
        return Ok(false);
    }
    notice::notify(app, account, Notice::RecoveryCodeUsed).await?;
    audit(app, Some(account.id), Notice::RecoveryCodeUsed.act(), "").await?;
    Ok(true)
}

fn hash(app: &App, account: AccountId, code: &str) -> [u8; 32] {
    app.keys.mac("recovery-code", &[&account.key().to_be_bytes(), code.as_bytes()])
}

fn draw() -> String {
    let bits = chance::bytes::<10>().iter().fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
    let symbol = |i: usize| char::from(ALPHABET[(bits >> (75 - 5 * i) & 31) as usize]);
    let code: Vec<char> = (0..LENGTH).map(symbol).collect();
    code.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// The code in what was typed, however it was typed; none where it cannot be one.
pub(super) fn read(typed: &str) -> Option<String> {
    let mut code = String::new();
    for c in typed.chars().take(64) {
        let plain = match c {
            '！'..='～' => char::from_u32(c as u32 - 0xfee0)?,
            c => c,
        };
        match plain.to_ascii_uppercase() {
            'O' => code.push('0'),
            'I' | 'L' => code.push('1'),
            c if c.is_ascii() && ALPHABET.contains(&(c as u8)) => code.push(c),
            c if c.is_whitespace() || matches!(c, '-' | '‐'..='—' | '−' | '.' | '·') => {}
            _ => return None,
        }
    }
    (code.len() == LENGTH).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_are_typed() {
        for typed in [
            "7K4M-Q2XD-9B3W-T501",
            " 7k4m q2xd 9b3w t5oi ",
            "7K4MQ2XD9B3WT50L",
            "７Ｋ４Ｍ－Ｑ２ＸＤ－９Ｂ３Ｗ－Ｔ５０１",
            "7K4M–Q2XD–9B3W–T501\n",
        ] {
            assert_eq!(read(typed).as_deref(), Some("7K4MQ2XD9B3WT501"), "{typed}");
        }
        for typed in ["", "123456", "7K4M-Q2XD-9B3W-T50", "7K4M-Q2XD-9B3W-T5011", "7K4M-Q2XD-9B3W-T50U", "…"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    #[test]
    fn no_two_are_alike_and_each_reads_as_itself() {
        let codes: std::collections::BTreeSet<String> = (0..1_000).map(|_| draw()).collect();
        assert_eq!(codes.len(), 1_000);
        assert!(codes.iter().all(|code| read(code) == Some(code.replace('-', "")) && code.len() == 19));
        let used: std::collections::BTreeSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(used.len(), 33, "every symbol is drawn");
    }
}
