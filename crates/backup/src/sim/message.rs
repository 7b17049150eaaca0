//! A message as the SIM keeps it (TS 51.011, 10.5.3): a status, the service centre, and the message as it went through
//! the air (TS 23.040, 9.2). Long ones come in parts and are put together again.

use serde::Serialize;

use super::alphabet::{gsm7, ucs2, unpack};
use super::apdu::digits;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    Received,
    /// Sent, or written and not sent.
    Sent,
}

/// What one record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    way: Way,
    with: String,
    /// As the service centre wrote it; the SIM keeps no time of what is sent.
    at: Option<String>,
    unread: bool,
    text: String,
    /// Reference, how many, which one.
    of: Option<(u16, u8, u8)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    pub way: Way,
    /// Whom it came from or went to.
    pub with: String,
    /// Local time with its distance from UTC (ISO 8601).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    pub unread: bool,
    pub text: String,
    /// Parts of a long message that are not on the SIM; each stands as `[…]` in the text.
    pub missing: u8,
}

const CUT: &str = "a message that is cut off";

/// Reads on, octet by octet.
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn one(&mut self) -> Result<u8, &'static str> {
        self.many(1).map(|octets| octets[0])
    }

    fn many(&mut self, n: usize) -> Result<&'a [u8], &'static str> {
        let (now, then) = self.0.split_at_checked(n).ok_or(CUT)?;
        self.0 = then;
        Ok(now)
    }

    /// TS 23.040, 9.1.2.5: the length counts half octets.
    fn address(&mut self) -> Result<String, &'static str> {
        let len = usize::from(self.one()?);
        let kind = self.one()?;
        let octets = self.many(len.div_ceil(2))?;
        Ok(match kind >> 4 & 7 {
            5 => gsm7(unpack(octets, 0, len * 4 / 7)),
            1 => format!("+{}", digits(octets)),
            _ => digits(octets),
        })
    }

    /// TS 23.040, 9.2.3.11: swapped half octets; the last is the distance from UTC in quarters of an hour.
    fn time(&mut self) -> Result<Option<String>, &'static str> {
        let octets = self.many(7)?;
        let number = |octet: u8| (octet & 0x0f) * 10 + (octet >> 4);
        let [year, month, day, hour, minute, second] = [0, 1, 2, 3, 4, 5].map(|n| number(octets[n]));
        let quarters = number(octets[6] & 0xf7);
        let sign = if octets[6] & 0x08 == 0 { '+' } else { '-' };
        let likely = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
        let century = if year >= 90 { 19 } else { 20 };
        Ok((likely && year < 100 && quarters <= 56).then(|| {
            let (hours, minutes) = (quarters / 4, quarters % 4 * 15);
            format!(
                "{century}{year:02}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{hours:02}:{minutes:02}"
            )
        }))
    }
}

/// None for a free record.
pub fn read(record: &[u8]) -> Result<Option<Part>, &'static str> {
    let Some((status, rest)) = record.split_first() else { return Err("a record that is too short") };
    if status & 1 == 0 {
        return Ok(None);
    }
    let mut octets = Octets(rest);
    let centre = octets.one()?;
    // 0xFF is none at all, where a message was written and never sent.
    octets.many(if centre == 0xff { 0 } else { centre.into() })?;
    let first = octets.one()?;
    let has_header = first & 0x40 != 0;
    // On the SIM, bits 3 of the status say which way: what came has 1 (read) or 3 (unread), what goes 5 or 7.
    let (way, with, coding, at) = match first & 3 {
        0 => {
            let with = octets.address()?;
            octets.one()?;
            let coding = octets.one()?;
            (Way::Received, with, coding, octets.time()?)
        }
        1 => {
            octets.one()?;
            let with = octets.address()?;
            octets.one()?;
            let coding = octets.one()?;
            octets.many(match first >> 3 & 3 {
                0 => 0,
                2 => 1,
                _ => 7,
            })?;
            (Way::Sent, with, coding, None)
        }
        _ => return Err("a status report, which has no text"),
    };
    let len = usize::from(octets.one()?);
    let (text, of) = text(octets.0, len, coding, has_header)?;
    Ok(Some(Part { way, with, at, unread: status & 7 == 3, text, of }))
}

