//! The life of a card's cancellation as one picture: every time that matters, in its order, down a line that is
//! solid up to now and broken beyond, with what was seen after the end marked on it. Narrow enough for a phone as
//! it is, and the same at the desk. Its rows stand beside it as a table.

use std::fmt::Write;

use case::case::{Stage, Step};
use case::{Case, Entry, Event, Outcome, Timestamp};

use super::Page;
use super::chart::escaped;
use crate::watch::{self, Seen};
use crate::words::{Words, labelled};

/// What stands at one moment.
pub struct Row {
    pub at: String,
    pub iso: String,
    pub says: Vec<String>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It has happened.
    Past,
    /// The one moment that all else is about.
    End,
    /// Something moved that should not.
    Alarm,
    /// It is to come.
    Future,
    Now,
}

/// How what was seen is said: to the desk, or to the holder.
type Says = fn(&Words, case::watch::Kind) -> String;

pub struct Lifeline {
    pub svg: String,
    pub rows: Vec<Row>,
}

/// Of the drawing, in its own units: as wide as a phone.
const WIDTH: u32 = 320;
const LINE: u32 = 17;
const X: u32 = 12;

impl Lifeline {
    pub fn of(p: &Page, case: &Case, journal: &[Entry], says: Says) -> Self {
        let mut marks = marks(p, case, journal, says);
        marks.push((p.now(), fl!(p.l, "lifeline-now"), Kind::Now));
        marks.sort_by_key(|(at, _, _)| *at);
        let mut rows: Vec<Row> = Vec::new();
        for (at, says, kind) in marks {
            let (time, iso) = (p.moment(&at), p.iso(&at));
            let kind = if kind == Kind::Past && at > p.now() { Kind::Future } else { kind };
            match rows.last_mut() {
                // What people would read as one moment is one.
                Some(last) if last.at == time && last.kind == kind => last.says.push(says),
                Some(_) | None => rows.push(Row { at: time, iso, says: vec![says], kind }),
            }
        }
        Self { svg: draw(p, &rows), rows }
    }
}

/// Every fact with its time, as the row and the journal have them.
fn marks(p: &Page, case: &Case, journal: &[Entry], says: Says) -> Vec<(Timestamp, String, Kind)> {
    let (l, t) = (p.l, &case.times);
    let ended = case.stage.has_ended();
    let mut marks = vec![
        (t.declared, fl!(l, "case-time-declared"), Kind::Past),
        (t.received, fl!(l, "case-time-received"), Kind::Past),
    ];
    let end = if ended { Kind::End } else { Kind::Past };
    let known = [
        (t.contract_end, fl!(l, "case-time-contract-end"), Kind::Past),
        (t.billing_end, fl!(l, "case-time-billing-end"), Kind::Past),
        (t.network_cease, fl!(l, "case-time-network-cease"), end),
        (t.number_release, fl!(l, "case-time-number-release"), Kind::Past),
    ];
    marks.extend(known.into_iter().filter_map(|(at, says, kind)| Some((at?, says, kind))));
    for entry in journal {
        for event in &entry.events {
            if let Event::Moved { to: Stage::Ceasing { step: Step::Barred { since, .. }, .. } } = event {
                marks.push((*since, fl!(l, "lifeline-barred"), Kind::Past));
            } else if let Event::Moved { to: Stage::Ceased { watch_until, certificate: None, .. } } = event {
                marks.push((*watch_until, fl!(l, "lifeline-watch-until"), Kind::Past));
            } else if let Event::Settled { outcome: Outcome::Ceased { read_back_at, .. }, .. } = event {
                marks.push((*read_back_at, fl!(l, "lifeline-read-back"), Kind::End));
            } else if let Event::Settled { outcome: Outcome::Certified { .. }, .. } = event {
                marks.push((entry.at, fl!(l, "lifeline-certificate"), Kind::Past));
            }
        }
    }
    let seen = |seen: Seen| {
        let (kind, n) = (says(l, seen.kind), seen.count);
        (seen.first, fl!(l, "lifeline-seen", kind = kind, n = n), Kind::Alarm)
    };
    marks.extend(watch::seen(journal).into_iter().map(seen));
    marks
}

