//! Who is asking: the browser's session, who is signed in, and the language they read.
//!
//! Every browser carries a random token in a cookie. Nothing is stored for it until it posts
//! something; the form token is a keyed hash of it, so that a foreign page cannot post in its name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use case::{AccountId, Actor, Agency, Assurance, CaseRef, Deed, Lang, Level, Timestamp};
use jiff::SignedDuration;
use store::{Account, Session, StoreError};
use subtle::ConstantTimeEq;

use crate::app::{App, Shared};
use crate::chance;
use crate::keys::{hex_of, sha256};
use crate::web::case::Seen;
use crate::web::even::even;
use crate::web::next::back_to;
use crate::web::trouble::Trouble;
use crate::web::{access, unsent};
use crate::words;

/// Without a request for this long, a signed-in session ends.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// A session ends after this long whatever happens.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);
/// A browser that is not signed in keeps its draft and its cases this long.
pub const ANONYMOUS: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How long a browser is known again: as long as browsers keep any cookie.
const MARK: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How stale `seen_at` may be before it is written again.
const SEEN: SignedDuration = SignedDuration::from_mins(2);

/// The header by which a page of ours says that it asks without anybody having asked it to.
const BY_ITSELF: &str = "x-by-itself";

/// Times a change to a session is tried again, where others change it at once.
const TRIES: u32 = 16;

/// One request's visitor.
#[derive(Clone, Debug)]
pub struct Visit {
    pub lang: Lang,
    pub path: String,
    pub query: String,
    /// It posts: what answers it stands at an address that may show nothing by itself.
    pub posts: bool,
    /// The cookie's token; the session's id is its SHA-256.
    token: Arc<str>,
    fresh: bool,
    /// By what a browser is known again once somebody has shown in it who they are; random, and its cookie is set only
    /// then. Nothing else of a browser is looked at.
    browser: Arc<str>,
    unmarked: bool,
    /// None until this browser has posted something.
    pub session: Option<Session>,
    /// Who is signed in.
    pub account: Option<Arc<Account>>,
    /// What the address lets us count: the peer's network (IPv4 /24, IPv6 /48).
    pub network: String,
    pub user_agent: String,
    /// For who works cases: how much is stuck; empty where nothing is.
    pub stuck: String,
    /// For the same: how many reports of fakes and proposals for the register wait.
    pub channels: String,
}

impl Visit {
    pub fn csrf(&self, app: &App) -> String {
        csrf_of(app, &self.token)
    }

    /// The form token that goes with a session's cookie that is about to be set.
    pub fn csrf_with(app: &App, cookie: &HeaderValue) -> String {
        let text = cookie.to_str().unwrap_or_default();
        let token = text.split(';').next().and_then(|pair| pair.split_once('=')).map_or("", |(_, token)| token);
        csrf_of(app, token)
    }

