//! A key as a number, for the build script and for what looks keys up while compiling: there every comparison of two
//! letters is a dozen steps of an interpreter, and some four thousand keys took three seconds more of each build.

/// Of a text, eight letters at a time. The build stops where two keys have the same.
pub const fn of(text: &str) -> u64 {
    let mut left = text.as_bytes();
    let mut mark = left.len() as u64;
    while let Some((word, rest)) = left.split_first_chunk() {
        mark = mixed(mark, u64::from_le_bytes(*word));
        left = rest;
    }
    while let Some((letter, rest)) = left.split_first() {
        mark = mixed(mark, *letter as u64);
        left = rest;
    }
    mark
}

/// Of several, in whichever order.
pub const fn of_all(mut texts: &[&str]) -> u64 {
    let mut mark = texts.len() as u64;
    while let Some((text, rest)) = texts.split_first() {
        mark = mark.wrapping_add(of(text));
        texts = rest;
    }
    mark
}

const fn mixed(mark: u64, word: u64) -> u64 {
    let mark = (mark ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mark ^ (mark >> 29)
}
