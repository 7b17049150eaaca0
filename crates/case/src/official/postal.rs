//! Postal addresses: ours, and those written to be taken for ours. A wrong address that has most of ours in it is the
//! dangerous one: a card is posted there.

use std::collections::HashSet;

/// From this share of our address's parts on, in per cent, another one is made to look like it.
const ALIKE: usize = 60;
/// An address of fewer parts looks like too much.
const PARTS: usize = 4;

/// Words; of ideographs, which no spaces part, each pair.
fn parts(text: &str) -> Vec<String> {
    let ideograph = |c: char| matches!(u32::from(c), 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..);
    let (mut parts, mut word, mut before) = (Vec::new(), String::new(), None);
    for c in text.chars().flat_map(char::to_lowercase).chain([' ']) {
        if ideograph(c) {
            if let Some(before) = before {
                parts.push(String::from_iter([before, c]));
            }
            before = Some(c);
        } else {
            before = None;
        }
        if c.is_alphanumeric() && !ideograph(c) {
            word.push(c);
        } else if !word.is_empty() {
            parts.push(std::mem::take(&mut word));
        }
    }
    parts
}

/// Where most of our address stands in a text: that stretch, in words; none where no stretch has enough of it.
pub(super) fn near(ours: &str, text: &str) -> Option<String> {
    let (ours, text) = (parts(ours), parts(text));
    let own: HashSet<&str> = ours.iter().map(String::as_str).collect();
    if own.len() < PARTS {
        return None;
    }
    let places: Vec<usize> = (0..text.len()).filter(|at| own.contains(text[*at].as_str())).collect();
    let window = ours.len() + ours.len() / 2;
    let best = places.iter().enumerate().map(|(n, from)| {
        let within = places[n..].iter().take_while(|at| **at < from + window);
        let last = within.clone().last().copied().unwrap_or(*from);
        (within.map(|at| text[*at].as_str()).collect::<HashSet<_>>().len(), *from, last)
    });
    let (many, from, last) = best.max_by_key(|(many, ..)| *many)?;
    (many * 100 >= own.len() * ALIKE).then(|| text[from..=last].join(" "))
}

/// Whether another address has most of ours in it.
pub(super) fn alike(ours: &str, other: &str) -> bool {
    near(ours, other).is_some()
}
