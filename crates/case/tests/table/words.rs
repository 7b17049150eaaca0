//! What a decision did, in the words of the table.

use super::*;

/// What happened, in a line.
pub fn tell(before: Option<&Stage>, result: &Result<Decision, Refusal>) -> String {
    let decision = match result {
        Err(Refusal::WrongStage { .. }) => return "no: wrong-stage".to_owned(),
        Err(refusal) => return format!("no: {}", refusal.key().trim_start_matches("refusal-")),
        Ok(decision) => decision,
    };
    let mut said: Vec<String> = Vec::new();
    let stage = stage_line(&decision.case.stage);
    if before.map(stage_line).as_ref() != Some(&stage) {
        said.push(format!("→ **{stage}**"));
    }
    for event in &decision.events {
        match event {
            Event::Moved { .. } | Event::Owed { .. } | Event::Dated { .. } | Event::Attributed { .. } => {}
            Event::Flagged { flag } => said.push(format!("flag {flag:?}")),
            Event::Declared { .. }
            | Event::Quoted { .. }
            | Event::Proven { .. }
            | Event::Corrected { .. }
            | Event::Agreed { .. }
            | Event::Filed { .. }
            | Event::Kept { .. }
            | Event::Said { .. }
            | Event::Mailed { .. }
            | Event::Bounced { .. }
            | Event::Asked { .. }
            | Event::CardReceived
            | Event::PersonWanted
            | Event::Reminded
            | Event::Confirmed { .. }
            | Event::Promised { .. }
            | Event::Nudged { .. }
            | Event::Attended { .. }
            | Event::Profile { .. }
            | Event::Cleared { .. }
            | Event::Reported { .. }
            | Event::Saved { .. }
            | Event::BillingEnded { .. }
            | Event::RefundPaid { .. }
            | Event::Settled { .. } => said.push(event.name().to_owned()),
            Event::Return { step } => said.push(format!("return {}", step.name())),
            Event::Alarmed { kind, count, .. } => said.push(format!("**alarm {kind:?}** of {count}")),
            Event::SeenAgain { kind, count, .. } => said.push(format!("alarm {kind:?} counts {count} more")),
            Event::Risked { risk } => said.push(format!("**{:?}**: {:?}", risk.fact, risk.bearing)),
            Event::HoldSigned { .. } | Event::HoldLifted { .. } => said.push(event.name().to_owned()),
            Event::RefundHeld { held } => {
                said.push(if *held { "**refund held**" } else { "refund goes on" }.to_owned())
            }
            Event::LockSeen { locked } => said.push(if *locked { "**locked**" } else { "unlocked" }.to_owned()),
            Event::Stated { statement } => said.push(format!("**last bill** of {}", statement.total.decimal())),
            Event::RefundDue { amount, .. } => said.push(format!("**refund** of {} due", amount.decimal())),
            Event::Moving { .. }
            | Event::CodeAsked { .. }
            | Event::CodeIssued { .. }
            | Event::CodeExpired
            | Event::Ported { .. }
            | Event::NoticeDue { .. }
            | Event::NoticeSent { .. }
            | Event::Complained { .. }
            | Event::AdrTold { .. }
            | Event::ComplaintSettled
            | Event::ErasurePlanned { .. }
            | Event::ErasureOff => said.push(event.name().to_owned()),
            Event::Weighed { upheld, .. } => {
                said.push(if *upheld { "**upheld**" } else { "**not upheld**" }.to_owned());
            }
            Event::Erased { .. } => said.push("**erased**".to_owned()),
            Event::AlarmClosed { kind, why } => said.push(format!("alarm {kind:?} closed, {why:?}")),
        }
    }
    said.extend(decision.effects.iter().map(|owed| match &owed.effect {
        Effect::Notify { letter } => format!("owes letter {}", letter_name(*letter)),
        Effect::Bar { .. }
        | Effect::Unbar { .. }
        | Effect::Cease { .. }
        | Effect::Observe { .. }
        | Effect::Certify
        | Effect::Escalate
        | Effect::EndBilling { .. }
        | Effect::FinalBill { .. }
        | Effect::Refund { .. }
        | Effect::Port { .. } => format!("owes **{}**", owed.effect.kind()),
    }));
    if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
}

pub fn letter_name(letter: Letter) -> String {
    format!("{letter:?}").to_lowercase()
}

pub fn stage_line(stage: &Stage) -> String {
    match stage {
        Stage::Received { needs, .. } => format!("Received {needs:?}"),
        Stage::Review { causes, signatures, .. } => format!("Review {causes:?}, signed by {}", signatures.len()),
        Stage::Scheduled { signatures, .. } => format!("Scheduled, signed by {}", signatures.len()),
        Stage::Ceasing { step, .. } => format!("Ceasing, {}", step_kind(step)),
        Stage::Ceased { certificate, .. } if certificate.is_some() => "Ceased, certified".to_owned(),
        Stage::Refused { reason, .. } => format!("Refused, {}", refused_kind(reason)),
        Stage::Contested { was_barred, .. } => {
            format!("Contested, {}", if *was_barred { "was barred" } else { "was not barred" })
        }
        Stage::Ceased { .. } | Stage::Closed { .. } | Stage::Withdrawn { .. } => stage_kind(stage).to_owned(),
    }
}

/// Result → who gets it, in the actors' order.
pub fn grouped(results: &[(&'static str, String)]) -> Vec<(String, Vec<&'static str>)> {
    let mut groups: Vec<(String, Vec<&'static str>)> = Vec::new();
    for (who, what) in results {
        match groups.iter_mut().find(|(known, _)| known == what) {
            Some((_, all)) => all.push(who),
            None => groups.push((what.clone(), vec![who])),
        }
    }
    groups
}
