//! What was read off a SIM, as files that a telephone or a person can read: contacts as vCard 4 (RFC 6350) and JSON,
//! messages as JSON; in a backup with manifest and receipt like any other. The card's own numbers are masked.

use std::io;
use std::path::Path;

use case::Timestamp;
use case::saved::{Counts, Kind, Receipt};
use serde_json::json;

use super::Sim;
use super::contact::Contact;
use crate::dest::Dest;
use crate::manifest::{Entry, Manifest, Time, What};
use crate::{Error, MANIFEST, MANIFEST_JSON, RECEIPT_JSON, RECEIPT_LINE};

/// One contact: a name is wanted, so where there is none the number is it.
pub fn vcard(contact: &Contact) -> String {
    let name = if contact.name.is_empty() { &contact.number } else { &contact.name };
    let escaped = name.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;").replace('\n', "\\n");
    let escaped: String = escaped.chars().filter(|c| !c.is_control()).collect();
    let mut card = "BEGIN:VCARD\r\nVERSION:4.0\r\n".to_owned();
    card.push_str(&folded(&format!("FN:{escaped}")));
    let is_global = contact.number.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    if is_global {
        card.push_str(&folded(&format!("TEL;VALUE=uri:tel:{}", contact.number)));
    } else if !contact.number.is_empty() {
        card.push_str(&folded(&format!("TEL;VALUE=text:{}", contact.number.replace(',', "\\,"))));
    }
    card + "END:VCARD\r\n"
}

/// RFC 6350, 3.2: no line is longer than 75 octets; it goes on behind a space.
fn folded(line: &str) -> String {
    let (mut out, mut width) = (String::new(), 0);
    for c in line.chars() {
        if width + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out + "\r\n"
}

/// Its beginning (which says whose it is) and its last four.
fn masked(number: &str) -> String {
    let len = number.len();
    let shown = |at: usize| at < 4 || at + 4 >= len;
    number.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '•' }).collect()
}

/// Writes it to a folder of its own, and says what it holds.
pub fn save(sim: &Sim, dest: &Path, whole_numbers: bool, made: Timestamp, seconds: u64) -> Result<Receipt, Error> {
    let cannot = |why| Error::Dest { path: dest.to_owned(), why };
    let (place, before) = Dest::open(dest, &crate::lock::Keys::default())?;
    if !before.entries.is_empty() {
        return Err(Error::Foreign { path: dest.to_owned() });
    }
    let number = |number: &Option<String>| {
        number.as_deref().map(|number| if whole_numbers { number.to_owned() } else { masked(number) })
    };
    let about = json!({
        "iccid": number(&sim.iccid), "imsi": number(&sim.imsi),
        "malformed": sim.malformed.iter().map(|(what, n, why)| json!({ "what": what, "record": n, "why": why })).collect::<Vec<_>>(),
    });
    let pretty = |value: &serde_json::Value| serde_json::to_vec_pretty(value).unwrap_or_default();
    let vcf: String = sim.contacts.iter().map(vcard).collect();
    let files = [
        ("contacts.json", Kind::Contact, pretty(&json!(sim.contacts))),
        ("contacts.vcf", Kind::Contact, vcf.into_bytes()),
        ("messages.json", Kind::Message, pretty(&json!(sim.messages))),
        ("sim.json", Kind::Other, pretty(&about)),
    ];
    let counts = Counts { contact: sim.contacts.len() as u64, message: sim.messages.len() as u64, ..Counts::default() };
    write(&place, &files, counts, (sim.malformed.len() as u64, made, seconds)).map_err(cannot)
}

type File = (&'static str, Kind, Vec<u8>);

fn write(place: &Dest, files: &[File], counts: Counts, numbers: (u64, Timestamp, u64)) -> io::Result<Receipt> {
    let (unreadable, made, seconds) = numbers;
    let time = Time { seconds: made.as_second(), nanos: 0 };
    let mut entries = Vec::new();
    for (name, kind, content) in files {
        place.files.write(name.as_bytes(), content)?;
        let what = What::File { hash: blake3::hash(content), size: content.len() as u64, kind: *kind, at: None };
        entries.push(Entry { path: name.as_bytes().to_vec(), time, what });
    }
    let manifest = Manifest { entries };
    let text = manifest.text();
    let bytes = manifest.entries.iter().map(Entry::size).sum();
    let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
    let made = Timestamp::from_second(made.as_second()).unwrap_or(made);
    let receipt = Receipt { made, files: counts, bytes, unreadable, seconds, manifest: hash };
    seal(place, &manifest, &text, &receipt)?;
    place.close();
    Ok(receipt)
}

/// Manifest and receipt, the manifest last: where it is, the rest is too.
pub(crate) fn seal(place: &Dest, manifest: &Manifest, text: &str, receipt: &Receipt) -> io::Result<()> {
    let root = &place.root;
    if place.lock.is_none() {
        root.write(MANIFEST_JSON, manifest.json().as_bytes())?;
    }
    root.write(RECEIPT_LINE, format!("{receipt}\n").as_bytes())?;
    root.write(RECEIPT_JSON, receipt.to_json().as_bytes())?;
    match &place.lock {
        Some(lock) => root.write(crate::lock::MANIFEST, &lock.seal_bytes(text.as_bytes())?),
        None => root.write(MANIFEST, text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_vcards_that_others_read() {
        let card = |name: &str, number: &str| vcard(&Contact { name: name.into(), number: number.into() });
        assert_eq!(
            card("张三, 公司; x\\y", "+447700900123"),
            "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:张三\\, 公司\\; x\\\\y\r\nTEL;VALUE=uri:tel:+447700900123\r\nEND:VCARD\r\n"
        );
        assert!(card("", "*21#").contains("FN:*21#\r\nTEL;VALUE=text:*21#\r\n"));
        assert!(card("a\r\nEND:VCARD", "1").contains("FN:a\\nEND:VCARD\r\n"), "a name writes no line of its own");
        for line in card(&"长".repeat(60), "1").split("\r\n") {
            assert!(line.len() <= 75);
        }
        assert_eq!(masked("8944501234567890123"), "8944•••••••••••0123");
    }
}
