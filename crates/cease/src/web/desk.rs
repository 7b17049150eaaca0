//! The agent's side: list, case, context.

pub mod queue;
pub mod sign_in;
