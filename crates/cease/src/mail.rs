//! Mail that comes in. A message is kept as it came before anything is made of it, and put away on the
//! server only then; what it leads to goes through the one door.
//!
//! Nothing in a mail proves who sent it. Only the address that a letter of ours gave, with its code, leads
//! into a case, and as nobody in particular. Everything else is a declaration of somebody's, or waits for
//! the desk.

pub mod address;
pub mod dkim;
pub mod inbox;
mod intake;
mod number;

pub(crate) use intake::once;
pub use intake::{keep, open_from, original, pending, process};

/// Under what our letters are named, so that nobody else can say that one of them came back.
pub(crate) fn names(keys: &crate::keys::Keys) -> [u8; 32] {
    keys.mac("names of letters", &[])
}

#[cfg(test)]
mod tests;
