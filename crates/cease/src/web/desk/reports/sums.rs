//! The sums of a period, as the reports' pictures want them.

use case::Stage;
use jiff::civil::Date;
use store::{DayCount, View};

use crate::app::App;
use crate::reports::{Measure, date_of, day_of, minutes_below};
use crate::web::{Page, Trouble, chart};

/// Open stages, in the order of their way.
pub const OPEN: [&str; 5] = ["received", "review", "scheduled", "ceasing", "contested"];

pub struct Sums {
    /// The first and the last day.
    pub from: i64,
    pub to: i64,
    counts: Vec<DayCount>,
    /// How many stood at each stage before the first day.
    before: Vec<DayCount>,
}

impl Sums {
    pub async fn read(app: &App, days: i64) -> Result<Self, Trouble> {
        let to = day_of(app.now(), &app.policy.zone());
        let from = to - days + 1;
        let counts = app.store.report_days(from, to).await?;
        let before = app.store.report_before(Measure::Depth.name(), from).await?;
        Ok(Self { from, to, counts, before })
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.before.iter().all(|count| count.count == 0)
    }

    pub fn days(&self) -> impl Iterator<Item = i64> + use<> {
        self.from..=self.to
    }

    pub fn date(&self, day: i64) -> Date {
        date_of(day)
    }

    fn of(&self, measure: Measure) -> impl Iterator<Item = &DayCount> {
        self.counts.iter().filter(move |count| count.measure == measure.name())
    }

    pub fn total(&self, measure: Measure) -> i64 {
        self.of(measure).map(|count| count.count).sum()
    }

    pub fn bucket(&self, measure: Measure, bucket: i64) -> i64 {
        self.of(measure).filter(|count| count.bucket == bucket).map(|count| count.count).sum()
    }

    /// Of one bucket on one day.
    pub fn on(&self, measure: Measure, bucket: i64, day: i64) -> i64 {
        // The store gives them in this order.
        let wanted = (measure.name(), day, bucket);
        let found = self.counts.binary_search_by(|c| (c.measure.as_str(), c.day, c.bucket).cmp(&wanted));
        found.map_or(0, |at| self.counts[at].count)
    }

    /// How many stood at a stage at the end of each day.
    pub fn depth(&self, stage: &str) -> Vec<i64> {
        let bucket = place(stage);
        let mut depth: i64 = self.before.iter().filter(|c| c.bucket == bucket).map(|c| c.count).sum();
        self.days()
            .map(|day| {
                depth += self.on(Measure::Depth, bucket, day);
                depth
            })
            .collect()
    }

    /// Times and how many lay below each, smallest first.
    pub fn spread(&self, measure: Measure) -> Spread {
        let mut by_bucket = std::collections::BTreeMap::<i64, i64>::new();
        for count in self.of(measure) {
            *by_bucket.entry(count.bucket).or_default() += count.count;
        }
        let mut sum = 0;
        let steps = by_bucket.iter().map(|(bucket, count)| {
            sum += count;
            (minutes_below(*bucket) / 60.0, sum)
        });
        let (from, steps) =
            (by_bucket.keys().map(|bucket| minutes_below(bucket - 1) / 60.0).collect(), steps.collect());
        Spread { from, steps }
    }
}

pub fn place(stage: &str) -> i64 {
    Stage::NAMES.iter().position(|name| *name == stage).unwrap_or_default() as i64
}

/// How times are spread: hours, and how many took no longer.
pub struct Spread {
    /// Where each step begins.
    from: Vec<f64>,
    pub steps: Vec<(f64, i64)>,
}

impl Spread {
    pub fn total(&self) -> i64 {
        self.steps.last().map_or(0, |(_, sum)| *sum)
    }

    /// The hours within which so many of a hundred were done; the other way round than [`Self::share`], so that the two
    /// never say different things.
    pub fn within(&self, percent: i64) -> Option<f64> {
        let (wanted, mut before) = (self.total() as f64 * percent as f64 / 100.0, 0.0);
        for (from, (to, sum)) in self.from.iter().zip(&self.steps) {
            let sum = *sum as f64;
            if sum >= wanted && sum > before {
                return Some(from + (to - from) * (wanted - before) / (sum - before));
            }
            before = sum;
        }
        None
    }

