//! Those whom a desk asks about money, parcels and numbers that move: each is asked something that changes nothing.

use std::time::Duration;

use reach::Failure;
use reach::carrier::{Carrier, Hook, HttpCarrier, Settings};

use super::{Check, Health, check};
use crate::config::Config;

/// Nobody is waited for longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// A well-formed number of no parcel (UPU S10).
const NO_PARCEL: &str = "ZZ000000005ZZ";

/// Whether billing answers and knows us.
pub(super) async fn billing(config: &Config) -> Option<Check> {
    let mend = "check [billing], that the system runs, and what this desk may do there; see docs/money.md";
    let billing = match crate::work::billing::connector(config) {
        Ok(billing) => billing?,
        Err(e) => return Some(check("billing", Health::Fail, format!("{e:#}"), mend)),
    };
    Some(match tokio::time::timeout(PATIENCE, billing.probe()).await {
        Ok(Ok(says)) => check("billing", Health::Ok, format!("{}: {says}", billing.name()), ""),
        Ok(Err(e)) => check("billing", Health::Fail, e.to_string(), mend),
        Err(_) => check("billing", Health::Fail, format!("{}: no answer in twenty seconds", billing.name()), mend),
    })
}

/// Whether each carrier answers. One that only tells by itself is not asked.
pub(super) async fn carriers(config: &Config) -> Vec<Check> {
    let mut all = Vec::new();
    for settings in &config.carriers {
        all.push(carrier(settings).await);
    }
    all
}

async fn carrier(settings: &Settings) -> Check {
    let mend = "check [[carriers]], its url, headers and link; see docs/returns.md";
    let name = &settings.name;
    let made = HttpCarrier::new(settings).and_then(|http| Hook::new(settings).map(|_| http));
    let http = match made {
        Ok(Some(http)) => http,
        Ok(None) => return check("carrier", Health::Ok, format!("{name}: tells by itself"), ""),
        Err(e) => return check("carrier", Health::Fail, format!("{name}: {e}"), mend),
    };
    match tokio::time::timeout(PATIENCE, http.status(NO_PARCEL)).await {
        Ok(Ok(_)) => check("carrier", Health::Ok, format!("{name}: answers"), ""),
        Ok(Err(Failure::Retry(why) | Failure::NotYet(why) | Failure::GiveUp(why))) => {
            check("carrier", Health::Fail, format!("{name}: {}", why.trim_start_matches(&format!("{name}: "))), mend)
        }
        Err(_) => check("carrier", Health::Fail, format!("{name}: no answer in twenty seconds"), mend),
    }
}

