//! What the operator puts its name to: certificates and receipts that a stranger can check offline,
//! years later, without asking the operator. Kept small enough to audit: no I/O, no clock, no
//! randomness (seeds, salts and times are arguments).
//!
//! # The file
//!
//! ```text
//! {
//!   "document": { "format": "cease/certificate/v1", … },
//!   "key": "desk.example+c74f20a3+ARpc2Q…",
//!   "signature": "…"
//! }
//! ```
//!
//! UTF-8 JSON, two-space indent, LF, one LF at the end, in exactly this order. The Ed25519 signature
//! (RFC 8032) covers the line `cease/document/v1` followed by every byte of the file that stands
//! before the line `"signature"`. So it binds the key and its name as well as the document, nothing
//! need be parsed before it is checked, and anybody can check it without this crate: sign-check
//! `{ echo cease/document/v1; head -n -2 FILE; }` with the last 32 bytes of the key's base64 part.
//!
//! This envelope is promised for all versions; what a version changes is the document.
//!
//! # The log
//!
//! [`log`] holds the public, append-only log in which every certificate leaves a mark that names nobody, and the
//! [bundle](log::bundle) that proves it: a stranger needs the operator's root key and nothing else.
#![forbid(unsafe_code)]

pub mod code;
mod document;
pub mod judge;
mod key;
pub mod log;
mod signed;

pub use document::{CardLine, Certificate, Document, Erasure, Fees, Gone, Ground, Hidden, Receipt, Stays, commit};
pub use key::{KeyError, PublicKey, SigningKey};
pub use log::bundle::verify as verify_bundle;
pub use signed::{MAX_FILE, Signed, TooLarge, Verdict, Why, WhyNot, sign, verify};
