//! `demo`: a complete desk for the made-up operator Laika Mobile, on SQLite, with people to sign
//! in as, cards to cancel and a queue that somebody has been working on. Nothing leaves the
//! machine: mail and SMS are shown on a page of the demo itself.

mod history;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use case::declaration::Channel;
use case::identify::{identify, with_luhn};
use case::parcel::Thing;
use case::{AccountId, Actor, Assurance, CardId, CardRecord, Command, Declaration, Lang, Level, Person, Role};
use serde_json::json;
use store::{Account, Act, Import};
use tokio::net::TcpListener;

use super::{Done, say, say_json, tell};
use crate::account::seal_totp;
use crate::act::{act, declare};
use crate::app::{App, Demo, DemoPerson, Shared};
use crate::config::Config;
use crate::startup;
use crate::voice::AgentPhone;

mod macros;
mod money;

const HOLDER_PASSWORD: &str = "orbit-kettle-march-27";
const STAFF_PASSWORD: &str = "comet-ladder-violet-58";

/// Holders: login, English or Chinese name, address, e-mail, phone, language.
const HOLDERS: [(&str, &str, &str, &str, &str, Lang); 6] = [
    ("li.wei", "李伟", "上海市浦东新区世纪大道100号8楼802室", "li.wei@example.com", "+447700900101", Lang::ZhCn),
    (
        "emma.clarke",
        "Emma Clarke",
        "14 Harbour Street, Bristol BS1 4RN",
        "emma.clarke@example.com",
        "+447700900102",
        Lang::En,
    ),
    ("wang.fang", "王芳", "北京市海淀区中关村大街27号", "wang.fang@example.com", "+447700900103", Lang::ZhCn),
    (
        "james.okoro",
        "James Okoro",
        "Flat 3, 22 Mill Road, Leeds LS1 5AB",
        "james.okoro@example.com",
        "+447700900104",
        Lang::En,
    ),
    ("ouyang.long", "欧阳龘", "广州市天河区体育东路116号", "ouyang.long@example.com", "+447700900105", Lang::ZhCn),
    (
        "sofia.martin",
        "Sofía Martín",
        "9 Abbey Lane, Edinburgh EH8 9QT",
        "sofia.martin@example.com",
        "+447700900106",
        Lang::En,
    ),
];

/// Cards: holder's index, ICCID body without its check digit, phone number, serial, product, must be returned.
const CARDS: [(usize, &str, &str, &str, &str, bool); 14] = [
    (0, "894477000000000101", "+447700900201", "LK-204817-M", "Laika Data 20 GB", false),
    (0, "894477000000000102", "+447700900202", "LK-204818-N", "Laika Travel eSIM", false),
    (1, "894477000000000103", "+447700900203", "LK-311902-R", "Laika Pocket Router 5G", true),
    (1, "894477000000000104", "+447700900204", "LK-311903-A", "Laika Data 5 GB", false),
    (2, "894477000000000105", "+447700900205", "LK-420017-C", "Laika Data 50 GB", false),
    (3, "894477000000000106", "+447700900206", "LK-420018-D", "Laika Data 20 GB", false),
    (4, "894477000000000107", "+447700900207", "LK-420019-E", "Laika Data 20 GB", false),
    (5, "894477000000000108", "+447700900208", "LK-420020-F", "Laika USB Stick", false),
    (5, "894477000000000109", "+447700900209", "LK-420021-G", "Laika Data 5 GB", false),
    (3, "894477000000000110", "+447700900210", "LK-420022-H", "Laika Data 5 GB", false),
    (2, "894477000000000111", "+447700900211", "LK-420023-J", "Laika USB Stick", false),
    (1, "894477000000000112", "+447700900212", "LK-311904-B", "Laika Pocket Router 4G", true),
    (4, "894477000000000113", "+447700900213", "LK-420024-K", "Laika Travel eSIM", false),
    // The router itself comes back, once the card has ended.
    (1, "894477000000000114", "+447700900214", "LK-311905-C", "Laika Home Router 5G", true),
];

