//! What is on the SIM itself: contacts (EF_ADN) and messages (EF_SMS), read through a card reader. The card is only
//! read; of its codes, the PIN is presented once, where the holder gives it, and never guessed.
//!
//! 3GPP TS 51.011 (GSM class), TS 31.102 with ETSI TS 102 221 (USIM class), TS 23.038 and 23.040 (texts).

pub mod alphabet;
pub mod apdu;
pub mod contact;
pub mod message;
pub mod out;
#[cfg(feature = "pcsc")]
pub mod reader;

use apdu::{Card, Failed, Found, Phone};
use contact::Contact;
use message::Message;

/// All that was read off a SIM.
#[derive(Debug, Default)]
pub struct Sim {
    /// Whole; [`out`] masks it.
    pub iccid: Option<String>,
    pub imsi: Option<String>,
    pub contacts: Vec<Contact>,
    pub messages: Vec<Message>,
    /// Records that mean nothing: which file, which record, why.
    pub malformed: Vec<(&'static str, u8, &'static str)>,
}

const MF: u16 = 0x3F00;
const TELECOM: u16 = 0x7F10;
const PHONEBOOK: u16 = 0x5F3A;
const PBR: u16 = 0x4F30;
const ADN: u16 = 0x6F3A;
const EXT1: u16 = 0x6F4A;
const SMS: u16 = 0x6F3C;
const ICCID: u16 = 0x2FE2;
const IMSI: u16 = 0x6F07;
const DF_GSM: u16 = 0x7F20;

/// Reads everything. `ask` is asked for the PIN at most once, and told how many tries are left.
pub fn read(card: &mut dyn Card, ask: &mut dyn FnMut(u8) -> Option<String>) -> Result<Sim, Failed> {
    let mut phone = Phone::new(card)?;
    let mut sim = Sim::default();
    if phone.select(&[MF, ICCID])?.is_some() {
        sim.iccid = phone.binary(10)?.map(|bcd| apdu::digits(&bcd));
    }
    phone.unlock(ask)?;
    let home = phone.home();
    if phone.select(&home.map_or(vec![MF, DF_GSM, IMSI], |adf| vec![adf, IMSI]))?.is_some() {
        sim.imsi = phone.binary(9)?.and_then(|bytes| imsi(&bytes));
    }
    read_contacts(&mut phone, &mut sim)?;
    read_messages(&mut phone, &mut sim)?;
    Ok(sim)
}

/// TS 51.011, 10.3.2: a length, then parity in the first half octet, then digits.
fn imsi(bytes: &[u8]) -> Option<String> {
    let len = usize::from(*bytes.first()?);
    let digits = apdu::digits(bytes.get(1..=len)?);
    digits.get(1..).map(str::to_owned)
}

fn read_contacts(phone: &mut Phone<'_>, sim: &mut Sim) -> Result<(), Failed> {
    // Each phone book is a file of names and numbers, and perhaps one for numbers that are too long for it.
    let mut books = vec![(vec![MF, TELECOM, ADN], vec![MF, TELECOM, EXT1])];
    let roots = [Some(vec![MF, TELECOM, PHONEBOOK]), phone.home().map(|adf| vec![adf, PHONEBOOK])];
    for root in roots.into_iter().flatten() {
        let under = |file| [root.clone(), vec![file]].concat();
        for record in records(phone, &under(PBR))?.unwrap_or_default() {
            let (adn, ext1) = contact::book(&record.1);
            books.extend(adn.map(|adn| (under(adn), under(ext1.unwrap_or(EXT1)))));
        }
    }
    for (adn, ext1) in books {
        let Some(adn) = records(phone, &adn)? else { continue };
        let ext1 = records(phone, &ext1)?.unwrap_or_default();
        for (n, record) in adn {
            match contact::read(&record, &ext1) {
                // The old file is most often the new one under another name.
                Ok(Some(contact)) if !sim.contacts.contains(&contact) => sim.contacts.push(contact),
                Ok(_) => {}
                Err(why) => sim.malformed.push(("contact", n, why)),
            }
        }
    }
    Ok(())
}

fn read_messages(phone: &mut Phone<'_>, sim: &mut Sim) -> Result<(), Failed> {
    let paths = [Some(vec![MF, TELECOM, SMS]), phone.home().map(|adf| vec![adf, SMS])];
    let mut parts = Vec::new();
    for path in paths.into_iter().flatten() {
        for (n, record) in records(phone, &path)?.unwrap_or_default() {
            match message::read(&record) {
                Ok(Some(part)) if !parts.contains(&part) => parts.push(part),
                Ok(_) => {}
                Err(why) => sim.malformed.push(("message", n, why)),
            }
        }
    }
    sim.messages = message::join(parts);
    Ok(())
}

type Record = (u8, Vec<u8>);

/// All records of a file; none where there is no such file, or not one of records.
fn records(phone: &mut Phone<'_>, path: &[u16]) -> Result<Option<Vec<Record>>, Failed> {
    let Some(Found { size, record: Some(len) }) = phone.select(path)? else { return Ok(None) };
    let many = u8::try_from(size / u32::from(len)).unwrap_or(u8::MAX).min(254);
    let mut records = Vec::new();
    for n in 1..=many {
        if let Some(record) = phone.record(n, len)? {
            records.push((n, record));
        }
    }
    Ok(Some(records))
}