enum Coding {
    Gsm7,
    Octets,
    Ucs2,
}

/// TS 23.038, 4.
fn coding(dcs: u8) -> Result<Coding, &'static str> {
    let (group, bits) = (dcs >> 4, dcs >> 2 & 3);
    match group {
        0..=7 if dcs & 0x20 != 0 => Err("a compressed message"),
        0..=7 => Ok(match bits {
            1 => Coding::Octets,
            2 => Coding::Ucs2,
            _ => Coding::Gsm7,
        }),
        0xE => Ok(Coding::Ucs2),
        0xF if dcs & 4 != 0 => Ok(Coding::Octets),
        _ => Ok(Coding::Gsm7),
    }
}

type Text = (String, Option<(u16, u8, u8)>);

/// `len` counts septets where the coding is of septets, and octets otherwise, header included.
fn text(data: &[u8], len: usize, dcs: u8, has_header: bool) -> Result<Text, &'static str> {
    let coding = coding(dcs)?;
    let octets = match coding {
        Coding::Gsm7 => (len * 7).div_ceil(8),
        Coding::Octets | Coding::Ucs2 => len,
    };
    let data = data.get(..octets).ok_or(CUT)?;
    let header = match data.split_first() {
        Some((header, rest)) if has_header => rest.get(..usize::from(*header)).ok_or("a header that is cut off")?,
        Some(_) | None => &[],
    };
    let before = if has_header { 1 + header.len() } else { 0 };
    let text = match coding {
        Coding::Gsm7 => {
            let septets = (before * 8).div_ceil(7);
            gsm7(unpack(data, septets * 7, len.saturating_sub(septets)))
        }
        Coding::Ucs2 => ucs2(&data[before..]),
        Coding::Octets => {
            let hex: Vec<String> = data[before..].iter().map(|octet| format!("{octet:02x}")).collect();
            format!("[data: {}]", hex.join(" "))
        }
    };
    Ok((text, concatenation(header)))
}

/// TS 23.040, 9.2.3.24.1 and .8: reference, how many parts, which one.
fn concatenation(header: &[u8]) -> Option<(u16, u8, u8)> {
    let mut rest = Octets(header);
    while let (Ok(what), Ok(len)) = (rest.one(), rest.one()) {
        let of = match (what, rest.many(len.into()).ok()?) {
            (0x00, [reference, many, one]) => (u16::from(*reference), *many, *one),
            (0x08, [high, low, many, one]) => (u16::from_be_bytes([*high, *low]), *many, *one),
            _ => continue,
        };
        return Some(of).filter(|(_, many, one)| (1..=*many).contains(one) && *many > 1);
    }
    None
}

