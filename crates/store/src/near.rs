//! Case references as people mistype them: one wrong character, two changed over, one too many or
//! too few. The check character leaves a handful of references that may have been meant.

use std::collections::BTreeSet;

use case::CaseRef;

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 9;

/// What may have been meant, itself included where it is right; nothing where it looks like no reference.
pub fn references(text: &str) -> Vec<CaseRef> {
    // Before anything is counted: it may be written in full width.
    if let Ok(right) = text.parse() {
        return vec![right];
    }
    let kept: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '–' | '—')).collect();
    let rare = kept.iter().filter(|c| !c.is_ascii_alphanumeric()).count();
    if !(LENGTH - 1..=LENGTH + 1).contains(&kept.len()) || rare > 1 {
        return Vec::new();
    }
    let mut tries: BTreeSet<String> = BTreeSet::new();
    let mut with = |change: &dyn Fn(&mut Vec<char>)| {
        let mut changed = kept.clone();
        change(&mut changed);
        tries.insert(changed.into_iter().collect());
    };
    match kept.len() {
        LENGTH => {
            for at in 0..LENGTH {
                ALPHABET.chars().for_each(|c| with(&|text| text[at] = c));
            }
            (1..LENGTH).for_each(|at| with(&|text| text.swap(at - 1, at)));
        }
        longer if longer > LENGTH => (0..longer).for_each(|at| {
            with(&|text| {
                text.remove(at);
            })
        }),
        _ => {
            for at in 0..LENGTH {
                ALPHABET.chars().for_each(|c| with(&|text| text.insert(at, c)));
            }
        }
    }
    let meant: BTreeSet<CaseRef> = tries.iter().filter_map(|text| text.parse().ok()).collect();
    meant.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_of_any_kind_still_leads_to_the_case_among_few() {
        let reference = CaseRef::from_bits(0x61_E54B_8BB7);
        let right = reference.to_string();
        let plain: Vec<char> = right.chars().filter(|c| *c != '-').collect();
        let mut slips: Vec<Vec<char>> = Vec::new();
        for at in 0..plain.len() {
            for c in ['0', '7', 'u', '?', 'x'] {
                slips.push(plain.iter().enumerate().map(|(i, p)| if i == at { c } else { *p }).collect());
            }
            let mut without = plain.clone();
            without.remove(at);
            slips.push(without);
            let mut twice = plain.clone();
            twice.insert(at, plain[at]);
            slips.push(twice);
            if at > 0 {
                let mut over = plain.clone();
                over.swap(at, at - 1);
                slips.push(over);
            }
        }
        for slip in slips {
            let text: String = slip.into_iter().collect();
            let near = references(&text.to_lowercase());
            // Two changed over that leave the check character right are another reference.
            assert!(near.contains(&reference) || text.parse::<CaseRef>().is_ok(), "{text}");
            assert!(near.len() <= 20, "{text}: {}", near.len());
        }
        assert_eq!(references(&right), [reference]);
    }

    #[test]
    fn what_is_no_reference_means_none() {
        for text in ["", "mei", "8944770000000012345", "mei@example.org", "欧阳修欧阳修欧阳修", "a b c"] {
            assert_eq!(references(text), [], "{text}");
        }
    }
}
