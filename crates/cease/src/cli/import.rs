//! `import holders|cards FILE.csv`: the file is validated whole before anything is written, every
//! fault of every row is named with its line and column, and the rows go in all together or not at all. What a file has no column for
//! stays as it is on record; an empty cell clears it.

mod table;

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use case::identify::{Check, Identifier, identify};
use case::parcel::Thing;
use case::{AccountId, CardId, CardRecord, CardState, Contract, Lang, Person, Policy, Timestamp};
use jiff::civil::Date;
use serde_json::json;
use store::{Account, AnyStore, Import};

use self::table::{Fault, Row, Table, labelled};
use super::{Done, Failed, asked, many, say, say_json, tell};
use crate::config::Config;
use crate::keys::sha256;
use crate::web::counter::you::mailbox;

/// Bytes of a file; rows beyond a million want `cease retire`'s way of working.
const FILE_MAX: u64 = 512 << 20;
/// Faults named before the rest is only counted.
const NAMED: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// Columns: login, name, address, email, phone, lang
    Holders,
    /// Columns: login, iccid, eid, imsi, imei, msisdn, serial, product, generation, minimum_term_ends, must_return, thing,
    /// credit, monthly, discount, started, paid_until, next_bill, device_balance; sums like 12.50, days like 2026-11-27
    Cards,
}

impl What {
    /// Columns, and whether a file must have them.
    fn columns(self) -> &'static [(&'static str, bool)] {
        match self {
            What::Holders => &[
                ("login", true),
                ("name", true),
                ("address", false),
                ("email", false),
                ("phone", false),
                ("lang", false),
            ],
            What::Cards => &[
                ("login", true),
                ("iccid", false),
                ("eid", false),
                ("imsi", false),
                ("imei", false),
                ("msisdn", false),
                ("serial", false),
                ("product", true),
                ("generation", false),
                ("minimum_term_ends", false),
                ("must_return", false),
                ("thing", false),
                ("credit", false),
                ("monthly", false),
                ("discount", false),
                ("started", false),
                ("paid_until", false),
                ("next_bill", false),
                ("device_balance", false),
            ],
        }
    }
}

