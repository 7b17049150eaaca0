//! A quote in words: each line with its name, the formula that gave it with the reader's own figures in it, and the
//! condition under which it is owed. Page, letter and command line show the same.

use case::money::Ratio;
use case::quote::{Condition, Fault, Line, Step};
use case::{Case, Lang, Money, MoneyError, Quote};

use crate::config::Desk;
use crate::words::{self, Words, words};

/// One line, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    /// The formula; empty for a fee that is the same for everyone.
    pub how: String,
    /// Owed only then; empty: in any case.
    pub only_if: String,
    pub amount: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub rows: Vec<Row>,
    /// "You pay" or "You get back".
    pub total_name: String,
    pub total: String,
    /// Of the total; empty where there is none.
    pub vat: String,
    /// With every condition come true; empty where that makes no difference.
    pub most: String,
    /// It could not be reckoned.
    pub fault: String,
}

impl Sheet {
    pub fn add_if(&mut self, row: Row, only_if: String) {
        self.rows.push(Row { only_if, ..row });
    }
}

/// Whether this case's quote may be shown to whoever follows it: one that tells of a contract only to its holder. That a
/// card costs nothing tells of it too.
pub fn may_show(case: &Case) -> bool {
    case.proven || !(case.may_be_a_strangers() || case.quote.is_personal() || of_no_card(case))
}

/// How a last bill is paid: what the operator says, or where to ask.
pub fn pay(lang: Lang, desk: &Desk) -> String {
    let said = desk.pay_in(lang);
    if said.is_empty() { fl!(words(lang), "bill-pay-ask") } else { said.to_owned() }
}

/// No card has been found yet that could cost something: "none" would be a promise.
fn of_no_card(case: &Case) -> bool {
    case.subscription.is_none() && case.stage.is_open() && case.quote.at_most().is_zero()
}

/// Lines of nothing that explain nothing are left out.
pub fn sheet(lang: Lang, quote: &Quote) -> Sheet {
    let l = words(lang);
    let told = |line: &&Line| !line.amount.is_zero() || !line.steps.is_empty();
    let back = quote.total.minor < 0;
    let vat = quote.lines.iter().filter(|line| line.only_if.is_none()).filter_map(|line| line.vat.as_ref());
    let vat = Money::sum(vat, &quote.total.currency).ok().filter(|vat| !vat.is_zero());
    Sheet {
        rows: quote.lines.iter().filter(told).map(|line| row(lang, line)).collect(),
        total_name: if back { fl!(l, "quote-back") } else { fl!(l, "quote-total") },
        total: words::money(lang, &if back { quote.total.negated() } else { quote.total.clone() }),
        vat: vat.map(|vat| fl!(l, "quote-vat", sum = words::money(lang, &vat))).unwrap_or_default(),
        most: if quote.is_conditional() { words::money(lang, &quote.at_most()) } else { String::new() },
        fault: quote.fault.as_ref().map(|why| fault(lang, why)).unwrap_or_default(),
    }
}

/// All of it as a sentence for a text message: each line with its formula, and the sum.
pub fn told(lang: Lang, quote: &Quote) -> String {
    let (l, sheet) = (words(lang), sheet(lang, quote));
    if !sheet.fault.is_empty() {
        return fl!(l, "texts-unreckoned");
    }
    let line = |row: &Row| {
        let more = [&row.how, &row.only_if].into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>();
        match more.is_empty() {
            true => fl!(l, "texts-line", name = row.name.as_str(), sum = row.amount.as_str()),
            false => fl!(
                l,
                "texts-line-how",
                name = row.name.as_str(),
                sum = row.amount.as_str(),
                how = more.join(&fl!(l, "formula-and"))
            ),
        }
    };
    if sheet.rows.is_empty() {
        return fl!(l, "texts-nothing");
    }
    let lines = sheet.rows.iter().map(line).collect::<Vec<_>>().join(&fl!(l, "texts-and"));
    // Signs that a text's own alphabet lacks would make it more than twice as long.
    let lines = lines.replace('×', "x").replace('−', "-");
    fl!(l, "texts-costs", lines = lines, name = sheet.total_name, sum = sheet.total)
}

