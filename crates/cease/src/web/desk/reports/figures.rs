//! The reports, drawn.

use case::watch::Kind;
use case::{Flag, Policy};
use store::{Filter, View};

use super::sums::{OPEN, Sums, depth_of, hours, place, spark};
use super::{Figure, Picture, list};
use crate::reports::{CONTACTS_MAX, Measure};
use crate::watch;
use crate::web::Page;
use crate::web::chart::{Chart, Frame};
use crate::web::desk::say;
use crate::words::labelled;

pub fn all(p: &Page, policy: &Policy, sums: &Sums) -> Vec<Figure> {
    let mut all = vec![
        depth(p, sums),
        decided(p, policy, sums),
        contacts(p, sums),
        alarms(p, sums),
        steps(p, sums),
        views(p, sums),
    ];
    all.extend(super::friction::figure(p));
    all
}

/// A list of what was declared in the days of the report.
fn since(sums: &Sums, filter: impl Into<Filter>) -> String {
    list(Filter { since: Some(sums.date(sums.from)), until: Some(sums.date(sums.to)), ..filter.into() })
}

/// What has ended at one stage.
fn ended(stage: &'static str) -> Filter {
    Filter { stages: [stage].into_iter().collect(), ..View::Done.into() }
}

/// Names of days under an axis: the first, the last, and some between.
fn day_ticks(chart: &mut Chart, sums: &Sums) {
    let last = sums.to - sums.from;
    let every = (last / 6).max(1);
    for at in 0..=last {
        if (at % every == 0 && last - at >= every * 2 / 3) || at == last {
            let anchor = if at == 0 {
                "start"
            } else if at == last {
                "end"
            } else {
                "middle"
            };
            let label = sums.date(sums.from + at).strftime("%m-%d").to_string();
            chart.x_tick(at as f64, &label, anchor);
        }
    }
}

fn stage_name(p: &Page, stage: &str) -> String {
    p.t(&format!("report-stage-{stage}"))
}

/// How many stood at each open stage at the end of each day, with the promises that were passed.
fn depth(p: &Page, sums: &Sums) -> Figure {
    let l = p.l;
    let mut pictures = Vec::new();
    let mut columns = Vec::new();
    for stage in OPEN {
        let depth = sums.depth(stage);
        let most = depth.iter().copied().max().unwrap_or(0).max(4) as f64;
        let mut chart = Chart::new(Frame::STRIP, (sums.to - sums.from) as f64, most);
        chart.y_ticks(2, |value| format!("{value:.0}"));
        let points: Vec<(f64, f64)> = (0..).zip(&depth).map(|(i, n)| (f64::from(i), *n as f64)).collect();
        chart.area("c-one", &points);
        day_ticks(&mut chart, sums);
        for (i, (day, n)) in (0..).zip(sums.days().zip(&depth)) {
            let x = f64::from(i);
            let date = sums.date(day).to_string();
            let n = *n;
            let says = fl!(l, "report-depth-on", day = date.as_str(), n = n);
            chart.hover(x - 0.5, x + 0.5, &says);
            let late = sums.on(Measure::Late, place(stage), day);
            if late > 0 {
                chart.alarm(x, &fl!(l, "report-late-on", day = date.as_str(), n = late));
            }
        }
        let (now, top) = (depth.last().copied().unwrap_or(0), depth.iter().copied().max().unwrap_or(0));
        let desc = fl!(l, "report-depth-desc", now = now, most = top);
        let title = fl!(l, "report-depth-stage", stage = stage_name(p, stage), n = now);
        let svg = chart.svg(&format!("depth-{stage}"), &title, &desc);
        pictures.push(Picture { title, svg });
        columns.push(depth);
    }
    let late: i64 = sums.total(Measure::Late);
    let open: i64 = columns.iter().filter_map(|depth| depth.last()).sum();
    let head = std::iter::once(fl!(l, "report-day"))
        .chain(OPEN.map(|stage| stage_name(p, stage)))
        .chain([fl!(l, "report-late")])
        .collect();
    let row = |(i, day): (usize, i64)| {
        let late: i64 = OPEN.iter().map(|stage| sums.on(Measure::Late, place(stage), day)).sum();
        std::iter::once(sums.date(day).to_string())
            .chain(columns.iter().map(|depth| depth[i].to_string()))
            .chain([late.to_string()])
            .collect()
    };
    Figure {
        name: "depth",
        title: fl!(l, "report-depth"),
        says: fl!(l, "report-depth-says", open = open, late = late),
        pictures,
        head,
        rows: sums.days().enumerate().map(row).collect(),
        links: vec![
            (fl!(l, "report-link-review"), list(View::Review)),
            (
                fl!(l, "report-link-late"),
                list(Filter { flags: [Flag::Overdue].into_iter().collect(), ..View::Review.into() }),
            ),
            (fl!(l, "report-link-waiting"), list(View::Waiting)),
        ],
        note: fl!(l, "report-depth-note"),
    }
}

