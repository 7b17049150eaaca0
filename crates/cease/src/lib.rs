//! What listens and drives: the pages, the command line, the one door to a case, and the workers
//! that carry out what is owed. Data walks one way: edge, act, decide, commit, out.

#[macro_use]
pub mod words;

pub mod account;
pub mod act;
pub mod app;
pub mod assets;
pub mod certificate;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod clocks;
pub mod config;
pub mod contact;
pub mod evidence;
pub mod export;
pub mod fakes;
pub mod fees;
pub mod files;
pub mod guard;
pub mod hallmark;
pub mod index;
pub mod inventory;
pub mod keeping;
pub mod keys;
pub mod live;
pub mod log;
pub mod mail;
pub mod network;
pub mod official;
pub mod paper;
pub mod password;
pub mod receipt;
pub mod reports;
pub mod returns;
pub mod rules;
pub mod sms;
pub mod startup;
#[cfg(test)]
pub mod testing;
pub mod voice;
pub mod watch;
pub mod web;
pub mod work;
