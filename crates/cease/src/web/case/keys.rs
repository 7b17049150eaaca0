//! The names that the core's enums have in the locales. One place, so that a new variant without a
//! sentence is found by a test and not by a reader.

use case::matching::Verdict;
use case::way::Code;
use case::{Channel, Event, Field, Letter, Need, ProfileSeen, Stage};

pub fn need(need: Need) -> String {
    format!("need-{}", need.name())
}

pub fn stage(stage: &Stage) -> String {
    format!("stage-{}", stage.name())
}

/// The sentence for what happened; none for what says nothing to a holder, or needs its particulars.
pub fn event(event: &Event) -> Option<&'static str> {
    match event {
        Event::Declared { .. } => Some("event-declared"),
        Event::Quoted { .. } => Some("event-quoted"),
        Event::Proven { .. } => Some("event-proven"),
        Event::Corrected { .. } => Some("event-corrected"),
        Event::Agreed { consent: true, backup: true } => Some("event-agreed"),
        Event::Agreed { consent: true, backup: false } => Some("event-agreed-fees"),
        Event::Agreed { consent: false, backup: true } => Some("event-agreed-backup"),
        Event::Agreed { consent: false, backup: false } => None,
        Event::CardReceived => Some("event-card-received"),
        Event::PersonWanted => Some("event-person-wanted"),
        Event::Nudged { .. } => Some("event-nudged"),
        Event::Confirmed { .. } => Some("event-confirmed"),
        Event::Bounced { channel: Channel::Sms, .. } => Some("event-bounced-sms"),
        Event::Bounced { .. } => Some("event-bounced"),
        Event::Profile { seen } => Some(match seen {
            ProfileSeen::Installed => "event-profile-installed",
            ProfileSeen::Enabled => "event-profile-enabled",
            ProfileSeen::Disabled => "event-profile-disabled",
            ProfileSeen::Deleted => "event-profile-deleted",
        }),
        Event::Reported { .. } => Some("event-reported"),
        Event::HoldLifted { .. } => Some("event-hold-lifted"),
        Event::LockSeen { locked: true } => Some("event-lock-seen"),
        Event::LockSeen { locked: false } => Some("event-lock-gone"),
        Event::Moving { moving } => Some(match moving.code {
            Code::Pac => "event-moving-pac",
            Code::Stac => "event-moving-stac",
        }),
        Event::CodeAsked { .. } => Some("event-code-asked"),
        Event::CodeExpired => Some("event-code-expired"),
        Event::Ported { .. } => Some("event-ported"),
        Event::Complained { .. } => Some("event-complained"),
        Event::AdrTold { deadlock: true, .. } => Some("event-adr-deadlock"),
        Event::AdrTold { .. } => Some("event-adr-told"),
        Event::ComplaintSettled => Some("event-complaint-settled"),
        Event::Weighed { upheld: true, .. } => Some("event-weighed-upheld"),
        Event::Weighed { upheld: false, .. } => Some("event-weighed-not"),
        Event::ErasurePlanned { .. } => Some("erasure-event-planned"),
        Event::ErasureOff => Some("erasure-event-off"),
        Event::Erased { .. } => Some("erasure-event-erased"),
        Event::Attributed { .. }
        | Event::Saved { .. }
        | Event::Return { .. }
        | Event::Attended { .. }
        | Event::Filed { .. }
        | Event::Kept { .. }
        | Event::Said { .. }
        | Event::Mailed { .. }
        | Event::Asked { .. }
        | Event::Reminded
        | Event::Dated { .. }
        | Event::Moved { .. }
        | Event::Flagged { .. }
        | Event::Cleared { .. }
        | Event::Owed { .. }
        | Event::Promised { .. }
        | Event::Alarmed { .. }
        | Event::SeenAgain { .. }
        | Event::AlarmClosed { .. }
        | Event::Risked { .. }
        | Event::HoldSigned { .. }
        | Event::BillingEnded { .. }
        | Event::Stated { .. }
        | Event::RefundDue { .. }
        | Event::RefundPaid { .. }
        | Event::RefundHeld { .. }
        | Event::NoticeDue { .. }
        | Event::NoticeSent { .. }
        | Event::CodeIssued { .. }
        | Event::Settled { .. } => None,
    }
}

pub fn moved(to: &Stage) -> String {
    format!("event-moved-{}", to.name())
}