/// How long decisions took: with the desk, and from receipt.
fn decided(p: &Page, policy: &Policy, sums: &Sums) -> Figure {
    let l = p.l;
    let (desk, whole) = (sums.spread(Measure::Desk), sums.spread(Measure::Whole));
    let promised = policy.review().as_hours() as f64;
    let straight = sums.total(Measure::Straight);
    let (half, most) = (desk.within(50), desk.within(90));
    let right = desk.within(98).unwrap_or(0.0).max(promised * 1.25);
    let mut chart = Chart::new(Frame::WIDE, right, 100.0);
    chart.y_ticks(4, |value| format!("{value:.0}%"));
    let tick = crate::web::chart::step(right, 6);
    let mut at = 0.0;
    while at <= right {
        let whole = at as i64;
        chart.x_tick(at, &fl!(l, "report-axis-hours", n = whole), if at == 0.0 { "start" } else { "middle" });
        at += tick;
    }
    for (class, spread) in [("c-two", &whole), ("c-one", &desk)] {
        let total = spread.total().max(1) as f64;
        let start = [(0.0, 0.0)];
        let steps = spread.steps.iter().filter(|(hours, _)| *hours <= right);
        let mut points: Vec<(f64, f64)> =
            start.into_iter().chain(steps.map(|(hours, sum)| (*hours, *sum as f64 / total * 100.0))).collect();
        points.push((right, spread.share(right) * 100.0));
        chart.line(class, &points, true);
    }
    let promise = policy.review().as_hours();
    chart.rule("c-promise", promised, &fl!(l, "report-promised", n = promise));
    for (percent, within) in [(50, half), (90, most)] {
        if let Some(within) = within {
            let words = hours(p, within);
            let says = fl!(l, "report-within", percent = percent, time = words.as_str());
            chart.dot("c-one", within, f64::from(percent), &says);
            chart.label(within + right * 0.012, f64::from(percent) - 16.0, "start", &says);
        }
    }
    let kept = (desk.share(promised) * 100.0).floor() as i64;
    let says = match (half, most) {
        (Some(half), Some(most)) => fl!(
            l,
            "report-decided-says",
            n = desk.total(),
            half = hours(p, half),
            most = hours(p, most),
            kept = kept,
            promised = promise,
            straight = straight
        ),
        (_, _) => fl!(l, "report-decided-none", straight = straight),
    };
    let title = fl!(l, "report-decided");
    let svg = chart.svg("decided", &title, &says);
    let row = |percent: i64| {
        let cell = |hours: Option<f64>| hours.map_or("–".to_owned(), |hours| format!("{hours:.1}"));
        vec![format!("{percent}%"), cell(desk.within(percent)), cell(whole.within(percent))]
    };
    Figure {
        name: "decided",
        says,
        pictures: vec![Picture { title: String::new(), svg }],
        head: vec![fl!(l, "report-share"), fl!(l, "report-desk-hours"), fl!(l, "report-whole-hours")],
        rows: [10, 25, 50, 75, 90, 95, 99].map(row).into(),
        links: vec![(fl!(l, "report-link-done"), since(sums, View::Done))],
        note: fl!(l, "report-decided-note"),
        title,
    }
}

