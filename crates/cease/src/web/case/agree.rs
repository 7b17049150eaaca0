//! What the holder has to agree to: the fees, line by line, and that what is on the card is saved or
//! may be lost.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::{Case, Command, Deed, Need};

use super::status::wanted;
use super::{Seen, Wrongs, ask, first_at, is_anothers, show_first, status_of, wrong};
use crate::app::Shared;
use crate::fees::{self, Sheet};
use crate::web::{Answer, Page, Posted, Visit, html};

#[derive(Template)]
#[template(path = "case/agree.html")]
struct Agree {
    p: Page,
    reference: String,
    sheet: Sheet,
    /// The most that is agreed to, in words and in the currency's least units.
    total: String,
    most: i64,
    /// It tells of a contract, and they have not shown that it is theirs.
    hidden: bool,
    /// It is proven, and by another than who looks here, as far as we know: nothing of it is taken from them.
    anothers: bool,
    /// Where they show it.
    show_first: String,
    /// What they had agreed to before it rose, or less came back.
    before: Option<String>,
    wants_consent: bool,
    /// It is wanted, and they see what they would agree to.
    asks_consent: bool,
    /// What the box says that they agree to.
    agrees: String,
    wants_backup: bool,
    consent: bool,
    backup: bool,
    errors: Wrongs,
}

impl Agree {
    fn sheet(&self) -> &Sheet {
        &self.sheet
    }
}

fn build(app: &Shared, visit: &Visit, case: &Case, ticked: (bool, bool)) -> Agree {
    let p = Page::new(app, visit);
    let wanted = wanted(case);
    let hidden = !fees::may_show(case);
    // A stranger reads the same whether there is anything to agree to or not.
    let wants_consent = wanted.contains(&Need::Consent) || hidden && case.may_be_a_strangers();
    let (total, most) = (&case.quote.total, p.money(&case.quote.at_most()));
    let agrees = match case.quote.is_conditional() {
        true if total.minor > 0 => fl!(p.l, "case-agree-consent-and", total = p.money(total), most = most),
        true => fl!(p.l, "case-agree-consent-most", most = most),
        false if total.minor < 0 => fl!(p.l, "case-agree-back", sum = p.money(&total.negated())),
        false => fl!(p.l, "case-agree-consent", total = most),
    };
    Agree {
        reference: case.reference.to_string(),
        sheet: fees::sheet(p.language, &case.quote),
        total: fees::amount(p.language, &case.quote.at_most()),
        most: case.quote.at_most().minor,
        anothers: is_anothers(app, visit, case),
        hidden,
        show_first: first_at(app, Deed::Cease, case),
        before: case.bill.agreed.as_ref().map(|quote| fees::amount(p.language, &quote.at_most())),
        agrees,
        wants_consent,
        asks_consent: wants_consent && !hidden,
        wants_backup: wanted.contains(&Need::Backup),
        consent: ticked.0,
        backup: ticked.1,
        errors: Wrongs::default(),
        p,
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    Ok(html(StatusCode::OK, &build(&app, &visit, &case, (false, false))))
}

pub async fn agree(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    let ticked = (posted.ticked("consent"), posted.ticked("backup"));
    let form = build(&app, &visit, &case, ticked);
    if form.anothers {
        return Ok(show_first(&app, Deed::Cease, &case));
    }
    let l = form.p.l;
    let mut errors = Wrongs::default();
    if form.asks_consent && !ticked.0 {
        errors.add("consent", fl!(l, "case-agree-no-consent"));
    } else if form.asks_consent && posted.get("total") != form.most.to_string() {
        // It was reckoned anew since they saw it.
        errors.add("consent", fl!(l, "before-total-changed"));
    }
    if form.wants_backup && !ticked.1 {
        errors.add("backup", fl!(l, "case-agree-no-backup"));
    }
    if !errors.is_empty() {
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &Agree { consent: false, errors, ..form }));
    }
    match ask(&app, &visit, &case, &Command::Agree { consent: ticked.0, backup: ticked.1 }).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response()),
        Err(refusal) => {
            let errors = wrong("consent", form.p.t(refusal.key()));
            Ok(html(status_of(&refusal), &Agree { errors, ..form }))
        }
    }
}
