//! What can be signed. Plain strings and times, so that this crate need not know the domain and a
//! file still reads when the domain has moved on.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The one envelope's content. In JSON the variant is the field `format`, which comes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format")]
pub enum Document {
    #[serde(rename = "cease/certificate/v1")]
    Certificate(Box<Certificate>),
    #[serde(rename = "cease/receipt/v1")]
    Receipt(Receipt),
    #[serde(rename = "cease/erasure/v1")]
    Erasure(Box<Erasure>),
}

/// The formats of [`Document`], as they stand in a file.
pub(crate) const FORMATS: [&str; 3] = ["cease/certificate/v1", "cease/receipt/v1", "cease/erasure/v1"];

impl Document {
    /// When it was signed, by its own word.
    pub fn signed_at(&self) -> Timestamp {
        match self {
            Document::Certificate(certificate) => certificate.issued_at,
            Document::Receipt(receipt) => receipt.issued_at,
            Document::Erasure(erasure) => erasure.erased_at,
        }
    }
}

/// What an operator certifies once the network has been read back. All times are UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The operator's name, as its customers know it.
    pub operator: String,
    /// The desk's public address: URL or host name.
    pub desk: String,
    /// The case's public reference, like `C7K4-M2QX-1`.
    pub reference: String,
    /// The card that has ended.
    pub card: CardLine,
    /// The holder's name, hidden like the card's number; absent where the case has none.
    pub holder: Option<Hidden>,
    /// When the holder declared, by their own account or the postmark.
    pub declared_at: Timestamp,
    /// When the declaration reached the operator, from which it is effective.
    pub received_at: Timestamp,
    /// When the contract ends.
    pub contract_end: Timestamp,
    /// When charging ends, where that is a fact of its own.
    pub billing_end: Option<Timestamp>,
    /// When the network ceased the card.
    pub ceased_at: Timestamp,
    /// When that was read back from the element.
    pub read_back_at: Timestamp,
    /// The element that was read back, like `inventory`.
    pub element: String,
    /// What was read there, like `state=ceased`.
    pub evidence: String,
    /// What the holder paid for ending the contract; absent where fees do not apply.
    pub fees: Option<Fees>,
    /// SHA-256: head of the case's journal chain, which commits the operator to the whole history.
    #[serde(with = "hex::serde")]
    pub journal_head: [u8; 32],
    /// When this certificate was issued.
    pub issued_at: Timestamp,
}

/// The promise given when a declaration is stored: with it, a later omission can be shown. UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The operator's name, as its customers know it.
    pub operator: String,
    /// The desk's public address: URL or host name.
    pub desk: String,
    /// The case's public reference, like `C7K4-M2QX-1`.
    pub reference: String,
    /// SHA-256 of the declaration as it was stored.
    #[serde(with = "hex::serde")]
    pub content: [u8; 32],
    /// When the holder declared, by their own account or the postmark.
    pub declared_at: Timestamp,
    /// When the declaration reached the operator, from which it is effective.
    pub received_at: Timestamp,
    /// By when it is carried out, or refused with a reason.
    pub deadline: Timestamp,
    /// When this receipt was issued.
    pub issued_at: Timestamp,
}

/// What an operator certifies once it has erased all that it had of a case. It names nobody, so that it can stay. UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The operator's name, as its customers know it.
    pub operator: String,
    /// The desk's public address: URL or host name.
    pub desk: String,
    /// The case's public reference, for whoever knows it.
    pub case: Hidden,
    /// What had become of it: `closed`, `refused`, `withdrawn`.
    pub ended: String,
    /// By which rule.
    pub rule: Ground,
    /// When the holder was told that it would be.
    pub told_at: Timestamp,
    /// What was erased, by class.
    pub erased: Vec<Gone>,
    /// What stays, and why.
    pub left: Vec<Stays>,
    /// SHA-256: head of the case's journal chain as it was, which seals what has been withheld.
    #[serde(with = "hex::serde")]
    pub journal_head: [u8; 32],
    /// When it was erased.
    pub erased_at: Timestamp,
}

/// The rule by which something is kept for a time and then not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// The ground on which it was kept, in the operator's words.
    pub basis: String,
    /// The law or guidance that the operator's rules cite.
    pub source: String,
    /// Days from the last thing that happened.
    pub days: u32,
}

/// So many of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    /// Such as `entries`, `files`, `mails`, `keys`.
    pub class: String,
    pub items: u32,
}

/// What stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stays {
    /// Such as `dates`, `log-leaves`, `account`.
    pub what: String,
    pub why: String,
}

/// Which card: its number is shown masked and committed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardLine {
    /// What sort of number it is: `iccid`, `eid`, `imei`, `serial`, `msisdn`.
    pub kind: String,
    /// The number, in the normal form of its kind.
    pub number: Hidden,
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// Decimal amount in the currency's main unit, like `12.50`.
    pub amount: String,
    /// ISO 4217 code, like `GBP`.
    pub currency: String,
}

/// A text that the reader does not see but whoever knows it can check.
///
/// The salt stands in the file, so that the holder needs nothing else. Whoever has the file can
/// therefore try all likely texts: this keeps a number from being read or indexed, not from being
/// guessed. A file is the holder's to hand out, never ours to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hidden {
    /// What is shown instead, like `8944 •••• 0001` or `L** W**`.
    pub masked: String,
    /// 16 random bytes, new for each text.
    #[serde(with = "hex::serde")]
    pub salt: [u8; 16],
    /// [`commit`] of salt and text.
    #[serde(with = "hex::serde")]
    pub commitment: [u8; 32],
}

impl Hidden {
    /// Hides `text`, which must be in a normal form: another spelling does not match later.
    pub fn new(text: &str, masked: impl Into<String>, salt: [u8; 16]) -> Self {
        Self { masked: masked.into(), salt, commitment: commit(&salt, text) }
    }

    /// Whether `text` (in its normal form) is what was hidden. Takes the same time for every text
    /// of a length.
    pub fn matches(&self, text: &str) -> bool {
        keyed(&self.salt, text).verify_slice(&self.commitment).is_ok()
    }
}

/// HMAC-SHA-256 (RFC 2104) of the UTF-8 text with the salt as key.
pub fn commit(salt: &[u8; 16], text: &str) -> [u8; 32] {
    keyed(salt, text).finalize().into_bytes().into()
}

fn keyed(salt: &[u8; 16], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac
}

impl From<Certificate> for Document {
    fn from(certificate: Certificate) -> Self {
        Self::Certificate(Box::new(certificate))
    }
}

impl From<Receipt> for Document {
    fn from(receipt: Receipt) -> Self {
        Self::Receipt(receipt)
    }
}

impl From<Erasure> for Document {
    fn from(erasure: Erasure) -> Self {
        Self::Erasure(Box::new(erasure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_is_plain_hmac_sha256() {
        // printf 8944… | openssl dgst -sha256 -mac hmac -macopt hexkey:000102…0f
        assert_eq!(
            hex::encode(commit(&std::array::from_fn(|i| i as u8), "8944110068450000019")),
            "1b44719b8e5381703d20da11dff8e5294735f4ce21e0113d19021b0774f07eb2"
        );
    }

    #[test]
    fn only_the_same_text_under_the_same_salt_matches() {
        let hidden = Hidden::new("李伟", "李*", [7; 16]);
        assert!(hidden.matches("李伟"));
        for other in ["李伟 ", "李", "", "龘"] {
            assert!(!hidden.matches(other), "{other:?}");
        }
        let moved = Hidden { salt: [8; 16], ..hidden };
        assert!(!moved.matches("李伟"));
    }
}