pub fn letter(letter: Letter) -> &'static str {
    match letter {
        Letter::Receipt => "letter-name-receipt",
        Letter::Missing => "letter-name-missing",
        Letter::Reminder => "letter-name-reminder",
        Letter::Scheduled => "letter-name-scheduled",
        Letter::Barred => "letter-name-barred",
        Letter::Delayed => "letter-name-delayed",
        Letter::Refused => "letter-name-refused",
        Letter::Withdrawn => "letter-name-withdrawn",
        Letter::Contested => "letter-name-contested",
        Letter::Resumed => "letter-name-resumed",
        Letter::Certificate => "letter-name-certificate",
        Letter::Reply => "letter-name-reply",
        Letter::Transcript => "letter-name-transcript",
        Letter::Alarm => "letter-name-alarm",
        Letter::Reported => "letter-name-reported",
        Letter::Cleared => "letter-name-cleared",
        Letter::Held => "letter-name-held",
        Letter::ReturnAsked => "letter-name-return-asked",
        Letter::ReturnReminder => "letter-name-return-reminder",
        Letter::ReturnNews => "letter-name-return-news",
        Letter::Repriced => "letter-name-repriced",
        Letter::Statement => "letter-name-statement",
        Letter::Refunded => "letter-name-refunded",
        Letter::EndNotice => "letter-name-end-notice",
        Letter::SwitchCode => "letter-name-switch-code",
        Letter::SwitchExpired => "letter-name-switch-expired",
        Letter::Complaint => "letter-name-complaint",
        Letter::Adr => "letter-name-adr",
        Letter::Erasure => "erasure-letter-name",
        Letter::NotUpheld | Letter::Upheld => "letter-name-weighed",
    }
}

/// Of a number by which a card is known, as [`case::identify::Identifier::kind`] names it.
pub fn number(kind: &str) -> String {
    format!("kind-{kind}")
}

pub fn field(field: Field) -> String {
    format!("field-{}", field.as_str())
}

pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exact => "verdict-exact",
        Verdict::Equivalent => "verdict-equivalent",
        Verdict::Different => "verdict-different",
        Verdict::Missing => "verdict-missing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: &str = include_str!("../../../../../locales/en/cease.ftl");
    const ZH: &str = include_str!("../../../../../locales/zh-CN/cease.ftl");

    fn has(key: &str) {
        for (lang, text) in [("en", EN), ("zh-CN", ZH)] {
            assert!(
                text.lines().any(|l| l.strip_prefix(key).is_some_and(|r| r.starts_with(" ="))),
                "{key} is missing in {lang}"
            );
        }
    }

    #[test]
    fn what_was_agreed_is_said_and_no_more() {
        let said = |consent, backup| event(&Event::Agreed { consent, backup });
        assert_eq!(said(true, true), Some("event-agreed"));
        assert_eq!(said(true, false), Some("event-agreed-fees"));
        assert_eq!(said(false, true), Some("event-agreed-backup"));
        assert_eq!(said(false, false), None);
    }

    #[test]
    fn every_value_has_its_words_in_both_languages() {
        for one in Need::ALL {
            has(&need(one));
            has(&format!("need-hint-{}", one.name()));
        }
        for name in Stage::NAMES {
            has(&format!("stage-{name}"));
            has(&format!("event-moved-{name}"));
        }
        for one in Letter::ALL {
            has(letter(one));
        }
        for name in [
            "declared",
            "quoted",
            "proven",
            "corrected",
            "agreed",
            "agreed-fees",
            "agreed-backup",
            "card-received",
            "person-wanted",
            "nudged",
            "confirmed",
            "bounced",
            "bounced-sms",
            "reported",
            "hold-lifted",
            "lock-seen",
            "lock-gone",
            "weighed-upheld",
            "weighed-not",
        ] {
            has(&format!("event-{name}"));
        }
        for kind in ["iccid", "partial-iccid", "eid", "imei", "imsi", "msisdn", "serial", "card", "not-given"] {
            has(&number(kind));
        }
        Field::ALL.map(field).iter().for_each(|k| has(k));
        for one in [Verdict::Exact, Verdict::Equivalent, Verdict::Different, Verdict::Missing] {
            has(verdict(one));
        }
        let rules = crate::config::Config::default().policy().unwrap();
        rules.fees.iter().for_each(|fee| has(&fee.what));
    }
}
