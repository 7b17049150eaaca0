//! Builds a running desk from its configuration.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use reach::{Mailer, Texter};
use store::{AnyStore, StoreError, View};

use crate::app::{App, Demo, Shared};
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::Keys;
use crate::network::silent::Silent;
use crate::password::Hasher;
use crate::rules::Rules;

type Carriers = (Option<Arc<dyn Mailer>>, Option<Arc<dyn Texter>>);

/// Opens store and keys and joins the parts. Does not migrate.
pub async fn app(config: Config, demo: Option<Demo>) -> anyhow::Result<App> {
    let mut book = config.book()?;
    let register = crate::official::Registers::new(&config, book.on(Clock::Machine.now()))?;
    let data = &config.desk.data;
    std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let store = config.open_store().await.context("the store cannot be opened")?;
    let dir = config.desk.data.join("keys");
    if let Some(key) = Keys::missing(&dir)
        && in_use(&store).await?
    {
        let at = dir.join(key).display().to_string();
        anyhow::bail!(
            "{at} is missing, and what this store holds was sealed or signed with it: put it back from your backup, or copy \
             it from a machine that has it"
        );
    }
    let keys = Keys::load_or_make(&dir, &host(&config.desk.url))?;
    let (mailer, texter): Carriers = match &demo {
        Some(demo) => (
            Some(Arc::new(reach::shelf::ShelfMail(demo.shelf.clone()))),
            Some(Arc::new(reach::shelf::ShelfSms(demo.shelf.clone()))),
        ),
        None => {
            let mailer = match config.mail.smtp.as_str() {
                "" => None,
                url => {
                    let smtp = reach::mail::Smtp::new(url, &config.mail.from)
                        .map_err(crate::config::plain)
                        .context("mail.smtp")?;
                    let smtp = smtp.signing(crate::mail::dkim::load(&config)?).naming(crate::mail::names(&keys));
                    Some(Arc::new(smtp) as Arc<dyn Mailer>)
                }
            };
            let smsc = config.sms.settings()?.map(reach::sms::Smpp::new);
            (mailer, smsc.map(|smsc| Arc::new(smsc) as Arc<dyn Texter>))
        }
    };
    let sim_swap = match &config.sim_swap {
        Some(settings) => {
            let client = reach::sim_swap::Camara::new(settings).map_err(|why| anyhow::anyhow!("sim_swap.{why}"))?;
            Some(Arc::new(client) as Arc<dyn reach::sim_swap::SimSwap>)
        }
        None => None,
    };
    let oidc = match &config.oidc {
        Some(oidc) => Some(Arc::new(oidc.connector(&config.desk.url)?) as Arc<dyn reach::oidc::Provider>),
        None => None,
    };
    let mut element = crate::network::element(&config, &store)?;
    if let Some(demo) = &demo {
        element = Arc::new(Silent { element, silent: demo.silent.clone() });
    }
    let billing = match &demo {
        Some(demo) => Some(demo.billing.clone() as Arc<dyn reach::billing::Billing>),
        None => crate::work::billing::connector(&config)?,
    };
    book.amend(|policy| policy.tariff.connected = billing.is_some());
    let policy = Rules::new(book, Clock::Machine.now());
    let porting = match (&demo, &config.porting) {
        (Some(_), _) => Some(Arc::new(reach::porting::Fake::new(policy.clocks.codes.days)) as _),
        (None, Some(settings)) => {
            let client = reach::porting::Http::new(settings).map_err(|why| anyhow::anyhow!("porting.{why}"))?;
            Some(Arc::new(client) as Arc<dyn reach::porting::Porting>)
        }
        (None, None) => None,
    };
    let hook = config.porting.as_ref().map(reach::porting::Hook::new).transpose();
    let porting_hook = hook.map_err(|why| anyhow::anyhow!("porting.{why}"))?.flatten();
    Ok(App {
        policy,
        register,
        store,
        keys,
        clock: Clock::Machine,
        element,
        billing,
        mailer,
        texter,
        sim_swap,
        oidc,
        porting,
        porting_hook,
        hasher: Hasher::default(),
        half_sent: Default::default(),
        unreported: Default::default(),
        probe: Default::default(),
        far: Default::default(),
        steps: Default::default(),
        gaps: Default::default(),
        gauge: Default::default(),
        net: Default::default(),
        webhooks: Default::default(),
        glances: Default::default(),
        counted: Default::default(),
        owed: tokio::sync::Notify::new(),
        hands: crate::work::hands::Hands::default(),
        live: crate::live::Hub::new(Clock::Machine.now()),
        log: crate::log::Log::open(&config)?,
        draws: true,
        carriers: crate::returns::carriers::Carriers::new(&config.carriers)?,
        demo,
        config,
    })
}

/// Whether a desk has worked with this store: another set of keys would read nothing of it. One without tables has not; of
/// one that does not answer nobody knows.
pub(crate) async fn in_use(store: &AnyStore) -> Result<bool, StoreError> {
    let used = async {
        let known = store.mark(DESK_KEY).await?.is_some() || !store.staff().await?.is_empty();
        Ok(known || !store.list(View::All, None, 1).await?.is_empty())
    };
    match used.await {
        Err(StoreError::Unmigrated) => Ok(false),
        used => used,
    }
}

