//! Where a person goes on to: only ever a path of ours, whatever a link says; and the query of a
//! request, read without a type of its own.

use axum::http::Uri;

use crate::web::visit::Visit;

const LONGEST: usize = 400;

/// The path, if it is one of ours; otherwise `or`. Browsers read `//host`, `/\host` and paths with
/// control characters in them as other sites.
pub fn local<'a>(next: &'a str, or: &'a str) -> &'a str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= LONGEST
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if ours { next } else { or }
}

/// The way to sign in, and from there back to what was asked for, with its query where that is not too long.
pub fn back_to(visit: &Visit, desk: bool) -> String {
    let asked = if visit.query.is_empty() { visit.path.clone() } else { format!("{}?{}", visit.path, visit.query) };
    let asked = local(&asked, &visit.path).replace('%', "%25").replace('&', "%26").replace('+', "%2B");
    format!("{}?next={asked}", if desk { "/desk/sign-in" } else { "/sign-in" })
}

/// A value of the query; empty where it is absent.
pub fn query(uri: &Uri, name: &str) -> String {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.take(20).find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default()
}

/// `path?name=value&…`, without the empty ones.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, v)| !v.is_empty()));
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for evil in [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "evil",
            "",
            "/路",
        ] {
            assert_eq!(local(evil, "/account"), "/account", "{evil:?}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(LONGEST)), "/"), "/");
        for ours in ["/", "/cancel/statement", "/case/C7K4-M2QX-D?x=1#y"] {
            assert_eq!(local(ours, "/account"), ours);
        }
    }

    #[test]
    fn queries_are_read_and_written() {
        let uri: Uri = "/confirm?next=%2Fcancel%2Fstatement&x=".parse().unwrap();
        assert_eq!(query(&uri, "next"), "/cancel/statement");
        assert_eq!(query(&uri, "y"), "");
        assert_eq!(with_query("/confirm", &[("next", "/a b"), ("for", "")]), "/confirm?next=%2Fa+b");
    }
}
