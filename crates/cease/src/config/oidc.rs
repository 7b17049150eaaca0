//! `[oidc]`: the identity provider that staff sign in with (docs/oidc.md).

use anyhow::bail;
use case::{Agency, Lang, Role};
use reach::http::Link;
use reach::oidc::{Connector, Settings};
use reach::secret::Secret;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// As the provider calls itself, letter by letter.
    pub issuer: String,
    /// What people call the provider: it stands on the button.
    pub name: String,
    /// The same for a Chinese reader; empty: the same name.
    #[serde(default)]
    pub name_zh: String,
    pub client_id: String,
    pub client_secret: Secret,
    #[serde(default = "scope")]
    pub scope: String,
    /// The claim of the ID token that has the groups; a dot leads into an object.
    #[serde(default = "claim")]
    pub groups_claim: String,
    /// Which groups work here, and as what. Whoever is in none of them does not.
    pub groups: Vec<Group>,
    /// Seconds that the provider's clock may be from ours.
    #[serde(default = "skew")]
    pub skew_seconds: u32,
    /// Hours after which the provider asks a person again.
    #[serde(default = "hours")]
    pub session_hours: u32,
    /// Ways of asking (`acr`) one of which must have been used; empty: any.
    #[serde(default)]
    pub acr: Vec<String>,
    /// Methods (`amr`) one of which must have been used, such as `mfa`; empty: any.
    #[serde(default)]
    pub amr: Vec<String>,
    #[serde(default)]
    pub link: Link,
}

/// What a group is here. Role and agency come from one group, so that leaving one never makes a partner's person the
/// house's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name at the provider.
    pub is: String,
    pub role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Agency>,
}

fn scope() -> String {
    "openid profile email".into()
}

fn claim() -> String {
    "groups".into()
}

fn skew() -> u32 {
    60
}

fn hours() -> u32 {
    12
}

impl Oidc {
    /// Where browsers come back to; the provider must have exactly this.
    pub fn redirect(desk: &str) -> String {
        format!("{}/desk/sign-in/back", desk.trim_end_matches('/'))
    }

    pub fn connector(&self, desk: &str) -> anyhow::Result<Connector> {
        self.check()?;
        let secret = self.client_secret.read().map_err(|why| anyhow::anyhow!("oidc.client_secret: {why}"))?;
        let settings = Settings {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: secret,
            redirect: Self::redirect(desk),
            link: self.link.clone(),
        };
        Connector::new(settings).map_err(|why| anyhow::anyhow!("oidc.{why}"))
    }

    pub fn check(&self) -> anyhow::Result<()> {
        if self.name.trim().is_empty() {
            bail!("oidc.name is what people call the provider; it stands on the button");
        }
        if !self.scope.split(' ').any(|scope| scope == "openid") {
            bail!("oidc.scope must have openid in it");
        }
        if self.groups.is_empty() {
            bail!("oidc.groups must say which groups work here: [[oidc.groups]] is = \"…\", role = \"agent\"");
        }
        if self.groups.iter().any(|group| group.is.is_empty()) {
            bail!("oidc.groups.is must be the name of a group at the provider");
        }
        if self.groups.iter().any(|group| group.role == Role::Admin && group.agency.is_some()) {
            bail!("oidc.groups: an agency has agents and approvers; admins are the house's");
        }
        if self.skew_seconds > 300 {
            bail!("oidc.skew_seconds must be at most 300");
        }
        if !(1..=24).contains(&self.session_hours) {
            bail!("oidc.session_hours must be from 1 to 24");
        }
        Ok(())
    }

    pub fn called(&self, lang: Lang) -> &str {
        match lang {
            Lang::ZhCn if !self.name_zh.is_empty() => &self.name_zh,
            Lang::ZhCn | Lang::En => &self.name,
        }
    }

    /// What somebody in these groups is here: the most that one of them gives. None where no group works here, or where
    /// they work for more than one house.
    pub fn works_as(&self, groups: &[&str]) -> Option<(Role, Option<&Agency>)> {
        let mut found = self.groups.iter().filter(|group| groups.contains(&group.is.as_str()));
        let first = found.next()?;
        let (mut role, agency) = (first.role, first.agency.as_ref());
        for group in found {
            if group.agency.as_ref() != agency {
                return None;
            }
            role = role.max(group.role);
        }
        Some((role, agency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn oidc() -> Oidc {
        toml::from_str(
            r#"
            issuer = "https://id.example"
            name = "Example ID"
            client_id = "desk"
            client_secret = "s"
            groups = [
                { is = "agents", role = "agent" },
                { is = "leads", role = "approver" },
                { is = "admins", role = "admin" },
                { is = "north", role = "agent", agency = "north" },
                { is = "north leads", role = "approver", agency = "north" },
                { is = "south", role = "agent", agency = "south" },
            ]
            "#,
        )
        .unwrap()
    }

    #[test]
    fn a_group_gives_role_and_house_and_nobody_works_for_two() {
        let oidc = oidc();
        let works = |groups: &[&str]| oidc.works_as(groups).map(|(role, agency)| (role, agency.map(Agency::as_str)));
        assert_eq!(works(&["agents"]), Some((Role::Agent, None)));
        assert_eq!(works(&["else", "agents", "leads"]), Some((Role::Approver, None)));
        assert_eq!(works(&["admins", "agents"]), Some((Role::Admin, None)));
        assert_eq!(works(&["north leads", "north"]), Some((Role::Approver, Some("north"))));
        for none in [&["north", "south"][..], &["agents", "north"], &["north", "leads"], &[], &["Agents"], &[""]] {
            assert_eq!(works(none), None, "{none:?}");
        }
    }

    #[test]
    fn what_cannot_work_is_said_at_the_start() {
        let why = |change: &dyn Fn(&mut Oidc)| {
            let mut oidc = oidc();
            change(&mut oidc);
            oidc.connector("https://desk.example").map_or_else(|e| e.to_string(), |_| "fine".into())
        };
        assert_eq!(why(&|_| {}), "fine");
        assert!(why(&|o| o.groups.clear()).starts_with("oidc.groups must"));
        assert!(why(&|o| o.groups[2].agency = "north".parse().ok()).contains("admins are the house's"));
        assert!(why(&|o| o.scope = "profile".into()).starts_with("oidc.scope"));
        assert!(why(&|o| o.issuer = "http://id.example".into()).starts_with("oidc.issuer"));
        assert!(why(&|o| o.skew_seconds = 301).starts_with("oidc.skew_seconds"));
        assert!(why(&|o| o.session_hours = 25).starts_with("oidc.session_hours"));
        assert!(why(&|o| o.client_secret = Secret::Text(String::new())).starts_with("oidc.client_id"));
        assert!(!format!("{:?}", oidc()).contains("\"s\""));
        assert_eq!(Oidc::redirect("https://desk.example/"), "https://desk.example/desk/sign-in/back");
    }
}
