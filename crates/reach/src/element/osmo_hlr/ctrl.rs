//! CTRL, OsmoHLR's control interface: a line of text in an IPA frame, answered under the same number.
//! A deletion that is refused may have any reason, so what counts is what is read afterwards.

pub(super) mod client;

use super::imsi::Imsi;
use super::ipa::Bad;

/// What the element says of somebody it does not have.
pub const UNKNOWN: &str = "No such subscriber.";

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    pub id: u64,
    pub said: Said<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// What the variable has, or has been set to.
    Value(&'a str),
    /// `ERROR`, in the element's words.
    Refused(&'a str),
}

/// Reads an answer; none where nobody asked (`TRAP`).
pub fn reply(bytes: &[u8]) -> Result<Option<Reply<'_>>, Bad> {
    let text = std::str::from_utf8(bytes).map_err(|_| Bad("CTRL: not text"))?;
    let (word, rest) = text.split_once(' ').ok_or(Bad("CTRL: one word"))?;
    let (number, rest) = rest.split_once(' ').ok_or(Bad("CTRL: two words"))?;
    let said = match word {
        "TRAP" => return Ok(None),
        "ERROR" => Said::Refused(rest),
        "GET_REPLY" | "SET_REPLY" => {
            Said::Value(rest.split_once(' ').ok_or(Bad("CTRL: a variable without its value"))?.1)
        }
        _ => return Err(Bad("CTRL: neither a reply nor an error")),
    };
    // `ERROR err …` answers a request that could not be read: not one of ours.
    let id = number.parse().map_err(|_| Bad("CTRL: an answer without a number"))?;
    Ok(Some(Reply { id, said }))
}

/// What `info` says of a subscriber. The database's own id is left out: it is given away again after a
/// deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    pub cs: bool,
    pub ps: bool,
    /// GSUP names of who serves the subscriber.
    pub vlr: Option<String>,
    pub sgsn: Option<String>,
}

impl Info {
    /// Reads the lines of `name TAB value`, and that they are about this subscriber.
    pub fn read(text: &str, imsi: &Imsi) -> Result<Self, Bad> {
        let value = |name: &str| text.split('\n').filter_map(|l| l.split_once('\t')).find(|l| l.0 == name).map(|l| l.1);
        if value("imsi") != Some(imsi.as_str()) {
            return Err(Bad("CTRL: another subscriber's info"));
        }
        let switch = |name: &str| match value(name) {
            Some("0") => Ok(false),
            Some("1") => Ok(true),
            _ => Err(Bad("CTRL: an info without its access mode")),
        };
        // A GSUP name has to fit into its element, with a NUL.
        let name = |name: &str| match value(name) {
            Some(name) if name.len() > 254 => Err(Bad("CTRL: a name that is too long")),
            name => Ok(name.filter(|name| !name.is_empty()).map(str::to_owned)),
        };
        Ok(Self { cs: switch("nam_cs")?, ps: switch("nam_ps")?, vlr: name("vlr_number")?, sgsn: name("sgsn_number")? })
    }

    pub fn may_attach(&self) -> bool {
        self.cs || self.ps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Taken down from a real OsmoHLR.
    const INFO: &str = "GET_REPLY 1 subscriber.by-imsi-001010000000001.info \nid\t1\nimsi\t001010000000001\n\
        msisdn\t491710000001\nnam_cs\t1\nnam_ps\t0\nvlr_number\tMSC-1\nms_purged_cs\t0\nms_purged_ps\t0\nlmsi\t00000000";

    #[test]
    fn what_osmo_hlr_says_is_read() {
        let Some(Reply { id: 1, said: Said::Value(value) }) = reply(INFO.as_bytes()).unwrap() else { panic!() };
        let info = Info::read(value, &Imsi::new("001010000000001").unwrap()).unwrap();
        assert_eq!(info, Info { cs: true, ps: false, vlr: Some("MSC-1".into()), sgsn: None });
        assert!(Info::read(value, &Imsi::new("001010000000002").unwrap()).is_err());
        let read = |text: &'static str| reply(text.as_bytes());
        assert_eq!(read("ERROR 4 No such subscriber."), Ok(Some(Reply { id: 4, said: Said::Refused(UNKNOWN) })));
        assert_eq!(read("SET_REPLY 5 subscriber.delete 6004"), Ok(Some(Reply { id: 5, said: Said::Value("6004") })));
        assert_eq!(read("TRAP 0 something happened"), Ok(None));
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for text in ["", "GET_REPLY", "GET_REPLY 1", "GET_REPLY 1 x", "ERROR err Missing ID", "ERROR -1 x", "GET 1 x y"]
        {
            assert!(reply(text.as_bytes()).is_err(), "{text}");
        }
        assert!(reply(b"ERROR 1 \xff").is_err());
        assert!(reply(b"ERROR 99999999999999999999999 x").is_err());
        for end in 0..INFO.len() {
            if let Ok(Some(Reply { said: Said::Value(value), .. })) = reply(&INFO.as_bytes()[..end]) {
                let cut = Info::read(value, &Imsi::new("001010000000001").unwrap());
                assert!(cut.is_err() || end > INFO.find("nam_ps").unwrap(), "{end}");
            }
        }
    }
}
