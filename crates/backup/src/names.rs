//! Names are bytes. A card from anywhere may hold names in GBK or in nothing at all; they are kept as they are, written
//! into the manifest with escapes, and shown with what can be shown.

/// As the manifest writes it: what is not printable UTF-8 as `\xNN`, and a backslash as `\\`.
pub fn escape(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                c if is_plain(c) => out.push(c),
                c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out.push_str(&format!("\\x{byte:02x}"))),
            }
        }
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
    }
    out
}

/// What may stand in a line as it is: nothing that ends it, moves the cursor, or turns the direction of writing.
fn is_plain(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    !c.is_control() && !turns
}

/// Back from [`escape`]; none where it was not written by it.
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        (rest, _) = match (first, tail) {
            (b'\\', [b'\\', tail @ ..]) => (tail, out.push(b'\\')),
            (b'\\', [b'x', high, low, tail @ ..]) => {
                let digit = |c: &u8| char::from(*c).to_digit(16);
                (tail, out.push((digit(high)? * 16 + digit(low)?) as u8))
            }
            (b'\\', _) => return None,
            (first, tail) => (tail, out.push(*first)),
        };
    }
    Some(out)
}

/// For people: what is no text as a replacement character, and nothing that plays with the terminal.
pub fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().map(|c| if is_plain(c) { c } else { '\u{fffd}' }).collect()
}

/// Whether a path from a manifest stays in the folder that it is under.
pub fn is_inside(path: &[u8]) -> bool {
    path.len() <= PATH_MAX
        && !path.contains(&0)
        && path.split(|b| *b == b'/').all(|part| !matches!(part, b"" | b"." | b"..") && part.len() <= 255)
}

/// Bytes in a path; a card's own file systems allow less.
pub const PATH_MAX: usize = 64 * 1024;

/// Folder and name.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|b| *b == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (b"", path),
    }
}

pub fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bytes_and_come_back_as_they_were() {
        // 照片 in GBK, a newline, a terminal's escape, a backslash, a turned direction.
        for (name, written) in [
            (&b"DCIM/IMG_0001.JPG"[..], "DCIM/IMG_0001.JPG"),
            ("照片/猫.jpg".as_bytes(), "照片/猫.jpg"),
            (b"\xd5\xd5\xc6\xac.jpg", "\\xd5\\xd5Ƭ.jpg"),
            (b"a\nb\tc\x1b[2J\\", "a\\x0ab\\x09c\\x1b[2J\\\\"),
            ("a\u{202e}gpj.exe".as_bytes(), "a\\xe2\\x80\\xaegpj.exe"),
        ] {
            assert_eq!(escape(name), written);
            assert_eq!(unescape(written).as_deref(), Some(name));
            assert!(!shown(name).contains(['\n', '\u{1b}', '\u{202e}']));
        }
        for bad in ["\\", "\\x", "\\x1", "\\xgg", "\\n"] {
            assert_eq!(unescape(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_names_inside_the_folder_are_taken() {
        for bad in ["", "/etc/passwd", "..", "a/../../b", "a//b", "./a", "a/", "a\0b"] {
            assert!(!is_inside(bad.as_bytes()), "{bad:?}");
        }
        assert!(!is_inside(&[b'a'; 256]) && !is_inside(&b"a/".repeat(40_000)));
        for good in ["a", "a/b", "..a/b..", "a b"] {
            assert!(is_inside(good.as_bytes()), "{good:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_survives_the_manifest(name: Vec<u8>) {
            let written = escape(&name);
            proptest::prop_assert_eq!(unescape(&written), Some(name));
            proptest::prop_assert!(!written.contains(['\n', '\t', '\r']));
        }

        #[test]
        fn any_text_is_read_or_not(text: String) {
            unescape(&text);
        }
    }
}
