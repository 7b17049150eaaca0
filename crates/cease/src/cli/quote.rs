//! `quote`: what ending a card costs, as the counter would say it, before anybody has declared anything.

use case::identify::identify;
use case::quote::{Asked as On, quote};
use case::{Lang, Person};
use clap::Args;
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;

use super::{Done, Failed, asked, say, say_json};
use crate::clock::Clock;
use crate::config::Config;
use crate::web::counter::statement::in_reach;
use crate::words::words;
use crate::{act, fees};

#[derive(Args)]
pub struct Asked {
    /// Any number of the card: ICCID, EID, phone number, IMEI, serial
    #[arg(long)]
    card: String,
    /// The day on which it is asked for, within ten years and not before the contract began; today without it
    #[arg(long, value_name = "DATE", value_parser = asked::day)]
    on: Option<Date>,
    /// The last day that is wanted, within two years; as early as possible without it
    #[arg(long, value_name = "DATE", value_parser = asked::day)]
    wanted: Option<Date>,
    /// The number is taken along to another operator, which nobody charges notice for
    #[arg(long)]
    porting: bool,
    /// en or zh-CN
    #[arg(long, default_value = "en", value_parser = asked::lang)]
    lang: Lang,
}

/// Prices and taxes of any other time are nobody's any more, or not yet.
const YEARS: i64 = 10;

/// Whether something can be said of what it costs on a day.
fn answerable(day: Date, today: Date, began: Option<Date>) -> Result<(), String> {
    if let Some(began) = began.filter(|began| day < *began) {
        return Err(format!("{day} is before the contract began, on {began}"));
    }
    if day < today.saturating_sub(YEARS.years()) || day > today.saturating_add(YEARS.years()) {
        return Err(format!("{day} is more than {YEARS} years from today"));
    }
    Ok(())
}

/// Exit code 0: a quote; 1: it cannot be reckoned, and why; 4: no such card.
pub async fn run(config: Config, asked: Asked, json: bool) -> Done {
    let app = super::built(config).await?;
    let found =
        identify(&asked.card, &app.policy.identify).map_err(|why| Failed::new(2, anyhow::anyhow!("--card: {why}")))?;
    let lang = asked.lang;
    let Some(record) = act::record(&app, &found.id, &Person::default()).await? else {
        return Err(Failed::new(4, anyhow::anyhow!("--card: no one card has this number")));
    };
    let now = Clock::Machine.now();
    let received = match asked.on {
        None => now,
        // At noon, where days begin and end for this operator.
        Some(day) => {
            let today = now.to_zoned(app.policy.zone()).date();
            let far = || format!("{day} is more than {YEARS} years from today");
            let noon = day.at(12, 0, 0, 0).to_zoned(app.policy.zone()).map_err(|_| far());
            let said = answerable(day, today, record.card.contract.started).and(noon);
            said.map_err(|why| Failed::new(2, anyhow::anyhow!("--on: {why}")))?.timestamp()
        }
    };
    let today = received.to_zoned(app.policy.zone()).date();
    if let Some(wanted) = asked.wanted {
        in_reach(words(Lang::En), wanted, today)
            .map_err(|why| Failed::new(2, anyhow::anyhow!("--wanted: {wanted}: {why}")))?;
    }
    let on = On { wanted: asked.wanted, porting: asked.porting, moving: asked.porting, ..On::at(received) };
    let quoted = quote(Some(&record.card), &app.policy, on);
    let ends = app.policy.contract_end(on, record.card.minimum_term_ends);
    let sheet = fees::sheet(lang, &quoted);
    if json {
        let lines: Vec<_> = quoted
            .lines
            .iter()
            .map(|line| {
                let row = fees::row(lang, line);
                json!({
                    "what": line.what, "name": row.name, "amount": line.amount, "formula": row.how,
                    "steps": line.steps, "only_if": line.only_if, "condition": row.only_if, "vat": line.vat,
                })
            })
            .collect();
        say_json(&json!({
            "card": record.card.id.to_string(), "product": record.card.product, "asked_at": received, "ends_at": ends,
            "lines": lines, "total": quoted.total, "at_most": quoted.at_most(), "fault": quoted.fault,
            "rules": app.policy.name,
        }))?;
    } else {
        for row in &sheet.rows {
            say(&format!("{}\t{}", row.name, row.amount));
            [&row.how, &row.only_if]
                .into_iter()
                .filter(|text| !text.is_empty())
                .for_each(|text| say(&format!("  {text}")));
        }
        match sheet.fault.as_str() {
            "" => say(&format!("{}\t{}", sheet.total_name, sheet.total)),
            fault => return Err(Failed::new(1, anyhow::anyhow!("{fault}"))),
        }
        if !sheet.most.is_empty() {
            say(&format!("{}\t{}", fl!(crate::words::words(lang), "quote-at-most"), sheet.most));
        }
    }
    Ok(std::process::ExitCode::from(u8::from(quoted.fault.is_some())))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_within_ten_years_and_of_the_contract() {
        let (today, began) = (date(2026, 11, 26), date(2025, 11, 1));
        for (day, good) in [
            (date(2016, 11, 25), false),
            (date(2016, 11, 26), true),
            (date(2036, 11, 26), true),
            (date(2036, 11, 27), false),
            (date(9999, 12, 31), false),
        ] {
            assert_eq!(answerable(day, today, None).is_ok(), good, "{day}");
        }
        assert_eq!(answerable(began, today, Some(began)), Ok(()));
        let early = answerable(began.yesterday().unwrap(), today, Some(began)).unwrap_err();
        assert!(early.contains("2025-10-31 is before") && early.contains("2025-11-01"), "{early}");
    }
}