pub async fn import(config: Config, what: What, file: PathBuf, dry_run: bool, json: bool) -> Done {
    let mut bytes = Vec::new();
    let broken = |why: std::io::Error| asked::unreadable(&file, why);
    asked::input(&file)?.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(asked::unreadable(&file, format!("it has more than {FILE_MAX} bytes; hand it over in parts")));
    }
    let app = super::built(config).await?;
    let (store, now) = (&app.store, app.now());
    let policy = &app.policy.on(now);
    store.migrate().await?;
    crate::log::admit(&app).await?;
    let table = match Table::read(&bytes, what.columns()) {
        Ok(table) => table,
        Err(faults) => return report(&faults, &file, json),
    };
    let read = match what {
        What::Holders => holders(&table, store, policy, now).await?,
        What::Cards => cards(&table, store, policy, now).await?,
    };
    let Taken { rows, new, same, doubts } = match read {
        Ok(read) => read,
        Err(faults) => return report(&faults, &file, json),
    };
    let (accounts, cards) = (rows.accounts.len(), rows.cards.len());
    let changed = accounts + cards - new;
    doubts.iter().take(NAMED).for_each(|doubt| name_it(&file, doubt));
    if doubts.len() > NAMED {
        tell(&format!("… and {} more", doubts.len() - NAMED));
    }
    if !dry_run {
        store.import(rows).await?;
        let detail = format!("{accounts} holders, {cards} cards");
        store.audit(store::Act { at: now, account: None, what: "imported".into(), detail }).await?;
    }
    if json {
        say_json(&json!({
            "ok": true, "holders": accounts, "cards": cards, "written": !dry_run,
            "new": new, "changed": changed, "same": same, "doubts": doubts.len(), "first": &doubts[..doubts.len().min(NAMED)],
        }))?;
    } else {
        let did = if dry_run { "would be imported" } else { "imported" };
        say(&format!(
            "{} {did}: {new} new, {changed} changed, {same} as on record",
            many((new + changed + same) as u64, "row")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn report(faults: &[Fault], file: &Path, json: bool) -> Done {
    if json {
        say_json(&json!({ "ok": false, "faults": faults.len(), "first": &faults[..faults.len().min(NAMED)] }))?;
    }
    faults.iter().take(NAMED).for_each(|fault| name_it(file, fault));
    if faults.len() > NAMED {
        tell(&format!("… and {} more", faults.len() - NAMED));
    }
    Err(Failed::new(1, anyhow::anyhow!("{}; nothing was imported", many(faults.len() as u64, "fault"))))
}

fn name_it(file: &Path, fault: &Fault) {
    tell(&format!("{}:{}:{}: {}: {}", file.display(), fault.line, fault.column, fault.name, fault.says));
}

/// The id of what a file names by `key`: the same row, imported again, is the same thing.
fn id_of(kind: &str, key: &str) -> u64 {
    let hash = sha256(format!("{kind}\n{key}").as_bytes());
    u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
}

/// What a file says, held against what is on record.
#[derive(Default)]
struct Taken {
    /// What is new or another than it was.
    rows: Import,
    new: usize,
    same: usize,
    /// What is taken, and may be wrong all the same.
    doubts: Vec<Fault>,
}

type Rows = Result<Taken, Vec<Fault>>;

/// What was read, or all that is wrong, as it stands in the file.
fn whole(read: Taken, mut faults: Vec<Fault>) -> Rows {
    faults.sort_by_key(|fault| fault.line);
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

async fn holders(table: &Table, store: &AnyStore, policy: &Policy, now: Timestamp) -> Result<Rows, Failed> {
    let mut faults = table.ragged.clone();
    let mut seen = BTreeSet::new();
    let mut read = Taken::default();
    for row in table.rows() {
        let before = faults.len();
        let login = row.get("login").unwrap_or_default().to_lowercase();
        if login.is_empty() {
            faults.push(row.fault("login", "must not be empty"));
        } else if !seen.insert(login.clone()) {
            faults.push(row.fault("login", "stands twice in this file"));
        }
        let name = row.get("name").unwrap_or_default().to_owned();
        if name.is_empty() {
            faults.push(row.fault("name", "must not be empty"));
        }
        let email = row.get("email").map(str::to_owned);
        if email.as_deref().is_some_and(|e| mailbox(e).is_none()) {
            faults.push(row.fault("email", "is not an e-mail address"));
        }
        let phone = row.get("phone").and_then(|text| match identify(text, &policy.identify) {
            Ok(found) if matches!(found.id, Identifier::Msisdn(_)) => Some(found.id.normalised().to_owned()),
            Ok(_) | Err(_) => {
                faults.push(row.fault("phone", "is not a phone number; write it with + and country code"));
                None
            }
        });
        let lang = match row.get("lang").map(Lang::from_tag) {
            None => Lang::default(),
            Some(Some(lang)) => lang,
            Some(None) => {
                faults.push(row.fault("lang", "must be en or zh-CN"));
                Lang::default()
            }
        };
        let person = Person { name, address: row.get("address").unwrap_or_default().to_owned(), email, phone };
        let id = AccountId::from_bits(id_of("holder", &login));
        let fresh = Account { lang, ..Account::of(id, login, person.clone(), now) };
        if faults.len() > before {
            continue;
        }
        // What a person set themselves (password, second factor) is not an import's to take away.
        let account = match store.account_by_login(&fresh.login).await? {
            Some(known) if known.role.is_some() => {
                faults.push(row.fault("login", "belongs to a member of staff"));
                continue;
            }
            Some(known) => {
                let (mut person, mut lang, was) = (person, lang, known.person.clone());
                row.keeps("address", &mut person.address, was.address);
                row.keeps("email", &mut person.email, was.email);
                row.keeps("phone", &mut person.phone, was.phone);
                row.keeps("lang", &mut lang, known.lang);
                if known.person == person && known.lang == lang {
                    read.same += 1;
                    continue;
                }
                let changed_at = if known.person == person { known.changed_at } else { now };
                Account { changed_at, person, lang, ..known }
            }
            None => {
                read.new += 1;
                fresh
            }
        };
        read.rows.accounts.push(account);
    }
    Ok(whole(read, faults))
}

async fn cards(table: &Table, store: &AnyStore, policy: &Policy, now: Timestamp) -> Result<Rows, Failed> {
    let mut faults = table.ragged.clone();
    let mut known: HashMap<String, Option<AccountId>> = HashMap::new();
    let (mut seen, mut taken) = (BTreeSet::new(), BTreeSet::new());
    let mut read = Taken::default();
    for row in table.rows() {
        let login = row.get("login").unwrap_or_default().to_lowercase();
        if !known.contains_key(&login) {
            let account = store.account_by_login(&login).await?.filter(|a| a.role.is_none()).map(|a| a.id);
            known.insert(login.clone(), account);
        }
        let account = known.get(&login).copied().flatten();
        if account.is_none() {
            faults.push(row.fault("login", "no such holder; import holders first"));
        }
        let Some(card) = card_of(&row, account, policy, now, &mut faults) else { continue };
        let (card, was) = on_record(&row, card, store, policy, &mut read.doubts).await?;
        if !seen.insert(card.id) {
            faults.push(row.fault("iccid", "this card stands twice in this file"));
        }
        for (name, number) in card.numbers() {
            if number.is_some_and(|number| !taken.insert(id_of(name, number))) {
                read.doubts.push(row.fault(name, "stands on another card of this file; by it alone neither is found"));
            }
        }
        if row.has("monthly") != row.has("discount") {
            discount_fits(&row, &card.contract, &mut faults);
        }
        if let Some(was) = was.as_ref().filter(|was| Some(was.account) != account) {
            // A case of its former holder would end the next one's line.
            match store.rival_of(&was.subscription(), None).await?.filter(|_| was.state != CardState::Ceased) {
                Some(case) => {
                    faults.push(row.fault(
                        "login",
                        format!("is another holder, and case {case} is to end this card; settle it first"),
                    ));
                }
                None => {
                    read.doubts.push(row.fault("login", "is another holder than on record; the card is theirs now"))
                }
            }
        }
        match was {
            Some(was) if was == (CardRecord { changed_at: was.changed_at, state: was.state, ..card.clone() }) => {
                read.same += 1;
                continue;
            }
            Some(_) => {}
            None => read.new += 1,
        }
        read.rows.cards.push(card);
    }
    Ok(whole(read, faults))
}

/// Whether both can be the same card: no number of the one is another of the other. The device around it (IMEI) may be.
fn same(one: &CardRecord, other: &CardRecord) -> bool {
    let mut pairs = one.numbers().into_iter().zip(other.numbers());
    let fits = pairs.all(|((name, a), (_, b))| name == "imei" || a.is_none() || b.is_none() || a == b);
    fits && one.account == other.account && one.generation == other.generation
}

/// The card on record that this row is about, though its id is another: the one that has one of its numbers and
/// contradicts none. Where that is not one, it is said, and the row is a card of its own.
async fn known_by_number(
    row: &Row<'_>,
    card: &CardRecord,
    store: &AnyStore,
    policy: &Policy,
    doubts: &mut Vec<Fault>,
) -> Result<Option<CardRecord>, Failed> {
    let (mut known, mut many) = (None::<CardRecord>, false);
    for (name, number) in card.numbers() {
        let Some(number) = number else { continue };
        let Ok(found) = identify(&labelled(name, number), &policy.identify) else { continue };
        // What is printed on a card stays that card's when it has ended; other numbers go on to another.
        let stays = matches!(name, "iccid" | "serial");
        let mut doubt = false;
        for other in store.find_cards(&found.id).await? {
            let fits = same(card, &other);
            if other.state == CardState::Ceased && !(stays && fits) {
                continue;
            }
            doubt |= !fits;
            if fits {
                many |= known.as_ref().is_some_and(|known| known.id != other.id);
                doubt |= many;
                known = Some(other);
            }
        }
        if doubt {
            doubts.push(row.fault(name, "is another card's on record too; by this number alone neither is found"));
        }
    }
    Ok(known.filter(|_| !many))
}

/// The card as it is to stand, and as it does: what the file has no column for stays. One that was known by some of its
/// numbers is the same card once others are named.
async fn on_record(
    row: &Row<'_>,
    mut card: CardRecord,
    store: &AnyStore,
    policy: &Policy,
    doubts: &mut Vec<Fault>,
) -> Result<(CardRecord, Option<CardRecord>), Failed> {
    let mut was = store.card(card.id).await?;
    if was.is_none() {
        was = known_by_number(row, &card, store, policy, doubts).await?;
        card.id = was.as_ref().map_or(card.id, |known| known.id);
    }
    if let Some(iccid) = &card.iccid
        && was.is_none()
        && identify(&format!("iccid {iccid}"), &policy.identify).is_ok_and(|found| found.check == Check::Failed)
    {
        doubts.push(row.fault("iccid", "has another check digit than its others make; there are such cards"));
    }
    let Some(old) = &was else { return Ok((card, None)) };
    let (kept, contract) = (old.clone(), old.contract.clone());
    row.keeps("iccid", &mut card.iccid, kept.iccid);
    row.keeps("eid", &mut card.eid, kept.eid);
    row.keeps("imsi", &mut card.imsi, kept.imsi);
    row.keeps("imei", &mut card.imei, kept.imei);
    row.keeps("msisdn", &mut card.msisdn, kept.msisdn);
    row.keeps("serial", &mut card.serial, kept.serial);
    row.keeps("minimum_term_ends", &mut card.minimum_term_ends, kept.minimum_term_ends);
    row.keeps("must_return", &mut card.must_return, kept.must_return);
    row.keeps("thing", &mut card.thing, kept.thing);
    row.keeps("credit", &mut card.credit, kept.credit);
    row.keeps("monthly", &mut card.contract.monthly, contract.monthly);
    row.keeps("discount", &mut card.contract.discount, contract.discount);
    row.keeps("started", &mut card.contract.started, contract.started);
    row.keeps("paid_until", &mut card.contract.paid_until, contract.paid_until);
    row.keeps("next_bill", &mut card.contract.next_bill, contract.next_bill);
    row.keeps("device_balance", &mut card.contract.device_balance, contract.device_balance);
    Ok((card, was))
}

fn card_of(
    row: &Row<'_>,
    account: Option<AccountId>,
    policy: &Policy,
    now: Timestamp,
    faults: &mut Vec<Fault>,
) -> Option<CardRecord> {
    let before = faults.len();
    let [iccid, eid, imsi, imei, msisdn, serial] =
        ["iccid", "eid", "imsi", "imei", "msisdn", "serial"].map(|name| row.number(name, policy, faults));
    let product = row.get("product").unwrap_or_default().to_owned();
    if product.is_empty() {
        faults.push(row.fault("product", "must not be empty"));
    }
    let generation = match row.get("generation").map_or(Ok(1), str::parse) {
        Ok(n) if n >= 1 => n,
        Ok(_) | Err(_) => {
            faults.push(row.fault("generation", "must be a whole number from 1"));
            1
        }
    };
    let zone = policy.zone();
    let minimum_term_ends = row.get("minimum_term_ends").and_then(|text| {
        let day: Option<Timestamp> =
            text.parse::<Date>().ok().and_then(|d| d.to_zoned(zone).ok()).map(|z| z.timestamp());
        if day.is_none() {
            faults.push(row.fault("minimum_term_ends", "must be a date like 2026-11-27"));
        }
        day
    });
    let must_return = match row.get("must_return").map(str::to_ascii_lowercase).as_deref() {
        None | Some("no" | "false" | "0") => false,
        Some("yes" | "true" | "1") => true,
        Some(_) => {
            faults.push(row.fault("must_return", "must be yes or no"));
            false
        }
    };
    let thing = match row.get("thing").map(str::to_ascii_lowercase).as_deref() {
        None => Thing::default(),
        Some(name) => Thing::named(name).unwrap_or_else(|| {
            faults.push(row.fault("thing", "must be sim, router or handset"));
            Thing::default()
        }),
    };
    let credit = row.sum("credit", policy, faults);
    let contract = contract_of(row, policy, faults);
    let key = [&iccid, &eid, &serial, &msisdn, &imei, &imsi].into_iter().flatten().next().cloned();
    if key.is_none() && faults.len() == before {
        faults.push(row.fault("iccid", "a card needs at least one number"));
    }
    let (account, key) = (account?, key?);
    (faults.len() == before).then(|| CardRecord {
        id: CardId::from_bits(id_of("card", &format!("{key}\n{generation}"))),
        generation,
        account,
        iccid,
        eid,
        imsi,
        imei,
        msisdn,
        serial,
        product,
        state: CardState::Active,
        minimum_term_ends,
        must_return,
        thing,
        credit,
        contract,
        changed_at: now,
    })
}

/// What a quote needs of the contract. A discount above its price would owe the holder money every month.
fn contract_of(row: &Row<'_>, policy: &Policy, faults: &mut Vec<Fault>) -> Contract {
    let contract = Contract {
        monthly: row.sum("monthly", policy, faults),
        discount: row.sum("discount", policy, faults),
        started: row.day("started", faults),
        paid_until: row.day("paid_until", faults),
        next_bill: row.day("next_bill", faults),
        device_balance: row.sum("device_balance", policy, faults),
    };
    // Where the file has but one of them, the other is on record.
    if row.has("monthly") {
        discount_fits(row, &contract, faults);
    }
    contract
}

fn discount_fits(row: &Row<'_>, contract: &Contract, faults: &mut Vec<Fault>) {
    if let Some(discount) = &contract.discount
        && contract.monthly.as_ref().is_none_or(|monthly| monthly.minor < discount.minor)
    {
        faults.push(row.fault("discount", "is more than the monthly price"));
    }
}

#[cfg(test)]
mod tests;