fn draw(p: &Page, rows: &[Row]) -> String {
    // The lines go under the marks.
    let (mut lines, mut body) = (String::new(), String::new());
    let mut y = LINE;
    let mut before: Option<(u32, Kind)> = None;
    for row in rows {
        if let Some((from, kind)) = before {
            let class = if matches!(kind, Kind::Now | Kind::Future) { "is-future" } else { "is-past" };
            let _ = write!(lines, r#"<path class="l-line {class}" d="M{X} {from}V{y}"/>"#);
        }
        before = Some((y, row.kind));
        mark(&mut body, row.kind, y);
        let class = match row.kind {
            Kind::Past => "",
            Kind::End => " is-end",
            Kind::Alarm => " is-alarm",
            Kind::Future => " is-future",
            Kind::Now => " is-now",
        };
        let mut text = |class: &str, says: &str| {
            let _ = write!(body, r#"<text class="{class}" x="{}" y="{}">{}</text>"#, X + 18, y + 4, escaped(says));
            y += LINE;
        };
        row.says.iter().for_each(|says| text(&format!("l-says{class}"), says));
        text("l-at", &row.at);
        y += LINE / 2;
    }
    let comma = fl!(p.l, "desk-list-comma");
    let says: Vec<String> = rows.iter().map(|row| labelled(p.language, &row.at, &row.says.join(&comma))).collect();
    let (title, desc) = (fl!(p.l, "lifeline-title"), says.join(&fl!(p.l, "lifeline-then")));
    format!(
        r#"<svg class="lifeline" viewBox="0 0 {WIDTH} {y}" role="img" aria-labelledby="lifeline-t lifeline-d"><title id="lifeline-t">{}</title><desc id="lifeline-d">{}</desc>{lines}{body}</svg>"#,
        escaped(&title),
        escaped(&desc)
    )
}

/// Told apart by shape and not by colour alone.
fn mark(body: &mut String, kind: Kind, y: u32) {
    let _ = match kind {
        Kind::Past => write!(body, r#"<circle class="l-mark" cx="{X}" cy="{y}" r="4"/>"#),
        Kind::Future => write!(body, r#"<circle class="l-mark is-future" cx="{X}" cy="{y}" r="4"/>"#),
        Kind::End => {
            write!(body, r#"<rect class="l-mark is-end" x="{}" y="{}" width="12" height="12" rx="2"/>"#, X - 6, y - 6)
        }
        Kind::Alarm => write!(body, r#"<path class="l-mark is-alarm" d="M{X} {}l7 12h-14z"/>"#, y - 7),
        Kind::Now => write!(body, r#"<path class="l-now" d="M{} {y}h12"/>"#, X - 6),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn every_time_is_on_the_line_in_its_order_and_what_was_seen_too() {
        for lang in ["en", "zh-CN"] {
            let (app, _dir) = testing::app_with(|policy| policy.contest_minutes = 0).await;
            let case = crate::watch::tests::ended(&app).await;
            crate::watch::tests::observed(&app, &case).await;
            let journal = app.store.journal(case.reference).await.unwrap();
            let case = app.store.case(case.reference).await.unwrap().unwrap();
            let visit = testing::visit(&app, &format!("/?lang={lang}"), "").await;
            let line = Lifeline::of(&Page::new(&app, &visit), &case, &journal, crate::watch::kind);
            let isos: Vec<&str> = line.rows.iter().map(|row| row.iso.as_str()).collect();
            assert!(isos.is_sorted(), "{isos:?}");
            let count = |kind| line.rows.iter().filter(|row| row.kind == kind).count();
            assert_eq!((count(Kind::Now), count(Kind::Alarm), count(Kind::Future)), (1, 1, 2), "{isos:?}");
            assert!(count(Kind::End) == 1 && line.svg.contains("<title") && line.svg.contains("l-mark is-alarm"));
            let marks: usize = line.rows.iter().map(|row| row.says.len()).sum();
            assert_eq!(marks, 11, "declared, received, three ends, read back, certificate, seen, now, watch, number");
        }
    }
}
