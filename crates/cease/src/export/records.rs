//! The account's own records in the archive, each as JSON for programs and as CSV for people.

use case::{Case, Lang, Money, Timestamp};
use serde_json::{Value, json};
use store::{Account, StoreError};

use super::{Part, broken};
use crate::app::Shared;
use crate::web::desk::reports::line;
use crate::words;

/// A table: its name, its columns, its rows.
struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Vec<Value>>,
}

impl Table {
    fn files(&self) -> Result<[pack::Entry; 2], StoreError> {
        let object = |row: &Vec<Value>| -> serde_json::Map<String, Value> {
            self.columns.iter().map(|c| (*c).to_owned()).zip(row.iter().cloned()).collect()
        };
        let objects: Vec<_> = self.rows.iter().map(object).collect();
        let json = serde_json::to_string_pretty(&objects).map_err(broken)? + "\n";
        let head: Vec<String> = self.columns.iter().map(|c| (*c).to_owned()).collect();
        // The mark by which spreadsheets know UTF-8.
        let mut csv = format!("\u{feff}{}", line(&head));
        for row in &self.rows {
            csv.push_str(&line(&row.iter().map(cell).collect::<Vec<_>>()));
        }
        Ok([(format!("{}.json", self.name), json.into_bytes()), (format!("{}.csv", self.name), csv.into_bytes())])
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    }
}

pub(super) async fn of(
    app: &Shared,
    account: &Account,
    cases: &[(Case, Part)],
) -> Result<Vec<pack::Entry>, StoreError> {
    let tables = [
        person(account),
        cards(app, account).await?,
        listed(app, cases).await?,
        agreed(cases),
        sign_in(app, account).await?,
    ];
    let mut all = Vec::new();
    for table in tables {
        all.extend(table.files()?);
    }
    Ok(all)
}

fn person(account: &Account) -> Table {
    let person = &account.person;
    let row = vec![
        json!(account.id),
        json!(account.login),
        json!(person.name),
        json!(person.address),
        json!(person.email),
        json!(person.phone),
        json!(account.lang.tag()),
        json!(account.changed_at),
    ];
    let columns = &["id", "login", "name", "address", "email", "phone", "language", "changed_at"];
    Table { name: "account", columns, rows: vec![row] }
}

async fn cards(app: &Shared, account: &Account) -> Result<Table, StoreError> {
    let sum = |sum: &Option<Money>| json!(sum.as_ref().map(|sum| words::money(Lang::En, sum)));
    let zone = app.policy.zone();
    let rows = app.store.cards_of(account.id).await?.into_iter().map(|card| {
        let contract = &card.contract;
        // A day, as it came: the moment at which it begins is another day's elsewhere.
        let term = card.minimum_term_ends.map(|at| at.to_zoned(zone.clone()).date());
        vec![
            json!(card.id),
            json!(card.product),
            json!(card.state.name()),
            json!(card.changed_at),
            json!(card.iccid),
            json!(card.eid),
            json!(card.imsi),
            json!(card.imei),
            json!(card.msisdn),
            json!(card.serial),
            json!(card.generation),
            json!(contract.started),
            json!(term),
            sum(&contract.monthly),
            sum(&contract.discount),
            json!(contract.paid_until),
            json!(contract.next_bill),
            sum(&contract.device_balance),
            sum(&card.credit),
            json!(card.must_return),
            json!(card.thing),
        ]
    });
    let columns = &[
        "id",
        "product",
        "state",
        "state_since",
        "iccid",
        "eid",
        "imsi",
        "imei",
        "phone_number",
        "serial",
        "generation",
        "started",
        "minimum_term_ends",
        "monthly",
        "discount",
        "paid_until",
        "next_bill",
        "device_balance",
        "credit",
        "must_return",
        "thing",
    ];
    Ok(Table { name: "cards", columns, rows: rows.collect() })
}

async fn listed(app: &Shared, cases: &[(Case, Part)]) -> Result<Table, StoreError> {
    let mut rows = Vec::new();
    for (case, part) in cases {
        let times = &case.times;
        // Of a case that is not known to be theirs: that it is there, and what became of it.
        let theirs = *part != Part::Line;
        let at = |at: Option<Timestamp>| json!(at.filter(|_| theirs));
        rows.push(vec![
            json!(case.reference),
            json!(theirs),
            json!(case.stage.name()),
            json!(times.received),
            at(Some(times.declared)),
            at(times.contract_end),
            at(times.billing_end),
            at(times.network_cease),
            at(times.number_release),
            at(times.erasure),
            json!(theirs.then(|| words::money(Lang::En, &case.quote.total))),
            // How many people, never who.
            json!(app.store.lookers(case.reference).await?),
        ]);
    }
    let columns = &[
        "reference",
        "shown_to_be_yours",
        "stage",
        "received_at",
        "declared_at",
        "contract_end",
        "billing_end",
        "network_cease",
        "number_release",
        "erasure",
        "fees",
        "staff_who_looked",
    ];
    Ok(Table { name: "cases", columns, rows })
}

fn agreed(cases: &[(Case, Part)]) -> Table {
    let theirs = cases.iter().filter(|(_, part)| *part != Part::Line);
    let rows = theirs.map(|(case, _)| vec![json!(case.reference), json!(case.consent), json!(case.backup)]);
    let columns = &["reference", "agreed_to_end_and_fees", "said_that_data_is_saved"];
    Table { name: "consents", columns, rows: rows.collect() }
}

/// How they sign in, without anything by which one could.
async fn sign_in(app: &Shared, account: &Account) -> Result<Table, StoreError> {
    let row = |what: &str, name: Value, since: Value, used: Value| vec![json!(what), name, since, used];
    let mut rows = Vec::new();
    if account.password.is_some() {
        rows.push(row("password", Value::Null, Value::Null, Value::Null));
    }
    if account.totp.is_some() {
        rows.push(row("authenticator-app", Value::Null, Value::Null, Value::Null));
    }
    for key in app.store.passkeys_of(account.id).await? {
        rows.push(row("passkey", json!(key.name), json!(key.added_at), json!(key.used_at)));
    }
    let codes = app.store.recovery_codes_left(account.id).await?;
    if codes > 0 {
        rows.push(row("recovery-codes-left", json!(codes), Value::Null, Value::Null));
    }
    for session in app.store.sessions_of(account.id).await? {
        rows.push(row("signed-in-browser", json!(session.agent), json!(session.created_at), json!(session.seen_at)));
    }
    if let Some(phrase) = app.store.phrase(account.id).await? {
        rows.push(row("phrase", Value::Null, json!(phrase.at), Value::Null));
    }
    for guard in app.store.guards(account.id, app.now()).await? {
        rows.push(row("safeguard", json!(guard.what.name()), json!(guard.at), Value::Null));
    }
    Ok(Table { name: "sign-in", columns: &["what", "name", "since", "used_at"], rows })
}
