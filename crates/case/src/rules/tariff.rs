//! What ending costs, and by which formula: early termination, notice, the last bill, credit, tax by date. A formula
//! is data, so that whoever is charged can be shown it with their own figures in it.

use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::money::{Money, Percent};

/// The formulas and rates of a quote. Amounts are in the minor unit of the operator's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tariff {
    /// What leaving within the minimum term costs. None: nobody can, and the contract ends with its term.
    pub early: Option<Early>,
    /// How the days since the last bill are charged, up to the end and so through any notice.
    pub last_bill: LastBill,
    /// Whether what has been paid beyond the end comes back, by the day.
    pub refund_unused: bool,
    /// What becomes of a device's balance.
    pub device: DeviceBalance,
    /// What it costs when a device that must come back does not. The first that fits the contract's age counts.
    pub non_return: Vec<NonReturn>,
    /// What becomes of prepaid credit.
    pub credit: Credit,
    /// Value added tax by the day from which it holds; none before the first.
    #[serde(deserialize_with = "by_date")]
    pub vat: Vec<Vat>,
    /// Days from the end within which a refund is on its way. Fourteen: Consumer Contracts Regulations 2013 (UK),
    /// reg. 34; Directive 2011/83/EU, art. 13(1).
    pub refund_days: u32,
    /// A billing system is connected, and ends, bills and pays back; whoever reads the configuration puts it in.
    #[serde(skip)]
    pub connected: bool,
}

impl Default for Tariff {
    fn default() -> Self {
        Self {
            early: None,
            last_bill: LastBill::default(),
            refund_unused: false,
            device: DeviceBalance::default(),
            non_return: Vec::new(),
            credit: Credit::default(),
            vat: Vec::new(),
            refund_days: 14,
            connected: false,
        }
    }
}

impl Tariff {
    /// The rate that holds on a day.
    pub fn vat_on(&self, day: Date) -> Percent {
        self.vat.iter().rev().find(|vat| vat.from <= day).map_or(Percent::NONE, |vat| vat.percent)
    }
}

/// The early termination charge: what is left of the term at the monthly price, less what the operator saves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Early {
    /// How what is left of the term is counted.
    #[serde(default)]
    pub remaining: Remaining,
    /// Whether the price counts after the contract's discount.
    #[serde(default = "yes")]
    pub discounted: bool,
    /// What is done about the tax in the monthly price.
    #[serde(default)]
    pub vat: EarlyVat,
    /// Taken off for being paid at once and for what is not delivered.
    #[serde(default)]
    pub less: Percent,
    /// Never more than this.
    #[serde(default, deserialize_with = "may_be_owed")]
    pub cap: Option<i64>,
    /// Days from the contract's start within which leaving costs no such charge.
    #[serde(default)]
    pub free_days: u32,
}

fn yes() -> bool {
    true
}

/// How a stretch of the term becomes months.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remaining {
    /// Whole months, and the days of the one that is begun as a part of it.
    #[default]
    Daily,
    /// A month that is begun counts as one.
    Monthly,
    /// Days, at twelve months' price over 365 of them.
    Yearly,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EarlyVat {
    /// It stays in the price.
    #[default]
    Kept,
    /// It is taken out.
    Removed,
    /// It is taken out before the discount and put back after it.
    AddedBack,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastBill {
    /// Not by this desk.
    #[default]
    None,
    /// By the day.
    ProRata,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceBalance {
    /// All of it is due with the end.
    #[default]
    Due,
    /// It is a contract of its own, and is paid off as before.
    GoesOn,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NonReturn {
    /// Only for contracts that are at most this many days old; none: for all.
    #[serde(default)]
    pub age_days: Option<u32>,
    /// Days from the end until it must be back.
    pub within_days: u32,
    #[serde(deserialize_with = "owed")]
    pub minor: i64,
}

/// What becomes of prepaid credit. Whoever gives it back in full writes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Credit {
    /// The key of the reason why it is kept, such as `credit-used-only`; none: it is given back.
    pub forfeited: Option<String>,
    /// Given back only to whoever takes the number along.
    pub only_when_porting: bool,
    /// Kept of it.
    #[serde(deserialize_with = "owed")]
    pub fee: i64,
    /// Given back only where it is more than this.
    #[serde(deserialize_with = "owed")]
    pub above: i64,
    /// Days from the end within which it must be asked for; none: it need not be.
    pub claim_days: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vat {
    pub from: Date,
    pub percent: Percent,
}

/// In the order of their days; the same day twice is an error.
fn by_date<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vat>, D::Error> {
    let mut rates = Vec::<Vat>::deserialize(from)?;
    rates.sort_by_key(|vat| vat.from);
    if let Some(twice) = rates.windows(2).find(|two| two[0].from == two[1].from) {
        return Err(D::Error::custom(format!("there are two rates of value added tax from {}", twice[0].from)));
    }
    Ok(rates)
}

/// An amount that somebody may owe: not negative, and no larger than any bill.
pub(super) fn owed<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let minor = i64::deserialize(from)?;
    match (0..=Money::MAX).contains(&minor) {
        true => Ok(minor),
        false => Err(D::Error::custom(format!("{minor} is no amount; write one from 0 to {}", Money::MAX))),
    }
}

fn may_be_owed<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    struct Amount(#[serde(deserialize_with = "owed")] i64);
    Ok(Option::<Amount>::deserialize(from)?.map(|amount| amount.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tariff_is_read_and_what_is_wrong_with_it_is_said() {
        let text = "vat = [{ from = 2011-01-04, percent = \"20\" }, { from = 2010-01-01, percent = \"17.5\" }]\n\
                    [early]\nvat = \"added-back\"\nless = \"4\"\n[credit]\nfee = 500\nabove = 500\n";
        let dated = text.replace("2011-01-04", "\"2011-01-04\"").replace("2010-01-01", "\"2010-01-01\"");
        let tariff: Tariff = toml::from_str(&dated).unwrap();
        assert_eq!(tariff.vat_on("2009-12-31".parse().unwrap()), Percent::NONE);
        assert_eq!(tariff.vat_on("2011-01-03".parse().unwrap()).to_string(), "17.5");
        assert_eq!(tariff.vat_on("2011-01-04".parse().unwrap()).to_string(), "20");
        assert_eq!(tariff.refund_days, 14);
        for (wrong, says) in [
            ("[early]\nless = \"104\"", "no percentage"),
            ("[early]\ncap = -1", "is no amount"),
            ("[credit]\nfee = -500", "is no amount"),
            ("[[non_return]]\nwithin_days = 14\nminor = 9000000000000000", "is no amount"),
            (
                "vat = [{ from = \"2011-01-04\", percent = \"20\" }, { from = \"2011-01-04\", percent = \"5\" }]",
                "two rates",
            ),
            ("vat = [{ from = \"2011-02-30\", percent = \"20\" }]", "day"),
            ("earley = 1", "unknown field"),
        ] {
            let why = toml::from_str::<Tariff>(wrong).unwrap_err().to_string();
            assert!(why.contains(says), "{wrong}: {why}");
        }
    }
}