pub fn row(lang: Lang, line: &Line) -> Row {
    Row {
        name: name(words(lang), &line.what),
        how: formula(lang, &line.steps),
        only_if: line.only_if.as_ref().map(|condition| only_if(lang, condition)).unwrap_or_default(),
        amount: words::money(lang, &line.amount),
    }
}

/// A fee's name; an operator's own fee without one is shown by its key.
pub fn name(l: &Words, key: &str) -> String {
    if l.has(key) { l.get(key) } else { key.trim_start_matches("fee-").replace('-', " ") }
}

/// In a word: the sum, "none", or that it will be told later, to whoever may not see it.
pub fn in_short(lang: Lang, case: &Case, known: bool) -> String {
    let l = words(lang);
    if !known && (case.may_be_a_strangers() || case.quote.is_personal()) {
        fl!(l, "bill-later")
    } else if case.quote.fault.is_some() {
        fl!(l, "bill-unreckoned")
    } else if of_no_card(case) {
        fl!(l, "bill-later-card")
    } else if case.quote.is_conditional() {
        let (sum, most) = (words::money(lang, &case.quote.total), words::money(lang, &case.quote.at_most()));
        fl!(l, "bill-at-most", sum = sum, most = most)
    } else if case.quote.total.is_zero() {
        fl!(l, "letter-no-fee")
    } else {
        amount(lang, &case.quote.total)
    }
}

/// A sum, said the right way round.
pub fn amount(lang: Lang, sum: &Money) -> String {
    match sum.minor < 0 {
        true => fl!(words(lang), "bill-back", sum = words::money(lang, &sum.negated())),
        false => words::money(lang, sum),
    }
}

pub fn formula(lang: Lang, steps: &[Step]) -> String {
    let l = words(lang);
    let steps: Vec<String> = steps.iter().map(|one| step(lang, l, one)).collect();
    steps.join(&fl!(l, "formula-and"))
}

fn step(lang: Lang, l: &Words, step: &Step) -> String {
    let money = |sum: &Money| words::money(lang, sum);
    let price = |monthly: &Money, discount: &Option<Money>| match discount {
        Some(discount) => format!("({} − {})", money(monthly), money(discount)),
        None => money(monthly),
    };
    match step {
        Step::Price { monthly, discount, months } => {
            fl!(l, "formula-price", price = price(monthly, discount), months = self::months(l, *months))
        }
        Step::Days { monthly, discount, days } => {
            fl!(l, "formula-days", price = price(monthly, discount), days = *days)
        }
        Step::LessVat { percent } => fl!(l, "formula-less-vat", percent = percent.to_string()),
        Step::Less { percent } => fl!(l, "formula-less", percent = percent.to_string()),
        Step::PlusVat { percent } => fl!(l, "formula-plus-vat", percent = percent.to_string()),
        Step::Capped { at } => fl!(l, "formula-capped", sum = money(at)),
        Step::Period { from, until } => {
            fl!(l, "formula-period", from = words::day(lang, *from), until = words::day(lang, *until))
        }
        Step::Cooling { days } => fl!(l, "formula-cooling", days = *days),
        Step::Balance { amount } => fl!(l, "formula-balance", sum = money(amount)),
        Step::GoesOn { amount } => fl!(l, "formula-goes-on", sum = money(amount)),
        Step::Credit { amount } => fl!(l, "formula-credit", sum = money(amount)),
        Step::CreditFee { fee } => fl!(l, "formula-credit-fee", sum = money(fee)),
        Step::CreditAbove { above } => fl!(l, "formula-credit-above", sum = money(above)),
        Step::CreditClaim { by } => fl!(l, "formula-credit-claim", day = words::day(lang, *by)),
        Step::CreditPorting => fl!(l, "formula-credit-porting"),
        Step::CreditForfeited { reason } => fl!(l, "formula-credit-kept", reason = name(l, reason)),
    }
}

