//! The words of the domain in the desk's exact jargon. Each match is exhaustive, each key compiled.

use case::actor::Level;
use case::case::Stage;
use case::matching::Verdict;
use case::{CardState, Cause, Channel, Field, Flag, Lang, Letter, Need};
use store::{Filter, View};

use crate::words::Words;

pub fn view(l: &Words, view: View) -> String {
    match view {
        View::Review => fl!(l, "desk-view-review"),
        View::Waiting => fl!(l, "desk-view-waiting"),
        View::Moving => fl!(l, "desk-view-moving"),
        View::Done => fl!(l, "desk-view-done"),
        View::All => fl!(l, "desk-view-all"),
    }
}

/// What a list is called: after the view it begins with.
pub fn list(l: &Words, filter: Filter) -> String {
    match filter.stage_view() {
        Some(base) => view(l, base),
        None => fl!(l, "desk-list"),
    }
}

pub fn stage(l: &Words, stage: &Stage) -> String {
    match stage {
        Stage::Received { .. } => fl!(l, "desk-stage-received"),
        Stage::Review { .. } => fl!(l, "desk-stage-review"),
        Stage::Scheduled { .. } => fl!(l, "desk-stage-scheduled"),
        Stage::Ceasing { .. } => fl!(l, "desk-stage-ceasing"),
        Stage::Ceased { .. } => fl!(l, "desk-stage-ceased"),
        Stage::Closed { .. } => fl!(l, "desk-stage-closed"),
        Stage::Refused { .. } => fl!(l, "desk-stage-refused"),
        Stage::Withdrawn { .. } => fl!(l, "desk-stage-withdrawn"),
        Stage::Contested { .. } => fl!(l, "desk-stage-contested"),
    }
}

/// The names in the order of [`Stage::NAMES`], as the counts come.
pub fn stages(l: &Words) -> [String; 9] {
    [
        fl!(l, "desk-stage-received"),
        fl!(l, "desk-stage-review"),
        fl!(l, "desk-stage-scheduled"),
        fl!(l, "desk-stage-ceasing"),
        fl!(l, "desk-stage-ceased"),
        fl!(l, "desk-stage-closed"),
        fl!(l, "desk-stage-refused"),
        fl!(l, "desk-stage-withdrawn"),
        fl!(l, "desk-stage-contested"),
    ]
}

/// The kind of its tag: icon, shape and colour.
pub fn stage_kind(stage: &Stage) -> &'static str {
    match stage {
        Stage::Received { .. } => "waiting",
        Stage::Review { .. } => "active",
        Stage::Scheduled { .. } | Stage::Ceasing { .. } | Stage::Closed { .. } | Stage::Withdrawn { .. } => "neutral",
        Stage::Ceased { .. } => "done",
        Stage::Refused { .. } | Stage::Contested { .. } => "problem",
    }
}

pub fn need(l: &Words, need: Need) -> String {
    match need {
        Need::Identity => fl!(l, "desk-need-identity"),
        Need::Match => fl!(l, "desk-need-match"),
        Need::Document => fl!(l, "desk-need-document"),
        Need::Card => fl!(l, "desk-need-card"),
        Need::Consent => fl!(l, "desk-need-consent"),
        Need::Backup => fl!(l, "desk-need-backup"),
        Need::Switch => fl!(l, "ways-need-switch"),
    }
}

/// Short, for a row; [`cause_in_full`] for the case.
pub fn cause(l: &Words, cause: Cause) -> String {
    match cause {
        Cause::Always => fl!(l, "desk-cause-always"),
        Cause::Difference(field_) => fl!(l, "desk-cause-difference", field = field(l, field_)),
        Cause::UnknownCard => fl!(l, "desk-cause-unknown-card"),
        Cause::NotProven => fl!(l, "desk-cause-not-proven"),
        Cause::Duplicate => fl!(l, "desk-cause-duplicate"),
        Cause::Statement => fl!(l, "desk-cause-statement"),
        Cause::HolderAsked => fl!(l, "desk-cause-holder-asked"),
        Cause::Answered => fl!(l, "desk-cause-answered"),
        Cause::Unanswered => fl!(l, "desk-cause-unanswered"),
        Cause::Contested => fl!(l, "desk-cause-contested"),
        Cause::Locked => fl!(l, "desk-cause-locked"),
        Cause::Risk => fl!(l, "desk-cause-risk"),
        Cause::Unpriced => fl!(l, "desk-cause-unpriced"),
        Cause::Kind => fl!(l, "ways-cause-kind"),
        Cause::Behalf => fl!(l, "ways-cause-behalf"),
        Cause::Ported => fl!(l, "ways-cause-ported"),
    }
}

