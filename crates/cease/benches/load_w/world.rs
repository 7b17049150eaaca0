//! What is there before the clock runs: accounts, cards, and browsers that have come as far as the
//! last page of the declaration. Written straight into the store; everything after goes over HTTP.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use case::{AccountId, CardId, CardRecord, CaseRef, Level, Money, Person, Role, Timestamp};
use cease::chance;
use cease::clock::Clock;
use cease::config::Config;
use cease::keys::{Keys, hex_of, sha256};
use cease::web::counter::draft::Draft;
use jiff::SignedDuration;
use serde_json::json;
use store::{Account, AnyStore, Import, Session};
use tokio::task::JoinSet;

use crate::http::form;

/// About 1 KB of declaration with the rest of the form.
const STATEMENT: &str = "I have moved abroad for good and no longer use this data card. Please end it at the earliest \
    possible date, release the number, and send me the final account. ";

/// A person about to press the last button.
pub struct Holder {
    pub cookie: String,
    /// The form of `/cancel/check`.
    pub declares: String,
}

pub struct World {
    pub store: AnyStore,
    keys: Keys,
    agent: Option<String>,
}

impl World {
    /// A data directory on disk, and in it a configuration as an operator would write it.
    pub async fn make(dir: &Path, address: SocketAddr, store_url: Option<&str>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let mut config = Config::default();
        config.desk.url = format!("http://127.0.0.1:{}", address.port());
        config.desk.listen = address.to_string();
        config.desk.data = dir.to_owned();
        if let Some(url) = store_url {
            config.store.url = url.to_owned();
        }
        std::fs::write(dir.join("cease.toml"), toml::to_string(&config)?)?;
        let keys = Keys::load_or_make(&dir.join("keys"), &cease::startup::host(&config.desk.url))?;
        let store = config.open_store().await?;
        store.migrate().await?;
        Ok(Self { store, keys, agent: None })
    }

    fn csrf(&self, token: &str) -> String {
        hex_of(&self.keys.mac("csrf", &[token.as_bytes()])[..16])
    }

    /// `many` accounts with a card each, and a signed-in browser for each of them.
    pub async fn holders(&self, many: usize) -> anyhow::Result<Vec<Holder>> {
        let now = Clock::Machine.now();
        let (mut import, mut holders, mut sessions) = (Import::default(), Vec::new(), Vec::new());
        for n in 0..many {
            let person = Person {
                name: format!("Holder {n}"),
                address: "12 Station Road, Exampleton EX1 2MP".into(),
                email: None,
                phone: None,
            };
            let account = account(&format!("holder-{}", chance::token()), person.clone(), None, now);
            let card = card(account.id, now);
            let draft = draft(card.iccid.as_deref().unwrap_or_default(), person, now)?;
            let (cookie, session) = browser(&account, Level::SignedIn, Some(&draft), now);
            let (csrf, mark) = (self.csrf(&cookie), draft.mark());
            let declares = form(&[("csrf", &csrf), ("token", &draft.token), ("mark", &mark)]);
            holders.push(Holder { cookie, declares });
            import.accounts.push(account);
            import.cards.push(card);
            sessions.push(session);
        }
        self.store.import(import).await?;
        self.put(sessions).await?;
        Ok(holders)
    }

    /// The cookie of an agent who has shown a second factor.
    pub async fn agent(&mut self) -> anyhow::Result<String> {
        let now = Clock::Machine.now();
        let person = Person { name: "Agent".into(), ..Person::default() };
        let agent = account(&format!("agent-{}", chance::token()), person, Some(Role::Agent), now);
        let (cookie, session) = browser(&agent, Level::SecondFactor, None, now);
        self.store.put_account(agent).await?;
        self.store.put_session(session).await?;
        self.agent = Some(cookie.clone());
        Ok(cookie)
    }

    /// The form by which the agent approves a case as it was declared.
    pub fn approves(&self) -> anyhow::Result<String> {
        let csrf = self.csrf(self.agent.as_deref().context("no agent")?);
        let evidence = "Read the statement; name and address agree with the record.";
        Ok(form(&[("csrf", &csrf), ("version", "1"), ("view", "review"), ("approve-evidence", evidence)]))
    }

    async fn put(&self, sessions: Vec<Session>) -> anyhow::Result<()> {
        let mut writes = JoinSet::new();
        for session in sessions {
            let store = self.store.clone();
            writes.spawn(async move { store.put_session(session).await });
            if writes.len() >= 256 {
                writes.join_next().await.context("no write")???;
            }
        }
        while let Some(written) = writes.join_next().await {
            written??;
        }
        Ok(())
    }

    /// Whether a case stands at its certificate.
    pub async fn certified(&self, reference: CaseRef) -> anyhow::Result<bool> {
        let case = self.store.case(reference).await?.context("a case is gone")?;
        Ok(matches!(case.stage, case::Stage::Ceased { certificate: Some(_), .. }))
    }
}

fn account(login: &str, person: Person, role: Option<Role>, now: Timestamp) -> Account {
    Account { role, ..Account::of(AccountId::from_bits(chance::bits()), login.to_lowercase(), person, now) }
}

fn card(account: AccountId, now: Timestamp) -> CardRecord {
    CardRecord {
        iccid: Some(iccid(chance::bits())),
        ..CardRecord::of(CardId::from_bits(chance::bits()), account, "Data 20".into(), now)
    }
}

/// 19 digits of which the last is their Luhn check digit.
fn iccid(bits: u64) -> String {
    let body = format!("8944{:014}", bits % 100_000_000_000_000);
    case::identify::with_luhn(&body)
}

/// All pages filled in, up to the last. The counter wants a contact, so two letters are owed
/// a case; they are written, and find no carrier configured: no mail server is measured here.
fn draft(number: &str, person: Person, now: Timestamp) -> anyhow::Result<Draft> {
    let person = Person { email: Some(format!("{}@example.org", &number[4..])), ..person };
    let statement: String = STATEMENT.chars().cycle().take(900).collect();
    Ok(serde_json::from_value(json!({
        "token": chance::token(), "number": number, "person": person, "statement": statement.trim(),
        "files": [], "wanted_end": null, "unconfirmed": false, "consent": true, "backup": true,
        "started_at": now - SignedDuration::from_mins(3), "stated": true,
        "agreed": Money::new(0, "GBP"), "nothing_to_save": false, "trapped": false,
    }))?)
}

fn browser(account: &Account, level: Level, draft: Option<&Draft>, now: Timestamp) -> (String, Session) {
    let cookie = chance::token();
    let mut session = Session {
        id: sha256(cookie.as_bytes()),
        account: Some(account.id),
        level,
        proven_at: Some(now),
        proven_account: None,
        created_at: now,
        seen_at: now,
        expires_at: now + SignedDuration::from_hours(12),
        cases: Vec::new(),
        draft: None,
        agent: "load W".into(),
        confirmed_at: None,
    };
    if let Some(draft) = draft {
        draft.keep(&mut session);
    }
    (cookie, session)
}