/// Who gives codes is not asked: every question there makes a code.
pub(super) fn porting(config: &Config) -> Option<Check> {
    let settings = config.porting.as_ref()?;
    let mend = "check [porting]; see docs/ways.md";
    let made = reach::porting::Http::new(settings).and_then(|_| reach::porting::Hook::new(settings));
    Some(match made {
        Ok(Some(_)) => check("porting", Health::Ok, "gives codes, and tells when a number has gone", ""),
        Ok(None) => {
            let says = "gives codes; that a number has gone is for the desk to say, as porting.webhook is not set";
            check("porting", Health::Warn, says, "let porting tell: porting.webhook, docs/ways.md")
        }
        Err(e) => check("porting", Health::Fail, e, mend),
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers each request with the next of these; answers what was asked too.
    async fn serves(answers: Vec<(u16, &'static str)>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            let mut asked = Vec::new();
            for (status, body) in answers {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(socket.read_u8().await.unwrap());
                }
                asked.push(String::from_utf8(head).unwrap().lines().next().unwrap_or_default().to_owned());
                let head =
                    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                socket.write_all(head.as_bytes()).await.unwrap();
                socket.write_all(body.as_bytes()).await.unwrap();
            }
            asked
        });
        (url, task)
    }

    fn of(toml: &str) -> Config {
        let read: toml::Table = toml::from_str(toml).unwrap();
        let mut config = Config::default();
        if let Some(billing) = read.get("billing") {
            config.billing = billing.clone().try_into().unwrap();
        }
        if let Some(carriers) = read.get("carriers") {
            config.carriers = carriers.clone().try_into().unwrap();
        }
        if let Some(porting) = read.get("porting") {
            config.porting = Some(porting.clone().try_into().unwrap());
        }
        config
    }

    fn seen(check: &Check) -> (bool, String) {
        (check.result == Health::Ok, check.says.clone())
    }

    #[tokio::test]
    async fn kill_bill_is_asked_for_our_tenant() {
        let (url, task) = serves(vec![(200, "{}"), (401, ""), (404, "")]).await;
        let config = of(&format!(
            "[billing.killbill]\nurl = \"{url}\"\nuser = \"cease\"\npassword = \"p\"\napi_key = \"k&1\"\n\
             api_secret = \"s\"\n[billing.killbill.link]\nallow = [\"127.0.0.1\"]\n"
        ));
        let mut says = Vec::new();
        for _ in 0..3 {
            says.push(seen(&billing(&config).await.unwrap()));
        }
        assert!(says[0].0 && !says[1].0 && !says[2].0, "{says:?}");
        assert!(says[1].1.contains("401") && says[2].1.contains("404"), "{says:?}");
        assert_eq!(task.await.unwrap()[0], "GET /1.0/kb/tenants?apiKey=k%261 HTTP/1.1");
        let (down, _) = seen(&billing(&config).await.unwrap());
        assert!(!down, "nobody listens there any more");
    }

    #[tokio::test]
    async fn a_billing_system_that_was_described_is_only_looked_at() {
        let (url, task) = serves(vec![(404, ""), (403, ""), (200, "{}"), (500, "")]).await;
        let request = |name: &str| format!("{name} = {{ method = \"POST\", url = \"{url}/{name}/{{iccid}}\" }}\n");
        let config = of(&format!(
            "[billing.http]\nobserve = {{ method = \"GET\", url = \"{url}/cards/{{iccid}}\" }}\n{}{}{}\
             [billing.http.link]\nallow = [\"127.0.0.1\"]\n[billing.http.read]\nended = \"/e\"\nlines = \"/l\"\n\
             refund_amount = \"/a\"\nrefund_reference = \"/r\"\n",
            request("stop"),
            request("bill"),
            request("refund")
        ));
        let mut well = Vec::new();
        for _ in 0..4 {
            well.push(seen(&billing(&config).await.unwrap()).0);
        }
        assert_eq!(well, [true, false, true, false], "it need not know a card that there is not");
        assert!(task.await.unwrap().iter().all(|asked| asked.starts_with("GET /cards/")));
    }

    #[tokio::test]
    async fn files_want_a_place_that_can_be_written() {
        let dir = tempfile::tempdir().unwrap();
        let config = of(&format!("[billing.csv]\ndirectory = {:?}\n", dir.path().display().to_string()));
        assert!(seen(&billing(&config).await.unwrap()).0);
        assert_eq!(std::fs::read_dir(dir.path().join("orders")).unwrap().count(), 0, "nothing is left behind");
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let config = of(&format!("[billing.csv]\ndirectory = {:?}\n", file.display().to_string()));
        assert!(!seen(&billing(&config).await.unwrap()).0);
        assert!(billing(&of("")).await.is_none(), "where nobody bills, nothing is said");
    }

    #[tokio::test]
    async fn each_carrier_is_asked_about_no_parcel() {
        let (url, task) = serves(vec![(404, ""), (401, "")]).await;
        let one = |name: &str| {
            format!(
                "[[carriers]]\nname = \"{name}\"\ncarries = [\"*\"]\nurl = \"{url}/{{tracking}}\"\nwords = {{ D = \"delivered\" }}\n\
                 link = {{ allow = [\"127.0.0.1\"] }}\n"
            )
        };
        let tells = "[[carriers]]\nname = \"tells\"\ncarries = [\"*\"]\nwords = { D = \"delivered\" }\n\
                     webhook = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n";
        let config = of(&[one("royal"), one("other"), tells.into()].concat());
        let found: Vec<_> = carriers(&config).await.iter().map(seen).collect();
        assert_eq!(found.iter().map(|(well, _)| *well).collect::<Vec<_>>(), [true, false, true], "{found:?}");
        assert_eq!(found[1].1, "other: HTTP 401");
        assert_eq!(task.await.unwrap()[0], format!("GET /{NO_PARCEL} HTTP/1.1"));
        assert_eq!(case::tracking::track(NO_PARCEL, &[]).unwrap().tracking.number, NO_PARCEL);
    }

    #[test]
    fn porting_that_does_not_tell_is_a_warning() {
        let with = |more: &str| {
            let text = format!("[porting]\nurl = \"https://porting.example/codes\"\ntoken = \"t\"\n{more}");
            porting(&of(&text)).unwrap().result
        };
        assert!(with("") == Health::Warn);
        assert!(with("webhook = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n") == Health::Ok);
        assert!(with("webhook = \"whsec_AAAA\"\n") == Health::Fail);
    }
}
