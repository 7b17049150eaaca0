//! What can be asked of a case, as bits: one for each stage, channel, language, flag and cause. A list
//! is then one comparison a row, and the row that came out is compared again with the case itself.

use case::{AccountId, Case, Cause, Channel, Field, Flag, Lang, Stage};

use super::{Few, Filter};

/// What stands in an address by a name.
pub trait Named: Copy + PartialEq + Sized + 'static {
    const NAMES: &'static [(Self, &'static str)];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(one, _)| *one == self).map_or("", |(_, name)| name)
    }

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(one, _)| *one)
    }
}

/// A stage, by its name.
impl Named for &'static str {
    const NAMES: &'static [(Self, &'static str)] = &[
        ("received", "received"),
        ("review", "review"),
        ("scheduled", "scheduled"),
        ("ceasing", "ceasing"),
        ("ceased", "ceased"),
        ("closed", "closed"),
        ("refused", "refused"),
        ("withdrawn", "withdrawn"),
        ("contested", "contested"),
    ];
}

impl Named for Channel {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Channel::Web, "web"),
        (Channel::Mail, "mail"),
        (Channel::Chat, "chat"),
        (Channel::Voice, "voice"),
        (Channel::Sms, "sms"),
        (Channel::Letter, "letter"),
        (Channel::Shell, "shell"),
    ];
}

impl Named for Lang {
    const NAMES: &'static [(Self, &'static str)] = &[(Lang::En, "en"), (Lang::ZhCn, "zh-CN")];
}

impl Named for Flag {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Flag::Suspect, "suspect"),
        (Flag::Duplicate, "duplicate"),
        (Flag::Overdue, "overdue"),
        (Flag::Unreachable, "unreachable"),
        (Flag::CheckDigit, "check-digit"),
        (Flag::AlreadyCeased, "already-ceased"),
        (Flag::Stuck, "stuck"),
        (Flag::DueSoon, "due-soon"),
        (Flag::Escalated, "escalated"),
        (Flag::Nudged, "nudged"),
        (Flag::NoAnswer, "no-answer"),
        (Flag::ProfileLeft, "profile-left"),
        (Flag::Delayed, "delayed"),
        (Flag::Alarm, "alarm"),
        (Flag::BillingStuck, "billing-stuck"),
        (Flag::RefundLate, "refund-late"),
        (Flag::CodeLate, "code-late"),
        (Flag::Complaint, "complaint"),
        (Flag::RefundDue, "refund-due"),
        (Flag::MayWithdraw, "may-withdraw"),
    ];
}

impl Named for Cause {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Cause::Always, "always"),
        (Cause::Difference(Field::Name), "name"),
        (Cause::Difference(Field::Address), "address"),
        (Cause::Difference(Field::Email), "email"),
        (Cause::Difference(Field::Phone), "phone"),
        (Cause::UnknownCard, "unknown-card"),
        (Cause::NotProven, "not-proven"),
        (Cause::Duplicate, "duplicate"),
        (Cause::Statement, "statement"),
        (Cause::HolderAsked, "holder-asked"),
        (Cause::Answered, "answered"),
        (Cause::Unanswered, "unanswered"),
        (Cause::Contested, "contested"),
        (Cause::Locked, "locked"),
        (Cause::Risk, "risk"),
        (Cause::Unpriced, "unpriced"),
        (Cause::Kind, "kind"),
        (Cause::Behalf, "behalf"),
        (Cause::Ported, "ported"),
    ];
}

// Which bits. They are stored: a change of them is a new version of the index.
const CHANNELS: u32 = 9;
const LANGS: u32 = CHANNELS + 7;
const FLAGS: u32 = LANGS + 2;
const CAUSES: u32 = FLAGS + Flag::NAMES.len() as u32;
/// Signed once.
pub const SECOND: i64 = 1 << (CAUSES + Cause::NAMES.len() as u32);
/// The holder wrote last.
pub const UNREAD: i64 = SECOND << 1;
/// Those that few cases have: a list of them is found without looking at all the others.
pub const RARE: i64 = !((1 << FLAGS) - 1);

fn bit<T: Named>(from: u32, one: T) -> i64 {
    let at = T::NAMES.iter().position(|(n, _)| *n == one).unwrap_or_default();
    1 << (from + at as u32)
}

pub fn stage_bit(name: &str) -> i64 {
    1 << Stage::NAMES.iter().position(|n| *n == name).unwrap_or_default()
}

/// The bits that a case's row decides (all but [`UNREAD`]), and who signed first.
pub fn of(case: &Case) -> (i64, Option<AccountId>) {
    let declaration = &case.declaration;
    let mut bits = stage_bit(case.stage.name()) | bit(CHANNELS, declaration.channel) | bit(LANGS, declaration.lang);
    for flag in &case.flags {
        bits |= bit(FLAGS, *flag);
    }
    let mut signer = None;
    if let Stage::Review { causes, signatures, .. } = &case.stage {
        for cause in causes {
            bits |= bit(CAUSES, *cause);
        }
        signer = signatures.first().map(|signature| signature.staff);
    }
    if signer.is_some() {
        bits |= SECOND;
    }
    (bits, signer)
}

/// What a filter asks of the bits: one of each set, and all of `every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masks {
    pub stages: i64,
    pub channels: i64,
    pub langs: i64,
    pub flags: i64,
    pub causes: i64,
    pub every: i64,
}

impl Masks {
    /// No bit can be missing from this.
    const ANY: i64 = -1;

    pub fn of(filter: &Filter) -> Self {
        let any = |mask| if mask == 0 { Self::ANY } else { mask };
        fn set<T: Named>(from: u32, ones: Few<T>) -> i64 {
            i64::from(ones.bits()) << from
        }
        Self {
            stages: any(set(0, filter.stages)),
            channels: any(set(CHANNELS, filter.channels)),
            langs: any(set(LANGS, filter.langs)),
            flags: any(set(FLAGS, filter.flags)),
            causes: any(set(CAUSES, filter.causes)),
            every: if filter.second { SECOND } else { 0 } | if filter.unread { UNREAD } else { 0 },
        }
    }

    pub fn admit(&self, bits: i64, signer: Option<AccountId>, me: AccountId) -> bool {
        let one = |mask| bits & mask != 0;
        one(self.stages)
            && one(self.channels)
            && one(self.langs)
            && one(self.flags)
            && one(self.causes)
            && bits & self.every == self.every
            && (self.every & SECOND == 0 || signer.is_some_and(|signer| signer != me))
    }

    /// Whether only the bits that few cases have can satisfy it.
    pub fn rare(&self) -> bool {
        self.flags != Self::ANY || self.causes != Self::ANY || self.every != 0
    }

    /// Whether a case's stage is all that is asked.
    pub fn plain(&self) -> bool {
        !self.rare() && self.channels == Self::ANY && self.langs == Self::ANY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What has no name has no bit of its own, and would be taken for another.
    #[test]
    fn every_flag_and_cause_has_a_name() {
        for flag in Flag::ALL {
            assert!(!flag.name().is_empty(), "{flag:?}");
        }
        assert_eq!(Flag::NAMES.len(), Flag::ALL.len());
    }
}
