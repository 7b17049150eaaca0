//! Builds a running desk from its configuration.

use std::sync::Arc;

use anyhow::Context;
use reach::{Mailer, Texter};

use crate::app::{App, Demo, Shared};
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::Keys;
use crate::password::Hasher;

type Carriers = (Option<Arc<dyn Mailer>>, Option<Arc<dyn Texter>>);

/// Opens store and keys and joins the parts. Does not migrate.
pub async fn app(config: Config, demo: Option<Demo>) -> anyhow::Result<App> {
    let policy = config.policy()?;
    let keys = Keys::load_or_make(&config.desk.data.join("keys"), &host(&config.desk.url))?;
    let store = config.open_store().await.context("the store cannot be opened")?;
    let (mailer, texter): Carriers = match &demo {
        Some(demo) => (
            Some(Arc::new(reach::shelf::ShelfMail(demo.shelf.clone()))),
            Some(Arc::new(reach::shelf::ShelfSms(demo.shelf.clone()))),
        ),
        None if config.mail.smtp.is_empty() => (None, None),
        None => {
            let smtp = reach::mail::Smtp::new(&config.mail.smtp, &config.mail.from).context("mail.smtp")?;
            let smtp = smtp.signing(crate::mail::dkim::load(&config)?);
            (Some(Arc::new(smtp)), None)
        }
    };
    let element = crate::network::element(&config, &store)?;
    Ok(App {
        policy,
        store,
        keys,
        clock: Clock::Machine,
        element,
        mailer,
        texter,
        hasher: Hasher::default(),
        half_sent: Default::default(),
        steps: Default::default(),
        gauge: Default::default(),
        owed: tokio::sync::Notify::new(),
        live: crate::live::Hub::new(Clock::Machine.now()),
        log: crate::log::Log::open(&config)?,
        demo,
        config,
    })
}

/// The host of a URL, as the name of the certificate key.
pub fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host: String = rest.split(['/', ':']).next().unwrap_or_default().chars().take(80).collect();
    if host.is_empty() { "cease".into() } else { host }
}

/// Loads what is slow to load, beside the first requests rather than before them.
pub fn warm(app: &Shared) {
    let _ = app;
    std::thread::spawn(|| {
        case::identify::warm();
        crate::words::words(case::Lang::En);
    });
}
