//! A contact of the SIM's phone book (TS 51.011, 10.5.1 and 10.5.10; the same in TS 31.102).

use serde::Serialize;

use super::alphabet::alpha;
use super::apdu::{digits, tlv};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Contact {
    pub name: String,
    pub number: String,
}

/// What stands behind the name: length, type, ten octets of digits, and two references.
const TAIL: usize = 14;
/// A number goes on in another record at most so often.
const LONG: usize = 10;

/// None for an empty record.
pub fn read(record: &[u8], ext1: &[(u8, Vec<u8>)]) -> Result<Option<Contact>, &'static str> {
    if record.iter().all(|octet| *octet == 0xff) {
        return Ok(None);
    }
    let split = record.len().checked_sub(TAIL).ok_or("a record that is too short")?;
    let (name, tail) = record.split_at(split);
    let name = alpha(name)?;
    let (len, kind, bcd, more) = (tail[0], tail[1], &tail[2..12], tail[13]);
    let mut number = match len {
        0 | 0xff => String::new(),
        // The length counts the type.
        1..=11 => digits(&bcd[..usize::from(len) - 1]),
        12.. => return Err("a number that is longer than its record"),
    };
    let mut next = more;
    for _ in 0..LONG {
        let Some((_, record)) = ext1.iter().find(|(n, _)| *n == next && next != 0xff) else { break };
        match record[..] {
            [0x02, len @ ..=10, ref data @ ..] if data.len() >= 11 => {
                number.push_str(&digits(&data[..usize::from(len)]));
                next = data[10];
            }
            // A subaddress, or nothing that is known.
            _ => break,
        }
    }
    // TS 24.008, 10.5.4.7: type of number 001 is international.
    if kind != 0xff && kind >> 4 & 7 == 1 && !number.is_empty() {
        number.insert(0, '+');
    }
    if name.is_empty() && number.is_empty() {
        Err("a record with neither name nor number")
    } else {
        Ok(Some(Contact { name, number }))
    }
}

/// TS 31.102, 4.4.2.1: which files a phone book of the USIM is made of: names and numbers, and what is too long.
pub fn book(record: &[u8]) -> (Option<u16>, Option<u16>) {
    let of = |tag| {
        let file =
            [0xA8, 0xA9, 0xAA].into_iter().filter_map(|kind| tlv(record, kind)).find_map(|kind| tlv(kind, tag))?;
        Some(u16::from_be_bytes([*file.first()?, *file.get(1)?]))
    };
    (of(0xC0), of(0xC2))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A record with a name of fourteen octets.
    pub fn record(name: &[u8], tail: [u8; TAIL]) -> Vec<u8> {
        let mut record = name.to_vec();
        record.resize(14, 0xff);
        record.extend(tail);
        record
    }

    const MUM: [u8; TAIL] = [7, 0x91, 0x44, 0x77, 0x00, 0x09, 0x21, 0x43, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

    #[test]
    fn names_and_numbers_are_read() {
        let read = |record: &[u8]| read(record, &[]);
        let contact = |name: &str, number: &str| Ok(Some(Contact { name: name.into(), number: number.into() }));
        assert_eq!(read(&record(b"Mum", MUM)), contact("Mum", "+447700901234"));
        let short = [3, 0x81, 0xa1, 0xb2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(read(&record(&[0x80, 0x5f, 0x20, 0x4e, 0x09], short)), contact("张三", "1*2#"));
        assert_eq!(read(&[0xff; 28]), Ok(None));
        let too_long = [12, 0x91, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
        assert!(read(&record(b"x", too_long)).is_err() && read(&[1; 13]).is_err());
    }

    #[test]
    fn a_long_number_goes_on_in_its_extension_and_not_round_in_circles() {
        let mut tail = [11, 0x81, 0x21, 0x43, 0x65, 0x87, 0x09, 0x21, 0x43, 0x65, 0x87, 0x09, 0xff, 1];
        let ext = |next| [vec![0x02, 0x02, 0x11, 0xf1], vec![0xff; 8], vec![next]].concat();
        let number =
            |tail: [u8; TAIL], ext1: &[(u8, Vec<u8>)]| read(&record(b"Far", tail), ext1).unwrap().unwrap().number;
        assert_eq!(number(tail, &[(1, ext(0xff))]), "12345678901234567890111");
        assert_eq!(number(tail, &[(1, ext(1))]).len(), 20 + 3 * LONG, "it names itself");
        tail[13] = 9;
        assert_eq!(number(tail, &[(1, ext(0xff))]).len(), 20, "there is no such record");
    }

    #[test]
    fn the_phone_book_of_a_usim_says_which_files_it_has() {
        let pbr =
            [0xA8, 0x09, 0xC0, 0x03, 0x4F, 0x3A, 0x01, 0xC5, 0x02, 0x4F, 0x09, 0xAA, 0x04, 0xC2, 0x02, 0x4F, 0x4A];
        assert_eq!(book(&pbr), (Some(0x4F3A), Some(0x4F4A)));
        assert_eq!(book(&[0xff; 20]), (None, None));
    }

    proptest::proptest! {
        #[test]
        fn any_record_is_read_or_named(record: Vec<u8>, ext in proptest::collection::vec((1u8.., proptest::collection::vec(0u8.., 0..20)), 0..4)) {
            let _ = (read(&record, &ext), book(&record));
        }
    }
}
