//! The talk with a card: which file, its records, and the PIN. Two dialects: the GSM class of 1991 (`A0`, TS 51.011),
//! which most cards still speak, and the class of the USIM (`00`, ETSI TS 102 221).

/// A card in a reader. The answer's last two octets are the status word.
pub trait Card {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, String>;
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    #[error("the card reader says: {0}")]
    Reader(String),
    #[error("this is no SIM, or one that speaks neither of the two classes (it answered {0:04X})")]
    NoSim(u16),
    #[error("the SIM is locked by its PIN, and none was given; {left} tries are left")]
    NoPin { left: u8 },
    #[error("that is not the SIM's PIN; {left} tries are left, and none is used up by running this again")]
    WrongPin { left: u8 },
    #[error("the SIM is blocked: its operator knows the PUK that opens it; nothing more was tried")]
    Blocked,
    #[error("only one try of the PIN is left before the SIM blocks: unlock it in a telephone, and come back")]
    LastTry,
    #[error("a PIN is four to eight digits; it was not tried")]
    NoPinAtAll,
}

/// A file that was found: its size, and the length of its records where it has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub size: u32,
    pub record: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Gsm,
    Usim,
}

pub struct Phone<'a> {
    card: &'a mut dyn Card,
    class: Class,
    /// The answer to the selection of the last folder, which tells of the PIN.
    folder: Vec<u8>,
    /// The USIM's own folder, by its name (AID).
    adf: Option<Vec<u8>>,
}

/// Stands in paths for the USIM's own folder.
pub const ADF: u16 = 0x7FFF;
/// Answers that are taken in pieces, at most.
const PIECES: usize = 8;

impl<'a> Phone<'a> {
    /// Finds out which class it speaks.
    pub fn new(card: &'a mut dyn Card) -> Result<Self, Failed> {
        let mut phone = Self { card, class: Class::Gsm, folder: Vec::new(), adf: None };
        let word = phone.select_one(0x3F00)?.1;
        if is_done(word) && phone.select(&[0x3F00, 0x7F10])?.is_some() {
            phone.select_one(0x3F00)?;
            return Ok(phone);
        }
        phone.class = Class::Usim;
        let again = phone.select_one(0x3F00)?.1;
        if !is_done(again) {
            return Err(Failed::NoSim(again));
        }
        phone.adf = phone.find_adf()?;
        Ok(phone)
    }

    /// The USIM's own folder, for a path.
    pub fn home(&self) -> Option<u16> {
        self.adf.as_ref().map(|_| ADF)
    }

    fn send(&mut self, command: &[u8]) -> Result<(Vec<u8>, u16), Failed> {
        let mut answer = self.card.transmit(command).map_err(Failed::Reader)?;
        let Some(at) = answer.len().checked_sub(2) else { return Err(Failed::Reader("no answer".to_owned())) };
        let word = u16::from_be_bytes([answer[at], answer[at + 1]]);
        answer.truncate(at);
        Ok((answer, word))
    }

    /// Sends, and fetches what the card then has to say.
    fn ask(&mut self, [ins, p1, p2]: [u8; 3], data: &[u8], le: Option<u8>) -> Result<(Vec<u8>, u16), Failed> {
        let class = match self.class {
            Class::Gsm => 0xA0,
            Class::Usim => 0x00,
        };
        let mut command = vec![class, ins, p1, p2];
        if !data.is_empty() {
            command.push(u8::try_from(data.len()).unwrap_or(u8::MAX));
            command.extend(data);
        }
        command.extend(le);
        let (mut all, mut word) = self.send(&command)?;
        for _ in 0..PIECES {
            match word.to_be_bytes() {
                [0x61 | 0x9F, more] => {
                    let (piece, next) = self.send(&[class, 0xC0, 0, 0, more])?;
                    all.extend(piece);
                    word = next;
                }
                // It wants another length than was asked for.
                [0x6C, right] if data.is_empty() => {
                    command.pop();
                    command.push(right);
                    (all, word) = self.send(&command)?;
                }
                _ => break,
            }
        }
        Ok((all, word))
    }

    fn select_one(&mut self, file: u16) -> Result<(Vec<u8>, u16), Failed> {
        match (file, self.adf.clone()) {
            (ADF, Some(aid)) => self.ask([0xA4, 0x04, 0x04], &aid, None),
            _ => {
                let p2 = if self.class == Class::Usim { 0x04 } else { 0x00 };
                self.ask([0xA4, 0x00, p2], &file.to_be_bytes(), None)
            }
        }
    }

    /// Goes to a file, folder by folder; none where one of them is not there.
    pub fn select(&mut self, path: &[u16]) -> Result<Option<Found>, Failed> {
        let mut last = Vec::new();
        for (n, file) in path.iter().enumerate() {
            let (answer, word) = self.select_one(*file)?;
            if !is_done(word) {
                return Ok(None);
            }
            if n + 1 < path.len() || is_folder(*file) {
                self.folder.clone_from(&answer);
            }
            last = answer;
        }
        Ok(match self.class {
            Class::Gsm => gsm_file(&last),
            Class::Usim => fcp(&last),
        })
    }

    /// A record of the selected file; none where it may not be read.
    pub fn record(&mut self, n: u8, len: u8) -> Result<Option<Vec<u8>>, Failed> {
        let (answer, word) = self.ask([0xB2, n, 0x04], &[], Some(len))?;
        Ok(is_done(word).then_some(answer))
    }

