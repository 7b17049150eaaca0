//! The holder's side: one question a page, one clear action.

pub mod start;
