//! What every page has in common, and how one becomes an answer.

use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use case::{AccountId, Lang, Money, Role, Timestamp};
use jiff::tz::TimeZone;

use crate::app::App;
use crate::web::counter::legal::Legal;
use crate::web::stay::Left;
use crate::web::trouble::opened;
use crate::web::visit::Visit;
use crate::words::{self, Words};

/// The common part of a page; templates reach it as `self.p`.
pub struct Page {
    pub lang: &'static str,
    pub language: Lang,
    /// Messages, for `fl!(self.p.l, "key")`.
    pub l: &'static Words,
    pub operator: String,
    pub path: String,
    /// What its address asks for; where it answers a post, what the page that was posted from asked for.
    pub query: String,
    posts: bool,
    /// The form token that every post carries in the field `csrf`.
    pub csrf: String,
    /// The name of who is signed in.
    pub who: Option<String>,
    /// How long they stay signed in.
    pub left: Option<Left>,
    /// Whether they work cases at the desk.
    pub desk: bool,
    /// Whether they are the house's own, and no partner's.
    pub house: bool,
    /// Whether they read who looked at what.
    pub leads: bool,
    /// How much is stuck, for their bar; empty where nothing is.
    pub stuck: String,
    /// How much waits on the pages about channels; empty where nothing does.
    pub channels: String,
    /// Whether this is the demonstration, whose pages say so.
    pub demo: bool,
    /// Whether text messages can be sent at all.
    pub texts: bool,
    /// What the buttons say that lead to a cancellation and, where there is one, to a withdrawal.
    pub start: Legal,
    pub withdraw: Option<Legal>,
    account: Option<AccountId>,
    zone: TimeZone,
    now: Timestamp,
}

impl Page {
    pub fn new(app: &Arc<App>, visit: &Visit) -> Self {
        let desk = &app.config.desk;
        Self {
            lang: visit.lang.tag(),
            language: visit.lang,
            l: words::words(visit.lang),
            operator: desk.name_in(visit.lang).to_owned(),
            path: visit.path.clone(),
            query: visit.query.clone(),
            posts: visit.posts,
            csrf: visit.csrf(app),
            who: visit.account.as_ref().map(|a| a.person.name.clone()),
            left: Left::of(visit, app.now()),
            desk: matches!(visit.staff(), Some((_, Role::Agent | Role::Approver))),
            house: visit.staff().is_some_and(|(account, _)| account.agency.is_none()),
            leads: matches!(visit.staff(), Some((_, Role::Approver | Role::Admin))),
            stuck: visit.stuck.clone(),
            channels: visit.channels.clone(),
            demo: app.demo.is_some(),
            texts: app.texter.is_some(),
            start: Legal::start(&app.policy, words::words(visit.lang)),
            withdraw: Legal::withdraw(&app.policy, words::words(visit.lang)),
            account: visit.account.as_ref().map(|a| a.id),
            zone: app.policy.zone(),
            now: app.now(),
        }
    }

    /// Whether it is read by who is signed in to this account.
    pub fn is_of(&self, account: Option<AccountId>) -> bool {
        self.account.is_some() && self.account == account
    }

    /// The address of an asset, with its hash so that it can be kept for good.
    pub fn asset(&self, name: &str) -> String {
        crate::assets::href(name)
    }

    /// This very page in the other language; what the address asks for is kept, but for what was typed
    /// into a search, which may be anything.
    pub fn other_language(&self) -> String {
        let other = match self.language {
            Lang::En => Lang::ZhCn,
            Lang::ZhCn => Lang::En,
        };
        let kept: Vec<&str> = self
            .query
            .split('&')
            .filter(|p| !p.is_empty() && !p.starts_with("lang=") && !p.starts_with("q="))
            .collect();
        let joined: String = kept.iter().map(|p| format!("{p}&")).collect();
        let path = if self.posts { opened(&self.path) } else { self.path.clone() };
        format!("{path}?{joined}lang={}", other.tag())
    }

    /// Whether the page belongs to one of these parts of the desk; cases belong to its lists.
    pub fn is_in(&self, parts: &str) -> bool {
        parts.split(' ').any(|part| match part {
            "/desk" => self.path == "/desk" || self.path.starts_with("/desk/case/"),
            part => self.path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        })
    }

    /// What the desk calls itself.
    pub fn desk_name(&self) -> String {
        fl!(self.l, "desk-name")
    }

    /// A message whose key is made at run time. The test of the locales knows the families of keys.
    pub fn t(&self, key: &str) -> String {
        self.l.get(key)
    }

    pub fn money(&self, money: &Money) -> String {
        words::money(self.language, money)
    }

    /// "22 November 2026 at 14:03 GMT", in the operator's zone.
    pub fn moment(&self, at: &Timestamp) -> String {
        words::moment(self.language, *at, &self.zone)
    }

    /// "Friday 27 November 2026".
    pub fn day(&self, at: &Timestamp) -> String {
        words::weekday(self.language, at.to_zoned(self.zone.clone()).date())
    }

    /// The last day of a time that runs until then.
    pub fn until(&self, at: &Timestamp) -> String {
        words::until(self.language, *at, &self.zone)
    }

    /// For `<time datetime>`.
    pub fn iso(&self, at: &Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%FT%T%:z").to_string()
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }
}

/// What stands around every page, by its place: a type for each block of `frame.html`.
macro_rules! frame {
    ($($block:literal $part:ident: $build:ident;)*) => {
        $(
            #[derive(Template)]
            #[template(path = "frame.html", block = $block)]
            pub struct $part<'a> { p: &'a Page }

            impl HtmlSafe for $part<'_> {}
        )*

        impl Page {
            $(pub fn $build(&self) -> $part<'_> {
                $part { p: self }
            })*
        }
    };
}

frame! {
    "head" Head: head;
    "counter_head" CounterHead: counter_head;
    "counter_top" CounterTop: counter_top;
    "counter_foot" CounterFoot: counter_foot;
    "desk_head" DeskHead: desk_head;
    "desk_top" DeskTop: desk_top;
    "desk_foot" DeskFoot: desk_foot;
}

/// A rendered page as an answer. Pages hold personal data, so nothing keeps them.
pub fn html(status: StatusCode, page: &impl Template) -> Response {
    answer(status, page.render())
}

fn answer(status: StatusCode, rendered: askama::Result<String>) -> Response {
    match rendered {
        Ok(body) => (
            status,
            [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ],
            body,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
