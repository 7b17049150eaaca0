//! The one place that draws random numbers: references, tokens, salts and codes.

/// `N` random bytes from the system's generator.
#[expect(clippy::disallowed_methods, reason = "this is the one place that draws lots")]
pub fn bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

pub fn bits() -> u64 {
    u64::from_be_bytes(bytes())
}

/// A one-time code of six digits, every one equally likely.
pub fn six_digits() -> String {
    loop {
        let n = u32::from_be_bytes(bytes());
        // The largest multiple of a million that fits, so that no code is likelier than another.
        if n < 4_294_000_000 {
            return format!("{:06}", n % 1_000_000);
        }
    }
}

/// A token of 256 random bits, as URL-safe text.
pub fn token() -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes::<32>())
}
