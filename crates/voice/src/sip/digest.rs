//! Digest authentication (RFC 8760 over RFC 7616): answering a trunk that asks, and asking whoever rings and is
//! neither a trunk nor a named peer. MD5 is what nearly every trunk still asks for; we ask for SHA-256 first.

use md5::{Digest, Md5};
use sha2::Sha256;

use super::message::split;

/// A name and its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    fn of(name: &str) -> Option<Self> {
        match name {
            "" => Some(Algorithm::Md5),
            name if name.eq_ignore_ascii_case("MD5") => Some(Algorithm::Md5),
            name if name.eq_ignore_ascii_case("SHA-256") => Some(Algorithm::Sha256),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    fn hash(self, text: &str) -> String {
        match self {
            Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
            Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A parameter of a `Digest …` header.
fn given<'a>(header: &'a str, name: &str) -> &'a str {
    let Some(rest) = header.trim_start().get(..7).filter(|s| s.eq_ignore_ascii_case("Digest ")) else { return "" };
    let pairs = split(&header.trim_start()[rest.len()..]);
    let found = pairs.into_iter().filter_map(|pair| pair.split_once('='));
    let found = found.map(|(key, value)| (key.trim(), value.trim().trim_matches('"')));
    found.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}

/// The answer to a challenge; none where it asks for what we do not speak.
pub fn answer(challenge: &str, login: &Login, method: &str, uri: &str, nonce_of_ours: &str) -> Option<String> {
    let algorithm = Algorithm::of(given(challenge, "algorithm"))?;
    let (realm, nonce, opaque) = (given(challenge, "realm"), given(challenge, "nonce"), given(challenge, "opaque"));
    if nonce.is_empty() {
        return None;
    }
    let qop = given(challenge, "qop").split(',').any(|qop| qop.trim() == "auth");
    let secret = algorithm.hash(&format!("{}:{realm}:{}", login.user, login.password));
    let asked = algorithm.hash(&format!("{method}:{uri}"));
    let response = if qop {
        algorithm.hash(&format!("{secret}:{nonce}:00000001:{nonce_of_ours}:auth:{asked}"))
    } else {
        algorithm.hash(&format!("{secret}:{nonce}:{asked}"))
    };
    let mut text = format!(
        "Digest username=\"{}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", \
         algorithm={}",
        login.user,
        algorithm.name()
    );
    if qop {
        text.push_str(&format!(", qop=auth, nc=00000001, cnonce=\"{nonce_of_ours}\""));
    }
    if !opaque.is_empty() {
        text.push_str(&format!(", opaque=\"{opaque}\""));
    }
    Some(text)
}

/// How we ask: the stronger first, as RFC 8760 wants them.
pub fn challenges(realm: &str, nonce: &str) -> [String; 2] {
    [Algorithm::Sha256, Algorithm::Md5].map(|algorithm| {
        format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", qop=\"auth\", algorithm={}", algorithm.name())
    })
}

/// What an answer to us is good for.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    pub nonce: &'a str,
    pub count: &'a str,
}

/// Whether this shows that its sender knows the password of one of `logins`. Whether nonce and count are fresh is for
/// who gave the nonce.
pub fn check<'a>(header: &'a str, logins: &[Login], realm: &str, method: &str) -> Option<Shown<'a>> {
    let algorithm = Algorithm::of(given(header, "algorithm"))?;
    let login = logins.iter().find(|login| login.user == given(header, "username"))?;
    let (nonce, count, cnonce) = (given(header, "nonce"), given(header, "nc"), given(header, "cnonce"));
    if given(header, "realm") != realm || given(header, "qop") != "auth" || cnonce.is_empty() {
        return None;
    }
    let secret = algorithm.hash(&format!("{}:{realm}:{}", login.user, login.password));
    let asked = algorithm.hash(&format!("{method}:{}", given(header, "uri")));
    let wanted = algorithm.hash(&format!("{secret}:{nonce}:{count}:{cnonce}:auth:{asked}"));
    same(wanted.as_bytes(), given(header, "response").to_ascii_lowercase().as_bytes()).then_some(Shown { nonce, count })
}

/// In a time that does not tell where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |different, (a, b)| different | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616, section 3.9.1.
    #[test]
    fn the_standard_s_examples_come_out() {
        let login = Login { user: "Mufasa".into(), password: "Circle of Life".into() };
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let realm = "http-auth@example.org";
            let challenge =
                format!("Digest realm=\"{realm}\", qop=\"auth, auth-int\", algorithm={algorithm}, nonce=\"{nonce}\"");
            let answer = answer(&challenge, &login, "GET", "/dir/index.html", cnonce).unwrap();
            assert!(answer.contains(&format!("response=\"{response}\"")), "{answer}");
            let shown = check(&answer, std::slice::from_ref(&login), realm, "GET").unwrap();
            assert_eq!(shown, Shown { nonce, count: "00000001" });
            assert!(check(&answer, std::slice::from_ref(&login), realm, "POST").is_none());
            let other = Login { password: "circle of life".into(), ..login.clone() };
            assert!(check(&answer, &[other], realm, "GET").is_none());
        }
    }

    #[test]
    fn what_is_no_digest_is_nothing() {
        let login = [Login { user: "a".into(), password: "b".into() }];
        for junk in ["", "Basic YTpi", "Digest", "Digest ", "Digest username=\"a\"", "Digest ,,,=,=", "Digést x=1"] {
            assert!(check(junk, &login, "cease", "INVITE").is_none(), "{junk}");
            assert!(answer(junk, &login[0], "INVITE", "sip:a@b", "c").is_none(), "{junk}");
        }
    }
}