    pub fn csrf_is(&self, app: &App, given: &str) -> bool {
        self.csrf(app).as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// The session as it was read, or a new one that nothing has stored yet. Changed only by
    /// [`change`](Self::change).
    pub fn session(&self, app: &App) -> Session {
        self.session.clone().unwrap_or_else(|| self.new_session(&self.token, app.now()))
    }

    fn new_session(&self, token: &str, now: Timestamp) -> Session {
        Session {
            id: sha256(token.as_bytes()),
            account: None,
            level: Level::Nothing,
            proven_at: None,
            proven_account: None,
            created_at: now,
            seen_at: now,
            expires_at: now + ANONYMOUS,
            cases: Vec::new(),
            draft: None,
            agent: self.user_agent.clone(),
            confirmed_at: None,
        }
    }

    /// Changes the session as it stands now, or opens it where this browser had none. One that has
    /// ended since the request began stays ended: whoever posts on asks again.
    pub async fn change(&self, app: &App, with: impl Fn(&mut Session)) -> Result<(), Trouble> {
        let id = sha256(self.token.as_bytes());
        for _ in 0..TRIES {
            let stored = match app.store.session(&id).await? {
                Some(was) => {
                    let mut session = was.clone();
                    with(&mut session);
                    app.store.change_session(&was, session).await?
                }
                None if self.session.is_some() => return Err(Trouble::StaleForm),
                None => {
                    let mut session = self.new_session(&self.token, app.now());
                    with(&mut session);
                    match app.store.put_session(session).await {
                        Err(StoreError::Conflict) => false,
                        done => done.map(|()| true)?,
                    }
                }
            };
            if stored {
                return Ok(());
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Signs in under a new token (what was known of the old one is worthless afterwards), keeping
    /// the draft and the cases of this browser. Answers the cookie to set.
    pub async fn sign_in(&self, app: &App, account: AccountId, level: Level) -> Result<HeaderValue, Trouble> {
        self.enter(app, account, level, Some(app.now()), Some(app.now())).await
    }

    /// The same where somebody else asked them who they are, at a time of its own.
    pub async fn sign_in_as_asked(
        &self,
        app: &App,
        account: AccountId,
        level: Level,
        at: Timestamp,
    ) -> Result<HeaderValue, Trouble> {
        self.enter(app, account, level, Some(at), Some(at)).await
    }

    /// The same for who is signed in already and has changed how they are: what they have shown is no newer by it.
    pub async fn go_on(&self, app: &App, account: AccountId, level: Level) -> Result<HeaderValue, Trouble> {
        let old = self.session(app);
        self.enter(app, account, level, old.proven_at, old.confirmed_at).await
    }

    async fn enter(
        &self,
        app: &App,
        account: AccountId,
        level: Level,
        proven_at: Option<Timestamp>,
        confirmed_at: Option<Timestamp>,
    ) -> Result<HeaderValue, Trouble> {
        let now = app.now();
        let token = chance::token();
        let old = self.session(app);
        let session = Session {
            account: Some(account),
            level,
            proven_at,
            confirmed_at,
            expires_at: now + ABSOLUTE,
            cases: old.cases,
            draft: old.draft,
            ..self.new_session(&token, now)
        };
        app.store.end_session(&old.id).await?;
        app.store.put_session(session).await?;
        Ok(cookie(app, &token, ABSOLUTE))
    }

    /// Changes the session and goes on under a new token, for whoever has shown who they are. Answers
    /// the cookie to set.
    pub async fn renew(&self, app: &App, with: impl Fn(&mut Session)) -> Result<HeaderValue, Trouble> {
        let token = chance::token();
        let old = sha256(self.token.as_bytes());
        let stored = app.store.session(&old).await?;
        if stored.is_none() && self.session.is_some() {
            return Err(Trouble::StaleForm);
        }
        let (was_there, new) = (stored.is_some(), sha256(token.as_bytes()));
        let session = stored.unwrap_or_else(|| self.new_session(&self.token, app.now()));
        let mut session = Session { id: new, ..session };
        with(&mut session);
        let life = session.expires_at.duration_since(app.now());
        // The new one is there before the old one goes, and goes too where somebody ended the old one meanwhile: whoever
        // ends all of an account's sees one of them, or has ended the other.
        app.store.put_session(session).await?;
        if was_there && app.store.session(&old).await?.is_none() {
            app.store.end_session(&new).await?;
            return Err(Trouble::StaleForm);
        }
        app.store.end_session(&old).await?;
        Ok(cookie(app, &token, life))
    }

    /// Ends the session on the server and forgets the cookie.
    pub async fn sign_out(&self, app: &App) -> Result<HeaderValue, Trouble> {
        if let Some(session) = &self.session {
            app.store.end_session(&session.id).await?;
        }
        Ok(cookie(app, "", SignedDuration::ZERO))
    }

    /// What this browser has shown so far, as an actor: a password (with or without a second
    /// factor) for the signed-in account, or a one-time code answered for an account's contact.
    pub fn holder(&self) -> Actor {
        let assurance =
            self.session.as_ref().map_or_else(Assurance::nothing, |s| match (s.account, s.proven_account) {
                (Some(account), _) => Assurance { level: s.level, account: Some(account), at: s.proven_at },
                (None, Some(account)) => Assurance { level: s.level, account: Some(account), at: s.proven_at },
                (None, None) => Assurance::nothing(),
            });
        Actor::Holder { account: self.account.as_ref().map(|a| a.id), assurance }
    }

    /// What this browser is called by an account, which no other account could tell.
    pub fn browser_of(&self, app: &App, account: AccountId) -> [u8; 32] {
        app.keys.mac("browser", &[&account.key().to_be_bytes(), self.browser.as_bytes()])
    }

    /// Whether what this browser has shown is enough, by the one table there is ([`case::assure`]).
    pub fn has_shown(&self, app: &App, deed: Deed, whose: Option<AccountId>) -> bool {
        let Actor::Holder { assurance, .. } = self.holder() else { return false };
        app.policy.suffices(deed, &assurance, whose, app.now())
    }

    /// Whether it has shown what makes a case its holder's.
    pub fn proves(&self, app: &App, whose: Option<AccountId>) -> bool {
        let Actor::Holder { assurance, .. } = self.holder() else { return false };
        app.policy.proves(&assurance, whose, app.now())
    }

    /// Whether this browser may see a case: it declared it, or has shown the second fact.
    pub fn may_see(&self, case: &case::Case) -> bool {
        let Some(session) = &self.session else { return false };
        session.cases.contains(&case.reference) || (session.account.is_some() && session.account == case.account)
    }

    /// The signed-in member of staff, with a second factor shown.
    pub fn staff(&self) -> Option<(&Account, case::Role)> {
        let account = self.account.as_deref()?;
        works_here(self.session.as_ref()?, Some(account)).map(|role| (account, role))
    }

    /// Remembers that this browser may see a case.
    pub fn grant(session: &mut Session, reference: CaseRef) {
        if !session.cases.contains(&reference) {
            session.cases.push(reference);
            if session.cases.len() > 50 {
                session.cases.remove(0);
            }
        }
    }
}

/// Whether an answer's session is over, so that there is nothing to know a browser again for.
fn signs_out(app: &App, headers: &HeaderMap) -> bool {
    let over = format!("{}=;", cookie_name(app));
    headers.get_all(header::SET_COOKIE).iter().any(|set| set.as_bytes().starts_with(over.as_bytes()))
}

fn mark_name(app: &App) -> &'static str {
    if app.config.secure() { "__Host-cease-browser" } else { "cease-browser" }
}

fn mark_cookie(app: &App, mark: &str) -> HeaderValue {
    let secure = if app.config.secure() { "; Secure" } else { "" };
    let text = format!("{}={mark}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", mark_name(app), MARK.as_secs());
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// What the session's account may do as a member of staff; nothing before a second factor was shown.
pub(crate) fn works_here(session: &Session, account: Option<&Account>) -> Option<case::Role> {
    account.filter(|a| session.level == Level::SecondFactor && !a.disabled)?.role
}

fn csrf_of(app: &App, token: &str) -> String {
    hex_of(&app.keys.mac("csrf", &[token.as_bytes()])[..16])
}

fn cookie_name(app: &App) -> &'static str {
    // Over plain http (a trial on one machine) browsers refuse the bound name.
    if app.config.secure() { "__Host-cease" } else { "cease" }
}

fn cookie(app: &App, token: &str, life: SignedDuration) -> HeaderValue {
    let secure = if app.config.secure() { "; Secure" } else { "" };
    let text =
        format!("{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", cookie_name(app), life.as_secs());
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(n, v)| (n == name).then_some(v))
}

pub(super) fn query_lang(uri: &axum::http::Uri) -> Option<Lang> {
    uri.query()?.split('&').find_map(|p| p.strip_prefix("lang=")).and_then(Lang::from_tag)
}

/// The path that was asked for, as a link of ours may repeat it: `//host` and `/\host` lead elsewhere.
fn own_path(path: &str) -> String {
    format!("/{}", path.trim_start_matches(['/', '\\']))
}

fn network_of(parts: &Parts) -> String {
    use std::net::{IpAddr, SocketAddr};
    let peer = parts.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    match peer {
        Some(IpAddr::V4(ip)) => format!("{}.{}.{}", ip.octets()[0], ip.octets()[1], ip.octets()[2]),
        Some(IpAddr::V6(ip)) => format!("{:x}:{:x}:{:x}", ip.segments()[0], ip.segments()[1], ip.segments()[2]),
        None => "unknown".into(),
    }
}

/// Runs around every page: works out the visit, lets the page answer, sets cookies, and turns a
/// [`Trouble`] into a page in the visitor's language.
pub async fn around(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = match of(&app, &parts).await {
        Ok(visit) => with_stuck(&app, &parts, visit).await,
        Err(trouble) => {
            let visit = anonymous(&parts);
            return super::trouble::page(&app, &visit, &trouble);
        }
    };
    // What a page fetches by itself, later, must not take back the language that was chosen meanwhile.
    let asked = query_lang(&parts.uri).filter(|_| !parts.headers.contains_key(BY_ITSELF));
    if !parts.method.is_safe() && (crate::log::admit(&app).await.is_err() && app.log.halted()) {
        return super::trouble::page(&app, &visit, &Trouble::Halted);
    }
    if !parts.method.is_safe() && super::origin::foreign(&parts) {
        return super::trouble::page(&app, &visit, &Trouble::StaleForm);
    }
    let mut response = match super::access::admit(&app, &parts, &visit).await {
        Ok(()) => {
            parts.extensions.insert(visit.clone());
            match unseen(&app, &mut parts).await {
                None => next.run(Request::from_parts(parts, body)).await,
                Some(shut) => {
                    let way = shut.headers().get(header::LOCATION).and_then(|way| way.to_str().ok());
                    let way = way.unwrap_or("/case").to_owned();
                    let unsent = unsent::signed_out(&app, &visit, Request::from_parts(parts, body), way).await;
                    unsent.map_or(shut, even)
                }
            }
        }
        Err(trouble @ Trouble::SignIn { desk }) => {
            let way = back_to(&visit, desk);
            let unsent = unsent::signed_out(&app, &visit, Request::from_parts(parts, body), way).await;
            unsent.unwrap_or_else(|| super::trouble::page(&app, &visit, &trouble))
        }
        Err(trouble) => super::trouble::page(&app, &visit, &trouble),
    };
    if let Some(trouble) = response.extensions_mut().remove::<Arc<Trouble>>() {
        response = super::trouble::page(&app, &visit, &trouble);
    }
    if let Some(lang) = asked {
        let text = format!("lang={}; Path=/; SameSite=Lax; Max-Age=31536000", lang.tag());
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    let ours = cookie_name(&app);
    let set = response.headers().get_all(header::SET_COOKIE).iter().any(|v| v.as_bytes().starts_with(ours.as_bytes()));
    if visit.unmarked && set && !signs_out(&app, response.headers()) {
        response.headers_mut().append(header::SET_COOKIE, mark_cookie(&app, &visit.browser));
    }
    if visit.fresh && !set {
        response.headers_mut().append(header::SET_COOKIE, cookie(&app, &visit.token, ANONYMOUS));
    }
    response
}

/// The answer to words that are sent from the page of a case which they may not see any more.
async fn unseen(app: &Shared, parts: &mut Parts) -> Option<Response> {
    let asks = parts.method == Method::POST && unsent::sent_by_us(&parts.headers) && access::own_case(parts);
    if asks { Seen::from_request_parts(parts, app).await.err() } else { None }
}

/// What the bar of each agency's desk, and of the house's, showed last.
#[derive(Debug, Default)]
pub struct Counted(Mutex<HashMap<Option<Agency>, (String, String)>>);

/// Only for the pages that show it; one whose number cannot be read has none. Whether a post leads to a page is not known
/// yet: it has what was counted for the last one.
async fn with_stuck(app: &App, parts: &Parts, mut visit: Visit) -> Visit {
    let Some((account, case::Role::Agent | case::Role::Approver)) = visit.staff() else { return visit };
    if !parts.uri.path().starts_with("/desk") {
        return visit;
    }
    let whose = account.agency.clone();
    if parts.method == Method::GET {
        visit.stuck = super::desk::stuck::count(app, &visit).await.unwrap_or_default();
        visit.channels = super::desk::channels::count(app).await.unwrap_or_default();
        let mut counted = app.counted.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.insert(whose, (visit.stuck.clone(), visit.channels.clone()));
    } else {
        let counted = app.counted.0.lock().unwrap_or_else(PoisonError::into_inner);
        (visit.stuck, visit.channels) = counted.get(&whose).cloned().unwrap_or_default();
    }
    visit
}

impl Visit {
    /// Somebody on the telephone, for what codes and limits are counted by: as fresh as a browser that has just come,
    /// and forgotten with the call.
    pub fn on_the_phone(lang: Lang, network: String, token: String) -> Self {
        Self {
            lang,
            path: "/".into(),
            query: String::new(),
            posts: false,
            browser: token.as_str().into(),
            unmarked: false,
            token: token.into(),
            fresh: false,
            session: None,
            account: None,
            network,
            user_agent: String::new(),
            stuck: String::new(),
            channels: String::new(),
        }
    }
}

fn anonymous(parts: &Parts) -> Visit {
    let header = |name| parts.headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok()).unwrap_or_default();
    let lang = query_lang(&parts.uri)
        .or_else(|| cookie_value(&parts.headers, "lang").and_then(Lang::from_tag))
        .unwrap_or_else(|| words::accepted(header(header::ACCEPT_LANGUAGE)));
    Visit {
        lang,
        path: own_path(parts.uri.path()),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        posts: parts.method == Method::POST,
        token: chance::token().into(),
        fresh: true,
        browser: chance::token().into(),
        unmarked: true,
        session: None,
        account: None,
        network: network_of(parts),
        user_agent: header(header::USER_AGENT).chars().take(120).collect(),
        stuck: String::new(),
        channels: String::new(),
    }
}

/// Works out the visit from a request's head.
pub(crate) async fn of(app: &App, parts: &Parts) -> Result<Visit, Trouble> {
    let mut visit = anonymous(parts);
    if let Some(mark) = cookie_value(&parts.headers, mark_name(app)).filter(|t| t.len() == 43) {
        (visit.browser, visit.unmarked) = (mark.into(), false);
    }
    let Some(token) = cookie_value(&parts.headers, cookie_name(app)).filter(|t| t.len() == 43) else {
        return Ok(visit);
    };
    visit.token = token.into();
    visit.fresh = false;
    let Some((session, account)) = standing(app, &sha256(token.as_bytes())).await? else { return Ok(visit) };
    visit.account = account.map(Arc::new);
    visit.session = Some(session);
    // A page that looks again by itself is not somebody who uses it.
    if !parts.headers.contains_key(BY_ITSELF) {
        seen(app, &mut visit, app.now()).await?;
    }
    Ok(visit)
}

/// A session as it stands now, with who is signed in; one that is over is ended.
pub(crate) async fn standing(app: &App, id: &[u8; 32]) -> Result<Option<(Session, Option<Account>)>, StoreError> {
    let now = app.now();
    let Some((session, account)) = app.store.visit(id).await? else { return Ok(None) };
    let account = account.filter(|account| !account.disabled);
    let idle = session.account.is_some() && now.duration_since(session.seen_at) > IDLE;
    if session.expires_at <= now || idle || account.is_some() != session.account.is_some() {
        app.store.end_session(id).await?;
        return Ok(None);
    }
    Ok(Some((session, account)))
}

/// Writes that this session was used, where it still stands as it was read; a change made beside
/// this request says so itself.
async fn seen(app: &App, visit: &mut Visit, now: Timestamp) -> Result<(), Trouble> {
    let Some(was) = visit.session.as_ref().filter(|s| now.duration_since(s.seen_at) > SEEN) else { return Ok(()) };
    let session = Session { seen_at: now, ..was.clone() };
    if app.store.change_session(was, session.clone()).await? {
        visit.session = Some(session);
    }
    Ok(())
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<Visit>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
