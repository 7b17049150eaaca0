//! Whole SIMs, simulated: what they answer is laid out as TS 51.011 and ETSI TS 102 221 say it.

use std::collections::HashMap;

use backup::sim::apdu::{Card, Failed};
use backup::sim::{message::Way, out, read};

/// A SIM with files; keys are paths.
struct Fake {
    usim: bool,
    files: HashMap<Vec<u16>, File>,
    at: Vec<u16>,
    pin: Option<&'static str>,
    tries: u8,
    open: bool,
    waiting: Vec<u8>,
    /// Every command, to see what was asked of it.
    heard: Vec<Vec<u8>>,
}

enum File {
    Folder,
    Binary(Vec<u8>),
    Records(Vec<Vec<u8>>),
}

const AID: [u8; 12] = [0xA0, 0, 0, 0, 0x87, 0x10, 0x02, 0xFF, 0x44, 0xFF, 0x12, 0xFF];

impl Fake {
    fn new(usim: bool, pin: Option<&'static str>) -> Self {
        let (heard, waiting) = (Vec::new(), Vec::new());
        let mut fake =
            Self { usim, files: HashMap::new(), at: vec![0x3F00], pin, tries: 3, open: pin.is_none(), waiting, heard };
        fake.files.insert(vec![0x3F00], File::Folder);
        fake
    }

    fn with(mut self, path: &[u16], file: File) -> Self {
        for n in 1..path.len() {
            self.files.entry(path[..n].to_vec()).or_insert(File::Folder);
        }
        self.files.insert(path.to_vec(), file);
        self
    }

    fn describe(&self, path: &[u16], file: &File) -> Vec<u8> {
        let id = path[path.len() - 1].to_be_bytes();
        let (kind, size, structure, len) = match file {
            File::Folder => (2u8, 0usize, 0u8, 0u8),
            File::Binary(content) => (4, content.len(), 0, 0),
            File::Records(records) => (4, records.len() * records[0].len(), 1, records[0].len() as u8),
        };
        let size = (size as u16).to_be_bytes();
        if self.usim {
            let mut fcp = vec![0x80, 2, size[0], size[1]];
            fcp.extend(if len > 0 { vec![0x82, 5, 0x42, 0x21, 0, len, 2] } else { vec![0x82, 2, 0x41, 0x21] });
            return [vec![0x62, fcp.len() as u8], fcp].concat();
        }
        match file {
            File::Folder => {
                let off = if self.pin.is_none() { 0x80 } else { 0x00 };
                vec![
                    0,
                    0,
                    0,
                    0,
                    id[0],
                    id[1],
                    kind,
                    0,
                    0,
                    0,
                    0,
                    0,
                    9,
                    off | 0x13,
                    2,
                    6,
                    4,
                    0,
                    0x80 | self.tries,
                    0x8A,
                    0x80,
                    0x80,
                ]
            }
            File::Binary(_) | File::Records(_) => {
                vec![0, 0, size[0], size[1], id[0], id[1], kind, 0, 0x11, 0xFF, 0x44, 1, 2, structure, len]
            }
        }
    }

    fn select(&mut self, path: Vec<u16>) -> Vec<u8> {
        let Some(file) = self.files.get(&path) else {
            return if self.usim { vec![0x6A, 0x82] } else { vec![0x94, 0x04] };
        };
        self.waiting = self.describe(&path, file);
        self.at = path;
        vec![if self.usim { 0x61 } else { 0x9F }, self.waiting.len() as u8]
    }

    fn find(&self, id: u16) -> Vec<u16> {
        if id == 0x3F00 {
            return vec![0x3F00];
        }
        let is_folder = matches!(self.files.get(&self.at), Some(File::Folder));
        let folder = if is_folder { &self.at[..] } else { &self.at[..self.at.len() - 1] };
        let below = [folder, &[id]].concat();
        // A sister of the folder can be reached too, and a folder under the top.
        if self.files.contains_key(&below) { below } else { [&folder[..folder.len() - 1], &[id]].concat() }
    }

    fn verify(&mut self, command: &[u8]) -> Vec<u8> {
        if command.len() == 4 {
            return if self.open { vec![0x90, 0] } else { vec![0x63, 0xC0 | self.tries] };
        }
        let given: Vec<u8> = command[5..].iter().copied().filter(|b| *b != 0xff).collect();
        if self.tries > 0 && Some(given.as_slice()) == self.pin.map(str::as_bytes) {
            (self.open, self.tries) = (true, 3);
            return vec![0x90, 0];
        }
        self.tries = self.tries.saturating_sub(1);
        if self.usim { vec![0x63, 0xC0 | self.tries] } else { vec![0x98, if self.tries == 0 { 0x40 } else { 0x04 }] }
    }
}