/// What moved after an end.
fn alarms(p: &Page, sums: &Sums) -> Figure {
    let l = p.l;
    let rows =
        (0..).zip(Kind::ALL).map(|(n, kind)| vec![watch::kind(l, kind), sums.bucket(Measure::Alarm, n).to_string()]);
    let total = sums.total(Measure::Alarm);
    Figure {
        name: "alarms",
        title: fl!(l, "report-alarms"),
        says: fl!(l, "report-alarms-says", n = total),
        pictures: Vec::new(),
        head: vec![fl!(l, "report-alarms-what"), fl!(l, "report-alarms-many")],
        rows: rows.collect(),
        links: vec![(
            fl!(l, "desk-view-alarms"),
            list(Filter { flags: [Flag::Alarm].into_iter().collect(), ..View::All.into() }),
        )],
        note: fl!(l, "report-alarms-note"),
    }
}

/// How often people and desk wrote to each other before a case ended.
fn contacts(p: &Page, sums: &Sums) -> Figure {
    let l = p.l;
    let counts: Vec<i64> = (0..=CONTACTS_MAX).map(|n| sums.bucket(Measure::Contacts, n)).collect();
    let total: i64 = counts.iter().sum();
    let none = counts[0];
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut chart = Chart::new(Frame::WIDE, counts.len() as f64, most * 1.1);
    chart.y_ticks(4, |value| format!("{value:.0}"));
    let name = |n: i64| if n == CONTACTS_MAX { fl!(l, "report-or-more", n = n) } else { n.to_string() };
    for (n, count) in (0..).zip(counts.iter().copied()) {
        let (x, text) = (n as f64, name(n));
        let says = fl!(l, "report-contacts-bar", contacts = text.as_str(), n = count);
        chart.bar("c-one", x + 0.15, x + 0.85, count as f64, &says);
        chart.label(x + 0.5, count as f64 + most * 0.03, "middle", &count.to_string());
        chart.x_tick(x + 0.5, &text, "middle");
    }
    let average = counts.iter().zip(0..).map(|(count, n)| count * n).sum::<i64>() as f64 / total.max(1) as f64;
    let says = fl!(l, "report-contacts-says", total = total, none = none, average = format!("{average:.1}"));
    let title = fl!(l, "report-contacts");
    let svg = chart.svg("contacts", &title, &says);
    Figure {
        name: "contacts",
        says,
        pictures: vec![Picture { title: String::new(), svg }],
        head: vec![fl!(l, "report-contacts-head"), fl!(l, "report-cases")],
        rows: (0..).zip(&counts).map(|(n, count)| vec![name(n), count.to_string()]).collect(),
        links: vec![(fl!(l, "report-link-done"), since(sums, View::Done))],
        note: fl!(l, "report-contacts-note"),
        title,
    }
}

