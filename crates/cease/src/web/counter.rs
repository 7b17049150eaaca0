//! The holder's side: one question a page, one clear action.

pub mod account;
pub mod confirm;
pub mod draft;
pub mod recover;
pub mod sign_in;
pub mod start;