/// Puts the parts of long messages together, in the order in which their first was found.
pub fn join(parts: Vec<Part>) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    let mut taken = vec![false; parts.len()];
    for (n, part) in parts.iter().enumerate() {
        if std::mem::replace(&mut taken[n], true) {
            continue;
        }
        let mut message = Message {
            way: part.way,
            with: part.with.clone(),
            at: part.at.clone(),
            unread: part.unread,
            text: part.text.clone(),
            missing: 0,
        };
        if let Some((reference, many, _)) = part.of {
            message.text.clear();
            for one in 1..=many {
                let is_it = |other: &Part| {
                    (other.way, &other.with, other.of) == (part.way, &part.with, Some((reference, many, one)))
                };
                match parts.iter().enumerate().find(|(at, other)| (*at == n || !taken[*at]) && is_it(other)) {
                    Some((at, other)) => {
                        taken[at] = true;
                        message.text.push_str(&other.text);
                    }
                    None => {
                        message.missing += 1;
                        message.text.push_str("[…]");
                    }
                }
            }
        }
        messages.push(message);
    }
    messages
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    /// A record of 176 octets.
    pub fn record(text: &str) -> Vec<u8> {
        let mut record = hex(text);
        record.resize(176, 0xff);
        record
    }

    #[test]
    fn a_message_that_came_is_read() {
        // Status read; SMSC +447785016005; SMS-DELIVER from +447700900123, 7 bit, 26 Nov 2026 12:34:56 +00:00.
        let came = record(
            "01 07 91 44 77 58 10 06 50 04 0C 91 44 77 00 09 10 32 00 00 62 11 62 21 43 65 00 0A E8329BFD4697D9EC37",
        );
        let part = read(&came).unwrap().unwrap();
        assert_eq!((part.way, part.with.as_str(), part.text.as_str()), (Way::Received, "+447700900123", "hellohello"));
        assert_eq!(part.at.as_deref(), Some("2026-11-26T12:34:56+00:00"));
        // From a name, in UCS-2, eight hours east, unread.
        let named = record("03 00 04 0B D0 CC F2 38 3D 4E 03 00 08 62 11 62 21 43 65 23 04 4F60 597D");
        let part = read(&named).unwrap().unwrap();
        assert_eq!((part.text.as_str(), part.unread), ("你好", true));
        assert_eq!(part.at.as_deref(), Some("2026-11-26T12:34:56+08:00"));
        assert_eq!(part.with, gsm7(unpack(&hex("CC F2 38 3D 4E 03"), 0, 6)));
    }

    #[test]
    fn a_message_that_went_is_read_with_and_without_validity() {
        let went = |more: &str| read(&record(&format!("05 FF {more}"))).unwrap().unwrap();
        let part = went("01 00 0B 91 44 77 00 09 10 F2 00 00 0A E8329BFD4697D9EC37");
        assert_eq!(
            (part.way, part.with.as_str(), part.text.as_str(), part.at),
            (Way::Sent, "+44770090012", "hellohello", None)
        );
        assert_eq!(went("11 00 03 81 21 F3 00 00 A7 0A E8329BFD4697D9EC37").text, "hellohello");
        assert_eq!(went("19 00 03 81 21 F3 00 00 62112221436500 0A E8329BFD4697D9EC37").with, "123");
    }

    #[test]
    fn long_messages_are_put_together_in_order_and_gaps_are_shown() {
        let part = |n: u8, text: &str| {
            let ucs2: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
            let len = 6 + ucs2.len() / 2;
            let from = "0C 91 44 77 00 09 10 32";
            let head = format!("01 00 44 {from} 00 08 62 11 62 21 43 65 00 {len:02X} 05 00 03 2A 03 {n:02X} {ucs2}");
            read(&record(&head)).unwrap().unwrap()
        };
        let whole = join(vec![part(2, "卡"), part(1, "注销"), part(3, "完成")]);
        assert_eq!(whole.len(), 1);
        assert_eq!((whole[0].text.as_str(), whole[0].missing), ("注销卡完成", 0));
        let gap = join(vec![part(3, "完成"), part(1, "注销")]);
        assert_eq!((gap[0].text.as_str(), gap[0].missing), ("注销[…]完成", 1));
        // 7 bit behind a header: filled up to the next septet.
        let packed = record("01 00 44 03 81 21 F3 00 00 62 11 62 21 43 65 00 0C 05 00 03 2A 02 01 D0 65 36 FB 0D");
        assert_eq!(read(&packed).unwrap().unwrap().text, "hello");
    }

    #[test]
    fn what_is_no_message_is_said() {
        for (record, why) in [
            (record("00"), None),
            (record("01 FF"), Some("a status report, which has no text")),
            (vec![1, 0, 4], Some(CUT)),
            (vec![], Some("a record that is too short")),
            (record("01 00 04 03 81 21 F3 00 20 62 11 62 21 43 65 00 05"), Some("a compressed message")),
            (record("01 00 44 03 81 21 F3 00 08 62 11 62 21 43 65 00 02 40 00"), Some("a header that is cut off")),
        ] {
            assert_eq!(read(&record).err(), why, "{record:02x?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_record_is_read_or_named(mut record: Vec<u8>, status: u8) {
            if let Some(first) = record.first_mut() { *first = status; }
            if let Ok(Some(part)) = read(&record) {
                join(vec![part.clone(), part]);
            }
        }
    }
}
