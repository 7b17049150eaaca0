//! Who may come to which address, in one table. It is asked around every page, before the page is; an address that does
//! not stand in it is shut. A page may know more reasons to say no (a case that is not theirs, a signature of their own);
//! none says yes where this says no. A test walks every address of [`routes`](super::routes) as everybody there is.

use axum::extract::MatchedPath;
use axum::http::Method;
use axum::http::request::Parts;
use case::Role;

use super::desk::{agency, case_of};
use super::{Trouble, Visit};
use crate::app::App;

/// For whom an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Anybody; what is personal on it comes from their own session.
    Anyone,
    /// Who is signed in at the counter.
    Holder,
    /// The browser that may see the case in the address; to all others it is as if there were no such case.
    OwnCase,
    /// A program that shows a key of its own.
    Machine,
    /// Staff of these roles.
    Desk(&'static [Role]),
    /// The same, and none of a partner's.
    House(&'static [Role]),
    /// Staff of these roles who see the case in the address; to all others it is as if there were no such case.
    Case(&'static [Role]),
    /// Nobody: there is nothing to be asked in this way.
    Nobody,
}

use For::{Anyone, Case, Desk, Holder, House, Machine, Nobody, OwnCase};

const ALL: &[Role] = &[Role::Agent, Role::Approver, Role::Admin];
/// Who works cases.
const READERS: &[Role] = &[Role::Agent, Role::Approver];
/// Who gives second signatures.
const SECONDS: &[Role] = &[Role::Approver];
/// Who answers for others.
const LEADS: &[Role] = &[Role::Approver, Role::Admin];

/// Address, for whom it can be read, for whom something can be posted to it.
pub const TABLE: &[(&str, For, For)] = &[
    // The counter.
    ("/", Anyone, Nobody),
    ("/cancel", Anyone, Anyone),
    ("/cancel/you", Anyone, Anyone),
    ("/cancel/statement", Anyone, Anyone),
    ("/cancel/before", Anyone, Anyone),
    ("/cancel/check", Anyone, Anyone),
    ("/account", Holder, Nobody),
    ("/account/cancel", Nobody, Holder),
    ("/account/confirm", Holder, Holder),
    ("/account/confirm/with", Nobody, Holder),
    ("/account/data", Holder, Holder),
    ("/account/data/erasure", Nobody, Holder),
    ("/erased/{reference}", Anyone, Nobody),
    ("/erased/{reference}/certificate.json", Anyone, Nobody),
    ("/account/lock", Nobody, Holder),
    ("/account/passkeys/new", Holder, Holder),
    ("/account/passkeys/remove", Nobody, Holder),
    ("/account/passkeys/rename", Nobody, Holder),
    ("/account/password", Holder, Holder),
    ("/account/phrase", Holder, Holder),
    ("/account/recovery-codes", Holder, Holder),
    ("/account/second-factor/off", Nobody, Holder),
    ("/account/second-factor/on", Nobody, Holder),
    ("/account/sessions/end", Nobody, Holder),
    ("/account/sessions/end-others", Nobody, Holder),
    ("/confirm", Anyone, Anyone),
    ("/confirm/code", Anyone, Anyone),
    ("/confirm/without", Nobody, Anyone),
    ("/recover", Anyone, Anyone),
    ("/recover/new", Anyone, Anyone),
    // Who is to show a passkey is anybody until they have.
    ("/passkey", Nobody, Anyone),
    ("/sign-in", Anyone, Anyone),
    ("/sign-in/passkey", Nobody, Anyone),
    ("/sign-out", Nobody, Anyone),
    ("/session", Anyone, Nobody),
    ("/case", Anyone, Anyone),
    ("/case/{reference}", OwnCase, OwnCase),
    ("/case/{reference}/after", OwnCase, OwnCase),
    ("/case/{reference}/agree", OwnCase, OwnCase),
    ("/case/{reference}/card", OwnCase, Nobody),
    ("/case/{reference}/certificate", OwnCase, Nobody),
    ("/case/{reference}/certificate.json", OwnCase, Nobody),
    ("/case/{reference}/certificate.pdf", OwnCase, Nobody),
    ("/case/{reference}/chat", OwnCase, OwnCase),
    ("/case/{reference}/evidence", OwnCase, Nobody),
    ("/case/{reference}/contact", OwnCase, Nobody),
    ("/case/{reference}/contest", OwnCase, OwnCase),
    ("/case/{reference}/correct", OwnCase, OwnCase),
    ("/case/{reference}/file", OwnCase, OwnCase),
    ("/case/{reference}/receipt", OwnCase, Nobody),
    ("/case/{reference}/statement", OwnCase, Nobody),
    ("/case/{reference}/receipt.json", OwnCase, Nobody),
    ("/case/{reference}/withdraw", OwnCase, OwnCase),
    // Other kinds of end, and what runs beside a case.
    ("/before", Anyone, Nobody),
    ("/cancel/behalf", Anyone, Anyone),
    ("/switching", Anyone, Nobody),
    ("/withdraw", Anyone, Anyone),
    ("/case/{reference}/before", OwnCase, Nobody),
    ("/case/{reference}/complaint", OwnCase, OwnCase),
    ("/case/{reference}/switch", OwnCase, OwnCase),
    ("/desk/case/{reference}/way/{deed}", Nobody, Case(READERS)),
    ("/case/{reference}/return", OwnCase, OwnCase),
    ("/case/{reference}/return/label", OwnCase, Nobody),
    ("/case/{reference}/return/label.pdf", OwnCase, Nobody),
    ("/case/{reference}/return/label-a6.pdf", OwnCase, Nobody),
    ("/chat", Anyone, Anyone),
    ("/check", Anyone, Anyone),
    ("/check/report", Anyone, Anyone),
    // A reference that cannot be guessed, and what became of the report; nothing of who made it.
    ("/check/report/{reference}", Anyone, Nobody),
    ("/channels", Anyone, Nobody),
    // The key is in the address, as it came with a letter.
    ("/stop", Anyone, Anyone),
    ("/stop/{token}", Anyone, Anyone),
    ("/help/esim", Anyone, Nobody),
    ("/help/backup", Anyone, Nobody),
    ("/help/backup/{family}", Anyone, Nobody),
    ("/case/{reference}/saved", OwnCase, OwnCase),
    ("/help/hotline", Anyone, Nobody),
    ("/verify", Anyone, Anyone),
    ("/verify/key.txt", Anyone, Nobody),
    ("/live", Anyone, Nobody),
    ("/live/here", Nobody, Anyone),
    // The public log.
    ("/log", Anyone, Nobody),
    ("/log/", Anyone, Nobody),
    ("/log/proof/{reference}", Anyone, Nobody),
    ("/log/checkpoint", Anyone, Nobody),
    ("/log/manifest", Anyone, Nobody),
    ("/log/tile/{level}/{*n}", Anyone, Nobody),
    // The desk.
    ("/desk", Desk(ALL), Desk(READERS)),
    // Whose a case is, is for who answers for the house to say.
    ("/desk/agencies", House(LEADS), House(LEADS)),
    ("/desk/sign-in", Anyone, Anyone),
    ("/desk/sign-in/passkey", Nobody, Anyone),
    ("/desk/sign-in/with", Nobody, Anyone),
    // What is worth something there is a state that this browser was given.
    ("/desk/sign-in/back", Anyone, Nobody),
    ("/desk/sign-out", Nobody, Anyone),
    ("/desk/views", Nobody, Desk(READERS)),
    ("/desk/tools", Desk(READERS), Nobody),
    ("/desk/settings", Desk(READERS), Desk(READERS)),
    ("/desk/macros", Desk(READERS), Nobody),
    ("/desk/macros/{id}", Desk(READERS), Desk(READERS)),
    ("/desk/macros/{id}/delete", Nobody, Desk(READERS)),
    ("/desk/here", Desk(READERS), Nobody),
    ("/desk/chats", Desk(ALL), Desk(READERS)),
    ("/desk/chat/{reference}", Nobody, Case(READERS)),
    ("/desk/case/{reference}", Case(READERS), Nobody),
    ("/desk/case/{reference}/clock", Case(READERS), Nobody),
    ("/desk/case/{reference}/bill", Nobody, Case(READERS)),
    ("/desk/case/{reference}/contact", Case(READERS), Case(READERS)),
    ("/desk/case/{reference}/draft", Nobody, Case(READERS)),
    ("/desk/case/{reference}/evidence", Case(READERS), Case(READERS)),
    ("/desk/case/{reference}/file/{id}", Case(READERS), Nobody),
    ("/desk/case/{reference}/hold/{what}", Nobody, Case(READERS)),
    ("/desk/case/{reference}/macro/{id}", Case(READERS), Case(READERS)),
    ("/desk/case/{reference}/receipt", Case(READERS), Nobody),
    ("/desk/case/{reference}/reveal", Nobody, Case(READERS)),
    ("/desk/case/{reference}/return", Case(READERS), Case(READERS)),
    ("/desk/returns", Desk(READERS), Desk(READERS)),
    ("/desk/case/{reference}/take-back", Nobody, Case(READERS)),
    ("/desk/case/{reference}/{deed}", Case(READERS), Case(READERS)),
    // What is ours, and who pretends to be, is for the house to say.
    ("/desk/channels", House(READERS), Nobody),
    ("/desk/channels/new", House(READERS), House(READERS)),
    ("/desk/channels/{seq}", Nobody, House(SECONDS)),
    ("/desk/channels/{seq}/end", House(READERS), House(READERS)),
    ("/desk/fakes", House(READERS), Nobody),
    ("/desk/fakes/{seq}", House(READERS), House(READERS)),
    ("/desk/fakes/picture/{reference}", House(READERS), Nobody),
    ("/desk/keeping", House(READERS), House(READERS)),
    ("/desk/letter/new", Desk(READERS), Desk(READERS)),
    ("/desk/letter/{id}", Desk(READERS), Desk(READERS)),
    ("/desk/letter/{id}/file/{file}", Desk(READERS), Nobody),
    ("/desk/mail", Desk(READERS), Nobody),
    ("/desk/mail/{id}/aside", Nobody, House(READERS)),
    ("/desk/mail/{id}/open", Nobody, House(READERS)),
    ("/desk/mail/{id}/original", Desk(READERS), Nobody),
    ("/desk/mail/{id}/reveal", Nobody, House(READERS)),
    ("/desk/stuck", Desk(READERS), Desk(READERS)),
    ("/desk/stuck/probe/{far}", Nobody, House(READERS)),
    ("/desk/looks", Desk(LEADS), Nobody),
    ("/desk/looks.csv", Desk(LEADS), Nobody),
    ("/desk/reports", House(ALL), Nobody),
    ("/desk/reports/{name}", House(ALL), Nobody),
    // Which rules apply.
    ("/rules", Anyone, Nobody),
    ("/case/{reference}/rules", OwnCase, Nobody),
    ("/desk/rules", Desk(ALL), Nobody),
    // Programs, and what everybody gets the same.
    ("/.well-known/security.txt", Anyone, Nobody),
    ("/assets/{*name}", Anyone, Nobody),
    ("/channels.txt", Anyone, Nobody),
    ("/channels/{version}", Anyone, Nobody),
    ("/openapi.json", Anyone, Nobody),
    ("/livez", Anyone, Nobody),
    ("/readyz", Anyone, Nobody),
    ("/api/watch", Nobody, Machine),
    ("/api/voice", Nobody, Machine),
    ("/api/voice/{turn}", Nobody, Machine),
    ("/api/carrier/{name}", Nobody, Machine),
    ("/api/porting", Nobody, Machine),
    ("/gsma/rsp2/es2plus/handleDownloadProgressInfo", Nobody, Machine),
    // Only in a demonstration.
    ("/demo", Anyone, Nobody),
    ("/demo/mail", Nobody, Anyone),
    ("/demo/network", Nobody, Anyone),
];

/// For whom this address is, asked in this way; none where it does not stand in the table.
pub fn of(path: &str, method: &Method) -> Option<For> {
    let (_, get, post) = TABLE.iter().find(|(one, ..)| *one == path)?;
    Some(if method.is_safe() { *get } else { *post })
}

/// Whether something can be read at an address.
pub fn is_shown(path: &str) -> bool {
    let fits = |pattern: &str| {
        let parts = || pattern.split('/').zip(path.split('/'));
        pattern.split('/').count() == path.split('/').count() && parts().all(|(p, at)| p == at || p.starts_with('{'))
    };
    // What is written out counts before what stands for anything, as where requests are led.
    let found =
        TABLE.iter().filter(|(pattern, ..)| fits(pattern)).min_by_key(|(pattern, ..)| pattern.matches('{').count());
    found.is_some_and(|(_, get, _)| *get != Nobody)
}

/// Lets a request through to its page, or says why not. What no address matches is answered by nobody anyway.
pub async fn admit(app: &App, parts: &Parts, visit: &Visit) -> Result<(), Trouble> {
    let Some(path) = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str) else { return Ok(()) };
    let Some(whom) = of(path, &parts.method) else {
        tracing::error!(path, "an address without a line in the table of access is shut");
        return Err(Trouble::NotFound);
    };
    match whom {
        // Whose case it is, and which key fits, its page knows.
        Anyone | OwnCase | Machine | Nobody => Ok(()),
        Holder if visit.account.is_some() => Ok(()),
        Holder => Err(Trouble::SignIn { desk: false }),
        Desk(roles) => works(visit, roles),
        House(roles) => {
            works(visit, roles)?;
            // It is about cases that are not theirs; that it is there is no secret.
            if agency(visit)?.is_some() { Err(Trouble::Forbidden) } else { Ok(()) }
        }
        Case(roles) => {
            works(visit, roles)?;
            // For the house's own, the page itself finds out whether there is such a case.
            if agency(visit)?.is_some() {
                let reference = param(path, parts.uri.path(), "{reference}").ok_or(Trouble::NotFound)?;
                case_of(app, visit, reference).await?;
            }
            Ok(())
        }
    }
}

/// Whether it is one of the pages of a case that only those see who may.
pub fn own_case(parts: &Parts) -> bool {
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
    path.is_some_and(|path| matches!(of(path, &parts.method), Some(OwnCase)))
}

fn works(visit: &Visit, roles: &[Role]) -> Result<(), Trouble> {
    match visit.staff() {
        None => Err(Trouble::SignIn { desk: true }),
        Some((_, role)) if roles.contains(&role) => Ok(()),
        Some(_) => Err(Trouble::Forbidden),
    }
}

/// What stands in an address where its pattern has `name`.
fn param<'a>(pattern: &str, path: &'a str, name: &str) -> Option<&'a str> {
    pattern.split('/').zip(path.split('/')).find_map(|(part, value)| (part == name).then_some(value))
}

#[cfg(test)]
mod tests;
