//! The last thing that is done to a case: decided like everything else, and then written in place of all that was.

use case::{Actor, Case, Command, FileId, Refusal, decide};
use store::Erased;

use super::{ActError, Along, commit_of, world};
use crate::app::App;

/// Erases a case as it was read, with these files. False, and nothing erased, where it has moved on or is held.
pub async fn erase(app: &App, case: &Case, file: String, files: Vec<FileId>) -> Result<bool, ActError> {
    let (now, command) = (app.now(), Command::Erase { file });
    let decision = decide(Some(case), &Actor::Clock, &command, &world(app.policy.of(case), now, None))?;
    let commit = commit_of(app, Some(case), &Actor::Clock, &command, &Along::default(), now, decision)?;
    let Some(entry) = commit.entries.into_iter().next() else { return Err(Refusal::Erased.into()) };
    crate::log::admit(app).await?;
    let erased = Erased { before: case.clone(), after: commit.case, entry, files };
    let done = app.store.erase_case(&erased).await?;
    if done {
        // It finds the case anew, and nothing in it; until then it would still find the person.
        app.store.unindex(case.reference).await?;
        app.live.moved(case.reference);
    }
    Ok(done)
}
