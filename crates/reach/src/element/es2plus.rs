//! An SM-DP+ by ES2+ (GSMA SGP.22 v2, §5.3): the order of an eSIM profile is cancelled, so that nobody
//! can download it any more.
//!
//! ES2+ has no function that only asks. What an order is comes out when it is cancelled, and so the
//! cancelling is asked for twice: the first answer does it, the second, under a call identifier of its own,
//! reads it back. An order that is gone is unknown then (8.2.1/3.9), or unavailable, or taken once more;
//! either way it can no longer be downloaded. There is nothing to bar, and observing asks nobody: both say
//! "gone" so that they hold up nobody, and in words that they know nothing. Certificates rest on `cease`.
//!
//! A profile that was downloaded already (8.2.1/3.3) cannot be cancelled by anybody but the holder of the
//! device. That is no failure: the network's own register ends the card, and the profile left behind is an
//! empty one. It is said ([`ReadBack::profile_left`]), so that the holder is told to delete it.

mod codes;
pub mod wire;

use async_trait::async_trait;
use case::{EffectId, Timestamp};
use serde::{Deserialize, Serialize};

use self::codes::{Says, meaning};
use crate::http::{Ask, Client, HeaderName, HeaderValue, Link, Method};
use crate::{Element, Failure, Line, Observed, ReadBack};
use url::Url;

/// `[network.es2plus]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Es2plus {
    /// The SM-DP+, such as `https://smdp.example`; the path of a function is added.
    pub url: String,
    /// Our OID, as agreed with the SM-DP+: `functionRequesterIdentifier`.
    pub requester: String,
    /// `X-Admin-Protocol` is `gsma/rsp/v` and this.
    #[serde(default = "Es2plus::default_version")]
    pub version: String,
    /// What the profile shall be afterwards: `Unavailable` for good, or `Available` for a new order.
    #[serde(default = "Es2plus::default_final")]
    pub final_status: String,
    /// Ask for cards without an EID too: an order by activation code has none until it is downloaded. Set it
    /// where every card is an eSIM, or the SM-DP+ knows which are.
    #[serde(default)]
    pub without_eid: bool,
    #[serde(default)]
    pub link: Link,
    /// What the SM-DP+ tells us by itself.
    #[serde(default)]
    pub notifications: Option<Notifications>,
}

/// `[network.es2plus.notifications]`: whose notifications are believed, and what their numbers mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notifications {
    /// A header that only the SM-DP+ has, such as `authorization`; or the one in which whatever ends TLS before
    /// the desk says whose certificate it saw (and which it takes from nobody else).
    pub header: String,
    /// What stands in it.
    pub value: crate::secret::Secret,
    /// `notificationPointId` of a profile that has been installed. The standard ends there; what an SM-DP+ sends
    /// beyond it is between the two of you.
    #[serde(default = "Notifications::default_installed")]
    pub installed: Vec<u32>,
    #[serde(default)]
    pub enabled: Vec<u32>,
    #[serde(default)]
    pub disabled: Vec<u32>,
    #[serde(default)]
    pub deleted: Vec<u32>,
}

impl Notifications {
    fn default_installed() -> Vec<u32> {
        vec![4]
    }

    pub fn check(&self) -> Result<(), String> {
        if self.header.parse::<HeaderName>().is_err() {
            return Err("notifications.header is the name of a header".into());
        }
        let value = self.value.read().map_err(|why| format!("notifications.value: {why}"))?;
        if value.len() < 16 {
            return Err("notifications.value has at least 16 characters: whoever knows it is believed".into());
        }
        let mut all: Vec<u32> =
            [&self.installed, &self.enabled, &self.disabled, &self.deleted].into_iter().flatten().copied().collect();
        let many = all.len();
        all.sort_unstable();
        all.dedup();
        if all.len() == many { Ok(()) } else { Err("notifications: one number means one thing".into()) }
    }
}

impl Es2plus {
    fn default_version() -> String {
        "2.5.0".into()
    }

    fn default_final() -> String {
        "Unavailable".into()
    }
}

pub struct Es2plusElement {
    client: Client,
    cancel: Url,
    requester: String,
    protocol: HeaderValue,
    final_status: String,
    without_eid: bool,
}

