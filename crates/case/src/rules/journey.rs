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
    pub switching: Switching,
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

impl Wordings {
    /// Each by its key.
    fn all(&self) -> [(&'static str, &str); 4] {
        let Self { lang: _, start, confirm, withdraw, confirm_withdrawal } = self;
        [("start", start), ("confirm", confirm), ("withdraw", withdraw), ("confirm_withdrawal", confirm_withdrawal)]
    }
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

/// The right to withdraw from a contract made at a distance (Art. 9 and 11a of Directive 2011/83/EU, § 356a BGB). Its
/// days, and those of the refund, are `clocks.withdrawal_days` and `clocks.refund_days`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Withdrawal {
    /// Whether its button stands on every page.
    pub offered: bool,
}

/// Codes for who moves to another network (Ofcom General Condition C7). By when one is there and for how long it is
/// good: `clocks.codes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switching {
    /// Whether the counter asks, and codes are given.
    pub offered: bool,
}

/// Characters that a button has room for.
const WORDING_MAX: usize = 60;

impl Journey {
    /// What cannot be kept together, by the key that says it, in words for whoever writes the rules.
    pub fn check(&self, policy: &Policy) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        let mut say = |key: &str, why: String| wrong.push((format!("journey.{key}"), why));
        let forbidden = self.sign_in == SignIn::Forbidden;
        if forbidden && policy.sign_in_required {
            say("sign_in", "is \"forbidden\", and sign_in_required = true asks for it: one has to go".into());
        }
        if forbidden && policy.assurance.declare > Needed::Nothing {
            say("sign_in", "is \"forbidden\", and assurance.declare asks for a proof: one has to go".into());
        }
        for (name, text) in self.words.all() {
            let key = format!("words.{name}");
            if text.chars().count() > WORDING_MAX || text.chars().any(char::is_control) {
                say(&key, format!("is one line of at most {WORDING_MAX} characters"));
            }
            if !text.is_empty() && self.words.lang.is_empty() {
                say(&key, "is in which language? Say so in journey.words.lang".into());
            }
        }
        let lang = &self.words.lang;
        if !lang.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') || lang.len() > 20 {
            say("words.lang", format!("{lang:?} is no language tag, such as \"de\""));
        }
        if (self.fields.email, self.fields.phone) == (Asked::Never, Asked::Never) {
            say("fields", "must leave email or phone: the confirmation has to go somewhere".into());
        }
        if self.withdrawal.offered && policy.clocks.withdrawal_days == 0 {
            say("withdrawal.offered", "is true, and clocks.withdrawal_days gives no days for it".into());
        }
        let codes = &policy.clocks.codes;
        if self.switching.offered && (codes.days == 0 || codes.answer_seconds == 0) {
            let why = "is true, and clocks.codes does not say by when a code is there and for how long it is good";
            say("switching.offered", why.into());
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::policy;

    fn wrong(rules: &Policy) -> String {
        rules.check().into_iter().map(|(key, why)| format!("{key} {why}\n")).collect()
    }

    #[test]
    fn nobody_can_ask_for_a_sign_in_that_the_law_forbids() {
        let mut rules = policy();
        rules.journey.sign_in = SignIn::Forbidden;
        assert_eq!(wrong(&rules), "");
        rules.sign_in_required = true;
        assert!(wrong(&rules).contains("sign_in_required"));
        rules.sign_in_required = false;
        rules.assurance.declare = Needed::Code;
        assert!(wrong(&rules).contains("assurance.declare"));
    }

    #[test]
    fn what_cannot_be_is_told_by_its_name() {
        type Change = fn(&mut Journey);
        let wrongs: [(&str, Change); 6] = [
            ("words.lang", |j| j.words.start = "Verträge hier kündigen".into()),
            ("words.start", |j| (j.words.lang, j.words.start) = ("de".into(), "x".repeat(61))),
            ("words.lang", |j| j.words.lang = "de\" onclick".into()),
            ("fields", |j| (j.fields.email, j.fields.phone) = (Asked::Never, Asked::Never)),
            ("clocks.codes", |j| j.switching.offered = true),
            ("clocks.withdrawal_days", |j| j.withdrawal.offered = true),
        ];
        for (name, change) in wrongs {
            let mut rules = policy();
            change(&mut rules.journey);
            let why = wrong(&rules);
            assert!(why.contains(name), "{name}: {why}");
        }
        assert!(serde_json::from_str::<Journey>(r#"{"shpae":"steps"}"#).is_err());
    }
}
