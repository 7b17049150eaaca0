//! Whether a post comes from a page of ours, as far as the browser says. The form token decides in any case; this
//! turns away what a browser itself calls foreign, before anything is read of it.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Uri, header};

/// Whether the browser says that another site sends this. Programs say nothing, and `Origin: null` is what a browser
/// says of our own pages, because they give no referrer.
pub fn foreign(parts: &Parts) -> bool {
    let fetch = text(&parts.headers, &HeaderName::from_static("sec-fetch-site"));
    if let Some(site) = fetch {
        return !matches!(site, "same-origin" | "none");
    }
    match text(&parts.headers, &header::ORIGIN) {
        None | Some("null") => false,
        Some(origin) => {
            let asked = text(&parts.headers, &header::HOST).or_else(|| parts.uri.authority().map(|a| a.as_str()));
            let origin = origin.parse::<Uri>().ok();
            let from = origin.as_ref().and_then(|origin| origin.authority()).map(|a| a.as_str());
            from.is_none() || asked.is_none_or(|asked| !from.is_some_and(|from| from.eq_ignore_ascii_case(asked)))
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // What cannot be read is as foreign as can be.
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::foreign;

    #[test]
    fn a_post_from_another_site_is_known_by_what_the_browser_says() {
        let says = |headers: &[(&str, &str)]| {
            let mut request = Request::post("/cancel").header("host", "desk.example");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            foreign(&request.body(()).unwrap().into_parts().0)
        };
        for own in [
            &[][..],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://desk.example")],
            &[("origin", "null")],
        ] {
            assert!(!says(own), "{own:?}");
        }
        for other in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://desk.example")],
            &[("origin", "https://evil.example")],
            &[("origin", "https://desk.example.evil.example")],
            &[("origin", "https://desk.example:8443")],
            &[("origin", "desk")],
            &[("origin", "")],
        ] {
            assert!(says(other), "{other:?}");
        }
    }
}
