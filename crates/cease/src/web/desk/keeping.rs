//! What is erased when, how much is due, and which cases are held from it. One member of staff puts a hold, and it holds
//! from then on; an approver signs it. To end it, one says why and another, an approver, agrees. The store keeps the two
//! apart; this page only says so.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::mask::Mask;
use case::rules::Class;
use case::{AccountId, CaseRef, Role, Timestamp};
use store::{Act, LegalHold, StoreError};

use super::{Asked, case_of, reader, row, staff, timeline};
use crate::app::{App, Shared};
use crate::keeping;
use crate::web::counter::journey::Wrongs;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// Characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 3..=200;
/// Holds on the page.
const ROWS: u32 = 200;
/// Cases on their way, and the newest gone.
const GOING: u32 = 30;
/// Cases of one account that are held together.
const TOGETHER: usize = 100;
/// The form of a hold that is there: what is wrong with it is said where it stands.
const HOLD: &str = "hold";

#[derive(Template)]
#[template(path = "desk/keeping.html")]
struct KeepingPage {
    p: Page,
    rules: Vec<Rule>,
    goes: Goes,
    holds: Vec<Row>,
    approver: bool,
    done: String,
    case: String,
    reason: String,
    wrongs: Wrongs,
}

struct Rule {
    class: String,
    what: String,
    days: u32,
    due: u64,
    held: u64,
    basis: String,
    source: String,
}

/// What is under way of cases that go whole.
struct Goes {
    told: u64,
    kept: u64,
    gone: u64,
    /// Reference, its page, what it waits for, when.
    rows: Vec<[String; 4]>,
    erased: Vec<[String; 3]>,
}

impl KeepingPage {
    /// What is wrong with a hold that is no longer among those shown.
    fn gone(&self) -> &str {
        if self.holds.iter().any(|hold| !hold.wrong.is_empty()) { "" } else { self.wrongs.at(HOLD) }
    }
}

impl Goes {
    async fn of(app: &App, p: &Page) -> Result<Self, StoreError> {
        let (told, kept, gone) = app.store.erasures().await?;
        let href = |case: CaseRef| row::href(case, store::View::All.into());
        let row = |due: store::Due| {
            let why = p.t(&format!("erasure-kept-{}", due.why.as_deref().unwrap_or("noted")));
            [due.case.to_string(), href(due.case), why, row::stamp(p, &due.next)]
        };
        let erased = |due: store::Due| [due.case.to_string(), href(due.case), row::stamp(p, &due.next)];
        Ok(Self {
            told,
            kept,
            gone,
            rows: app.store.waiting_erasure(GOING).await?.into_iter().map(row).collect(),
            erased: app.store.erased_cases(GOING).await?.into_iter().map(erased).collect(),
        })
    }
}

struct Row {
    case: String,
    href: String,
    reason: String,
    put: String,
    /// Who has signed, and when.
    signed: Option<String>,
    /// I may.
    can_sign: bool,
    ending: Option<String>,
    can_end: bool,
    /// What is wrong with what was asked of it, and the reason that was typed.
    wrong: String,
    typed: String,
}

/// `GET /desk/keeping`
pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let done = Asked::of(query.as_deref()).get("done").to_owned();
    let p = Page::new(&app, &visit);
    let done = match done.as_str() {
        "hold" => fl!(p.l, "keeping-done-hold"),
        "sign" => fl!(p.l, "keeping-done-sign"),
        "want-end" => fl!(p.l, "keeping-done-want-end"),
        "end" => fl!(p.l, "keeping-done-end"),
        "stay" => fl!(p.l, "keeping-done-stay"),
        _ => String::new(),
    };
    show(&app, &visit, StatusCode::OK, done, ("", ""), Wrongs::default()).await
}

async fn show(
    app: &Shared,
    visit: &Visit,
    code: StatusCode,
    done: String,
    typed: (&str, &str),
    wrongs: Wrongs,
) -> Answer {
    reader(visit)?;
    let (me, role) = staff(visit)?;
    let p = Page::new(app, visit);
    let names: timeline::Names = app.store.staff().await?.into_iter().map(|a| (a.id, a.person.name)).collect();
    let told = keeping::due(app).await?;
    let rule = |told: keeping::Told| {
        let kept = app.policy.keeping.of(told.class);
        let (class, what) = words(&p, told.class);
        Rule {
            class,
            what,
            days: told.days,
            due: told.cases,
            held: told.held,
            basis: kept.map(|kept| kept.basis_in(p.language).to_owned()).unwrap_or_default(),
            source: kept.map(|kept| kept.source.clone()).unwrap_or_default(),
        }
    };
    let by = |who: AccountId, at: &Timestamp| {
        fl!(p.l, "keeping-by", who = timeline::name(&p, &names, who), at = row::stamp(&p, at))
    };
    let approver = role == Role::Approver;
    let of_row = |case: CaseRef, text: &str| if case.to_string() == typed.0 { text.to_owned() } else { String::new() };
    let hold = |hold: LegalHold| Row {
        wrong: of_row(hold.case, wrongs.at(HOLD)),
        typed: of_row(hold.case, typed.1),
        case: hold.case.to_string(),
        href: row::href(hold.case, store::View::All.into()),
        put: by(hold.by, &hold.at),
        can_sign: approver && hold.signed.is_none() && hold.by != me,
        signed: hold.signed.map(|(who, at)| by(who, &at)),
        can_end: approver && hold.ending.as_ref().is_some_and(|(who, ..)| *who != me),
        ending: hold.ending.map(|(who, at, why)| format!("{} {why}", by(who, &at))),
        reason: hold.reason,
    };
    let new = |text: &str| if wrongs.at(HOLD).is_empty() { text.to_owned() } else { String::new() };
    let page = KeepingPage {
        rules: told.into_iter().map(rule).collect(),
        goes: Goes::of(app, &p).await?,
        holds: app.store.legal_holds(ROWS).await?.into_iter().map(hold).collect(),
        approver,
        done,
        case: new(typed.0),
        reason: new(typed.1),
        wrongs,
        p,
    };
    Ok(html(code, &page))
}

