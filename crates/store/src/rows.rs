//! From rows to what the domain calls them, and back.

use case::matching::Person;
use case::{AccountId, CardRecord, CardState, Case, CaseRef, EffectId, Entry, FileId, Timestamp};
use jiff::SignedDuration;

use crate::beside::{LANDED, beside};
use crate::engine::Statement;
use crate::numbers::reversed;
use crate::value::{Record, Value, corrupt, json, parse};
use crate::{Account, Act, Claimed, Result, Session, StoredFile, Summary};

macro_rules! CARD {
    () => {
        "SELECT body, state, changed_us FROM card"
    };
}
macro_rules! ACCOUNT {
    () => {
        "SELECT body, password, totp, totp_step FROM account"
    };
}
pub(crate) use {ACCOUNT, CARD};

pub fn key(reference: CaseRef) -> Value {
    Value::Int(reference.bits() as i64)
}

pub fn reference(record: &Record) -> Result<CaseRef> {
    record.int(0).map(|bits| CaseRef::from_bits(bits as u64))
}

pub fn account_id(key: i64) -> AccountId {
    AccountId::from_bits(key as u64)
}

pub fn hash(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| corrupt("hash", format!("{} bytes", bytes.len())))
}

pub fn small(int: i64) -> Result<u32> {
    u32::try_from(int).map_err(|why| corrupt("number", why))
}

/// As late as there is time, for waits that lead beyond it.
pub fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

pub fn case(record: &Record) -> Result<Case> {
    parse("case", record.text(0)?)
}

pub fn entry(record: &Record) -> Result<Entry> {
    parse("journal entry", record.text(0)?)
}

pub fn summary(record: &Record) -> Result<Summary> {
    Ok(Summary { case: case(record)?, changed_at: record.time(1)?, due: record.opt_time(2)? })
}

/// With the time it was owed from, by which a claim is put in order.
pub fn claimed(record: &Record) -> Result<(i64, Claimed)> {
    let id = EffectId { case: reference(record)?, n: small(record.int(1)?)? };
    let attempts = small(record.int(4)?)?;
    let owed = record.time(2)?;
    Ok((record.int(2)?, Claimed { id, effect: parse("effect", record.text(3)?)?, attempts, owed }))
}

pub fn file(record: &Record) -> Result<StoredFile> {
    Ok(StoredFile {
        id: FileId::from_bits(record.int(0)? as u64),
        media: record.text(1)?.to_owned(),
        name: record.text(2)?.to_owned(),
        at: record.time(3)?,
        bytes: record.blob(4)?.to_vec(),
    })
}

pub fn state(name: &str) -> Result<CardState> {
    [CardState::Active, CardState::Barred, CardState::Ceased]
        .into_iter()
        .find(|state| state.name() == name)
        .ok_or_else(|| corrupt("card state", name))
}

pub fn card(record: &Record) -> Result<CardRecord> {
    let card: CardRecord = parse("card", record.text(0)?)?;
    Ok(CardRecord { state: state(record.text(1)?)?, changed_at: record.time(2)?, ..card })
}

pub fn account(record: &Record) -> Result<Account> {
    Ok(Account {
        password: record.opt_text(1)?.map(str::to_owned),
        totp: record.opt_text(2)?.map(str::to_owned),
        totp_step: record.int(3)? as u64,
        ..parse("account", record.text(0)?)?
    })
}

pub fn session(record: &Record) -> Result<Session> {
    parse("session", record.text(0)?)
}

/// With its chain value. None where it was edited so that it is no act any more: that is found by number.
pub fn act(record: &Record) -> Result<(Option<Act>, String)> {
    Ok((parse("act", record.text(0)?).ok(), record.text(1)?.to_owned()))
}

/// Inserts or updates a card, whose state only a switch changes.
pub fn card_statement(card: &CardRecord) -> Result<Statement> {
    let sql = "INSERT INTO card (id, account, generation, state, changed_us, \
               iccid_reversed, eid, imsi, imei, msisdn, serial, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO UPDATE SET \
               account = excluded.account, generation = excluded.generation, \
               iccid_reversed = excluded.iccid_reversed, eid = excluded.eid, imsi = excluded.imsi, \
               imei = excluded.imei, msisdn = excluded.msisdn, serial = excluded.serial, body = excluded.body";
    let text = |number: &Option<String>| Value::from(number.as_deref());
    let args = vec![
        card.id.key().into(),
        card.account.key().into(),
        i64::from(card.generation).into(),
        card.state.name().into(),
        card.changed_at.into(),
        card.iccid.as_deref().map(reversed).into(),
        text(&card.eid),
        text(&card.imsi),
        text(&card.imei),
        text(&card.msisdn),
        text(&card.serial),
        json(card)?.into(),
    ];
    Ok(Statement::new(sql, args))
}

