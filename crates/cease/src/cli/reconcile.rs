//! `cease reconcile`: whether the network and our records say the same, now rather than at night.

use std::process::ExitCode;

use super::{Done, say, say_json, tell};
use crate::config::Config;
use crate::network::reconcile;

/// Exit 0: they say the same; 1: they differ; 2: it cannot be told, or not to the end.
pub async fn run(config: Config, json: bool) -> Done {
    let app = super::built(config).await?;
    tell("cease: comparing the network with our records; nothing is changed");
    let told = reconcile::run(&app).await?;
    let differs = told.iter().any(|told| told.differences > 0);
    let cannot = told.is_empty() || told.iter().any(|told| told.cannot.is_some());
    if json {
        say_json(&serde_json::json!({ "elements": told }))?;
    } else if told.is_empty() {
        tell("cease: there is no element but our own record");
    } else {
        for told in &told {
            let (name, cards, differences, strangers) = (&told.element, told.cards, told.differences, told.strangers);
            let end = told.cannot.as_ref().map(|why| format!("; not to its end: {why}")).unwrap_or_default();
            say(&format!("{name}: {cards} cards compared, {differences} differ, {strangers} there are not ours{end}"));
        }
        if differs {
            tell("cease: see /desk/stuck?view=differs");
        }
    }
    Ok(ExitCode::from(if differs {
        1
    } else if cannot {
        2
    } else {
        0
    }))
}
