//! Billing by files: an order is a CSV file that appears whole in `orders/` under its key, and is answered by one of the
//! same name in `answers/`. For whoever bills by night, by hand, or by a program of their own (docs/money.md).

use std::io::Write;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use case::{Charge, Money, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Billed, Billing, Order, Paid, Standing};
use crate::Failure;

/// `[billing.csv]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Csv {
    /// The directory with `orders` and `answers` in it; both are made where they are missing.
    pub directory: PathBuf,
}

/// The columns of an order. A `bill` has a row for each line that was agreed to: the most that may stand in the answer.
pub const ORDER: &str = "key,order,card,generation,iccid,imsi,eid,at,what,amount,currency";
/// The columns of an answer. `at` belongs to `stop`, `reference` and `amount` to `refund`; a bill has a row a line, with
/// `what` and `amount`.
pub const ANSWER: &str = "key,result,at,what,amount,currency,reference";
/// Bytes that an answer may have.
const MOST: u64 = 64 * 1024;

pub struct CsvDrop {
    orders: PathBuf,
    answers: PathBuf,
}

/// One row of an answer.
struct Row {
    at: String,
    what: String,
    amount: String,
    currency: String,
    reference: String,
}

impl CsvDrop {
    pub fn new(settings: &Csv) -> Result<Self, String> {
        let made = Self { orders: settings.directory.join("orders"), answers: settings.directory.join("answers") };
        for dir in [&made.orders, &made.answers] {
            std::fs::create_dir_all(dir).map_err(|e| format!("directory: {}: {e}", dir.display()))?;
        }
        Ok(made)
    }

    /// Appears whole or not at all, and is there after a crash; the same order again changes nothing.
    fn order(&self, of: &Billed, order: Order, at: Option<Timestamp>, lines: &[Charge]) -> Result<(), Failure> {
        let key = of.key(order);
        let path = self.orders.join(format!("{key}.csv"));
        if path.exists() {
            return Ok(());
        }
        let line = &of.line;
        let cell = |text: &Option<String>| text.clone().unwrap_or_default();
        let head = [
            key.clone(),
            order.name().to_owned(),
            line.subscription.card.to_string(),
            line.subscription.generation.to_string(),
            cell(&line.iccid),
            cell(&line.imsi),
            cell(&line.eid),
            at.map(|at| at.to_string()).unwrap_or_default(),
        ]
        .join(",");
        let row = |charge: &Charge| {
            format!("{head},{},{},{}\n", charge.what, charge.amount.decimal(), charge.amount.currency)
        };
        let rows: String = match lines {
            [] => format!("{head},,,{}\n", of.currency),
            lines => lines.iter().map(row).collect(),
        };
        let text = format!("{ORDER}\n{rows}");
        write_whole(&self.orders, &path, &format!(".{key}.part"), text.as_bytes())
            .map_err(|e| Failure::Retry(format!("{key}: the order could not be written: {e}")))
    }

    /// The rows of an answer; none where there is none yet.
    fn answer(&self, of: &Billed, order: Order) -> Result<Option<Vec<Row>>, Failure> {
        let key = of.key(order);
        let path = self.answers.join(format!("{key}.csv"));
        let size = match std::fs::metadata(&path) {
            Ok(found) => found.len(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Failure::Retry(format!("{key}: the answer could not be read: {e}"))),
        };
        if size > MOST {
            return Err(Failure::NotYet(format!("{key}: the answer is larger than {MOST} bytes")));
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|e| Failure::Retry(format!("{key}: the answer could not be read: {e}")))?;
        read(&key, &text).map(Some)
    }
}

fn write_whole(dir: &Path, path: &Path, part: &str, bytes: &[u8]) -> std::io::Result<()> {
    let part = dir.join(part);
    let mut file = std::fs::File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    std::fs::File::open(dir)?.sync_all()
}

