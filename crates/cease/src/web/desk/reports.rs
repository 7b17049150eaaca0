//! Reports, looked at rather than read: how deep the queue is, how long decisions take, how often people have to
//! write, where they give up, and each list as a small line. Every picture has its numbers beside it as a table and
//! as CSV, says in a sentence what it shows, and leads to the same cases in the list.
//!
//! They hold counts and no personal data, so an admin may see them too; only the ways into the lists are for those
//! who work cases.

mod figures;
pub mod friction;
mod sums;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use case::Role;
use store::{Filter, Looked};

use self::sums::Sums;
pub use self::sums::sparks;
use super::{Asked, looks, staff};
use crate::app::Shared;
use crate::web::{Answer, Page, Trouble, Visit, html};

/// The periods there are, in days.
const PERIODS: [i64; 3] = [7, 30, 90];
const PERIOD: i64 = 30;

/// The address of a list of cases.
fn list(filter: impl Into<Filter>) -> String {
    format!("/desk?{}", filter.into())
}

/// One report: a sentence, pictures, the numbers, and the way to the cases.
pub struct Figure {
    pub name: &'static str,
    pub title: String,
    pub says: String,
    pub pictures: Vec<Picture>,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Text and address; none for those who may not see cases.
    pub links: Vec<(String, String)>,
    /// What has to be known to read it.
    pub note: String,
}

/// A picture with a heading of its own where there are several.
pub struct Picture {
    pub title: String,
    pub svg: String,
}

#[derive(Template)]
#[template(path = "desk/reports.html")]
struct Reports {
    p: Page,
    days: i64,
    periods: Vec<(String, String, bool)>,
    figures: Vec<Figure>,
    upto: String,
    empty: bool,
}

pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let (_, role) = staff(&visit)?;
    let p = Page::new(&app, &visit);
    let days = period(&Asked::of(query.as_deref()));
    let sums = Sums::read(&app, days).await?;
    let mut figures = figures::all(&p, &app.policy, &sums);
    if role == Role::Admin {
        figures.iter_mut().for_each(|figure| figure.links.clear());
    }
    let periods = PERIODS.map(|n| (fl!(p.l, "report-days", n = n), format!("/desk/reports?days={n}"), n == days));
    let now = app.now();
    let page = Reports {
        days,
        periods: periods.into(),
        figures,
        upto: super::row::stamp(&p, &now),
        empty: sums.is_empty(),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /desk/reports/{name}`, as `depth.csv`.
pub async fn csv(
    State(app): State<Shared>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let p = Page::new(&app, &visit);
    let days = period(&Asked::of(query.as_deref()));
    let sums = Sums::read(&app, days).await?;
    let wanted = name.strip_suffix(".csv").ok_or(Trouble::NotFound)?;
    let figures = figures::all(&p, &app.policy, &sums);
    let figure = figures.into_iter().find(|figure| figure.name == wanted).ok_or(Trouble::NotFound)?;
    looks::look(&app, &visit, Looked::Export, None, format!("{} {days}", figure.name)).await?;
    let lines = std::iter::once(&figure.head).chain(&figure.rows).map(|row| line(row));
    // Spreadsheets take it for UTF-8 by its mark.
    let body = format!("\u{feff}{}", lines.collect::<String>());
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"cease-{}-{days}.csv\"", figure.name));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    Ok((headers, body).into_response())
}

/// A line of CSV (RFC 4180). What a spreadsheet would take for a formula is text.
pub(crate) fn line(cells: &[String]) -> String {
    let cell = |text: &String| {
        let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
        let text = if risky { format!("'{text}") } else { text.clone() };
        if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    format!("{}\r\n", cells.iter().map(cell).collect::<Vec<_>>().join(","))
}

fn period(asked: &Asked) -> i64 {
    asked.get("days").parse().ok().filter(|days| PERIODS.contains(days)).unwrap_or(PERIOD)
}

#[cfg(test)]
mod tests;
