//! A letter that came by post: its scan is kept first, then somebody writes it down beside the picture, and it
//! becomes a declaration, or words in a case that is there already. What has been typed is kept with every
//! press of a button, and a letter that was begun waits for whoever goes on with it. Sent twice, it is one case.

mod fields;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use case::rules::{LetterCounts, Masking};
use case::way::Kind;
use case::{AccountId, Actor, Case, CaseRef, Channel, Command, FileId, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use store::{Beside, LetterDraft, Looked, StoreError, StoredFile};

use self::fields::{FIELDS, Meant, read};
use super::eyes::{self, Part};
use super::row::{href, stamp};
use super::{agency, case_of, looks, reader, reveal, staff, timeline};
use crate::act::{self, ActError, act_on, declare_known};
use crate::app::{App, Shared};
use crate::chance;
use crate::files::{self, Limits};
use crate::hallmark::code::{About, By, of as check_code};
use crate::web::case::receipt as receipt_page;
use crate::web::counter::journey::Wrongs;
use crate::web::unsent::Unsent;
use crate::web::visit::query_lang;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// Pages of one letter.
const PAGES: usize = 8;
/// How long a page stays that no case takes up.
const SCANS: SignedDuration = SignedDuration::from_hours(365 * 24);
/// Scans one member of staff may keep in an hour.
const PER_HOUR: u32 = 240;
/// Letters begun that the first page shows.
const BEGUN: u32 = 20;
const TRIES: u32 = 8;

/// What is kept of a letter until it is finished; then only where it went, and by whom.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Draft {
    /// Who began it; of one that is finished, who did that.
    by: Option<AccountId>,
    files: Vec<Scan>,
    typed: BTreeMap<String, String>,
    done: Option<CaseRef>,
    /// Who threw it away, and when: whoever was writing in it as well is told.
    thrown: Option<(AccountId, Timestamp)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Scan {
    id: FileId,
    name: String,
    picture: bool,
}

impl Draft {
    async fn load(app: &App, visit: &Visit, id: &str) -> Result<(LetterDraft, Self), Trouble> {
        let id: FileId = id.parse().map_err(|_| Trouble::NotFound)?;
        let row = app.store.letter_for(id, agency(visit)?.as_ref()).await?.ok_or(Trouble::NotFound)?;
        let draft = serde_json::from_str(&row.body).map_err(|e| Trouble::Unavailable(e.to_string()))?;
        Ok((row, draft))
    }

    /// False where somebody has finished it meanwhile, or thrown it away.
    async fn keep(&self, app: &App, row: &LetterDraft) -> Result<bool, Trouble> {
        let body = serde_json::to_string(self).map_err(|e| Trouble::Unavailable(e.to_string()))?;
        Ok(app
            .store
            .put_letter(LetterDraft { body, open: self.done.is_none() && self.thrown.is_none(), ..row.clone() })
            .await?)
    }

    fn get(&self, field: &str) -> &str {
        self.typed.get(field).map_or("", String::as_str)
    }
}

struct Begun {
    href: String,
    text: String,
}

#[derive(Template)]
#[template(path = "desk/letter_new.html")]
struct Begin {
    p: Page,
    wrongs: Wrongs,
    begun: Vec<Begun>,
}

#[derive(Template)]
#[template(path = "desk/letter.html")]
struct LetterPage {
    p: Page,
    wrongs: Wrongs,
    id: String,
    draft: Draft,
    /// Which of the two days counts.
    counts: String,
    /// The kinds of end there are to choose from.
    kinds: Vec<&'static str>,
    saved: bool,
}

impl LetterPage {
    fn val(&self, field: &str) -> &str {
        self.draft.get(field)
    }

    fn written_in(&self, tag: &str) -> bool {
        self.val("language") == tag
    }

    fn is_kind(&self, name: &str) -> bool {
        self.val("kind") == name || self.val("kind").is_empty() && name == "ordinary"
    }

    fn room(&self) -> bool {
        self.draft.files.len() < PAGES
    }
}

#[derive(Template)]
#[template(path = "desk/letter_done.html")]
struct Done {
    p: Page,
    reference: String,
    href: String,
    receipt: String,
    /// It became a case of its own, rather than words in another.
    declared: bool,
    /// Somebody was written to.
    sent: bool,
}

/// `GET /desk/letter/new`: a scan, and what was begun and not finished.
pub async fn begin_page(State(app): State<Shared>, visit: Visit) -> Answer {
    reader(&visit)?;
    begin_with(&app, &visit, Wrongs::default()).await
}

async fn begin_with(app: &Shared, visit: &Visit, wrongs: Wrongs) -> Answer {
    let p = Page::new(app, visit);
    let begun = app.store.letters_for(agency(visit)?.as_ref(), BEGUN).await?;
    let line = |row: LetterDraft| {
        let draft: Draft = serde_json::from_str(&row.body).unwrap_or_default();
        let name = Some(draft.get("name")).filter(|name| !name.is_empty()).map(|name| masked_name(app, name));
        let name = name.unwrap_or_else(|| draft.files.first().map(|f| f.name.clone()).unwrap_or_default());
        Begun { href: format!("/desk/letter/{}", row.id), text: format!("{} · {name}", stamp(&p, &row.at)) }
    };
    let begun = begun.into_iter().map(line).collect();
    Ok(html(wrongs.status(), &Begin { wrongs, begun, p }))
}

/// Keeps the scan, and goes to where it is written down.
pub async fn begin(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    reader(&visit)?;
    let (account, _) = staff(&visit)?;
    let l = Page::new(&app, &visit).l;
    let mut draft = Draft { by: Some(account), ..Draft::default() };
    let mut wrongs = Wrongs::default();
    if posted.files.is_empty() {
        wrongs.add("scan", fl!(l, "scan-no-scan"));
    }
    take(&app, &visit, &posted, &mut draft, &mut wrongs).await?;
    let Some(first) = draft.files.first() else { return begin_with(&app, &visit, wrongs).await };
    let today = app.now().to_zoned(app.policy.zone()).date().to_string();
    draft.typed.insert("arrival".into(), today);
    let row = LetterDraft { id: first.id, at: app.now(), open: true, body: String::new() };
    if let Some(agency) = agency(&visit)? {
        app.store.letter_is(row.id, &agency).await?;
    }
    draft.keep(&app, &row).await?;
    Ok(Redirect::to(&format!("/desk/letter/{}", row.id)).into_response())
}

/// In a list of letters, as in a list of cases.
fn masked_name(app: &App, name: &str) -> String {
    if app.policy.staff.mask == Masking::Off { name.to_owned() } else { case::mask::name(name) }
}

pub async fn page(State(app): State<Shared>, visit: Visit, Path(id): Path<String>) -> Answer {
    reader(&visit)?;
    let (row, draft) = Draft::load(&app, &visit, &id).await?;
    if let Some(thrown) = draft.thrown {
        return gone(&app, &visit, thrown, &Posted::default()).await;
    }
    if draft.done.is_none() && draft.by != Some(staff(&visit)?.0) {
        looks::look(&app, &visit, Looked::Letter, None, row.id.to_string()).await?;
    }
    match draft.done {
        Some(reference) => finished(&app, &visit, reference, row.id).await,
        None => Ok(show(&app, &visit, row.id, draft, Wrongs::default(), false)),
    }
}

fn show(app: &Shared, visit: &Visit, id: FileId, draft: Draft, wrongs: Wrongs, saved: bool) -> Response {
    let p = Page::new(app, visit);
    let counts = match app.policy.letter_counts {
        LetterCounts::Arrival => fl!(p.l, "scan-counts-arrival"),
        LetterCounts::Postmark => fl!(p.l, "scan-counts-postmark"),
    };
    html(
        wrongs.status(),
        &LetterPage { id: id.to_string(), draft, counts, kinds: Kind::offered(&app.policy.journey), saved, wrongs, p },
    )
}

/// `do` says what: `send` it, `save` it for later, `add` a page, `drop` it all.
pub async fn send(State(app): State<Shared>, visit: Visit, Path(id): Path<String>, posted: Posted) -> Answer {
    let actor = reader(&visit)?;
    let (row, mut draft) = Draft::load(&app, &visit, &id).await?;
    if let Some(over) = over(&app, &visit, &row, &draft, &posted).await? {
        return Ok(over);
    }
    let l = Page::new(&app, &visit).l;
    let what = posted.get("do");
    if what == "drop" {
        let (me, _) = staff(&visit)?;
        let detail =
            format!("{} {}", row.id, draft.files.iter().map(|f| f.id.to_string()).collect::<Vec<_>>().join(" "));
        let act = store::Act { at: app.now(), account: Some(me), what: "letter-thrown-away".into(), detail };
        app.store.audit(act).await?;
        let files = draft.files.iter().map(|f| f.id).collect();
        let thrown = Draft { thrown: Some((me, app.now())), ..Draft::default() };
        let body = serde_json::to_string(&thrown).map_err(|e| Trouble::Unavailable(e.to_string()))?;
        let page = format!("/desk/letter/{}", row.id);
        app.store.drop_letter(LetterDraft { body, ..row }, files).await?;
        return Ok(Redirect::to(&page).into_response());
    }
    let mut wrongs = Wrongs::default();
    for field in FIELDS {
        draft.typed.insert(field.into(), fields::kept(&app, field, posted.get(field)));
    }
    if what == "add" && posted.files.is_empty() {
        wrongs.add("scan", fl!(l, "scan-no-scan"));
    }
    take(&app, &visit, &posted, &mut draft, &mut wrongs).await?;
    if !draft.keep(&app, &row).await? {
        let (row, draft) = Draft::load(&app, &visit, &id).await?;
        let over = over(&app, &visit, &row, &draft, &posted).await?;
        return over.ok_or_else(|| StoreError::Conflict.into());
    }
    if what != "send" {
        let saved = wrongs.is_empty() && what == "save";
        return Ok(show(&app, &visit, row.id, draft, wrongs, saved));
    }
    let files = draft.files.iter().map(|f| f.id).collect();
    let (meant, found) = read(&app, l, &posted, files);
    wrongs.0.extend(found.0);
    let Some(meant) = meant.filter(|_| wrongs.is_empty()) else {
        return Ok(show(&app, &visit, row.id, draft, wrongs, false));
    };
    let reference = match meant {
        Meant::Declaration(declaration) => {
            let token = format!("letter:{}", row.id);
            let record = act::record(&app, &declaration.number, &declaration.person).await?;
            let whose = agency(&visit)?;
            let beside = |_| Beside { agency: whose.clone(), ..Beside::default() };
            let declared = declare_known(&app, &actor, *declaration, Vec::new(), Some(&token), record, beside).await?;
            let reference = declared.0.reference;
            // Whoever has just typed it knows it, and prints the receipt next.
            reveal::grant(&app, &visit, Some(reference), eyes::typed(reference), reveal::TYPED.into()).await?;
            reference
        }
        Meant::Words { reference, text } => match add(&app, &visit, &actor, reference, text, &draft).await? {
            Some(case) => case.reference,
            None => {
                let wrong = Wrongs::one("belongs", fl!(l, "scan-belongs-unknown"));
                return Ok(show(&app, &visit, row.id, draft, wrong, false));
            }
        },
    };
    // What was typed stands in the case now, and nowhere else.
    Draft { done: Some(reference), by: Some(staff(&visit)?.0), ..Draft::default() }.keep(&app, &row).await?;
    Ok(Redirect::to(&format!("/desk/letter/{}", row.id)).into_response())
}

/// The letter's words in a case that is there; once, however often the form is sent.
async fn add(
    app: &App,
    visit: &Visit,
    actor: &Actor,
    reference: CaseRef,
    text: String,
    draft: &Draft,
) -> Result<Option<Case>, Trouble> {
    let files: Vec<_> = draft.files.iter().map(|f| (f.id, f.name.clone())).collect();
    let command = Command::Say { text, channel: Channel::Letter, files };
    for _ in 0..TRIES {
        let Some(case) = app.store.case_for(reference, agency(visit)?.as_ref()).await? else { return Ok(None) };
        if draft.files.first().is_some_and(|f| case.files.contains(&f.id)) {
            return Ok(Some(case));
        }
        match act_on(app, &case, actor, &command).await {
            Err(ActError::Store(StoreError::Conflict)) => {}
            done => return Ok(Some(done?)),
        }
    }
    Err(StoreError::Conflict.into())
}

/// The page in place of one that is finished, or thrown away.
async fn over(
    app: &Shared,
    visit: &Visit,
    row: &LetterDraft,
    draft: &Draft,
    posted: &Posted,
) -> Result<Option<Response>, Trouble> {
    match (draft.done, draft.thrown) {
        (Some(reference), _) if draft.by.is_some_and(|by| staff(visit).is_ok_and(|(me, _)| me != by)) => {
            others(app, visit, reference, row.id, posted).await.map(Some)
        }
        (Some(reference), _) => finished(app, visit, reference, row.id).await.map(Some),
        (None, Some(thrown)) => gone(app, visit, thrown, posted).await.map(Some),
        (None, None) => Ok(None),
    }
}

/// What was typed, by field.
fn typed(app: &App, p: &Page, posted: &Posted) -> Vec<(String, String)> {
    let words = FIELDS.into_iter().map(|field| (fields::label(p, field), fields::kept(app, field, posted.get(field))));
    words.filter(|(_, typed)| !typed.is_empty()).collect()
}

/// A colleague has finished it: whoever still wrote in it has their words back, to copy.
async fn others(app: &Shared, visit: &Visit, reference: CaseRef, letter: FileId, posted: &Posted) -> Answer {
    let p = Page::new(app, visit);
    let words = typed(app, &p, posted);
    if words.is_empty() {
        return finished(app, visit, reference, letter).await;
    }
    let case = case_of(app, visit, &reference.to_string()).await?;
    let unsent = Unsent {
        title: fl!(p.l, "scan-others"),
        text: fl!(p.l, "scan-others-words", reference = reference.to_string()),
        way: (
            fl!(p.l, "scan-others-case", reference = reference.to_string()),
            href(case.reference, store::View::All.into()),
        ),
        words,
    };
    Ok(unsent.page(p, StatusCode::GONE))
}

/// Somebody else has thrown it away: whoever still wrote in it has their words back, to copy.
async fn gone(app: &Shared, visit: &Visit, (who, at): (AccountId, Timestamp), posted: &Posted) -> Answer {
    let p = Page::new(app, visit);
    let names = app.store.staff().await?.into_iter().map(|a| (a.id, a.person.name)).collect();
    let words = typed(app, &p, posted);
    let by = fl!(p.l, "scan-gone-by", who = timeline::name(&p, &names, who), at = stamp(&p, &at));
    let unsent = Unsent {
        title: fl!(p.l, "scan-gone"),
        text: if words.is_empty() { by } else { format!("{by} {}", fl!(p.l, "scan-gone-words")) },
        way: (fl!(p.l, "scan-gone-others"), "/desk/letter/new".to_owned()),
        words,
    };
    Ok(unsent.page(p, StatusCode::GONE))
}

async fn finished(app: &Shared, visit: &Visit, reference: CaseRef, letter: FileId) -> Answer {
    let case = case_of(app, visit, &reference.to_string()).await?;
    let declared = app.store.declared_with(&format!("letter:{letter}")).await? == Some(reference);
    let page = Done {
        p: Page::new(app, visit),
        reference: reference.to_string(),
        href: href(reference, store::View::All.into()),
        receipt: format!("/desk/case/{reference}/receipt"),
        declared,
        sent: case.person.email.is_some() || case.person.phone.is_some() || case.reachable,
    };
    Ok(html(StatusCode::OK, &page))
}

/// Keeps what was scanned; what cannot be kept says why.
async fn take(
    app: &Shared,
    visit: &Visit,
    posted: &Posted,
    draft: &mut Draft,
    wrongs: &mut Wrongs,
) -> Result<(), Trouble> {
    let l = Page::new(app, visit).l;
    let (account, _) = staff(visit)?;
    for sent in posted.files.iter().filter(|f| f.field == "scan") {
        if draft.files.len() >= PAGES {
            wrongs.add("scan", fl!(l, "scan-pages-full", max = PAGES));
            break;
        }
        let key = format!("scan:{account}");
        let hit = app.store.hit(&key, app.now(), SignedDuration::from_hours(1), PER_HOUR).await?;
        if !hit.allowed {
            return Err(Trouble::TooMany { seconds: hit.until.duration_since(app.now()).as_secs().max(1) });
        }
        match files::accept(&sent.name, sent.bytes.clone(), Limits::of(app.config.limits.upload_bytes)).await {
            Ok(clean) => {
                let id = FileId::from_bits(chance::bits());
                draft.files.push(Scan { id, name: clean.name.clone(), picture: clean.media.starts_with("image/") });
                let media = clean.media.to_owned();
                let file = StoredFile { id, media, name: clean.name, bytes: clean.bytes, at: app.now() };
                app.store.put_draft_file(file, app.now() + SCANS).await?;
            }
            Err(why) => wrongs.add("scan", l.get(why.key())),
        }
    }
    Ok(())
}

/// A page of a letter that is being written down.
pub async fn file(State(app): State<Shared>, visit: Visit, Path((id, file)): Path<(String, String)>) -> Answer {
    reader(&visit)?;
    let (account, _) = staff(&visit)?;
    let file: FileId = file.parse().map_err(|_| Trouble::NotFound)?;
    let (row, draft) = Draft::load(&app, &visit, &id).await?;
    if !draft.files.iter().any(|scan| scan.id == file) {
        return Err(Trouble::NotFound);
    }
    let stored = app.store.file(file).await?.ok_or(Trouble::NotFound)?;
    // Whoever began it has just sent it themselves.
    if draft.by != Some(account) {
        looks::look(&app, &visit, Looked::Letter, None, format!("{} {file}", row.id)).await?;
    }
    Ok(super::file::answer(file, stored))
}

/// The receipt as its holder would see it, in their language or in the other where that is asked for, to be printed and
/// posted.
pub async fn receipt(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>, uri: Uri) -> Answer {
    reader(&visit)?;
    let case = case_of(&app, &visit, &reference).await?;
    if let Some(masked) = reveal::stands_before(&app, &visit, &case, Part::Application).await? {
        return masked;
    }
    looks::look(&app, &visit, Looked::Receipt, Some(case.reference), "").await?;
    let mut theirs = visit;
    theirs.lang = query_lang(&uri).unwrap_or_else(|| case.lang());
    let (key, about) = (format!("{reference}/print"), About::Letter(case::Letter::Receipt));
    let code = check_code(&app.keys, &key, about, By::Print, app.now(), &app.policy.zone());
    receipt_page::render(&app, &theirs, &case, Some(code)).await
}

#[cfg(test)]
mod tests;
