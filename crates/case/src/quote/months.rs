//! Stretches of days as months. The grid of months is fixed at one end, so that moving the other end by a day never
//! makes the stretch shorter where it should be longer.

use jiff::civil::Date;
use jiff::{Span, Unit};

use crate::money::{MoneyError, Ratio};

fn shifted(day: Date, months: i32) -> Option<Date> {
    day.checked_add(Span::new().try_months(months).ok()?).ok()
}

/// Days from `a` to `b`.
pub fn days(a: Date, b: Date) -> i64 {
    a.until((Unit::Day, b)).map_or(0, |span| i64::from(span.get_days()))
}

/// From `from` up to and without `to`, in months counted back from `to`: whole ones, and a part of the one that is
/// begun. Zero where nothing is left.
pub fn left(from: Date, to: Date) -> Result<Ratio, MoneyError> {
    grid(to, from, -1)
}

/// From `from` up to and without `to`, in months counted on from `from`.
pub fn since(from: Date, to: Date) -> Result<Ratio, MoneyError> {
    grid(from, to, 1)
}

/// How often a month fits between `anchor` and `end`, going that way.
fn grid(anchor: Date, end: Date, way: i32) -> Result<Ratio, MoneyError> {
    let beyond = |day: Date| if way < 0 { day < end } else { day > end };
    if beyond(anchor) || anchor == end {
        return Ok(Ratio::ZERO);
    }
    // A little below the answer, which is then found on the grid itself.
    let guess = (days(anchor, end).abs() / 31 - 1).max(0);
    let mut whole = i32::try_from(guess).map_err(|_| MoneyError::TooMuch)?;
    loop {
        let last = shifted(anchor, way * whole).ok_or(MoneyError::TooMuch)?;
        let next = shifted(anchor, way * (whole + 1)).ok_or(MoneyError::TooMuch)?;
        if beyond(next) {
            let part = Ratio::new(i128::from(days(last, end)), i128::from(days(last, next)))?;
            return Ratio::whole(i64::from(whole)).plus(part);
        }
        whole += 1;
    }
}

/// The same, where a month that is begun counts as one.
pub fn begun(from: Date, to: Date) -> Result<Ratio, MoneyError> {
    let left = left(from, to)?;
    let whole = Ratio::whole(left.thousandths() / 1000);
    if left.minus(whole)?.is_positive() { whole.plus(Ratio::whole(1)) } else { Ok(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_counted_as_the_calendar_does() {
        let half = |n: i128| Ratio::new(n, 2).unwrap();
        assert_eq!(left(day("2026-08-01"), day("2026-11-01")), Ok(Ratio::whole(3)));
        // April has thirty days.
        assert_eq!(left(day("2026-04-16"), day("2026-11-01")), Ok(half(13)));
        assert_eq!(begun(day("2026-04-16"), day("2026-11-01")), Ok(Ratio::whole(7)));
        assert_eq!(begun(day("2026-05-01"), day("2026-11-01")), Ok(Ratio::whole(6)));
        // One day short of a whole month is begun all the same, however long the stretch.
        assert_eq!(begun(day("2016-10-31"), day("2026-11-01")), Ok(Ratio::whole(121)));
        assert_eq!(left(day("2026-11-01"), day("2026-11-01")), Ok(Ratio::ZERO));
        assert_eq!(left(day("2026-11-02"), day("2026-11-01")), Ok(Ratio::ZERO));
        // A leap day, and a month that is shorter than the day asks for.
        assert_eq!(since(day("2028-02-01"), day("2028-02-15")), Ok(Ratio::new(14, 29).unwrap()));
        assert_eq!(left(day("2026-02-28"), day("2026-03-31")), Ok(Ratio::whole(1)));
    }
}