impl Card for Fake {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, String> {
        self.heard.push(command.to_vec());
        if command[0] != (if self.usim { 0x00 } else { 0xA0 }) {
            return Ok(vec![0x6E, 0x00]);
        }
        let readable = self.open || matches!(self.at.last(), Some(0x2FE2 | 0x2F00));
        Ok(match (command[1], self.files.get(&self.at)) {
            (0xA4, _) if command[2] == 4 => {
                assert_eq!(command[5..], AID);
                self.select(vec![0x7FFF])
            }
            (0xA4, _) => {
                let path = self.find(u16::from_be_bytes([command[5], command[6]]));
                self.select(path)
            }
            (0xC0, _) => [std::mem::take(&mut self.waiting), vec![0x90, 0]].concat(),
            (0x20, _) => self.verify(command),
            (0xB0 | 0xB2, _) if !readable => vec![0x98, 0x04],
            (0xB0, Some(File::Binary(content))) => {
                [&content[..content.len().min(command[4].into())], &[0x90, 0]].concat()
            }
            (0xB2, Some(File::Records(records))) => match records.get(usize::from(command[2]) - 1) {
                Some(record) if command[4] == record.len() as u8 => [record.as_slice(), &[0x90, 0]].concat(),
                Some(record) => vec![0x6C, record.len() as u8],
                None => vec![0x94, 0x02],
            },
            _ => vec![0x6D, 0x00],
        })
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn filled(text: &str, len: usize) -> Vec<u8> {
    let mut record = hex(text);
    record.resize(len, 0xff);
    record
}

fn adn() -> File {
    let one = |name: &str, tail: &str| [filled(name, 14), filled(tail, 14)].concat();
    File::Records(vec![
        one("4D756D", "07 91 44 77 00 09 21 43"),
        filled("", 28),
        one("80 5F20 4E09", "03 81 A1 B2"),
        one("78", "0F 91"),
    ])
}

fn sms() -> File {
    let from = "04 0C 91 44 77 00 09 10 32 00 00 62 11 62 21 43 65 00";
    File::Records(vec![
        filled(&format!("01 00 {from} 0A E8329BFD4697D9EC37"), 176),
        filled("00", 176),
        filled("05 FF 01 00 03 81 21 F3 00 08 04 4F60 597D", 176),
        filled("01 FF", 176),
    ])
}

fn sim(pin: Option<&'static str>) -> Fake {
    Fake::new(false, pin)
        .with(&[0x3F00, 0x2FE2], File::Binary(hex("98 44 05 21 43 65 87 09 21 F3")))
        .with(&[0x3F00, 0x7F20, 0x6F07], File::Binary(hex("08 29 43 01 21 43 65 87 09")))
        .with(&[0x3F00, 0x7F10, 0x6F3A], adn())
        .with(&[0x3F00, 0x7F10, 0x6F3C], sms())
}

fn usim(pin: Option<&'static str>) -> Fake {
    let dir = [vec![0x61, 14, 0x4F, 12], AID.to_vec(), vec![0xff; 8]].concat();
    Fake::new(true, pin)
        .with(&[0x3F00, 0x2FE2], File::Binary(hex("98 44 05 21 43 65 87 09 21 F3")))
        .with(&[0x3F00, 0x2F00], File::Records(vec![dir]))
        .with(&[0x3F00, 0x7F10, 0x5F3A, 0x4F30], File::Records(vec![filled("A8 05 C0 03 4F 3A 01", 20)]))
        .with(&[0x3F00, 0x7F10, 0x5F3A, 0x4F3A], adn())
        .with(&[0x7FFF, 0x6F07], File::Binary(hex("08 29 43 01 21 43 65 87 09")))
        .with(&[0x7FFF, 0x6F3C], sms())
}

#[test]
fn contacts_and_messages_are_read_off_both_kinds_of_sim() {
    for mut card in [sim(None), usim(None), sim(Some("1234")), usim(Some("1234"))] {
        let usim = card.usim;
        let mut asked = 0;
        let sim = read(&mut card, &mut |left| {
            asked += 1;
            assert_eq!(left, 3);
            Some("1234".into())
        });
        let sim = sim.unwrap();
        assert_eq!(asked, usize::from(card.pin.is_some()));
        assert_eq!(sim.iccid.as_deref(), Some("8944501234567890123"), "usim: {usim}");
        assert_eq!(sim.imsi.as_deref(), Some("234101234567890"));
        let contacts: Vec<_> = sim.contacts.iter().map(|c| (c.name.as_str(), c.number.as_str())).collect();
        assert_eq!(contacts, [("Mum", "+447700901234"), ("张三", "1*2#")], "usim: {usim}");
        let messages: Vec<_> = sim.messages.iter().map(|m| (m.way, m.with.as_str(), m.text.as_str())).collect();
        assert_eq!(messages, [(Way::Received, "+447700900123", "hellohello"), (Way::Sent, "123", "你好")]);
        let bad: Vec<_> = sim.malformed.iter().map(|(what, n, _)| (*what, *n)).collect();
        assert_eq!(bad, [("contact", 4), ("message", 4)]);
        // SELECT, GET RESPONSE, VERIFY and the two READs: nothing that writes.
        assert!(card.heard.iter().all(|command| matches!(command[1], 0xA4 | 0xC0 | 0x20 | 0xB0 | 0xB2)));
    }
}

#[test]
fn a_pin_is_tried_once_and_never_where_it_could_block_the_card() {
    for make in [sim, usim] {
        let verified = |card: &Fake| card.heard.iter().filter(|c| c[1] == 0x20 && c.len() > 4).count();
        let mut card = make(Some("1234"));
        assert_eq!(read(&mut card, &mut |_| Some("9999".into())).unwrap_err(), Failed::WrongPin { left: 2 });
        assert_eq!(verified(&card), 1);
        for no_pin in ["", "12", "12345678901", "12a4", "１２３４"] {
            assert_eq!(read(&mut card, &mut |_| Some(no_pin.into())).unwrap_err(), Failed::NoPinAtAll);
        }
        assert_eq!(read(&mut card, &mut |_| None).unwrap_err(), Failed::NoPin { left: 2 });
        assert_eq!((verified(&card), card.tries), (1, 2), "nothing of that was tried");
        card.tries = 1;
        assert_eq!(read(&mut card, &mut |_| panic!("it must not ask")).unwrap_err(), Failed::LastTry);
        card.tries = 0;
        assert_eq!(read(&mut card, &mut |_| panic!("it must not ask")).unwrap_err(), Failed::Blocked);
    }
}

#[test]
fn what_was_read_is_a_backup_with_a_receipt_and_masks_the_cards_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let dest = dir.path().join("sim");
    let read = read(&mut sim(None), &mut |_| None).unwrap();
    let made = case::Timestamp::from_second(1_795_694_400).unwrap();
    let receipt = out::save(&read, &dest, false, made, 3).unwrap();
    assert_eq!((receipt.files.contact, receipt.files.message, receipt.unreadable), (2, 2, 2));
    assert!(backup::verify::verify(&dest, &mut |_| {}).unwrap().problems.is_empty());
    let about = std::fs::read_to_string(dest.join("files/sim.json")).unwrap();
    assert!(about.contains("8944•••••••••••0123") && !about.contains("8944501234567890123"));
    assert!(std::fs::read_to_string(dest.join("files/contacts.vcf")).unwrap().contains("tel:+447700901234"));
    assert!(out::save(&read, &dest, false, made, 3).is_err(), "never over another backup");
    let whole = dir.path().join("whole");
    out::save(&read, &whole, true, made, 3).unwrap();
    assert!(std::fs::read_to_string(whole.join("files/sim.json")).unwrap().contains("8944501234567890123"));
}

/// Answers what it likes.
struct Rubbish(Vec<Vec<u8>>, usize);

impl Card for Rubbish {
    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, String> {
        self.1 += 1;
        Ok(self.0[self.1 % self.0.len()].clone())
    }
}

proptest::proptest! {
    #[test]
    fn a_card_that_answers_rubbish_ends_in_an_answer(
        answers in proptest::collection::vec(proptest::collection::vec(0u8.., 0..40), 1..12),
        ok in proptest::collection::vec(proptest::bool::ANY, 12),
    ) {
        let mut answers = answers;
        for (answer, ok) in answers.iter_mut().zip(ok) {
            if ok { answer.extend([0x90, 0x00]); }
        }
        let _ = read(&mut Rubbish(answers, 0), &mut |_| Some("1234".into()));
    }
}
