//! Mail, both ways. `out` hands letters to a server, signed as `dkim` says; `inbox` is the mailbox
//! that answers come to, by `imap`; `read` makes of a message what the desk can work with, whatever
//! its sender put into it.

pub mod dkim;
pub mod imap;
pub mod inbox;
mod mime;
mod out;
pub mod read;

pub(crate) use out::sound;
pub use out::{Smtp, message_id};

use crate::Failure;

fn never(why: &str) -> Failure {
    Failure::GiveUp(why.to_owned())
}

/// Whether a host is this machine, so that nothing leaves it in the clear.
fn is_here(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}
