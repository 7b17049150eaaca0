//! `[security]`: how somebody who has found a weakness reaches the operator (RFC 9116).

use anyhow::bail;
use axum::http::Uri;
use case::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Security {
    /// `mailto:…`, `tel:…` or `https://…`, the preferred one first. None: there is no `security.txt`.
    pub contact: Vec<String>,
    /// When what stands here must have been looked at again; afterwards there is none. At most a year ahead is usual.
    pub expires: Option<Timestamp>,
    /// `https://…` where the rules of disclosure, a key, thanks or openings are.
    pub policy: String,
    pub encryption: String,
    pub acknowledgments: String,
    pub hiring: String,
}

impl Security {
    pub fn check(&self) -> anyhow::Result<()> {
        if self.contact.is_empty() {
            return Ok(());
        }
        if self.expires.is_none() {
            bail!("security.expires must be set where security.contact is, such as 2027-06-01T00:00:00Z");
        }
        let sound = |text: &str| text.len() <= 500 && text.chars().all(|c| c.is_ascii_graphic());
        for contact in &self.contact {
            let known = ["mailto:", "tel:", "https://"].iter().any(|scheme| contact.starts_with(scheme));
            if !sound(contact) || !known {
                bail!("security.contact begins with mailto:, tel: or https://");
            }
        }
        for (name, text) in self.more() {
            let https = text.starts_with("https://") && text.parse::<Uri>().is_ok();
            if !text.is_empty() && !(sound(text) && (https || name == "Encryption" && text.contains(':'))) {
                bail!("security.{} begins with https://", name.to_lowercase());
            }
        }
        Ok(())
    }

    fn more(&self) -> [(&'static str, &str); 4] {
        [
            ("Policy", &self.policy),
            ("Encryption", &self.encryption),
            ("Acknowledgments", &self.acknowledgments),
            ("Hiring", &self.hiring),
        ]
    }

    /// The file, for a desk at `url`; none where nothing is set, or what is set is too old.
    pub fn text(&self, url: &str, now: Timestamp) -> Option<String> {
        let expires = self.expires.filter(|expires| *expires > now && !self.contact.is_empty())?;
        let mut text: String = self.contact.iter().map(|contact| format!("Contact: {contact}\n")).collect();
        text += &format!("Expires: {}\n", expires.strftime("%FT%TZ"));
        text += "Preferred-Languages: en, zh\n";
        text += &format!("Canonical: {url}/.well-known/security.txt\n");
        for (name, said) in self.more() {
            if !said.is_empty() {
                text += &format!("{name}: {said}\n");
            }
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Security;

    #[test]
    fn it_is_there_until_it_is_too_old_and_nothing_else_gets_into_it() {
        let at = |text: &str| text.parse().unwrap();
        let security = Security {
            contact: vec!["mailto:security@desk.example".into(), "https://desk.example/report".into()],
            expires: Some(at("2027-06-01T00:00:00Z")),
            policy: "https://desk.example/policy".into(),
            ..Security::default()
        };
        security.check().unwrap();
        assert_eq!(
            security.text("https://desk.example", at("2027-05-31T23:59:59Z")).unwrap(),
            "Contact: mailto:security@desk.example\nContact: https://desk.example/report\n\
             Expires: 2027-06-01T00:00:00Z\nPreferred-Languages: en, zh\n\
             Canonical: https://desk.example/.well-known/security.txt\nPolicy: https://desk.example/policy\n"
        );
        assert_eq!(security.text("https://desk.example", at("2027-06-01T00:00:00Z")), None);
        assert_eq!(Security::default().text("https://desk.example", at("2027-05-31T00:00:00Z")), None);
        let why = |change: &dyn Fn(&mut Security)| {
            let mut other = security.clone();
            change(&mut other);
            other.check().map_or_else(|e| e.to_string(), |()| "fine".into())
        };
        assert!(why(&|s| s.expires = None).starts_with("security.expires"));
        for contact in ["security@desk.example", "http://desk.example", "mailto:a@b\nContact: mailto:c@d", ""] {
            assert!(why(&|s| s.contact = vec![contact.into()]).starts_with("security.contact"), "{contact}");
        }
        assert!(why(&|s| s.policy = "http://desk.example".into()).starts_with("security.policy"));
        assert_eq!(why(&|s| s.encryption = "openpgp4fpr:5F2DE5521C63A801AB59CCB603D49DE44B29100F".into()), "fine");
    }
}
