//! The signed receipt: what an operator promises the moment a declaration is stored, so that its
//! leaving it out later can be shown. The same declaration always gives the same bytes: the page, the
//! file and the attachment of the mail are one document.

use case::way::{Code, Moving, Unused};
use case::{Case, Declaration, Event, Lang, Policy, Timestamp};
use jiff::SignedDuration;
use serde_json::Value;
use store::StoreError;

use crate::app::App;
use crate::keys::sha256;
use crate::words::{self, Words};

/// The receipt of a case as a file.
pub async fn file(app: &App, case: &Case) -> Result<Vec<u8>, StoreError> {
    let receipt = of(app, case).await?;
    let signed = proof::sign(receipt, &app.keys.signing()).map_err(|e| StoreError::Engine(e.to_string()))?;
    Ok(signed.to_file())
}

/// What the file is called where it is kept.
pub fn file_name(case: &Case) -> String {
    format!("cease-receipt-{}.json", case.reference)
}

/// The day from which a letter counts, where that is not the one on which somebody typed it in.
pub fn counts_from(case: &Case) -> Option<Timestamp> {
    let from = case.counts_from();
    crate::certificate::apart(from, case.times.received).then_some(from)
}

/// What was declared, beside the card, the day and the price, in our own words: its kind and what became of that, the move,
/// the earliest end that the rules allow, and the button that was pressed. Some laws want a confirmation on a durable
/// medium to say it (§ 312k (4) BGB; Directive 2011/83/EU, art. 11a (4)).
pub fn content_rows(l: &Words, lang: Lang, policy: &Policy, case: &Case) -> Vec<(String, String)> {
    let way = &case.declaration.way;
    let mut rows = Vec::new();
    if !way.kind.is_ordinary() {
        rows.push((fl!(l, "ways-kind"), l.get(&format!("ways-kind-{}", way.kind.name()))));
    }
    if let Some(not_upheld) = &case.ways.not_upheld {
        let at = words::moment(lang, not_upheld.at, &policy.zone());
        rows.push((fl!(l, "ways-counts"), fl!(l, "ways-counts-ordinary", at = at)));
    }
    rows.extend(moving_said(l, way.moving));
    if !way.is_plain() {
        rows.extend(
            ends(policy, case, case.proven)
                .map(|end| (fl!(l, "ways-receipt-end"), words::end(lang, end, &policy.zone()))),
        );
    }
    rows.extend(way.button.as_ref().map(|button| (fl!(l, "ways-button"), format!("“{button}”"))));
    rows
}

/// When the contract ends, as it was decided or as the rules allow at the earliest. Until when a contract binds is its
/// holder's to know.
pub fn ends(policy: &Policy, case: &Case, known: bool) -> Option<Timestamp> {
    case.times.contract_end.or_else(|| {
        let (received, term) = (case.times.received, case.minimum_term_ends.filter(|_| known));
        policy.times(&case.as_it_counts(), received, term, received).contract_end
    })
}

/// A move as it is said again: which code, and what becomes of one that is not used; label and value of each.
pub fn moving_said(l: &Words, moving: Option<Moving>) -> Vec<(String, String)> {
    let Some(Moving { code, unused, .. }) = moving else { return Vec::new() };
    let code = match code {
        Code::Pac => fl!(l, "ways-moving-pac"),
        Code::Stac => fl!(l, "ways-moving-stac"),
    };
    let unused = match unused {
        Unused::Lapse => fl!(l, "ways-unused-lapse"),
        Unused::Cancel => fl!(l, "ways-unused-cancel"),
    };
    vec![(fl!(l, "ways-switching-title"), code), (fl!(l, "ways-unused"), unused)]
}

/// The promise itself.
pub async fn of(app: &App, case: &Case) -> Result<proof::Receipt, StoreError> {
    // As it was found on receipt; a number mended later must not change what was promised.
    let first = app.store.entries(case.reference, 0, 1).await?;
    let term = first.iter().flat_map(|entry| &entry.events).find_map(|event| {
        if let Event::Attributed { minimum_term_ends, .. } = event { Some(*minimum_term_ends) } else { None }
    });
    let received = case.times.received;
    Ok(proof::Receipt {
        operator: app.config.desk.name.clone(),
        desk: app.config.desk.url.clone(),
        reference: case.reference.to_string(),
        content: content(&case.declaration)?,
        declared_at: case.times.declared,
        received_at: received,
        deadline: deadline(app.policy.of(case), &case.declaration, received, term.flatten()),
        issued_at: received,
    })
}

/// SHA-256 over the declaration's canonical JSON.
fn content(declaration: &Declaration) -> Result<[u8; 32], StoreError> {
    Ok(sha256(canonical(declaration)?.as_bytes()))
}

/// The declaration as JSON with its keys sorted and no space: what the receipt's digest is of.
pub fn canonical(declaration: &Declaration) -> Result<String, StoreError> {
    let value = serde_json::to_value(declaration).map_err(|e| StoreError::Engine(e.to_string()))?;
    Ok(sorted(value).to_string())
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<(String, Value)> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

/// By when it is carried out or refused with a reason: the holder's time to give what is missing, then
/// the desk's to decide; and not before the contract can end at all. A letter's days run from the one on which it came:
/// where they were over before somebody typed it in, it is due at once.
fn deadline(policy: &Policy, declaration: &Declaration, received: Timestamp, term: Option<Timestamp>) -> Timestamp {
    let later = |at: Timestamp, by: SignedDuration| at.saturating_add(by).unwrap_or(Timestamp::MAX);
    // Whoever moves has as long as a code is good.
    let from = declaration.counts_from(received);
    let code = declaration.way.moving.and_then(|_| policy.code_until(from));
    let decided = policy.promised(code.unwrap_or_else(|| later(from, policy.patience())));
    let end = policy.times(declaration, received, term, received).contract_end.unwrap_or(from);
    later(decided.max(end), policy.contest()).max(received)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn canonical_json_does_not_depend_on_the_order_of_fields() {
        let one = sorted(json!({"b": [{"y": 1, "x": 2}], "a": "龘"})).to_string();
        assert_eq!(one, r#"{"a":"龘","b":[{"x":2,"y":1}]}"#);
    }
}
