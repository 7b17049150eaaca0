//! The page of who is signed in: their cards and cases, where they are signed in, and the second
//! factor.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use case::{CardRecord, CardState};
use store::{Account, Summary};

use super::draft::Draft;
use super::journey::{self, Wrongs};
use super::lock::Lock;
use super::sign_in::see_other;
use crate::account::{self, Enrolment, PasskeyRow, SessionRow, TotpChange};
use crate::app::Shared;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};

/// Cases shown here; all of them are found by their reference.
const CASES: usize = 20;

struct CardRow {
    kind: &'static str,
    number: String,
    product: String,
    /// What its form calls it, where it can be cancelled.
    cancel: Option<String>,
    /// The case in which that is under way.
    case: Option<String>,
}

struct CaseRow {
    reference: String,
    stage: &'static str,
    received: case::Timestamp,
}

#[derive(Template)]
#[template(path = "counter/account.html")]
struct AccountPage {
    p: Page,
    wrongs: Wrongs,
    name: String,
    staff: bool,
    cards: Vec<CardRow>,
    cases: Vec<CaseRow>,
    sessions: Vec<SessionRow>,
    others: bool,
    /// It has just been changed.
    new_password: bool,
    second_factor: bool,
    enrolment: Option<Enrolment>,
    lock: Lock,
    passkeys: Vec<PasskeyRow>,
    /// Whether passkeys can be used at the desk's address at all.
    passkeys_here: bool,
    /// How many are left; none where there is no second factor for them to stand in for.
    codes_left: Option<u32>,
    /// What the identity provider is called that looks after all of how they sign in.
    provider: Option<String>,
}

impl AccountPage {
    fn left(&self) -> u32 {
        self.codes_left.unwrap_or(0)
    }

    /// How a stage looks.
    fn kind(&self, stage: &str) -> &'static str {
        match stage {
            "received" => "waiting",
            "review" | "scheduled" | "ceasing" => "active",
            "ceased" | "closed" => "done",
            "refused" | "contested" => "problem",
            _ => "neutral",
        }
    }
}

/// The key of a new second factor is only drawn where it was asked for: `?set-up`.
pub async fn page(State(app): State<Shared>, visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let set_up = query.is_some_and(|q| q.split('&').any(|part| part == "set-up"));
    if set_up && visit.account.is_some() {
        let ways = account::ways(&app, &visit, signed_in(&visit)?).await?;
        if !account::confirmed(&app, &visit, ways.second) {
            return Ok(Redirect::to("/account/confirm?next=/account?set-up").into_response());
        }
    }
    render(&app, &visit, Wrongs::default(), set_up).await
}

pub(super) fn signed_in(visit: &Visit) -> Result<&Account, Trouble> {
    visit.account.as_deref().ok_or(Trouble::SignIn { desk: false })
}

pub(super) async fn render(app: &Shared, visit: &Visit, wrongs: Wrongs, set_up: bool) -> Answer {
    let account = signed_in(visit)?;
    let p = Page::new(app, visit);
    // Asked for at once: a database elsewhere is waited for once.
    let (cases, cards, sessions, passkeys, lock, provider) = tokio::try_join!(
        async { Ok(app.store.cases_of(account.id).await?) },
        async { Ok(app.store.cards_of(account.id).await?) },
        account::sessions(app, visit, account.id),
        account::passkeys(app, account.id),
        Lock::of(app, &p, account),
        account::provider(app, visit, account),
    )?;
    let cards = cards.into_iter().map(|card| card_row(card, &cases)).collect();
    let cases = cases.into_iter().take(CASES).map(|s| CaseRow {
        reference: s.case.reference.to_string(),
        stage: s.case.stage.name(),
        received: s.case.times.received,
    });
    let second_factor = account.totp.is_some();
    let codes_left = match second_factor || !passkeys.is_empty() {
        true => Some(app.store.recovery_codes_left(account.id).await?),
        false => None,
    };
    let page = AccountPage {
        lock,
        p,
        wrongs,
        name: account.person.name.clone(),
        staff: account.role.is_some(),
        cards,
        cases: cases.collect(),
        others: sessions.len() > 1,
        sessions,
        new_password: visit.query == "new-password",
        second_factor,
        enrolment: if second_factor || !set_up { None } else { account::enrolment(app, visit, account) },
        passkeys,
        passkeys_here: account::party(app).is_some(),
        codes_left,
        provider,
    };
    Ok(html(page.wrongs.status(), &page))
}

fn card_row(card: CardRecord, cases: &[Summary]) -> CardRow {
    let own = card.subscription();
    let open = cases.iter().find(|s| s.case.stage.is_open() && s.case.subscription.as_ref() == Some(&own));
    let (kind, number) = card.number();
    let digits: Vec<char> = number.chars().collect();
    let grouped = match kind {
        "iccid" | "eid" => digits.chunks(4).map(|g| g.iter().collect::<String>()).collect::<Vec<_>>().join(" "),
        _ => number.to_owned(),
    };
    CardRow {
        kind,
        number: grouped,
        case: open.map(|s| s.case.reference.to_string()),
        cancel: (card.state != CardState::Ceased).then(|| card.id.to_string()),
        product: card.product,
    }
}

/// Begins a declaration for one of their cards, with what is known filled in.
pub async fn cancel(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let account = signed_in(&visit)?;
    let cards = app.store.cards_of(account.id).await?;
    let card = cards.iter().find(|c| c.id.to_string() == posted.get("card")).ok_or(Trouble::NotFound)?;
    let mut draft = visit.session.as_ref().and_then(Draft::of).unwrap_or_else(|| Draft::new(&app));
    draft.number = journey::number_of(&app, card);
    draft.person = account.person.clone();
    visit.change(&app, |session| draft.keep(session)).await?;
    Ok(Redirect::to("/cancel/you").into_response())
}

pub async fn end_session(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let account = signed_in(&visit)?;
    account::end_session(&app, account.id, posted.get("session")).await?;
    Ok(Redirect::to("/account#sessions").into_response())
}

pub async fn end_others(State(app): State<Shared>, visit: Visit, _: Posted) -> Answer {
    let account = signed_in(&visit)?;
    account::end_others(&app, &visit, account.id).await?;
    Ok(Redirect::to("/account#sessions").into_response())
}

pub async fn enable(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let account = account::require(&app, &visit, Some(&posted)).await?;
    let first = app.store.recovery_codes_left(account.id).await? == 0;
    let change = account::enable_totp(&app, &visit, account, posted.get("code")).await?;
    changed(&app, &visit, change, if first { "/account/recovery-codes" } else { "/account#second-factor" }).await
}

pub async fn disable(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let account = account::require(&app, &visit, Some(&posted)).await?;
    let change = account::disable_totp(&app, &visit, account, posted.raw("password")).await?;
    changed(&app, &visit, change, "/account#second-factor").await
}

async fn changed(app: &Shared, visit: &Visit, change: TotpChange, on: &str) -> Result<Response, Trouble> {
    let l = Page::new(app, visit).l;
    let wrongs = match change {
        TotpChange::Done(signed_in) => return Ok(see_other(on, signed_in.cookie)),
        TotpChange::Last => Wrongs::one("second-factor", fl!(l, "passkey-last")),
        TotpChange::WrongPassword => Wrongs::one("password", fl!(l, "account-password-wrong")),
        TotpChange::WrongCode => Wrongs::one("code", fl!(l, "password-code-wrong")),
        TotpChange::PasswordTooShort => Wrongs::one("password", fl!(l, "account-password-short")),
    };
    render(app, visit, wrongs, true).await
}

#[cfg(test)]
mod tests;