/// "6.5 months", or with the fraction as it is, so that anybody can reckon after us: "2 17/31 months".
fn months(l: &Words, months: Ratio) -> String {
    let (whole, num, den) = months.parts();
    let n = match (num, den) {
        (0, _) => whole.to_string(),
        (num, 2 | 4 | 5 | 10) => {
            let hundredths = num * 100 / den;
            format!("{whole}.{hundredths:02}").trim_end_matches('0').to_owned()
        }
        (num, den) if whole == 0 => format!("{num}/{den}"),
        (num, den) => fl!(l, "formula-mixed", whole = whole.to_string(), num = num.to_string(), den = den.to_string()),
    };
    if n == "1" { fl!(l, "formula-month") } else { fl!(l, "formula-months", n = n) }
}

fn only_if(lang: Lang, condition: &Condition) -> String {
    match condition {
        Condition::NotBackBy { day } => fl!(words(lang), "quote-not-back", day = words::day(lang, *day)),
    }
}

/// Why there is no quote, for whoever can mend the record.
pub fn fault(lang: Lang, fault: &Fault) -> String {
    let l = words(lang);
    match fault {
        Fault::NoPrice => fl!(l, "fault-no-price"),
        Fault::Discount => fl!(l, "fault-discount"),
        Fault::Money { error: MoneyError::Currency { one, other } } => {
            fl!(l, "fault-currency", one = one.as_str(), other = other.as_str())
        }
        Fault::Money { error: MoneyError::TooMuch } => fl!(l, "fault-too-much"),
        Fault::Money { error: MoneyError::Negative | MoneyError::Unreadable { .. } } => fl!(l, "fault-negative"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use case::money::Percent;

    #[test]
    fn one_day_is_no_days_and_one_hour_no_hours() {
        let said = |lang, n: u32| {
            let days = Step::Days { monthly: Money::new(3000, "GBP"), discount: None, days: i64::from(n) };
            formula(lang, &[days, Step::Cooling { days: n }])
        };
        assert_eq!(said(Lang::En, 1), "£30.00 × 12 ÷ 365 × 1 day, free within a day of the start");
        assert_eq!(said(Lang::En, 1400), "£30.00 × 12 ÷ 365 × 1400 days, free within 1400 days of the start");
        assert_eq!(said(Lang::ZhCn, 1), "£30.00 × 12 ÷ 365 × 1 天，开通 1 天内免费");
        let l = words(Lang::En);
        assert!(fl!(l, "start-takes-text", hours = 1).ends_with("you hear within an hour"));
        assert_eq!(fl!(l, "case-basis-review", hours = 1), "We decide within an hour; that is our rule.");
        let notice = |months: u32, days: u32| fl!(l, "rules-soon-months-days", months = months, days = days);
        assert_eq!(notice(1, 1), "After notice of one month and one day");
        assert_eq!(notice(2, 14), "After notice of 2 months and 14 days");
    }

    #[test]
    fn a_formula_has_the_reader_s_own_figures_in_it() {
        let pounds = |minor| Money::new(minor, "GBP");
        let percent = |text| Percent::parse(text).unwrap();
        let months = Ratio::new(13, 2).unwrap();
        let steps = [
            Step::Price { monthly: pounds(4500), discount: Some(pounds(1000)), months },
            Step::LessVat { percent: percent("20") },
            Step::Less { percent: percent("4") },
            Step::PlusVat { percent: percent("20") },
        ];
        assert_eq!(formula(Lang::En, &steps), "(£45.00 − £10.00) × 6.5 months, less 20% VAT, less 4%, plus 20% VAT");
        assert_eq!(
            formula(Lang::ZhCn, &steps),
            "(£45.00 − £10.00) × 6.5 个月，扣除 20% 增值税，再减 4%，加回 20% 增值税"
        );
    }

    #[test]
    fn months_can_be_reckoned_after_us() {
        let l = words(Lang::En);
        for (num, den, text) in
            [(1, 1, "1 month"), (5, 4, "1.25 months"), (79, 31, "2 17/31 months"), (3, 28, "3/28 months")]
        {
            assert_eq!(months(l, Ratio::new(num, den).unwrap()), text);
        }
    }
}