fn words(p: &Page, class: Class) -> (String, String) {
    match class {
        Class::Files => (fl!(p.l, "keeping-class-files"), fl!(p.l, "keeping-class-files-what")),
        Class::Originals => (fl!(p.l, "keeping-class-originals"), fl!(p.l, "keeping-class-originals-what")),
        Class::Proof => (fl!(p.l, "keeping-class-proof"), fl!(p.l, "keeping-class-proof-what")),
        Class::Case => (fl!(p.l, "erasure-class-case"), fl!(p.l, "erasure-class-case-what")),
        Class::Account => (fl!(p.l, "erasure-class-account"), fl!(p.l, "erasure-class-account-what")),
    }
}

/// `POST /desk/keeping`: `deed` is `hold`, `sign`, `want-end`, `end` or `stay`.
pub async fn post(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    reader(&visit)?;
    let (_, role) = staff(&visit)?;
    let deed = posted.get("deed");
    match deed {
        "hold" | "want-end" => {}
        "sign" | "end" | "stay" if role == Role::Approver => {}
        "sign" | "end" | "stay" => return Err(Trouble::Forbidden),
        _ => return Err(Trouble::BadRequest),
    }
    let l = Page::new(&app, &visit).l;
    let (typed, said) = (posted.get("case"), posted.get("reason"));
    let mut wrongs = Wrongs::default();
    let (of_case, of_reason) = if deed == "hold" { ("case", "reason") } else { (HOLD, HOLD) };
    let case = match case_of(&app, &visit, typed).await {
        Ok(case) => Some(case),
        Err(Trouble::NotFound) => None,
        Err(trouble) => return Err(trouble),
    };
    if case.is_none() {
        wrongs.add(of_case, fl!(l, "keeping-no-case"));
    }
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if matches!(deed, "hold" | "want-end") && !REASON.contains(&said.chars().count()) {
        wrongs.add(of_reason, fl!(l, "keeping-no-reason"));
    }
    let Some(case) = case.filter(|_| wrongs.0.is_empty()) else {
        return show(&app, &visit, StatusCode::UNPROCESSABLE_ENTITY, String::new(), (typed, &said), wrongs).await;
    };
    // What slipped into it and is personal does not get into the record.
    let reason = Mask::over(&case, None).text(&case::redact::redact(&said).0);
    let mut cases = vec![case.reference];
    if let (true, Some(account)) = (deed == "hold" && posted.get("all") == "yes", case.account) {
        let others = app.store.cases_of(account).await?.into_iter().map(|other| other.case.reference);
        cases.extend(others.filter(|other| *other != case.reference).take(TOGETHER));
    }
    let mut made = false;
    for one in cases {
        made |= done(&app, &visit, deed, one, &reason).await?;
    }
    if made {
        return Ok(Redirect::to(&format!("/desk/keeping?done={deed}")).into_response());
    }
    let (code, why) = match deed {
        "hold" => (StatusCode::UNPROCESSABLE_ENTITY, fl!(l, "keeping-held")),
        _ => (StatusCode::CONFLICT, fl!(l, "keeping-not-yours")),
    };
    show(&app, &visit, code, String::new(), (typed, &said), Wrongs::one(of_case, why)).await
}

/// Whether it was done, once and by somebody who may.
async fn done(app: &App, visit: &Visit, deed: &str, case: CaseRef, reason: &str) -> Result<bool, Trouble> {
    let ((me, _), now) = (staff(visit)?, app.now());
    let (what, made) = match deed {
        "hold" => ("legal-hold-put", app.store.put_legal_hold(case, reason, me, now).await?),
        "sign" => ("legal-hold-signed", app.store.sign_legal_hold(case, me, now).await?),
        "want-end" => ("legal-hold-end-wanted", app.store.want_legal_hold_ended(case, reason, me, now).await?),
        "end" => ("legal-hold-ended", app.store.end_legal_hold(case, me, now).await?),
        _ => ("legal-hold-stays", app.store.stay_legal_hold(case).await?),
    };
    if made {
        let act = Act { at: now, account: Some(me), what: what.into(), detail: case.to_string() };
        app.store.audit(act).await?;
    }
    Ok(made)
}
