//! What a button says where the law has words of its own for it: exactly those, in their own language, whatever the
//! page around it is in; elsewhere ours.

use case::Policy;

use crate::words::Words;

/// A button's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Legal {
    pub text: String,
    /// The language they are in, where it is not the page's.
    pub lang: String,
}

impl Legal {
    fn of(policy: &Policy, words: &str, ours: String) -> Self {
        match words {
            "" => Self { text: ours, lang: String::new() },
            words => Self { text: words.to_owned(), lang: policy.journey.words.lang.clone() },
        }
    }

    /// What was pressed, to stand in the declaration, where the law has words for it.
    pub fn pressed(self) -> Option<String> {
        (!self.lang.is_empty()).then_some(self.text)
    }

    /// Leads to the declaration.
    pub fn start(policy: &Policy, l: &Words) -> Self {
        Self::of(policy, &policy.journey.words.start, fl!(l, "nav-cancel"))
    }

    /// Declares.
    pub fn confirm(policy: &Policy, l: &Words) -> Self {
        Self::of(policy, &policy.journey.words.confirm, fl!(l, "check-cancel-now"))
    }

    /// Leads to the withdrawal, where there is one.
    pub fn withdraw(policy: &Policy, l: &Words) -> Option<Self> {
        let words = &policy.journey.words.withdraw;
        policy.journey.withdrawal.offered.then(|| Self::of(policy, words, fl!(l, "ways-withdraw")))
    }

    /// Withdraws.
    pub fn confirm_withdrawal(policy: &Policy, l: &Words) -> Self {
        Self::of(policy, &policy.journey.words.confirm_withdrawal, fl!(l, "ways-withdraw-confirm"))
    }
}