/// Where the store has by which `desk.key` it is worked.
pub(crate) const DESK_KEY: &str = "desk-key";

/// Keys of this machine that are not those by which the others work with the store.
#[derive(Debug, thiserror::Error)]
#[error("{} is not the one by which {does}", path.display())]
pub struct OtherKeys {
    path: PathBuf,
    does: &'static str,
}

/// Brings the store up to date, and ties it to these keys: whoever comes first. Two machines with keys of their own would
/// each write what the other cannot read, and sign letters by keys of which one name in DNS has room for one.
pub async fn migrate(app: &App) -> anyhow::Result<()> {
    app.store.migrate().await?;
    let dir = app.config.desk.data.join("keys");
    let ours = app.keys.name();
    if app.store.first_mark(DESK_KEY, &ours).await? != ours {
        let does = "what this store holds was sealed: copy the folder `keys` from the machine that has it";
        return Err(OtherKeys { path: dir.join("desk.key"), does }.into());
    }
    if app.config.mail.smtp.is_empty() || app.demo.is_some() {
        return Ok(());
    }
    // The record as it was first published, word for word.
    for (name, ours) in crate::mail::dkim::load(&app.config)?.records() {
        if app.store.first_mark(&format!("dns {name}"), &ours).await? != ours {
            let does = "letters are signed under that name, which has room for one: copy it from the machine that has it, \
                        or, where there is none any more, give the new one a name of its own (mail.dkim)";
            let file = if name.contains("-rsa.") { "dkim-rsa.pem" } else { "dkim.key" };
            return Err(OtherKeys { path: dir.join(file), does }.into());
        }
    }
    Ok(())
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
        crate::words::warm();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another set of keys would read nothing of what is there, and be taken for a database that was put back.
    #[tokio::test]
    async fn keys_that_are_lost_are_not_made_anew_under_a_desk_that_has_worked() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.desk.data = dir.path().to_owned();
        let fresh = app(config.clone(), None).await.unwrap();
        fresh.store.migrate().await.unwrap();
        drop(fresh);
        let keys = dir.path().join("keys");
        std::fs::remove_file(keys.join("desk.key")).unwrap();
        let again = app(config.clone(), None).await.unwrap();
        crate::testing::staff(&Arc::new(again), 2, "lin", case::Role::Agent).await;
        for key in ["desk.key", "certificate.key"] {
            let kept = std::fs::read(keys.join(key)).unwrap();
            std::fs::remove_file(keys.join(key)).unwrap();
            let said = app(config.clone(), None).await.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains(key) && said.contains("backup"), "{said}");
            assert!(!keys.join(key).exists());
            std::fs::write(keys.join(key), kept).unwrap();
            std::fs::set_permissions(keys.join(key), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        assert!(app(config, None).await.is_ok());
    }

    #[tokio::test]
    async fn machines_with_keys_of_their_own_do_not_work_with_one_store() {
        let dir = tempfile::tempdir().unwrap();
        let machine = |name: &str, from: &str| {
            let mut config = Config::default();
            config.desk.data = dir.path().join(name);
            config.store.url = format!("sqlite:{}", dir.path().join("one.db").display());
            config.mail.from = from.to_owned();
            config.mail.smtp = if from.is_empty() { String::new() } else { "smtp://localhost:1".to_owned() };
            config
        };
        let starts = async |config: Config| migrate(&app(config, None).await?).await;
        let why = async |config: Config| {
            let error = starts(config).await.unwrap_err();
            assert!(error.is::<OtherKeys>(), "{error:#}");
            error.to_string()
        };
        starts(machine("a", "")).await.unwrap();
        starts(machine("a", "")).await.unwrap();
        let apart = Config { store: Config::default().store, ..machine("b", "") };
        starts(apart).await.unwrap();
        assert!(why(machine("b", "")).await.contains("b/keys/desk.key"));
        // With the key of the desk, and not that of its letters.
        std::fs::copy(dir.path().join("a/keys/desk.key"), dir.path().join("b/keys/desk.key")).unwrap();
        starts(machine("b", "")).await.unwrap();
        starts(machine("a", "desk@laika.example")).await.unwrap();
        assert!(why(machine("b", "desk@laika.example")).await.contains("b/keys/dkim.key"));
        std::fs::copy(dir.path().join("a/keys/dkim.key"), dir.path().join("b/keys/dkim.key")).unwrap();
        starts(machine("b", "desk@laika.example")).await.unwrap();
    }

    /// Whether it has been worked with nobody knows: a new key might read nothing of it.
    #[tokio::test]
    async fn no_key_is_made_for_a_store_that_does_not_answer() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.desk.data = dir.path().join("desk");
        starts_and_damages(&config).await;
        let keys = dir.path().join("desk/keys");
        std::fs::remove_dir_all(&keys).unwrap();
        assert!(app(config, None).await.is_err());
        assert!(!keys.exists());
    }

    /// A store that opens and fails every question about who and what is in it.
    async fn starts_and_damages(config: &Config) {
        let made = app(config.clone(), None).await.unwrap();
        migrate(&made).await.unwrap();
        drop(made);
        let raw = rusqlite::Connection::open(config.desk.data.join("cease.db")).unwrap();
        raw.execute_batch("ALTER TABLE mark RENAME COLUMN value TO other").unwrap();
    }
}
