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

pub(crate) fn never(why: &str) -> Failure {
    Failure::GiveUp(why.to_owned())
}

/// Whether a host is this machine, so that nothing leaves it in the clear.
pub(crate) fn is_here(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

/// What a URL's user and password stand for.
pub(crate) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|h| u8::from_str_radix(std::str::from_utf8(h).unwrap_or_default(), 16).ok());
        match (byte, hex) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                rest = &after[2..];
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}