/// How far people come at the counter, and what becomes of cases without an answer.
fn steps(p: &Page, sums: &Sums) -> Figure {
    let l = p.l;
    let names = [
        fl!(l, "report-step-card"),
        fl!(l, "report-step-you"),
        fl!(l, "report-step-statement"),
        fl!(l, "report-step-before"),
        fl!(l, "report-step-declared"),
    ];
    let mut counts: Vec<i64> = (1..=4).map(|page| sums.bucket(Measure::Step, page)).collect();
    // The web's place among the channels.
    counts.push(sums.bucket(Measure::Declared, 0));
    let first = counts[0];
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut chart = Chart::new(Frame::WIDE, counts.len() as f64, most * 1.1);
    chart.y_ticks(4, |value| format!("{value:.0}"));
    let share = |n: i64| if first == 0 { 0 } else { n * 100 / first };
    for (i, (count, name)) in (0..).zip(counts.iter().copied().zip(&names)) {
        let (x, part) = (f64::from(i), share(count));
        let says = fl!(l, "report-step-bar", step = name.as_str(), n = count, share = part);
        chart.bar("c-one", x + 0.12, x + 0.88, count as f64, &says);
        chart.label(x + 0.5, count as f64 + most * 0.03, "middle", &format!("{count} · {part}%"));
        chart.x_tick(x + 0.5, &format!("{}", i + 1), "middle");
    }
    let lost = counts.windows(2).map(|pair| pair[0] - pair[1]).collect::<Vec<_>>();
    let worst = (0..lost.len()).max_by_key(|at| lost[*at]).unwrap_or(0);
    let (unanswered, withdrawn) = (sums.total(Measure::Unanswered), sums.bucket(Measure::Ended, place("withdrawn")));
    let says = if first == 0 {
        fl!(l, "report-steps-none", unanswered = unanswered, withdrawn = withdrawn)
    } else {
        fl!(
            l,
            "report-steps-says",
            first = first,
            share = share(counts[4]),
            worst = names[worst + 1].as_str(),
            lost = lost[worst].max(0),
            unanswered = unanswered,
            withdrawn = withdrawn
        )
    };
    let title = fl!(l, "report-steps");
    let svg = chart.svg("steps", &title, &says);
    let row = |(i, (name, count)): (usize, (&String, &i64))| {
        vec![format!("{}. {name}", i + 1), count.to_string(), format!("{}%", share(*count))]
    };
    let mut rows: Vec<Vec<String>> = names.iter().zip(&counts).enumerate().map(row).collect();
    rows.push(vec![fl!(l, "report-unanswered"), unanswered.to_string(), String::new()]);
    rows.push(vec![fl!(l, "report-withdrawn"), withdrawn.to_string(), String::new()]);
    Figure {
        name: "steps",
        says,
        pictures: vec![Picture { title: String::new(), svg }],
        head: vec![fl!(l, "report-step"), fl!(l, "report-people"), fl!(l, "report-of-first")],
        rows,
        links: vec![
            (fl!(l, "report-link-withdrawn"), since(sums, ended("withdrawn"))),
            (fl!(l, "report-link-refused"), since(sums, ended("refused"))),
        ],
        note: fl!(l, "report-steps-note"),
        title,
    }
}

/// Each list as a small line.
fn views(p: &Page, sums: &Sums) -> Figure {
    let l = p.l;
    let views = [View::Review, View::Waiting, View::Moving];
    let mut rows = Vec::new();
    let mut pictures = Vec::new();
    let mut links = Vec::new();
    for view in views {
        let depth = depth_of(sums, view);
        let (first, last) = (depth.first().copied().unwrap_or(0), depth.last().copied().unwrap_or(0));
        let most = depth.iter().copied().max().unwrap_or(0);
        let name = say::view(l, view);
        rows.push(vec![name.clone(), first.to_string(), most.to_string(), last.to_string()]);
        pictures.push(Picture { title: labelled(p.language, &name, &last.to_string()), svg: spark(p, sums, view).svg });
        links.push((name, list(view)));
    }
    let ended: i64 = ["ceased", "refused", "withdrawn"].map(|s| sums.bucket(Measure::Ended, place(s))).iter().sum();
    Figure {
        name: "views",
        title: fl!(l, "report-views"),
        says: fl!(l, "report-views-says", declared = sums.total(Measure::Declared), ended = ended),
        pictures,
        head: vec![fl!(l, "report-view"), fl!(l, "report-first"), fl!(l, "report-most"), fl!(l, "report-last")],
        rows,
        links,
        note: String::new(),
    }
}
