//! How the way through the counter looks: what the buttons say, what may be asked, what stands in front of the
//! declaration. Law differs in this most of all (§ 312k BGB, L215-1-1 code de la consommation, Ofcom C1 and C7), so
//! that it is data.

use serde::{Deserialize, Serialize};

use crate::assure::Needed;
use crate::rules::Policy;

/// What the pages of the counter must and may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Journey {
    /// Over how many pages a declaration goes.
    pub shape: Shape,
    /// Whether signing in may stand in front of it.
    pub sign_in: SignIn,
    /// What the buttons say where the law has words of its own for them.
    pub words: Wordings,
    /// What is asked, for the pages of every shape.
    pub fields: Fields,
    /// An end for cause is offered beside the ordinary one (§ 312k (2) no. 1 a BGB; the "motif légitime").
    pub extraordinary: bool,
    pub withdrawal: Withdrawal,
    pub end_notice: EndNotice,
    pub switching: Switching,
    pub complaint: Complaints,
}

/// Over how many pages a declaration goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// One question a page, what it costs in between, and a last look.
    #[default]
    Steps,
    /// The button leads at once to one page that asks everything and declares (§ 312k (2) BGB; OLG Düsseldorf
    /// 20 UKl 3/23: not split over pages).
    OnePage,
    /// Start, one form, a recapitulation with the last button (décret 2023-417).
    ThreeClicks,
}

/// Whether signing in may stand in front of a declaration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// The operator's `sign_in_required` and `assurance.declare` say.
    #[default]
    Allowed,
    /// Never, and rules that want it all the same cannot be loaded (KG Berlin 5 UKl 10/25).
    Forbidden,
}

/// The words of the law. An empty one is ours, in the reader's language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wordings {
    /// BCP 47 tag of the language that they are in, such as `de`.
    pub lang: String,
    /// The button that leads to the declaration.
    pub start: String,
    /// The one that declares.
    pub confirm: String,
    /// The button that leads to the withdrawal, and the one that withdraws.
    pub withdraw: String,
    pub confirm_withdrawal: String,
}

/// Whether something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    Required,
    Optional,
    Never,
}

/// What is asked beside the name, which says whose declaration it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    /// Where the confirmation goes. One of e-mail and phone is asked for even where neither is required.
    pub email: Asked,
    pub phone: Asked,
    pub address: Asked,
    /// The operator's own number of the contract.
    pub contract: Asked,
    /// The phone number of the line that ends (in France, of contracts for electronic communications). Where it is
    /// not `never` it stands in the place of the card's number.
    pub line: Asked,
    pub wanted_end: Asked,
    /// Words of their own, and a file; always asked where the end is for cause.
    pub statement: Asked,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            email: Asked::Optional,
            phone: Asked::Optional,
            address: Asked::Optional,
            contract: Asked::Never,
            line: Asked::Never,
            wanted_end: Asked::Optional,
            statement: Asked::Optional,
        }
    }
}

/// The right to withdraw from a contract made at a distance (Art. 9 and 11a of Directive 2011/83/EU, § 356a BGB).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Withdrawal {
    /// Whether its button stands on every page.
    pub offered: bool,
    /// Days after the contract was made (Art. 9: 14).
    pub days: u32,
    /// Days after it was received within which what was paid is paid back (Art. 13: 14).
    pub refund_days: u32,
}

impl Default for Withdrawal {
    fn default() -> Self {
        Self { offered: false, days: 14, refund_days: 14 }
    }
}

/// The end-of-contract notice: in writing, and with the date (DMCC Act 2024, s. 261).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EndNotice {
    pub owed: bool,
    /// Hours after a declaration given online.
    pub online_hours: u32,
    /// Working days after one that came otherwise; its own day does not count.
    pub otherwise_working_days: u32,
}

impl Default for EndNotice {
    fn default() -> Self {
        Self { owed: false, online_hours: 24, otherwise_working_days: 3 }
    }
}

/// Codes for who moves to another network (Ofcom General Condition C7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switching {
    /// Whether the counter asks, and codes are given.
    pub offered: bool,
    /// Seconds within which a code is there; then the lead is told.
    pub answer_seconds: u32,
    /// Days for which a code is good.
    pub valid_days: u32,
}

impl Default for Switching {
    fn default() -> Self {
        Self { offered: false, answer_seconds: 60, valid_days: 30 }
    }
}

