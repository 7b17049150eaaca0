//! Mail that opened nothing, with why, so that none is lost: a person opens a case from it or sets it
//! aside. And the originals, as they came: only ever downloaded, and on the record of looks.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use case::mask::Mask;
use case::way::Kind;
use case::{CaseRef, Field};
use store::{Act, Looked, Mail, MailFate};

use super::eyes::{Eyes, Part};
use super::{Asked, agency, case_of, looks, reader, reveal, staff};
use crate::app::{App, Shared};
use crate::keys::hex_of;
use crate::mail;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

const ROWS: u32 = 50;
const VIEWS: [MailFate; 3] = [MailFate::Held, MailFate::Taken, MailFate::Aside];

struct Tab {
    text: String,
    href: String,
    here: bool,
}

struct Row {
    id: String,
    from: String,
    name: String,
    subject: String,
    text: String,
    why: String,
    at: String,
    iso: String,
    size: String,
    left_out: u32,
    /// The case it belongs to, and the way there.
    case: Option<(String, String)>,
    can_open: bool,
    can_set_aside: bool,
    /// Where what is masked can be shown; empty where nothing is.
    hidden: String,
}

#[derive(Template)]
#[template(path = "desk/mail.html")]
struct Mails {
    p: Page,
    title: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    /// The kinds of end there are to choose from.
    kinds: Vec<&'static str>,
    next_href: String,
    first_href: String,
    empty: (String, String),
}

fn name(fate: MailFate) -> &'static str {
    match fate {
        MailFate::Pending => "pending",
        MailFate::Taken => "taken",
        MailFate::Held => "held",
        MailFate::Aside => "aside",
    }
}

/// `GET /desk/mail?view=held|taken|aside&before=…`, or `?case=REFERENCE`.
pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    reader(&visit)?;
    let p = Page::new(&app, &visit);
    let asked = Asked::of(query.as_deref());
    let of_case: Option<CaseRef> = asked.get("case").parse().ok();
    let view = VIEWS.into_iter().find(|fate| name(*fate) == asked.get("view")).unwrap_or(MailFate::Held);
    let before = asked.get("before").parse().ok();
    if of_case.is_none() && agency(&visit)?.is_some() {
        return Err(Trouble::NotFound);
    }
    let mut found = match of_case {
        Some(case) => app.store.mails_of(case_of(&app, &visit, &case.to_string()).await?.reference).await?,
        None => app.store.mails(view, before, ROWS + 1).await?,
    };
    let more = of_case.is_none() && found.len() > ROWS as usize;
    if of_case.is_none() {
        found.truncate(ROWS as usize);
    }
    let at = |before: i64| format!("/desk/mail?view={}&before={before}", name(view));
    let next_href = found.last().filter(|_| more).map(|last| at(last.seq)).unwrap_or_default();
    let first_href = if before.is_some() { format!("/desk/mail?view={}", name(view)) } else { String::new() };
    looks::look(&app, &visit, Looked::Mail, of_case, if of_case.is_some() { "" } else { name(view) }).await?;
    let eyes = Eyes::of(&app, &visit).await?;
    let mut rows = Vec::new();
    for mail in found {
        let mask = mask(&app, &eyes, &mail).await?;
        rows.push(row(&p, mail, &mask));
    }
    let title = match of_case {
        Some(case) => fl!(p.l, "mail-of-case", reference = case.to_string()),
        None => fl!(p.l, "mail-title"),
    };
    let tab = |fate: MailFate| Tab {
        text: p.t(&format!("mail-view-{}", name(fate))),
        href: format!("/desk/mail?view={}", name(fate)),
        here: of_case.is_none() && fate == view,
    };
    let tabs = VIEWS.into_iter().map(tab).collect();
    let empty = match of_case {
        Some(_) => (fl!(p.l, "mail-of-case-none"), fl!(p.l, "mail-of-case-none-text")),
        None => (fl!(p.l, "mail-empty"), fl!(p.l, "mail-empty-text")),
    };
    Ok(html(
        StatusCode::OK,
        &Mails { kinds: Kind::offered(&app.policy.journey), p, title, tabs, rows, next_href, first_href, empty },
    ))
}

/// What lies over a mail: what lies over its case, or all of it until somebody says why.
async fn mask(app: &App, eyes: &Eyes, mail: &Mail) -> Result<Mask, Trouble> {
    let case = match mail.case {
        Some(case) => app.store.case(case).await?,
        None => None,
    };
    let record = match case.as_ref().and_then(|case| case.account) {
        Some(account) => app.store.account(account).await?.map(|account| account.person),
        None => None,
    };
    Ok(match case {
        Some(case) => eyes.beyond(&case, record.as_ref()),
        None if eyes.sees_mail(&mail.id) => Mask::clear(),
        None => Mask::over_all(),
    })
}

