//! Letters on the keys of a telephone. A reference is keyed as it stands there, one key for each character: several
//! letters share a key, so it is compared and never read. A check code has to be read, and takes two keys each.

use case::CaseRef;

const KEYS: [&str; 10] = ["", "", "ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ"];

/// The key on which a character stands.
fn key(c: char) -> Option<char> {
    let c = c.to_ascii_uppercase();
    if c.is_ascii_digit() {
        return Some(c);
    }
    let at = KEYS.iter().position(|letters| letters.contains(c))?;
    char::from_digit(at as u32, 10)
}

/// A reference as it is keyed.
pub fn of(reference: CaseRef) -> String {
    reference.to_string().chars().filter_map(key).collect()
}

/// Characters from two keys each: a letter's key and its place on it, a digit and zero. None where it is neither.
pub fn pairs(keyed: &str) -> Option<String> {
    let digits: Option<Vec<u32>> = keyed.chars().map(|c| c.to_digit(10)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    digits
        .chunks(2)
        .map(|pair| match pair {
            [digit, 0] => char::from_digit(*digit, 10),
            [key, place] => KEYS.get(*key as usize)?.chars().nth(*place as usize - 1),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_keyed_as_they_stand_on_the_keys() {
        let reference = CaseRef::from_bits(0x12_3456_789A);
        assert_eq!(of(reference).len(), 9);
        assert_eq!("C7K4M2QXD".chars().filter_map(key).collect::<String>(), "275462793");
        assert_eq!(pairs("237052406121").as_deref(), Some("C7K4MA"));
        assert_eq!(pairs("0074"), Some("0S".into()));
        for bad in ["1", "11", "24", "75", "0110", "2*"] {
            assert_eq!(pairs(bad), None, "{bad}");
        }
    }
}