    /// The beginning of the selected file.
    pub fn binary(&mut self, len: u8) -> Result<Option<Vec<u8>>, Failed> {
        let (answer, word) = self.ask([0xB0, 0, 0], &[], Some(len))?;
        Ok(is_done(word).then_some(answer))
    }

    /// Presents the PIN where the card wants one: once, and not where it would be the last try.
    pub fn unlock(&mut self, ask: &mut dyn FnMut(u8) -> Option<String>) -> Result<(), Failed> {
        let Some(left) = self.tries()? else { return Ok(()) };
        match left {
            0 => return Err(Failed::Blocked),
            1 => return Err(Failed::LastTry),
            _ => {}
        }
        let pin = ask(left).ok_or(Failed::NoPin { left })?;
        if !(4..=8).contains(&pin.len()) || !pin.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Failed::NoPinAtAll);
        }
        let mut padded = [0xff; 8];
        padded[..pin.len()].copy_from_slice(pin.as_bytes());
        let (_, word) = self.ask([0x20, 0x00, 0x01], &padded, None)?;
        if is_done(word) {
            return Ok(());
        }
        match self.tries()? {
            Some(0) => Err(Failed::Blocked),
            left => Err(Failed::WrongPin { left: left.unwrap_or_default() }),
        }
    }

    /// How often a wrong PIN may still be given; none where it is not asked for, or has been given.
    fn tries(&mut self) -> Result<Option<u8>, Failed> {
        match self.class {
            // TS 51.011, 9.2.1: octet 14, bit 8 says that it is off; octet 19 counts.
            Class::Gsm => {
                self.select(&[0x3F00, 0x7F20])?;
                let off = self.folder.get(13).is_none_or(|octet| octet & 0x80 != 0);
                Ok(if off { None } else { self.folder.get(18).map(|octet| octet & 0x0f) })
            }
            // ETSI TS 102 221, 11.1.9: a VERIFY without a PIN only asks.
            Class::Usim => {
                if let Some(adf) = self.home() {
                    self.select(&[adf])?;
                }
                let (_, word) = self.send(&[0x00, 0x20, 0x00, 0x01])?;
                Ok(match word {
                    0x63C0..=0x63CF => Some((word & 0x0f) as u8),
                    0x6983 => Some(0),
                    _ => None,
                })
            }
        }
    }

    /// ETSI TS 102 221, 13.1: EF_DIR lists the applications; a USIM's name begins with A0000000871002.
    fn find_adf(&mut self) -> Result<Option<Vec<u8>>, Failed> {
        let Some(Found { record: Some(len), size }) = self.select(&[0x3F00, 0x2F00])? else { return Ok(None) };
        for n in 1..=u8::try_from(size / u32::from(len)).unwrap_or(16).min(16) {
            let record = self.record(n, len)?.unwrap_or_default();
            let aid = tlv(&record, 0x61).and_then(|template| tlv(template, 0x4F));
            if let Some(aid) = aid.filter(|aid| aid.starts_with(&[0xA0, 0, 0, 0, 0x87, 0x10, 0x02]) && aid.len() <= 16)
            {
                return Ok(Some(aid.to_vec()));
            }
        }
        Ok(None)
    }
}

fn is_done(word: u16) -> bool {
    matches!(word.to_be_bytes(), [0x90 | 0x91, _])
}

fn is_folder(file: u16) -> bool {
    matches!(file >> 8, 0x3F | 0x7F | 0x5F)
}

/// TS 51.011, 9.2.1: what SELECT answers about a file.
fn gsm_file(answer: &[u8]) -> Option<Found> {
    let size = u32::from(u16::from_be_bytes([*answer.get(2)?, *answer.get(3)?]));
    let records = answer.get(6) == Some(&0x04) && matches!(answer.get(13), Some(0x01 | 0x03));
    let record = answer.get(14).copied().filter(|len| records && *len > 0);
    Some(Found { size, record })
}

/// ETSI TS 102 221, 11.1.1.3: the same, as a template of tags.
fn fcp(answer: &[u8]) -> Option<Found> {
    let template = tlv(answer, 0x62)?;
    let size =
        tlv(template, 0x80).unwrap_or_default().iter().take(4).fold(0, |size, octet| size << 8 | u32::from(*octet));
    let record = match tlv(template, 0x82) {
        Some([_, _, high, low, ..]) => u8::try_from(u16::from_be_bytes([*high, *low])).ok().filter(|len| *len > 0),
        Some(_) | None => None,
    };
    Some(Found { size, record })
}

/// The value of the first object with a tag; tags of one octet, lengths of up to two.
pub fn tlv(mut octets: &[u8], wanted: u8) -> Option<&[u8]> {
    loop {
        let (tag, len, rest) = match octets {
            [tag, 0x81, len, rest @ ..] => (*tag, usize::from(*len), rest),
            [tag, len @ ..=0x7f, rest @ ..] => (*tag, usize::from(*len), rest),
            _ => return None,
        };
        let value = rest.get(..len)?;
        if tag == wanted {
            return Some(value);
        }
        octets = &rest[len..];
    }
}

/// Half octets, low one first, up to a filler (TS 51.011, 10.5.1): what is no digit is what a telephone shows for it.
pub fn digits(bcd: &[u8]) -> String {
    let halves = bcd.iter().flat_map(|octet| [octet & 0x0f, octet >> 4]);
    halves.take_while(|half| *half != 0x0f).filter_map(|half| "0123456789*#,?".chars().nth(half.into())).collect()
}
