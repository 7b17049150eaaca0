//! Finding cards by what is printed on them.

use case::identify::{Iccid, Identifier};

use crate::rows::CARD;
use crate::value::Value;

/// The statement that finds the cards that answer to a number, at most ten. They are put in order by a sum (`+ 0`, here
/// and elsewhere), so that no planner goes through all cards in that order instead of through the index of the number.
pub(crate) fn query(number: &Identifier) -> (&'static str, Vec<Value>) {
    let text = number.normalised();
    let exact = || vec![Value::from(text)];
    match number {
        Identifier::Iccid(iccid) => {
            let sql = concat!(CARD!(), " WHERE iccid_reversed IN ($1, $2, $3) ORDER BY id + 0 LIMIT 10");
            let same = same_card(iccid).map(|written| written.map_or(Value::Null, |w| reversed(&w).into()));
            (sql, same.to_vec())
        }
        Identifier::PartialIccid(_) => {
            let sql = concat!(
                CARD!(),
                " WHERE iccid_reversed >= $1 AND iccid_reversed < $2 ORDER BY iccid_reversed, id LIMIT 10"
            );
            let from = reversed(text);
            // A number goes on with digits, all of which come before the colon.
            let to = format!("{from}:");
            (sql, vec![from.into(), to.into()])
        }
        Identifier::Eid(_) => (concat!(CARD!(), " WHERE eid = $1 ORDER BY id + 0 LIMIT 10"), exact()),
        Identifier::Imei(_) => (concat!(CARD!(), " WHERE imei = $1 ORDER BY id + 0 LIMIT 10"), exact()),
        Identifier::Imsi(_) => (concat!(CARD!(), " WHERE imsi = $1 ORDER BY id + 0 LIMIT 10"), exact()),
        Identifier::Msisdn(_) => (concat!(CARD!(), " WHERE msisdn = $1 ORDER BY id + 0 LIMIT 10"), exact()),
        Identifier::Serial(_) => (concat!(CARD!(), " WHERE serial = $1 ORDER BY id + 0 LIMIT 10"), exact()),
        // Ids are never negative: no card answers to no number.
        Identifier::NotGiven => (concat!(CARD!(), " WHERE id = $1"), vec![Value::Int(-1)]),
    }
}

pub(crate) fn reversed(number: &str) -> String {
    number.chars().rev().collect()
}

/// The ways in which one card's ICCID may stand in the records: as given, with its check digit, without it.
fn same_card(iccid: &Iccid) -> [Option<String>; 3] {
    let given = iccid.as_str();
    let same = |other: String| other.parse::<Iccid>().ok().filter(|o| iccid.same_card(o)).map(|_| other);
    let longer = (0..10).find_map(|digit| same(format!("{given}{digit}")));
    let shorter = given.char_indices().last().and_then(|(last, _)| same(given[..last].to_owned()));
    [Some(given.to_owned()), longer, shorter]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iccid_is_looked_for_with_and_without_its_check_digit() {
        let full: Iccid = "8988211000000530082".parse().unwrap();
        let short: Iccid = "898821100000053008".parse().unwrap();
        assert!(same_card(&full).contains(&Some(short.as_str().to_owned())));
        assert!(same_card(&short).contains(&Some(full.as_str().to_owned())));
    }
}