pub fn cause_in_full(l: &Words, cause: Cause) -> String {
    match cause {
        Cause::Always => fl!(l, "desk-why-always"),
        Cause::Difference(field_) => fl!(l, "desk-why-difference", field = field(l, field_)),
        Cause::UnknownCard => fl!(l, "desk-why-unknown-card"),
        Cause::NotProven => fl!(l, "desk-why-not-proven"),
        Cause::Duplicate => fl!(l, "desk-why-duplicate"),
        Cause::Statement => fl!(l, "desk-why-statement"),
        Cause::HolderAsked => fl!(l, "desk-why-holder-asked"),
        Cause::Answered => fl!(l, "desk-why-answered"),
        Cause::Unanswered => fl!(l, "desk-why-unanswered"),
        Cause::Contested => fl!(l, "desk-why-contested"),
        Cause::Locked => fl!(l, "desk-why-locked"),
        Cause::Risk => fl!(l, "desk-why-risk"),
        Cause::Unpriced => fl!(l, "desk-why-unpriced"),
        Cause::Kind => fl!(l, "ways-why-kind"),
        Cause::Behalf => fl!(l, "ways-why-behalf"),
        Cause::Ported => fl!(l, "ways-why-ported"),
    }
}

pub fn flag(l: &Words, flag: Flag) -> String {
    match flag {
        Flag::Suspect => fl!(l, "desk-flag-suspect"),
        Flag::Duplicate => fl!(l, "desk-flag-duplicate"),
        Flag::DueSoon => fl!(l, "desk-flag-due-soon"),
        Flag::Overdue => fl!(l, "desk-flag-overdue"),
        Flag::Escalated => fl!(l, "desk-flag-escalated"),
        Flag::Nudged => fl!(l, "desk-flag-nudged"),
        Flag::Unreachable => fl!(l, "desk-flag-unreachable"),
        Flag::CheckDigit => fl!(l, "desk-flag-check-digit"),
        Flag::AlreadyCeased => fl!(l, "desk-flag-already-ceased"),
        Flag::Stuck => fl!(l, "desk-flag-stuck"),
        Flag::NoAnswer => fl!(l, "desk-flag-no-answer"),
        Flag::ProfileLeft => fl!(l, "desk-flag-profile-left"),
        Flag::Delayed => fl!(l, "stuck-flag-delayed"),
        Flag::Alarm => fl!(l, "desk-flag-alarm"),
        Flag::BillingStuck => fl!(l, "desk-flag-billing-stuck"),
        Flag::RefundLate => fl!(l, "desk-flag-refund-late"),
        Flag::CodeLate => fl!(l, "ways-flag-code-late"),
        Flag::Complaint => fl!(l, "ways-flag-complaint"),
        Flag::RefundDue => fl!(l, "desk-flag-refund-due"),
        Flag::MayWithdraw => fl!(l, "ways-flag-may-withdraw"),
    }
}

/// Its symbol in the icon set.
pub fn flag_icon(flag: Flag) -> &'static str {
    match flag {
        Flag::Suspect => "shield",
        Flag::Duplicate => "copy",
        Flag::DueSoon | Flag::Overdue => "clock",
        Flag::Escalated => "alert",
        Flag::Nudged => "chat",
        Flag::Unreachable => "mail",
        Flag::CheckDigit => "differ",
        Flag::AlreadyCeased => "done",
        Flag::Stuck => "alert",
        Flag::NoAnswer => "mail",
        Flag::ProfileLeft => "sms",
        Flag::Delayed => "clock",
        Flag::Alarm => "alert",
        Flag::BillingStuck => "alert",
        Flag::RefundLate => "clock",
        Flag::CodeLate => "clock",
        Flag::Complaint => "chat",
        Flag::RefundDue => "receipt",
        Flag::MayWithdraw => "info",
    }
}

pub fn channel(l: &Words, channel: Channel) -> String {
    match channel {
        Channel::Web => fl!(l, "desk-channel-web"),
        Channel::Mail => fl!(l, "desk-channel-mail"),
        Channel::Chat => fl!(l, "desk-channel-chat"),
        Channel::Voice => fl!(l, "desk-channel-voice"),
        Channel::Sms => fl!(l, "desk-channel-sms"),
        Channel::Letter => fl!(l, "desk-channel-letter"),
        Channel::Shell => fl!(l, "desk-channel-shell"),
    }
}

/// The same within a sentence.
pub fn channel_within(l: &Words, channel: Channel) -> String {
    match channel {
        Channel::Web => fl!(l, "desk-by-web"),
        Channel::Mail => fl!(l, "desk-by-mail"),
        Channel::Chat => fl!(l, "desk-by-chat"),
        Channel::Voice => fl!(l, "desk-by-voice"),
        Channel::Sms => fl!(l, "desk-by-sms"),
        Channel::Letter => fl!(l, "desk-by-letter"),
        Channel::Shell => fl!(l, "desk-by-shell"),
    }
}

/// A language, in itself.
pub fn lang(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "English",
        Lang::ZhCn => "中文",
    }
}

/// The kind of a number, by [`Identifier::kind`](case::identify::Identifier::kind).
pub fn kind(l: &Words, kind: &str) -> String {
    match kind {
        "iccid" => "ICCID".into(),
        "eid" => "EID".into(),
        "imei" => "IMEI".into(),
        "imsi" => "IMSI".into(),
        "msisdn" => "MSISDN".into(),
        "partial-iccid" => fl!(l, "desk-kind-partial"),
        "not-given" => fl!(l, "kind-not-given"),
        _ => fl!(l, "desk-kind-serial"),
    }
}