impl Es2plusElement {
    pub fn new(settings: &Es2plus) -> Result<Self, String> {
        let client = Client::new(&settings.link)?;
        let base = client.checked(&settings.url).map_err(|why| format!("url {why}"))?;
        if base.query().is_some() {
            return Err("url must not have a ? in it".into());
        }
        let cancel = format!("{}/gsma/rsp2/es2plus/cancelOrder", base.as_str().trim_end_matches('/'));
        let dotted = |text: &str, least: usize| {
            let parts: Vec<&str> = text.split('.').collect();
            parts.len() >= least && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
        };
        if !dotted(&settings.requester, 2) {
            return Err("requester is an OID such as 1.3.6.1.4.1.99999.1".into());
        }
        if !dotted(&settings.version, 3) || settings.version.len() > 20 {
            return Err("version is one such as 2.5.0".into());
        }
        if !matches!(settings.final_status.as_str(), "Unavailable" | "Available") {
            return Err("final_status is Unavailable or Available".into());
        }
        if let Some(notifications) = &settings.notifications {
            notifications.check()?;
        }
        Ok(Self {
            client,
            cancel: cancel.parse().map_err(|_| "url is no address".to_owned())?,
            requester: settings.requester.clone(),
            protocol: HeaderValue::from_str(&format!("gsma/rsp/v{}", settings.version)).map_err(|e| e.to_string())?,
            final_status: settings.final_status.clone(),
            without_eid: settings.without_eid,
        })
    }

    /// Cancels once under this call identifier, and says what the answer means.
    async fn cancel(&self, iccid: &str, eid: Option<&str>, call: &str) -> Result<Says, Failure> {
        let body = wire::CancelOrder::new(&self.requester, call, iccid, eid, &self.final_status);
        let body = serde_json::to_string(&body).map_err(|e| Failure::GiveUp(format!("es2plus: {e}")))?;
        let headers = vec![
            (HeaderName::from_static("content-type"), HeaderValue::from_static("application/json")),
            (HeaderName::from_static("x-admin-protocol"), self.protocol.clone()),
        ];
        let answer = self.client.send(Ask { method: Method::POST, url: self.cancel.clone(), headers, body }).await?;
        if !answer.status.is_success() {
            return Err(Failure::Retry(format!("es2plus: HTTP {}", answer.status.as_u16())));
        }
        let spoken = answer.headers.get("x-admin-protocol").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !spoken.trim().to_ascii_lowercase().starts_with("gsma/rsp/v") {
            return Err(Failure::Retry("es2plus: whoever answers does not say that it speaks gsma/rsp".into()));
        }
        let status = wire::status(&answer.body).map_err(|why| Failure::Retry(format!("es2plus: {why}")))?;
        Ok(meaning(&status))
    }

    /// The numbers to cancel by, or why nobody has to be asked.
    fn order<'a>(&self, line: &'a Line) -> Result<(Option<&'a str>, Option<&'a str>), &'static str> {
        let (iccid, eid) = (line.iccid.as_deref(), line.eid.as_deref());
        if iccid.is_none() && eid.is_none() && line.imsi.is_none() {
            Err("no such activation")
        } else if eid.is_some() || self.without_eid && iccid.is_some() {
            Ok((iccid, eid))
        } else {
            Err("not an eSIM")
        }
    }

    fn without_asking(&self, line: &Line, now: Timestamp) -> ReadBack {
        let unsaid = "not asked: ES2+ has no function that only asks";
        ReadBack::new(Observed::Gone, self.order(line).err().unwrap_or(unsaid), now)
    }
}

#[async_trait]
impl Element for Es2plusElement {
    fn name(&self) -> &str {
        "es2plus"
    }

    fn tells_only_when_asked(&self) -> bool {
        true
    }

    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        Ok(self.without_asking(line, now))
    }

    /// What cannot be undone is not done before its time: the order stays until the card ends.
    async fn bar(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        Ok(self.without_asking(line, now))
    }

    async fn unbar(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        Ok(self.without_asking(line, now))
    }

    async fn cease(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        let (iccid, eid) = match self.order(line) {
            Ok(order) => order,
            Err(said) => return Ok(ReadBack::new(Observed::Gone, said, now)),
        };
        let unsent = || Failure::GiveUp("nothing was sent: the eSIM's ICCID has not 18 to 20 digits".into());
        let wire = iccid.and_then(wire::iccid).ok_or_else(unsent)?;
        let first = self.cancel(&wire, eid, &key.to_string()).await?;
        let last = match &first {
            // A call of its own, so that it is asked and not answered from memory.
            Says::Cancelled(_) => self.cancel(&wire, eid, &format!("{key}/{}", now.as_millisecond())).await?,
            Says::NotThere(_) | Says::Downloaded(_) | Says::Later(_) | Says::Never(_) => first.clone(),
        };
        let evidence = match (&first, &last) {
            (Says::Cancelled(was), Says::Cancelled(is) | Says::NotThere(is)) => format!("cancelOrder {was}, then {is}"),
            (_, said) => format!("cancelOrder {}", said.words()),
        };
        match last {
            Says::Cancelled(_) | Says::NotThere(_) => Ok(ReadBack::new(Observed::Gone, evidence, now)),
            Says::Downloaded(_) => Ok(ReadBack { profile_left: true, ..ReadBack::new(Observed::Gone, evidence, now) }),
            Says::Later(why) => Err(Failure::NotYet(format!("es2plus: cancelOrder {why}"))),
            Says::Never(why) => Err(Failure::GiveUp(format!("es2plus: cancelOrder {why}"))),
        }
    }
}
