//! Where OsmoHLR listens and how long it is waited for.

use serde::{Deserialize, Serialize};

/// `[network.osmo_hlr]`; what is left out is as OsmoHLR has it on this machine. The three protocols are
/// neither encrypted nor signed in to: they belong on loopback or in the operator's own network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    pub ctrl: String,
    pub vty: String,
    pub gsup: String,
    /// Our name among the HLR's peers. Further processes of the desk add `-2`, `-3` and so on to it.
    pub name: String,
    /// Milliseconds for one exchange, connecting included.
    pub timeout_ms: u64,
    /// Minutes for which a card is not deleted while an MSC or SGSN that serves it is not connected to the
    /// HLR, and so cannot be told; then it is deleted all the same, and the evidence says so.
    pub absent_minutes: u32,
    /// Whether cards on record without an IMSI are none of this HLR's, and pass it by. Otherwise a person must look:
    /// without the number nobody can say that such a card is gone from here.
    pub cards_without_imsi_are_elsewhere: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ctrl: "127.0.0.1:4259".into(),
            vty: "127.0.0.1:4258".into(),
            gsup: "127.0.0.1:4222".into(),
            name: "CEASE-DESK".into(),
            timeout_ms: 5_000,
            absent_minutes: 60,
            cards_without_imsi_are_elsewhere: false,
        }
    }
}

impl Settings {
    /// What cannot work, with the way to mend it.
    pub fn check(&self) -> Result<(), String> {
        for (name, address, port) in [("ctrl", &self.ctrl, 4259), ("vty", &self.vty, 4258), ("gsup", &self.gsup, 4222)]
        {
            let sound = |(host, port): (&str, &str)| !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p != 0);
            if !address.rsplit_once(':').is_some_and(sound) {
                return Err(format!("{name} must be an address and a port, such as 127.0.0.1:{port}"));
            }
        }
        let sound = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if !(1..=40).contains(&self.name.len()) || !self.name.bytes().all(sound) {
            return Err("name has 1 to 40 letters, digits, hyphens, dots and underscores".into());
        }
        // A cease has half a dozen exchanges, and its worker two minutes.
        if !(50..=15_000).contains(&self.timeout_ms) {
            return Err("timeout_ms must be from 50 to 15000".into());
        }
        if self.absent_minutes > 7 * 24 * 60 {
            return Err("absent_minutes must be a week (10080) or less".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn what_cannot_work_is_named() {
        let why = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().err().unwrap_or_default()
        };
        assert_eq!(why(|_| {}), "");
        assert_eq!(why(|s| s.ctrl = "hlr.example:4259".into()), "");
        assert_eq!(why(|s| s.ctrl = "[::1]:4259".into()), "");
        assert!(why(|s| s.ctrl = "4259".into()).starts_with("ctrl must be"));
        assert!(why(|s| s.vty = "hlr:telnet".into()).starts_with("vty must be"));
        assert!(why(|s| s.gsup = ":4222".into()).starts_with("gsup must be"));
        assert!(why(|s| s.gsup = "hlr:0".into()).starts_with("gsup must be"));
        for name in ["", "A B", "CEASE\0", "注销台"] {
            let settings = Settings { name: name.into(), ..Settings::default() };
            assert!(settings.check().unwrap_err().starts_with("name has"), "{name}");
        }
        assert!(why(|s| s.timeout_ms = 0).starts_with("timeout_ms"));
        assert!(why(|s| s.timeout_ms = 60_000).starts_with("timeout_ms"));
        assert!(why(|s| s.absent_minutes = u32::MAX).starts_with("absent_minutes"));
    }
}
