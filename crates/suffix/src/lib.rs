//! Which part of a host's name somebody has registered, by the public suffix list. A crate of its own
//! because that list is one great match, compiled wherever it is called: here, once, and unoptimised.
#![forbid(unsafe_code)]

/// `example.co.uk` of `desk.example.co.uk`; none where nobody can own the name, as with `co.uk`. Lower case.
pub fn registrable(host: &str) -> Option<&str> {
    psl::domain_str(host)
}

/// Whether the list has the suffix, rather than that it must be one because it is the last label.
pub fn is_known(host: &str) -> bool {
    psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_is_told_from_what_it_is_registered_below() {
        for (host, of, known) in [
            ("desk.example.co.uk", Some("example.co.uk"), true),
            ("co.uk", None, true),
            ("laika.example", Some("laika.example"), false),
            ("例子.中国", Some("例子.中国"), true),
        ] {
            assert_eq!((super::registrable(host), super::is_known(host)), (of, known), "{host}");
        }
    }
}