fn row(p: &Page, mail: Mail, mask: &Mask) -> Row {
    let head = mail.head;
    let hidden = mask.is_on().then(|| match mail.case {
        Some(case) => format!("/desk/case/{case}#shades"),
        None => format!("/desk/mail/{}/original", hex_of(&mail.id)),
    });
    let sender = case::Person { name: head.name.clone(), email: Some(head.from.clone()), ..Default::default() };
    let mask = &if mask.is_on() { mask.clone().and(&sender) } else { mask.clone() };
    let or = |text: String, key: &str| if text.is_empty() { p.t(key) } else { text };
    Row {
        id: hex_of(&mail.id),
        hidden: hidden.unwrap_or_default(),
        from: mask.field(Field::Email, &head.from),
        name: mask.field(Field::Name, &head.name),
        subject: or(mask.text(&head.subject), "mail-no-subject"),
        text: mask.text(&head.text),
        why: if head.why.is_empty() { String::new() } else { p.t(&format!("mail-why-{}", head.why)) },
        at: super::row::stamp_exact(p, &mail.at),
        iso: p.iso(&mail.at),
        size: format!("{} kB", head.bytes.div_ceil(1_000)),
        left_out: head.left_out,
        case: mail.case.map(|case| (case.to_string(), format!("/desk/case/{case}"))),
        can_open: matches!(mail.fate, MailFate::Held | MailFate::Aside),
        can_set_aside: mail.fate == MailFate::Held,
    }
}

fn id_of(text: &str) -> Result<[u8; 32], Trouble> {
    crate::keys::unhex32(text).filter(|id| hex_of(id) == text).ok_or(Trouble::NotFound)
}

/// A message for the house's own staff: what belongs to no case is no partner's.
pub async fn of_house(app: &App, visit: &Visit, id: &str) -> Result<([u8; 32], Mail), Trouble> {
    let id = id_of(id)?;
    if agency(visit)?.is_some() {
        return Err(Trouble::NotFound);
    }
    let (mail, _) = app.store.mail(&id).await?.ok_or(Trouble::NotFound)?;
    Ok((id, mail))
}

/// Opens a case from a message, once.
pub async fn open(State(app): State<Shared>, visit: Visit, Path(id): Path<String>, posted: Posted) -> Answer {
    reader(&visit)?;
    let (id, _) = of_house(&app, &visit, &id).await?;
    let case = mail::open_from(&app, &id, posted.get("kind")).await?.ok_or(Trouble::NotFound)?;
    note(&app, &visit, "mail-opened", &format!("{case} {}", hex_of(&id))).await?;
    Ok(Redirect::to(&format!("/desk/case/{case}")).into_response())
}

/// There is nothing to do about it; it stays.
pub async fn aside(State(app): State<Shared>, visit: Visit, Path(id): Path<String>, _posted: Posted) -> Answer {
    reader(&visit)?;
    let (id, mail) = of_house(&app, &visit, &id).await?;
    if mail.fate == MailFate::Held {
        app.store.settle_mail(&Mail { fate: MailFate::Aside, ..mail }).await?;
        note(&app, &visit, "mail-set-aside", &hex_of(&id)).await?;
    }
    Ok(Redirect::to("/desk/mail").into_response())
}

/// The message as it came. Whatever it calls itself, it is bytes to be saved.
pub async fn original(State(app): State<Shared>, visit: Visit, Path(id): Path<String>) -> Answer {
    reader(&visit)?;
    let id = id_of(&id)?;
    let (mail, _) = app.store.mail(&id).await?.ok_or(Trouble::NotFound)?;
    match mail.case {
        Some(case) => {
            let case = case_of(&app, &visit, &case.to_string()).await?;
            if let Some(masked) = reveal::stands_before(&app, &visit, &case, Part::Whole).await? {
                return masked;
            }
        }
        None => {
            of_house(&app, &visit, &hex_of(&id)).await?;
            if !Eyes::of(&app, &visit).await?.sees_mail(&id) {
                let form = reveal::Form::of_mail(&app, Page::new(&app, &visit).l, &id, "/desk/mail".into());
                return reveal::instead(&app, &visit, "/desk/mail".into(), form, StatusCode::FORBIDDEN);
            }
        }
    }
    let (_, raw) = mail::original(&app, &id).await?.ok_or(Trouble::NotFound)?;
    looks::look(&app, &visit, Looked::Original, mail.case, hex_of(&id)).await?;
    let file = HeaderValue::from_str(&format!("attachment; filename=\"mail-{}.eml\"", &hex_of(&id)[..12]));
    let headers: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, file.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, raw).into_response())
}

async fn note(app: &App, visit: &Visit, what: &str, detail: &str) -> Result<(), Trouble> {
    let (account, _) = staff(visit)?;
    let act = Act { at: app.now(), account: Some(account), what: what.into(), detail: detail.into() };
    Ok(app.store.audit(act).await?)
}

#[cfg(test)]
mod tests;