    /// The share that took no longer than so many hours; within a step that these end in, times count as spread evenly.
    pub fn share(&self, hours: f64) -> f64 {
        let (mut before, mut within) = (0.0, 0.0);
        for (from, (to, sum)) in self.from.iter().zip(&self.steps) {
            let (sum, part) = (*sum as f64, ((hours - from) / (to - from)).clamp(0.0, 1.0));
            within += (sum - before) * part;
            before = sum;
        }
        if before == 0.0 { 0.0 } else { within / before }
    }
}

/// A view of the list as a small line, for whoever shows the views: `templates/desk/sparkline.html`.
pub struct Spark {
    pub svg: String,
}

/// How each view has grown and shrunk over two weeks; none for views that only ever grow.
pub async fn sparks(app: &App, p: &Page) -> Result<Vec<(View, Spark)>, Trouble> {
    let sums = Sums::read(app, 14).await?;
    Ok([View::Review, View::Waiting, View::Moving].into_iter().map(|view| (view, spark(p, &sums, view))).collect())
}

pub fn depth_of(sums: &Sums, view: View) -> Vec<i64> {
    let mut depth = vec![0; sums.days().count()];
    for stage in view.stages() {
        for (sum, more) in depth.iter_mut().zip(sums.depth(stage)) {
            *sum += more;
        }
    }
    depth
}

pub fn spark(p: &Page, sums: &Sums, view: View) -> Spark {
    let depth = depth_of(sums, view);
    let values: Vec<f64> = depth.iter().map(|n| *n as f64).collect();
    let (first, last) = (depth.first().copied().unwrap_or(0), depth.last().copied().unwrap_or(0));
    let days = depth.len();
    let says = fl!(p.l, "report-spark", days = days, first = first, last = last);
    Spark { svg: chart::sparkline(&values, &says) }
}

/// Hours as a person says them: "40 minutes", "5 hours", "3 days".
pub fn hours(p: &Page, hours: f64) -> String {
    let minutes = (hours * 60.0).ceil() as i64;
    let (hours, days) = ((minutes + 59) / 60, (minutes + 1_439) / 1_440);
    match minutes {
        ..=90 => fl!(p.l, "report-minutes", n = minutes),
        91..=2_880 => fl!(p.l, "report-hours", n = hours),
        _ => fl!(p.l, "report-many-days", n = days),
    }
}

#[cfg(test)]
mod tests {
    use super::{Spread, minutes_below};

    /// The step in which a promise of 24 hours ends goes past it: it counted as broken as a whole.
    #[test]
    fn a_step_that_a_promise_ends_in_counts_in_part() {
        let step = (0..).find(|step| minutes_below(*step) > 24.0 * 60.0).unwrap();
        let edges = |n: i64| (minutes_below(step + n - 1) / 60.0, minutes_below(step + n) / 60.0);
        let sums = [(-2, 60), (0, 100), (3, 120)];
        let spread = Spread {
            from: sums.map(|(n, _)| edges(n).0).to_vec(),
            steps: sums.map(|(n, sum)| (edges(n).1, sum)).to_vec(),
        };
        let share = spread.share(24.0);
        assert!(share > 90.0 / 120.0 && share < 100.0 / 120.0, "{share}");
        // Where nine of ten are done within the promise, so is what is said of it.
        for percent in [50, 75, 80, 90] {
            let within = spread.within(percent).unwrap();
            assert_eq!(within <= 24.0, share * 100.0 >= percent as f64, "{percent}: {within}, {share}");
        }
        assert_eq!((spread.share(0.0), spread.share(1_000.0)), (0.0, 1.0));
        assert_eq!(Spread { from: Vec::new(), steps: Vec::new() }.share(24.0), 0.0);
    }
}