/// Complaints, and what is written unprompted when one is not settled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Complaints {
    /// Days until the letter that names the schemes goes out (Ofcom C4, since 8 April 2026: six weeks); 0: only at
    /// a deadlock.
    pub days: u32,
    /// Schemes for alternative dispute resolution, as they are written to the holder; none: no such letter.
    pub schemes: Vec<String>,
}

/// Characters that a button has room for.
const WORDING_MAX: usize = 60;

impl Journey {
    /// What cannot be kept together, in words for whoever writes the rules.
    pub fn check(&self, policy: &Policy) -> Result<(), String> {
        if self.sign_in == SignIn::Forbidden && policy.sign_in_required {
            return Err(
                "journey.sign_in is \"forbidden\", and sign_in_required = true asks for it: one has to go".into()
            );
        }
        if self.sign_in == SignIn::Forbidden && policy.assurance.declare > Needed::Nothing {
            return Err(
                "journey.sign_in is \"forbidden\", and assurance.declare asks for a proof: one has to go".into()
            );
        }
        let Wordings { lang, start, confirm, withdraw, confirm_withdrawal } = &self.words;
        let worded = [("start", start), ("confirm", confirm), ("withdraw", withdraw)];
        for (name, text) in worded.into_iter().chain([("confirm_withdrawal", confirm_withdrawal)]) {
            if text.chars().count() > WORDING_MAX || text.chars().any(char::is_control) {
                return Err(format!("journey.words.{name} is one line of at most {WORDING_MAX} characters"));
            }
            if !text.is_empty() && lang.is_empty() {
                return Err(format!("journey.words.lang must say which language journey.words.{name} is in"));
            }
        }
        let tag = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !lang.chars().all(tag) || lang.len() > 20 {
            return Err(format!("journey.words.lang {lang:?} is no language tag, such as \"de\""));
        }
        if (self.fields.email, self.fields.phone) == (Asked::Never, Asked::Never) {
            return Err("journey.fields must leave email or phone: the confirmation has to go somewhere".into());
        }
        for (name, value, least, most) in [
            ("withdrawal.days", self.withdrawal.days, 1, 3_650),
            ("withdrawal.refund_days", self.withdrawal.refund_days, 1, 365),
            ("end_notice.online_hours", self.end_notice.online_hours, 1, 24 * 365),
            ("end_notice.otherwise_working_days", self.end_notice.otherwise_working_days, 1, 365),
            ("switching.answer_seconds", self.switching.answer_seconds, 1, 86_400),
            ("switching.valid_days", self.switching.valid_days, 1, 365),
            ("complaint.days", self.complaint.days, 0, 3_650),
        ] {
            if !(least..=most).contains(&value) {
                return Err(format!("journey.{name} must be from {least} to {most}, and is {value}"));
            }
        }
        if self.complaint.days > 0 && self.complaint.schemes.is_empty() {
            return Err("journey.complaint.days is set, and journey.complaint.schemes names nobody to write of".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::policy;

    #[test]
    fn nobody_can_ask_for_a_sign_in_that_the_law_forbids() {
        let mut rules = policy();
        rules.journey.sign_in = SignIn::Forbidden;
        assert_eq!(rules.journey.check(&rules), Ok(()));
        rules.sign_in_required = true;
        assert!(rules.journey.check(&rules).unwrap_err().contains("sign_in_required"));
        rules.sign_in_required = false;
        rules.assurance.declare = Needed::Code;
        assert!(rules.journey.check(&rules).unwrap_err().contains("assurance.declare"));
    }

    #[test]
    fn what_cannot_be_is_told_by_its_name() {
        type Change = fn(&mut Journey);
        let wrong: [(&str, Change); 7] = [
            ("words.lang", |j| j.words.start = "Verträge hier kündigen".into()),
            ("words.start", |j| (j.words.lang, j.words.start) = ("de".into(), "x".repeat(61))),
            ("words.lang", |j| j.words.lang = "de\" onclick".into()),
            ("fields", |j| (j.fields.email, j.fields.phone) = (Asked::Never, Asked::Never)),
            ("switching.valid_days", |j| j.switching.valid_days = 0),
            ("complaint.schemes", |j| j.complaint.days = 42),
            ("end_notice.online_hours", |j| j.end_notice.online_hours = u32::MAX),
        ];
        for (name, change) in wrong {
            let mut rules = policy();
            change(&mut rules.journey);
            let why = rules.journey.check(&rules).unwrap_err();
            assert!(why.contains(name), "{name}: {why}");
        }
        assert!(serde_json::from_str::<Journey>(r#"{"shpae":"steps"}"#).is_err());
    }
}
