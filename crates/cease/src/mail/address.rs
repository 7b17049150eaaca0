//! The address by which an answer finds its case: `desk+c7k4m2qxd.CODE@…`. The code is a keyed hash, so
//! that nobody who knows or guesses a reference can write into a case.

use case::CaseRef;
use subtle::ConstantTimeEq;

use crate::app::App;

/// Crockford's digits in small letters; mail systems may change the case of letters.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Eighty bits.
const CODE: usize = 16;

/// Where answers about this case go; none where no mail is read.
pub fn of(app: &App, case: CaseRef) -> Option<String> {
    let (local, domain) = app.config.mail.inbox.address.split_once('@')?;
    Some(format!("{local}+{}.{}@{domain}", short(case), code(app, case)))
}

/// The case that one of these addresses is of.
pub fn case_of(app: &App, addresses: &[String]) -> Option<CaseRef> {
    addresses.iter().find_map(|address| {
        let (ours, our_domain) = app.config.mail.inbox.address.split_once('@')?;
        let (local, domain) = address.trim().rsplit_once('@')?;
        let (base, tag) = local.split_once('+')?;
        let (reference, given) = tag.split_once('.')?;
        let case: CaseRef = reference.parse().ok()?;
        let here = base.eq_ignore_ascii_case(ours) && domain.eq_ignore_ascii_case(our_domain);
        let given = given.to_ascii_lowercase();
        let right: bool = given.as_bytes().ct_eq(code(app, case).as_bytes()).into();
        (here && right).then_some(case)
    })
}

/// Whether a message says that it is from ourselves.
pub fn is_ours(app: &App, address: &str) -> bool {
    let plain = |address: &str| {
        let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
        let local = local.split('+').next().unwrap_or_default();
        format!("{local}@{domain}").to_lowercase()
    };
    let from = &app.config.mail.from;
    let from = from.rsplit_once('<').map_or(from.as_str(), |(_, address)| address.trim_end_matches('>'));
    let address = plain(address.trim());
    [app.config.mail.inbox.address.as_str(), from].iter().any(|own| !own.is_empty() && plain(own) == address)
}

fn short(case: CaseRef) -> String {
    case.to_string().replace('-', "").to_lowercase()
}

fn code(app: &App, case: CaseRef) -> String {
    let mac = app.keys.mac("mail reply address", &[&case.bits().to_be_bytes()]);
    let bits = mac.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    (0..CODE).map(|i| DIGITS[(bits >> (123 - 5 * i)) as usize & 31] as char).collect()
}
