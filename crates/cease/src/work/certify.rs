//! Signs the certificate of a card that has ceased.

use case::{CardRecord, Case, Money, Outcome, Stage, Timestamp, mask};
use proof::{CardLine, Certificate, Fees, Hidden};
use reach::Failure;

use crate::app::App;
use crate::chance;
use crate::keys::{hex_of, sha256};

/// Builds and signs the certificate from what the case says was read back.
pub async fn certify(app: &App, case: &Case) -> Result<Outcome, Failure> {
    let retry = |e: store::StoreError| Failure::Retry(e.to_string());
    if !app.log.certifies() {
        let why = "the manifest does not let the key of certificates sign today: cease log rotate --certificate";
        return Err(Failure::Retry(why.into()));
    }
    let card = match &case.subscription {
        Some(subscription) => app.store.card(subscription.card).await.map_err(retry)?,
        None => None,
    };
    sign(app, case, card.as_ref(), app.now())
}

/// The same for a card that is in hand already, issued at that time.
pub fn sign(app: &App, case: &Case, card: Option<&CardRecord>, issued_at: Timestamp) -> Result<Outcome, Failure> {
    let (ceased_at, element, evidence) = match &case.stage {
        Stage::Ceased { at, element, evidence, .. } => (*at, element.clone(), evidence.clone()),
        Stage::Received { .. }
        | Stage::Review { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. }
        | Stage::Contested { .. } => return Err(Failure::GiveUp("the card has not ceased".into())),
    };
    let (kind, number) = match card {
        Some(card) => card.number(),
        None => (case.number.kind(), case.number.normalised()),
    };
    let masked = mask::digits(number);
    let certificate = Certificate {
        operator: app.config.desk.name.clone(),
        desk: app.config.desk.url.clone(),
        reference: case.reference.to_string(),
        card: CardLine { kind: kind.to_owned(), number: Hidden::new(number, masked, chance::bytes()) },
        holder: (!case.person.name.is_empty())
            .then(|| Hidden::new(&case.person.name, mask::initials(&case.person.name), chance::bytes())),
        declared_at: case.times.declared,
        received_at: case.times.received,
        contract_end: case.times.contract_end.unwrap_or(ceased_at),
        billing_end: case.times.billing_end,
        ceased_at,
        read_back_at: ceased_at,
        element,
        evidence,
        fees: Some(Fees { amount: fees(case).decimal(), currency: case.quote.total.currency.clone() }),
        journal_head: head(&case.chain),
        issued_at,
    };
    let signed = proof::sign(certificate, &app.keys.signing()).map_err(|e| Failure::GiveUp(e.to_string()))?;
    let file = String::from_utf8(signed.to_file()).map_err(|e| Failure::GiveUp(e.to_string()))?;
    Ok(Outcome::Certified { digest: hex_of(&sha256(file.as_bytes())), file })
}

/// What the last bill came to, where there is one already; else what was agreed to, which it never exceeds.
fn fees(case: &Case) -> &Money {
    case.bill.statement.as_ref().map_or(&case.quote.total, |statement| &statement.total)
}

/// A chain value as bytes.
pub fn head(chain: &str) -> [u8; 32] {
    let mut out = [0; 32];
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = chain.get(2 * i..2 * i + 2).and_then(|h| u8::from_str_radix(h, 16).ok()).unwrap_or(0);
    }
    out
}
