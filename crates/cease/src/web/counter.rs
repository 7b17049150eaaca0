//! The holder's side: one question a page, one clear action.

pub mod draft;
pub mod start;
