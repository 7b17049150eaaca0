//! A hotline: calls by SIP, their sound, the menu they go through, and what is said in two languages. It knows no case
//! and no card: what a caller's keys lead to is asked of whoever drives it.

pub mod hotline;
pub mod media;
pub mod menu;
pub mod sdp;
pub mod sip;
pub mod sound;
pub mod speak;