/// Inserts or updates an account. What its holder has set since, an import that lacks it leaves alone.
pub fn account_statement(account: &Account, keep_secrets: bool) -> Result<Statement> {
    macro_rules! upsert {
        ($password:literal, $totp:literal, $step:literal) => {
            concat!(
                "INSERT INTO account (id, login, staff, email, phone, password, totp, totp_step, body) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET \
                 login = excluded.login, staff = excluded.staff, email = excluded.email, phone = excluded.phone, \
                 body = excluded.body, password = ",
                $password,
                ", totp = ",
                $totp,
                ", totp_step = ",
                $step
            )
        };
    }
    let sql = if keep_secrets {
        upsert!(
            "COALESCE(excluded.password, account.password)",
            "COALESCE(excluded.totp, account.totp)",
            "CASE WHEN excluded.totp IS NULL THEN account.totp_step ELSE excluded.totp_step END"
        )
    } else {
        upsert!("excluded.password", "excluded.totp", "excluded.totp_step")
    };
    let Person { email, phone, .. } = &account.person;
    let (login, body) = account_body(account)?;
    let args = vec![
        account.id.key().into(),
        login.into(),
        i64::from(account.role.is_some()).into(),
        email.as_ref().map(|email| email.to_lowercase()).into(),
        phone.as_deref().into(),
        account.password.as_deref().into(),
        account.totp.as_deref().into(),
        (account.totp_step as i64).into(),
        body.into(),
    ];
    Ok(Statement::new(sql, args))
}

/// The login as it is kept, and the document beside the secrets.
fn account_body(account: &Account) -> Result<(String, String)> {
    let login = account.login.to_lowercase();
    let body = Account { login: login.clone(), password: None, totp: None, totp_step: 0, ..account.clone() };
    Ok((login, json(&body)?))
}

/// Changes an account whose document (`text`) and secrets still stand. A second factor that stays keeps
/// the step that was spent meanwhile.
pub fn account_change(was: &Account, account: &Account, text: String) -> Result<Statement> {
    let sql = "UPDATE account SET login = $1, email = $2, phone = $3, body = $4, password = $5, \
               totp_step = CASE WHEN totp IS NOT DISTINCT FROM $6 THEN totp_step ELSE $7 END, totp = $6 \
               WHERE id = $8 AND body = $9 AND password IS NOT DISTINCT FROM $10 AND totp IS NOT DISTINCT FROM $11 \
               RETURNING 1";
    let Person { email, phone, .. } = &account.person;
    let (login, body) = account_body(account)?;
    let args = vec![
        login.into(),
        email.as_ref().map(|email| email.to_lowercase()).into(),
        phone.as_deref().into(),
        body.into(),
        account.password.as_deref().into(),
        account.totp.as_deref().into(),
        (account.totp_step as i64).into(),
        account.id.key().into(),
        text.into(),
        was.password.as_deref().into(),
        was.totp.as_deref().into(),
    ];
    Ok(Statement::new(sql, args))
}

/// Keeps a file; until a time, where no case names it yet.
pub fn file_statement(file: StoredFile, until: Option<Timestamp>) -> Statement {
    let sql = "INSERT INTO file (id, media, name, at_us, bytes, draft_until_us) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (id) DO UPDATE SET media = excluded.media, name = excluded.name, \
               at_us = excluded.at_us, bytes = excluded.bytes, draft_until_us = excluded.draft_until_us";
    let StoredFile { id, media, name, bytes, at } = file;
    let args = vec![id.key().into(), media.into(), name.into(), at.into(), bytes.into(), until.into()];
    Statement::new(sql, args)
}

/// Counts a use of `key`; answers the count and when its window ends.
pub fn use_statement(key: &str, now: Timestamp, window: SignedDuration) -> Statement {
    let sql = "INSERT INTO usage (key, count, until_us) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET \
               count = CASE WHEN usage.until_us <= $3 THEN 1 ELSE usage.count + 1 END, \
               until_us = CASE WHEN usage.until_us <= $3 THEN excluded.until_us ELSE usage.until_us END \
               RETURNING count, until_us";
    Statement::new(sql, vec![key.into(), later(now, window).into(), now.into()])
}

/// Changes a session that still stands as it `was`.
pub fn session_beside(was: &Session, session: &Session, case: &Case) -> Result<Statement> {
    let sql = concat!(
        "UPDATE session SET body = $1 WHERE id = $2 AND body = $3 AND ",
        LANDED!("$4", "$5", "$6"),
        " RETURNING 1"
    );
    // Whose it is and when it ends stand in columns of their own, which this leaves alone.
    let session = Session { account: was.account, expires_at: was.expires_at, ..session.clone() };
    Ok(beside(case, sql, vec![json(&session)?.into(), was.id.as_slice().into(), json(was)?.into()]))
}

/// A file that waited in a draft is the case's.
pub fn file_beside(file: FileId, case: &Case) -> Statement {
    let sql = concat!(
        "UPDATE file SET draft_until_us = NULL WHERE id = $1 AND draft_until_us IS NOT NULL AND ",
        LANDED!("$2", "$3", "$4")
    );
    beside(case, sql, vec![file.key().into()])
}

/// A session with whoever is signed in.
pub fn visit(record: &Record) -> Result<(Session, Option<Account>)> {
    let account = match record.opt_text(1)? {
        Some(_) => Some(account(&Record(record.0[1..].to_vec()))?),
        None => None,
    };
    Ok((session(record)?, account))
}
