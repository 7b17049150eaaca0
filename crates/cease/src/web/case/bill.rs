//! The last bill on the holder's page: what was quoted, what counts, what comes back, by when, and its proof.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use case::bill::Stated;
use case::quote::NON_RETURN;
use case::{Case, Deed, Event};

use super::{Seen, keys, show_first};
use crate::app::Shared;
use crate::config::Desk;
use crate::fees;
use crate::returns::words;
use crate::web::{Answer, Page, Visit, html};

/// One line of the last bill.
pub struct Line {
    pub name: String,
    pub quoted: String,
    /// Billing wanted more, or what nobody was told of.
    pub cut: String,
    pub amount: String,
}

/// What is shown of it, to the holder and at the desk.
pub struct Statement {
    pub lines: Vec<Line>,
    pub total_name: String,
    pub total: String,
    pub at: String,
    pub ended: String,
    /// What stands beside it: a thing that was not sent back, or has still to be.
    pub beside: String,
    /// It is owed for already.
    pub owed: bool,
    /// How it is paid; empty where nothing is to be paid.
    pub pay: String,
}

/// What comes back, where a last bill or the quote itself says so.
pub struct Refund {
    /// Empty where the records do not say.
    pub sum: String,
    pub by: String,
    /// When and under which reference; empty while it is not paid.
    pub paid: String,
    pub late: bool,
    /// Nothing is paid while the account is locked.
    pub held: bool,
}

impl Refund {
    pub fn of(p: &Page, case: &Case) -> Option<Self> {
        let refund = case.bill.refund.as_ref()?;
        let paid = refund.paid.as_ref();
        let sum = paid.and_then(|paid| paid.amount.as_ref()).unwrap_or(&refund.amount);
        Some(Self {
            sum: if sum.is_zero() { String::new() } else { p.money(sum) },
            by: p.until(&refund.by),
            paid: paid.map_or_else(String::new, |paid| {
                fl!(p.l, "bill-refund-paid", at = p.moment(&paid.at), reference = paid.reference.as_str())
            }),
            late: refund.late && paid.is_none(),
            held: case.bill.held && paid.is_none(),
        })
    }
}

impl Statement {
    /// None while there is no last bill.
    pub fn of(p: &Page, desk: &Desk, case: &Case) -> Option<Self> {
        let l = p.l;
        let statement = case.bill.statement.as_ref()?;
        let back = statement.total.minor < 0;
        Some(Self {
            lines: statement.lines.iter().filter(|line| !is_nothing(line)).map(|line| line_of(p, line)).collect(),
            total_name: if back { fl!(l, "quote-back") } else { fl!(l, "quote-total") },
            total: p.money(&if back { statement.total.negated() } else { statement.total.clone() }),
            at: p.moment(&statement.at),
            ended: case.bill.ended.as_ref().map(|ended| p.moment(&ended.at)).unwrap_or_default(),
            beside: beside(p, case).unwrap_or_default(),
            owed: case.return_charge(p.now()).is_some(),
            pay: if statement.total.minor > 0 { fees::pay(p.language, desk) } else { String::new() },
        })
    }
}

/// The last bill comes once the card has ended; what not returning a thing costs is known only after its day, and then
/// stands nowhere on it.
fn beside(p: &Page, case: &Case) -> Option<String> {
    let billed =
        case.bill.statement.as_ref()?.lines.iter().any(|line| line.what == NON_RETURN && !line.amount.is_zero());
    let parcel = case.parcel.as_ref().filter(|_| !billed)?;
    let what = words::thing(p.l, parcel.what);
    if let Some(charge) = case.return_charge(p.now()) {
        let (amount, day) = (p.money(&charge.amount), p.day(&charge.not_returned_by));
        return Some(fl!(p.l, "bill-not-returned", what = what, amount = amount, day = day));
    }
    let amount = p.money(parcel.charge.as_ref().filter(|_| !parcel.is_settled() && parcel.dispute.is_none())?);
    Some(fl!(p.l, "bill-may-return", what = what, amount = amount, day = p.day(&parcel.due?)))
}

fn is_nothing(line: &Stated) -> bool {
    line.amount.is_zero() && !line.is_cut() && line.quoted.as_ref().is_none_or(|quoted| quoted.is_zero())
}

fn line_of(p: &Page, line: &Stated) -> Line {
    let l = p.l;
    let cut = match (&line.billed, &line.quoted) {
        (Some(billed), Some(_)) if line.is_cut() => fl!(l, "bill-cut", sum = p.money(billed)),
        (Some(billed), None) if line.is_cut() => fl!(l, "bill-cut-unknown", sum = p.money(billed)),
        (_, _) => String::new(),
    };
    Line {
        name: fees::name(l, &line.what),
        quoted: line.quoted.as_ref().map(|quoted| p.money(quoted)).unwrap_or_default(),
        cut,
        amount: p.money(&line.amount),
    }
}

/// What an event of billing says, in a line.
pub fn told(p: &Page, event: &Event) -> Option<String> {
    let l = p.l;
    if let Event::BillingEnded { at, .. } = event {
        Some(fl!(l, "bill-event-ended", at = p.moment(at)))
    } else if let Event::Stated { statement } = event {
        Some(fl!(l, "bill-event-stated", sum = fees::amount(p.language, &statement.total)))
    } else if let Event::RefundDue { amount, by } = event {
        Some(match amount.is_zero() {
            true => fl!(l, "bill-event-due-unknown", by = p.until(by)),
            false => fl!(l, "bill-event-due", sum = p.money(amount), by = p.until(by)),
        })
    } else if let Event::RefundPaid { reference, .. } = event {
        Some(fl!(l, "bill-event-paid", reference = reference.as_str()))
    } else if let Event::RefundHeld { held } = event {
        Some(if *held { fl!(l, "bill-event-held") } else { fl!(l, "bill-event-goes-on") })
    } else {
        None
    }
}

#[derive(Template)]
#[template(path = "case/bill.html")]
struct BillPage {
    p: Page,
    reference: String,
    bill: Option<Statement>,
    refund: Option<Refund>,
    /// What was agreed to; none where this reader may not see it.
    sheet: Option<fees::Sheet>,
    /// Who declared it has agreed to that.
    agreed: bool,
    number_kind: String,
    number: String,
    /// Whose it is, by what they declared.
    name: String,
}

/// `GET /case/{ref}/statement`
pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    let p = Page::new(&app, &visit);
    let may = fees::may_show(&case);
    if !may {
        return Ok(show_first(&app, Deed::Cease, &case));
    }
    let page = BillPage {
        reference: case.reference.to_string(),
        bill: Statement::of(&p, &app.config.desk, &case),
        refund: Refund::of(&p, &case),
        sheet: (!case.quote.lines.is_empty() || case.quote.fault.is_some())
            .then(|| fees::sheet(p.language, &case.quote)),
        agreed: case.consent,
        number_kind: p.t(&keys::number(case.number.kind())),
        number: case.number.grouped(),
        name: case.declaration.person.name.clone(),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}