/// Of these, the ones that already stand in the demo's queue.
const QUEUED: [usize; 4] = [2, 4, 5, 6];

/// Staff: part, login, name, role, TOTP secret (base 32; made up, as everything here).
const STAFF: [(&str, &str, &str, Role, &str); 3] = [
    ("agent", "lin@laika.example", "Lin Hao", Role::Agent, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
    ("approver", "maria@laika.example", "Maria Jansen", Role::Approver, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"),
    ("admin", "admin@laika.example", "Ada Brook", Role::Admin, "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK"),
];

/// Who works for a partner agency, and sees its cases only: which agency, then as above.
const PARTNER: (&str, &str, &str, Role, &str) =
    ("north", "nora@north.example", "Nora Beck", Role::Agent, "ONUGC3DFONUW4Z3JONUGC3DFONUW4Z3J");

/// What a demonstration is asked for.
pub struct Asked {
    pub port: u16,
    pub data: Option<PathBuf>,
    /// A rule pack; none: the British one.
    pub rules: Option<String>,
    /// Whether there is a history.
    pub past: bool,
    /// Whether it answers the telephone.
    pub voice: bool,
    /// The phone of the desk that callers are put through to.
    pub phone: Option<String>,
}

pub async fn demo(asked: Asked, json: bool) -> Done {
    let Asked { port, data, rules, past, voice, phone } = asked;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| format!("port {port} on this machine is taken; choose another with --port"))?;
    let url = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
    // Held until the end: a temporary directory goes when the demo does.
    let forgotten = if data.is_none() { Some(tempfile::tempdir()?) } else { None };
    let dir = data.unwrap_or_else(|| forgotten.as_ref().map_or_else(PathBuf::new, |d| d.path().to_owned()));
    claim(&dir)?;
    let app = Arc::new(open(&url, &dir, rules, voice.then_some(phone)).await?);
    if app.store.staff().await?.is_empty() {
        seed(&app).await?;
        if past {
            history::write(&app).await.context("the history could not be written")?;
            history::late_charge(&app).await.context("the alarm could not be raised")?;
            history::erased(&app).await.context("the oldest case could not be erased")?;
        }
    }
    super::verify::remember_key(&app.keys.signing().public());
    if voice {
        tell("cease: the hotline learns to speak; the first time that takes a minute");
    }
    let calls = crate::voice::open(&app).await?;
    let sip = calls.as_ref().map(|open| format!("sip:hotline@{}", open.at));
    announce(&app, &url, &dir, sip.as_deref(), json)?;
    super::run::until_stopped_with(app, Some(listener), calls).await
}

/// What says of a folder that all in it is made up.
const MARK: &str = "made-up";

/// Takes a folder in which there is nothing, or one that a demonstration has made: its people, with passwords that anybody
/// can read, have no place on an operator's own desk, nor its register over a file of theirs.
fn claim(dir: &Path) -> anyhow::Result<()> {
    let named = || format!("{}", dir.display());
    std::fs::create_dir_all(dir).with_context(named)?;
    if !dir.join(MARK).exists() {
        if std::fs::read_dir(dir).with_context(named)?.next().is_some() {
            anyhow::bail!(
                "{} is no demonstration's, and there is something in it: give --data another folder, or one that is new",
                dir.display()
            );
        }
        std::fs::write(dir.join(MARK), "A demonstration: operator, people, cases and figures are made up.\n")
            .with_context(named)?;
    }
    Ok(())
}

/// The made-up operator's register, with a fake that somebody has reported.
const CHANNELS: &str = r#"
official = [
  { kind = "domain", value = "laika.example" },
  { kind = "sender", value = "Laika" },
  { kind = "short-code", value = "60500" },
  { kind = "handle", value = "wechat:laika_desk" },
]
fake = [
  { kind = "domain", value = "cancel-laika.example" },
  { kind = "handle", value = "telegram:laika_refunds" },
]
"#;

/// The demo's desk over a directory, under these rules or the British ones; where it is asked for, with a hotline for
/// phones of this machine, and perhaps a phone at the desk.
async fn open(url: &str, dir: &Path, rules: Option<String>, hotline: Option<Option<String>>) -> anyhow::Result<App> {
    let answers = |phone: Option<String>| crate::voice::VoiceConfig {
        listen: "127.0.0.1:0".into(),
        peers: vec![ipnet::IpNet::from(std::net::IpAddr::from([127, 0, 0, 1]))],
        agents: phone.into_iter().map(|uri| AgentPhone { uri, login: STAFF[0].1.into() }).collect(),
        ..Default::default()
    };
    let mut config = Config { voice: hotline.map(answers), ..Config::default() };
    config.desk.url = url.to_owned();
    config.desk.data = dir.to_owned();
    config.desk.channels = dir.join("channels.toml");
    config.rules.pack = rules.unwrap_or_else(|| "uk".into());
    std::fs::create_dir_all(dir)?;
    std::fs::write(&config.desk.channels, CHANNELS)?;
    config.desk.return_address = "Laika Mobile Returns\n1 Orbit Way\nBristol BS1 0AA".into();
    config.desk.hotline = "0800 000 0000".into();
    config.desk.mailbox = "desk@laika.example".into();
    config.mail.inbox.address = "desk@laika.example".into();
    config.desk.hours = "Monday to Friday, 9:00 to 17:30".into();
    config.desk.hours_zh = "周一至周五 9:00–17:30".into();
    config.desk.pay =
        "By the direct debit that you have with us, 14 days after this bill. There is nothing for you to do.".into();
    config.desk.pay_zh = "将于账单日后 14 天通过您现有的自动扣款方式收取，您无需操作。".into();
    let mut app = startup::app(
        config,
        Some(Demo { shelf: Arc::default(), billing: Arc::default(), silent: Arc::default(), people: people() }),
    )
    .await?;
    app.policy.amend(money::rules);
    crate::startup::migrate(&app).await?;
    Ok(app)
}

fn people() -> Vec<DemoPerson> {
    let (login, name, ..) = HOLDERS[0];
    let holder = DemoPerson {
        part: "holder".into(),
        name: name.into(),
        username: login.into(),
        password: HOLDER_PASSWORD.into(),
        totp_secret: None,
    };
    let staff = |part: &str, login: &str, name: &str, secret: &str| DemoPerson {
        part: part.into(),
        name: name.into(),
        username: login.into(),
        password: STAFF_PASSWORD.into(),
        totp_secret: Some(secret.into()),
    };
    let (_, login, name, _, secret) = PARTNER;
    let partner = staff("partner", login, name, secret);
    let house = STAFF.iter().map(|(part, login, name, _, secret)| staff(part, login, name, secret));
    std::iter::once(holder).chain(house).chain([partner]).collect()
}

fn announce(app: &App, url: &str, dir: &Path, sip: Option<&str>, json: bool) -> Result<(), super::Failed> {
    let people = people();
    if json {
        let cards: Vec<_> = free_cards().map(card_json).collect();
        return say_json(&json!({
            "url": url, "desk": format!("{url}/desk"), "outbox": format!("{url}/demo"), "data": dir,
            "holder": people[0], "agent": people[1], "approver": people[2], "admin": people[3],
            "partner": people[4], "cards": cards,
            "key": app.keys.signing().public().to_string(),
            // Where browsers take passkeys: they do not at an address without a name.
            "passkeys": crate::account::party(app).map(|party| party.origin),
            "sip": sip,
        }));
    }
    say(&format!(
        "Laika Mobile 莱卡移动, a made-up operator, is open.\n\n  The counter   {url}/\n  The desk      {url}/desk\n  Sent mail and SMS, and sign-in codes   {url}/demo\n"
    ));
    if let Some(party) = crate::account::party(app) {
        say(&format!("  With passkeys  {}/\n", party.origin));
    }
    if let Some(sip) = sip {
        say(&format!("  The hotline   {sip}, for a softphone on this machine\n"));
    }
    for person in &people {
        say(&format!("  {:<9} {:<22} {}", person.part, person.username, person.password));
    }
    say("\nCards to cancel (any of their numbers will do):\n");
    for card in free_cards().take(6) {
        let c = card_json(card);
        let text = |key: &str| c[key].as_str().unwrap_or_default().to_owned();
        say(&format!(
            "  {}  {}  {}  {} ({})",
            text("iccid"),
            text("serial"),
            text("msisdn"),
            text("holder"),
            text("product")
        ));
    }
    tell("\nStop with Ctrl-C. Nothing here leaves this machine.");
    Ok(())
}

/// The cards a visitor can cancel.
fn free_cards() -> impl Iterator<Item = &'static (usize, &'static str, &'static str, &'static str, &'static str, bool)>
{
    CARDS.iter().enumerate().filter(|(i, _)| !QUEUED.contains(i)).map(|(_, card)| card)
}

fn card_json(card: &(usize, &str, &str, &str, &str, bool)) -> serde_json::Value {
    let (holder, body, phone, serial, product, must_return) = *card;
    let (login, name, address, email, own_phone, _) = HOLDERS[holder];
    json!({
        "iccid": with_luhn(body), "msisdn": phone, "serial": serial, "product": product, "must_return": must_return,
        "thing": thing_of(product).name(),
        "username": login, "holder": name, "address": address, "email": email, "phone": own_phone,
    })
}

fn thing_of(product: &str) -> Thing {
    if product.contains("Home Router") { Thing::Router } else { Thing::Sim }
}

fn account_id(n: usize) -> AccountId {
    AccountId::from_bits(0x1A1C_A000 + n as u64)
}

async fn seed(app: &Shared) -> anyhow::Result<()> {
    let now = app.now();
    let (holder_hash, staff_hash) = (app.hasher.hash(HOLDER_PASSWORD).await?, app.hasher.hash(STAFF_PASSWORD).await?);
    let mut accounts: Vec<Account> = HOLDERS
        .iter()
        .enumerate()
        .map(|(i, (login, name, address, email, phone, lang))| Account {
            password: Some(holder_hash.clone()),
            lang: *lang,
            ..Account::of(
                account_id(i),
                (*login).into(),
                Person {
                    name: (*name).into(),
                    address: (*address).into(),
                    email: Some((*email).into()),
                    phone: Some((*phone).into()),
                },
                now,
            )
        })
        .collect();
    let works = |id: AccountId, login: &str, name: &str, role: Role, secret: &str| {
        let person = Person { name: name.into(), email: Some(login.into()), ..Person::default() };
        Account {
            password: Some(staff_hash.clone()),
            totp: Some(seal_totp(app, id, secret)),
            role: Some(role),
            ..Account::of(id, login.into(), person, now)
        }
    };
    for (i, (_, login, name, role, secret)) in STAFF.iter().enumerate() {
        accounts.push(works(account_id(100 + i), login, name, *role, secret));
    }
    let (agency, login, name, role, secret) = PARTNER;
    let agency = Some(agency.parse()?);
    accounts.push(Account { agency, ..works(account_id(150), login, name, role, secret) });
    let today = now.to_zoned(app.policy.zone()).date();
    let cards = CARDS.iter().enumerate().map(|(i, (holder, body, phone, serial, product, must_return))| CardRecord {
        iccid: Some(with_luhn(body)),
        imsi: Some(format!("23477{:010}", i + 101)),
        msisdn: Some((*phone).into()),
        serial: Some((*serial).into()),
        must_return: *must_return,
        thing: thing_of(product),
        ..money::card(
            CardRecord::of(CardId::from_bits(0xCA4D_0000 + i as u64), account_id(*holder), (*product).into(), now),
            i,
            today,
            &app.policy,
        )
    });
    app.store.import(Import { accounts, cards: cards.collect() }).await?;
    macros::seed(app, account_id(101)).await?;
    queue(app).await
}

/// A queue that looks as if people had been here: cases that wait for the desk and for their holders.
async fn queue(app: &Shared) -> anyhow::Result<()> {
    // Proven, but the address differs: the desk decides.
    let mended = person(3, |p| p.address = "Flat 3, 22 Mill Lane, Leeds LS1 5AB".into());
    let partners = declare_for(app, 5, mended, true, Some("I have moved and no longer need the card.")).await?;
    give(app, partners).await?;
    // Not proven: two people must sign.
    let unproven = declare_for(app, 4, person(2, |_| {}), false, None).await?;
    act(app, unproven, &holder(None, app), &Command::WantPerson).await?;
    // The router has to come back first.
    declare_for(app, 2, person(1, |_| {}), true, None).await?;
    // The number is in no record.
    let unknown = declare_number(app, "8944770000000009997", person(5, |_| {}), holder(None, app), None).await?;
    act(app, unknown, &holder(None, app), &Command::WantPerson).await?;
    // A written statement that a person must read.
    declare_for(app, 6, person(4, |_| {}), true, Some("本人回国，此卡不再使用，请予注销。")).await?;
    Ok(())
}

/// To the partner, as the approver does it at the desk.
async fn give(app: &Shared, case: case::CaseRef) -> anyhow::Result<()> {
    let detail = format!("{case} to {}: it came through their shop", PARTNER.0);
    app.store.audit(Act { at: app.now(), account: Some(account_id(101)), what: "case-given".into(), detail }).await?;
    Ok(app.store.give(case, Some(&PARTNER.0.parse()?)).await?)
}

fn person(n: usize, change: impl FnOnce(&mut Person)) -> Person {
    let (_, name, address, email, phone, _) = HOLDERS[n];
    let mut person =
        Person { name: name.into(), address: address.into(), email: Some(email.into()), phone: Some(phone.into()) };
    change(&mut person);
    person
}

fn holder(account: Option<AccountId>, app: &App) -> Actor {
    let assurance = account.map_or_else(Assurance::nothing, |a| Assurance::shown(Level::SignedIn, a, app.now()));
    Actor::Holder { account, assurance }
}

async fn declare_for(
    app: &Shared,
    card: usize,
    person: Person,
    proven: bool,
    statement: Option<&str>,
) -> anyhow::Result<case::CaseRef> {
    let (owner, body, ..) = CARDS[card];
    let actor = holder(proven.then(|| account_id(owner)), app);
    declare_number(app, &with_luhn(body), person, actor, statement).await
}

async fn declare_number(
    app: &Shared,
    number: &str,
    person: Person,
    actor: Actor,
    statement: Option<&str>,
) -> anyhow::Result<case::CaseRef> {
    let found = identify(number, &app.policy.identify).map_err(|e| anyhow::anyhow!("{e}"))?;
    let chinese = person.name.chars().any(|c| c >= '\u{2E80}');
    let lang = if chinese { Lang::ZhCn } else { Lang::En };
    let declaration = Declaration {
        channel: Channel::Web,
        lang,
        number: found.id,
        check: found.check,
        person,
        statement: statement.map(str::to_owned),
        files: Vec::new(),
        agreed: None,
        wanted_end: None,
        consent: true,
        backup: true,
        saved: None,
        declared_at: app.now(),
        way: Default::default(),
    };
    Ok(declare(app, &actor, declaration, Vec::new(), None).await?.reference)
}

#[cfg(test)]
mod tests;
