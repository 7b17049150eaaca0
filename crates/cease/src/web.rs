//! The pages: the counter for holders, the desk for staff, and what they share.

pub mod access;
mod carrier;
pub mod case;
pub mod channels;
pub mod chart;
pub mod chat;
mod codes;
pub mod counter;
pub mod demo;
pub mod desk;
pub mod es2plus;
mod even;
pub mod help;
pub mod hotline;
mod lifeline;
pub mod log;
pub mod machines;
pub mod next;
mod origin;
pub mod page;
pub mod parts;
mod patience;
mod porting;
pub mod posted;
pub mod records;
pub mod report;
pub mod routes;
pub mod rules;
pub mod server;
mod stay;
mod struck;
pub mod trouble;
pub mod unsent;
pub mod visit;
pub mod voice;
mod webhook;

pub use page::{Page, html};
pub use posted::{Posted, PostedFile};
pub use routes::router;
pub use trouble::{Answer, Trouble};
pub use visit::Visit;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod canary;
mod check;
#[cfg(test)]
mod timing;
#[cfg(test)]
mod walk;
