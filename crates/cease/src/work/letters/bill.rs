//! The letters about money: that a price has risen, the last bill, and that it was paid back. Sums go only to contacts
//! known to be the holder's; everybody else is sent to the page.

use case::{Lang, Stage};

use super::words::{Body, Writer};
use super::written::Block;
use crate::fees;
use crate::words;

impl Writer<'_> {
    /// The price is more than was agreed to, and why: the lines that are new or have risen.
    pub(super) fn repriced(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let before = case.bill.agreed.as_ref();
        let mut blocks = vec![Block::Say(fl!(l, "bill-letter-repriced-what"))];
        if let Some(before) = before.filter(|_| self.facts.known) {
            let old =
                |what: &str| before.lines.iter().find(|line| line.what == what).map_or(0, |line| line.amount.minor);
            let risen = case.quote.lines.iter().filter(|line| line.amount.minor > old(&line.what)).map(|line| {
                let row = fees::row(self.lang, line);
                let how = match self.lang {
                    _ if row.how.is_empty() => String::new(),
                    Lang::En => format!(" ({})", row.how),
                    Lang::ZhCn => format!("（{}）", row.how),
                };
                words::labelled(self.lang, &row.name, &format!("{}{how}", row.amount))
            });
            blocks.push(Block::List(risen.collect()));
            blocks.push(self.table([
                (fl!(l, "bill-letter-before"), fees::amount(self.lang, &before.at_most())),
                (fl!(l, "bill-letter-now"), fees::amount(self.lang, &case.quote.at_most())),
            ]));
        }
        blocks.push(Block::Say(fl!(l, "bill-letter-repriced-next")));
        if matches!(case.stage, Stage::Received { .. }) {
            blocks.extend(self.next());
        }
        Body {
            subject: fl!(l, "bill-letter-repriced-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "bill-letter-repriced-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    /// The last bill, line by line, and what comes back of it by when.
    pub(super) fn statement(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let mut blocks = vec![Block::Say(fl!(l, "bill-letter-statement-what"))];
        if let Some(statement) = case.bill.statement.as_ref().filter(|_| self.facts.known) {
            let lines = statement.lines.iter().filter(|line| !line.amount.is_zero());
            let mut rows: Vec<(String, String)> =
                lines.map(|line| (fees::name(l, &line.what), words::money(self.lang, &line.amount))).collect();
            rows.push((fl!(l, "bill-letter-total"), fees::amount(self.lang, &statement.total)));
            blocks.push(Block::Table(rows));
            if statement.total.minor > 0 {
                blocks.push(Block::Say(fees::pay(self.lang, self.facts.desk)));
            }
        }
        blocks.push(match &case.bill.refund {
            Some(_) if case.bill.held => Block::Say(fl!(l, "bill-letter-refund-held")),
            Some(refund) => Block::Say(fl!(l, "bill-letter-refund", by = self.until(refund.by))),
            None if case.quote.lines.iter().any(|line| line.only_if.is_some()) => {
                Block::Say(fl!(l, "bill-letter-nothing-back"))
            }
            None => Block::Say(fl!(l, "bill-letter-nothing-more")),
        });
        Body {
            subject: fl!(l, "bill-letter-statement-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "bill-letter-statement-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    /// It was paid back, and under which reference.
    pub(super) fn refunded(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let mut blocks = vec![Block::Say(fl!(l, "bill-letter-refunded-what"))];
        let paid = case.bill.refund.as_ref().and_then(|refund| Some((refund, refund.paid.as_ref()?)));
        if let Some((refund, paid)) = paid.filter(|_| self.facts.known) {
            blocks.push(self.table([
                (fl!(l, "bill-letter-sum"), words::money(self.lang, paid.amount.as_ref().unwrap_or(&refund.amount))),
                (fl!(l, "bill-letter-at"), self.moment(paid.at)),
                (fl!(l, "bill-letter-reference"), paid.reference.clone()),
            ]));
        }
        blocks.push(Block::Say(fl!(l, "bill-letter-refunded-next")));
        Body {
            subject: fl!(l, "bill-letter-refunded-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "bill-letter-refunded-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }
}
