//! The holder's side: one question a page, one clear action.

pub mod account;
pub mod again;
pub mod before;
pub mod behalf;
pub mod check;
pub mod confirm;
pub mod data;
pub mod draft;
pub mod find;
pub mod form;
pub mod journey;
pub mod leaving;
pub mod legal;
pub mod lock;
pub mod passkeys;
pub mod password;
pub mod phrase;
pub mod recover;
pub mod sign_in;
pub mod start;
pub mod statement;
pub mod switching;
pub mod you;

#[cfg(test)]
mod prices;
#[cfg(test)]
mod tests;

#[cfg(test)]
mod no_loss;

#[cfg(test)]
mod friction;
