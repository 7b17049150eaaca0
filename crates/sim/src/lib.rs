//! What doubts: a whole desk (the real store, the one door, the workers, the inventory) lives
//! through years in a second, among faults, and a second opinion checks after every step that it
//! keeps its promises. One thread, one seed, virtual time: the same seed lives the same life, so a
//! failure can be lived again.
//!
//! [`run`](run::run) lives one life; [`checks`] says what is promised; [`fate`] draws every lot;
//! [`shim`], [`element`] and [`mail`] stand between the desk and the world and let go wrong what can;
//! [`bugs`] are the mistakes that the checks must be seen to catch.

pub mod bugs;
pub mod checks;
pub mod drain;
pub mod element;
pub mod far;
pub mod fate;
pub mod kill;
pub mod lots;
pub mod mail;
pub mod people;
pub mod run;
pub mod shim;
pub mod world;