pub fn field(l: &Words, field: Field) -> String {
    match field {
        Field::Name => fl!(l, "desk-field-name"),
        Field::Address => fl!(l, "desk-field-address"),
        Field::Email => fl!(l, "desk-field-email"),
        Field::Phone => fl!(l, "desk-field-phone"),
    }
}

/// The word for a verdict; none where the record has nothing to compare with.
pub fn verdict(l: &Words, verdict: Option<Verdict>) -> (&'static str, String) {
    match verdict {
        Some(Verdict::Exact) => ("exact", fl!(l, "desk-verdict-exact")),
        Some(Verdict::Equivalent) => ("equivalent", fl!(l, "desk-verdict-equivalent")),
        Some(Verdict::Different) => ("different", fl!(l, "desk-verdict-different")),
        Some(Verdict::Missing) => ("missing", fl!(l, "desk-verdict-missing")),
        None => ("missing", fl!(l, "desk-verdict-none")),
    }
}

pub fn level(l: &Words, level: Level) -> String {
    match level {
        Level::Nothing => fl!(l, "desk-level-nothing"),
        Level::Code => fl!(l, "desk-level-code"),
        Level::SignedIn => fl!(l, "desk-level-signed-in"),
        Level::SecondFactor => fl!(l, "desk-level-second-factor"),
    }
}

pub fn state(l: &Words, state: CardState) -> String {
    match state {
        CardState::Active => fl!(l, "desk-state-active"),
        CardState::Barred => fl!(l, "desk-state-barred"),
        CardState::Ceased => fl!(l, "desk-state-ceased"),
    }
}

pub fn letter(l: &Words, letter: Letter) -> String {
    match letter {
        Letter::Receipt => fl!(l, "desk-letter-receipt"),
        Letter::Missing => fl!(l, "desk-letter-missing"),
        Letter::Reminder => fl!(l, "desk-letter-reminder"),
        Letter::Scheduled => fl!(l, "desk-letter-scheduled"),
        Letter::Barred => fl!(l, "desk-letter-barred"),
        Letter::Delayed => fl!(l, "desk-letter-delayed"),
        Letter::Refused => fl!(l, "desk-letter-refused"),
        Letter::Withdrawn => fl!(l, "desk-letter-withdrawn"),
        Letter::Contested => fl!(l, "desk-letter-contested"),
        Letter::Resumed => fl!(l, "desk-letter-resumed"),
        Letter::Certificate => fl!(l, "desk-letter-certificate"),
        Letter::Reply => fl!(l, "desk-letter-reply"),
        Letter::Transcript => fl!(l, "desk-letter-transcript"),
        Letter::Alarm => fl!(l, "desk-letter-alarm"),
        Letter::Reported => fl!(l, "desk-letter-reported"),
        Letter::Cleared => fl!(l, "letter-name-cleared"),
        Letter::Held => fl!(l, "desk-letter-held"),
        Letter::ReturnAsked => fl!(l, "letter-name-return-asked"),
        Letter::ReturnReminder => fl!(l, "letter-name-return-reminder"),
        Letter::ReturnNews => fl!(l, "letter-name-return-news"),
        Letter::Repriced => fl!(l, "desk-letter-repriced"),
        Letter::Statement => fl!(l, "desk-letter-statement"),
        Letter::Refunded => fl!(l, "desk-letter-refunded"),
        Letter::EndNotice => fl!(l, "ways-letter-end-notice"),
        Letter::SwitchCode => fl!(l, "ways-letter-switch-code"),
        Letter::SwitchExpired => fl!(l, "ways-letter-switch-expired"),
        Letter::Complaint => fl!(l, "ways-letter-complaint"),
        Letter::Adr => fl!(l, "ways-letter-adr"),
        Letter::Erasure => fl!(l, "erasure-letter-name"),
        Letter::NotUpheld | Letter::Upheld => fl!(l, "letter-name-weighed"),
    }
}

/// An effect, by [`Effect::kind`](case::Effect::kind).
pub fn effect(l: &Words, kind: &str) -> String {
    match kind {
        "notify" => fl!(l, "desk-effect-notify"),
        "bar" => fl!(l, "desk-effect-bar"),
        "unbar" => fl!(l, "desk-effect-unbar"),
        "cease" => fl!(l, "desk-effect-cease"),
        "escalate" => fl!(l, "desk-effect-escalate"),
        "observe" => fl!(l, "desk-effect-observe"),
        "end-billing" => fl!(l, "desk-effect-end-billing"),
        "final-bill" => fl!(l, "desk-effect-final-bill"),
        "refund" => fl!(l, "desk-effect-refund"),
        "port" => fl!(l, "ways-effect-port"),
        _ => fl!(l, "desk-effect-certify"),
    }
}