/// What is half written, or wrong, is said with line and column and is not an answer yet: somebody may still mend it.
fn read(key: &str, text: &str) -> Result<Vec<Row>, Failure> {
    let wrong = |line: usize, column: usize, says: &str| {
        Failure::NotYet(format!("{key}: answer, line {line}, column {column}: {says}"))
    };
    let mut lines = text.trim_start_matches('\u{feff}').split_terminator('\n').map(|line| line.trim_end_matches('\r'));
    if lines.next() != Some(ANSWER) {
        return Err(wrong(1, 1, &format!("the first line is {ANSWER}")));
    }
    // Whoever writes it is done when the last line has its end.
    if !text.ends_with('\n') {
        return Err(wrong(text.lines().count(), 1, "the last line has no end"));
    }
    let mut rows = Vec::new();
    for (n, line) in lines.enumerate() {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [of, result, at, what, amount, currency, reference] = cells[..] else {
            return Err(wrong(n + 2, cells.len(), "there are seven columns, and no quotes"));
        };
        if of != key {
            return Err(wrong(n + 2, 1, "is the key of another order"));
        }
        match result {
            "done" => {}
            "refused" => return Err(Failure::GiveUp(format!("{key}: refused by billing"))),
            _ => return Err(wrong(n + 2, 2, "is done or refused")),
        }
        let own = |text: &str| text.to_owned();
        rows.push(Row {
            at: own(at),
            what: own(what),
            amount: own(amount),
            currency: own(currency),
            reference: own(reference),
        });
    }
    if rows.is_empty() { Err(wrong(2, 1, "there is nothing in it")) } else { Ok(rows) }
}

fn money(key: &str, n: usize, row: &Row) -> Result<Money, Failure> {
    let read = Money::parse(&row.amount, &row.currency);
    read.map_err(|why| Failure::NotYet(format!("{key}: answer, line {}, column 5: {why}", n + 2)))
}

#[async_trait]
impl Billing for CsvDrop {
    fn name(&self) -> &str {
        "csv"
    }

    async fn probe(&self) -> Result<String, Failure> {
        let part = self.orders.join(".probe.part");
        let tried = std::fs::write(&part, "").and_then(|()| std::fs::remove_file(&part));
        let tried = tried.and_then(|()| std::fs::read_dir(&self.answers).map(drop));
        tried.map_err(|e| Failure::Retry(format!("csv: orders or answers: {e}")))?;
        Ok(format!("orders can be written to {}", self.orders.display()))
    }

    async fn observe(&self, of: &Billed, _: Timestamp) -> Result<Standing, Failure> {
        let mut standing = Standing { evidence: "no answer yet".into(), ..Standing::default() };
        if let Some(rows) = self.answer(of, Order::Stop)? {
            let key = of.key(Order::Stop);
            let at = rows[0].at.parse();
            let at = at
                .map_err(|_| Failure::NotYet(format!("{key}: answer, line 2, column 3: write 2026-11-27T00:00:00Z")))?;
            (standing.ended, standing.evidence) = (Some(at), format!("{key}.csv answered"));
        }
        if let Some(rows) = self.answer(of, Order::Bill)? {
            let key = of.key(Order::Bill);
            let lines = rows.iter().enumerate().filter(|(_, row)| !row.what.is_empty());
            let charges = lines.map(|(n, row)| Ok(Charge { what: row.what.clone(), amount: money(&key, n, row)? }));
            standing.bill = Some(charges.collect::<Result<_, Failure>>()?);
            standing.evidence = format!("{key}.csv answered");
        }
        if let Some(rows) = self.answer(of, Order::Refund)? {
            let key = of.key(Order::Refund);
            if rows[0].reference.is_empty() {
                return Err(Failure::NotYet(format!("{key}: answer, line 2, column 7: the reference is missing")));
            }
            let paid = Paid { amount: money(&key, 0, &rows[0])?, reference: rows[0].reference.clone() };
            (standing.refund, standing.evidence) = (Some(paid), format!("{key}.csv answered"));
        }
        Ok(standing)
    }

    async fn stop(&self, of: &Billed, at: Timestamp, _: Timestamp) -> Result<(), Failure> {
        self.order(of, Order::Stop, Some(at), &[])
    }

    async fn final_bill(&self, of: &Billed, _: Timestamp) -> Result<(), Failure> {
        self.order(of, Order::Bill, None, &of.quoted)
    }

    async fn refund(&self, of: &Billed, amount: &Money, _: Timestamp) -> Result<(), Failure> {
        self.order(of, Order::Refund, None, &[Charge { what: String::new(), amount: amount.clone() }])
    }
}
