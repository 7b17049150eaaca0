//! What a file is: by its first bytes where they say it, otherwise by its name.

use case::saved::Kind;
use infer::MatcherType;

/// How much of a file's beginning is looked at.
pub const HEAD: usize = 8 * 1024;

/// From the last part of its path and its first bytes.
pub fn classify(name: &[u8], head: &[u8]) -> Kind {
    let name = String::from_utf8_lossy(name).to_lowercase();
    let ext = name.rsplit_once('.').map_or("", |(_, ext)| ext);
    if is_contacts(&name, ext, head) {
        return Kind::Contact;
    }
    if is_messages(&name, ext, head) {
        return Kind::Message;
    }
    let head = &head[..head.len().min(HEAD)];
    match infer::get(head).map(|found| found.matcher_type()) {
        Some(MatcherType::Image) => Kind::Photo,
        Some(MatcherType::Audio | MatcherType::Video) => Kind::Media,
        Some(MatcherType::Doc | MatcherType::Book | MatcherType::Text) => Kind::Document,
        Some(MatcherType::App | MatcherType::Archive | MatcherType::Font | MatcherType::Custom) | None => by_ext(ext),
    }
}

const SQLITE: &[u8] = b"SQLite format 3\0";

/// Names under which telephones keep their address book; the long one is what an iPhone's backup calls it.
const CONTACTS: [&str; 4] =
    ["contacts2.db", "contacts.db", "addressbook.sqlitedb", "31bb7ba8914766d4ba40d6dfb6113c8b614be442"];

fn is_contacts(name: &str, ext: &str, head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let card = text.get(..11).is_some_and(|start| start.eq_ignore_ascii_case(b"BEGIN:VCARD"));
    card || matches!(ext, "vcf" | "vcard") || CONTACTS.contains(&name)
}

/// The same of messages.
const MESSAGES: [&str; 4] = ["mmssms.db", "sms.db", "enmicromsg.db", "3d0d7e5fb2ce288813306e4d4636395e047a3d28"];
/// Parts of the names that programs give their message databases.
const TALK: [&str; 9] = ["sms", "mms", "msg", "message", "chat", "whatsapp", "wechat", "signal", "telegram"];

fn is_messages(name: &str, ext: &str, head: &[u8]) -> bool {
    let export = matches!(ext, "vmg" | "eml" | "mbox" | "crypt12" | "crypt14" | "crypt15");
    let xml = ext == "xml" && name.starts_with("sms");
    let database = head.starts_with(SQLITE) && TALK.iter().any(|part| name.contains(part));
    export || xml || database || MESSAGES.contains(&name)
}

fn by_ext(ext: &str) -> Kind {
    match ext {
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "heic" | "heif" | "bmp" | "tif" | "tiff" | "dng" | "raw" | "cr2"
        | "cr3" | "nef" | "arw" | "raf" | "orf" => Kind::Photo,
        "mp3" | "m4a" | "aac" | "flac" | "ogg" | "opus" | "wav" | "amr" | "mp4" | "mov" | "avi" | "mkv" | "3gp"
        | "mts" | "m2ts" | "wmv" | "webm" => Kind::Media,
        "txt" | "md" | "csv" | "pdf" | "doc" | "docx" | "xls" | "xlsx" | "ppt" | "pptx" | "odt" | "ods" | "odp"
        | "rtf" | "wps" | "et" | "dps" | "html" | "htm" | "epub" | "ics" => Kind::Document,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes_and_then_by_name() {
        let sqlite = [SQLITE, &[0; 100]].concat();
        let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01";
        for (name, head, kind) in [
            ("IMG_0001.JPG", &jpeg[..], Kind::Photo),
            ("without-ending", &jpeg[..], Kind::Photo),
            ("IMG.HEIC", b"broken", Kind::Photo),
            ("mmssms.db", &sqlite, Kind::Message),
            ("ChatStorage.sqlite", &sqlite, Kind::Message),
            ("places.sqlite", &sqlite, Kind::Other),
            ("msgstore.db.crypt14", b"\x9a", Kind::Message),
            ("sms-20260101.xml", b"<?xml version='1.0'?>", Kind::Message),
            ("all.vcf", b"", Kind::Contact),
            ("export.txt", b"\xef\xbb\xbfbegin:vcard\r\n", Kind::Contact),
            ("contacts2.db", &sqlite, Kind::Contact),
            ("bill.pdf", b"%PDF-1.7", Kind::Document),
            ("notes.TXT", b"hello", Kind::Document),
            ("song", b"ID3\x03\0\0\0\0", Kind::Media),
            ("firmware.bin", b"\x01\x02", Kind::Other),
            ("", b"", Kind::Other),
        ] {
            assert_eq!(classify(name.as_bytes(), head), kind, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_in_a_file_stops_it(name: Vec<u8>, head: Vec<u8>) {
            classify(&name, &head);
        }
    }
}
