//! What the status codes of `cancelOrder` mean for a card (SGP.22 §5.2.6 and §5.3.3).

use super::wire::Status;

/// Each with the code in words for evidence and logs: no free text of the far end, which might name people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// Done, now or before.
    Cancelled(String),
    /// There is no such order, or nobody can have it: nothing to download.
    NotThere(String),
    /// The profile is on a device.
    Downloaded(String),
    /// Nothing is known of the order; it may be asked again.
    Later(String),
    /// It will not be cancelled like this: a person must look.
    Never(String),
}

impl Says {
    pub fn words(&self) -> &str {
        match self {
            Says::Cancelled(words)
            | Says::NotThere(words)
            | Says::Downloaded(words)
            | Says::Later(words)
            | Says::Never(words) => words,
        }
    }
}

pub fn meaning(status: &Status) -> Says {
    let code = match status {
        Status::Success => return Says::Cancelled("Executed-Success".into()),
        Status::Warning => return Says::Cancelled("Executed-WithWarning".into()),
        Status::Expired => return Says::Later("Expired".into()),
        Status::Failed { subject, reason } => (subject.as_str(), reason.as_str()),
    };
    let said = |words: &str| format!("{}/{}: {words}", code.0, code.1);
    match code {
        ("8.2.1", "3.9") => Says::NotThere(said("ICCID unknown")),
        ("8.2.1", "3.5" | "3.7") => Says::NotThere(said("profile unavailable")),
        ("8.2.1", "3.3") => Says::Downloaded(said("already downloaded")),
        ("8.2.1", "1.2") => Says::Never(said("not allowed for this profile")),
        ("8.2.1", "3.10") => Says::Never(said("the ICCID belongs to another EID")),
        ("8.2.1", "2.2") => Says::Never(said("ICCID or final status missing")),
        ("8.2.6", "3.10") => Says::Never(said("another MatchingID")),
        ("8.1.1", "2.2") => Says::Never(said("EID missing")),
        ("8.1.1", "3.9") => Says::Never(said("EID unknown")),
        ("8.1.1", "3.10") => Says::Never(said("the order has another EID")),
        // Processing (4.x) and transport (5.x) pass; of whatever else nothing is known.
        (_, _) => Says::Later(said("not done")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_table_has_its_meaning() {
        let means =
            |subject: &str, reason: &str| meaning(&Status::Failed { subject: subject.into(), reason: reason.into() });
        assert!(matches!(means("8.2.1", "3.3"), Says::Downloaded(_)));
        for reason in ["3.5", "3.7", "3.9"] {
            assert!(matches!(means("8.2.1", reason), Says::NotThere(_)), "{reason}");
        }
        for (subject, reason) in [
            ("8.2.1", "1.2"),
            ("8.2.1", "2.2"),
            ("8.2.1", "3.10"),
            ("8.2.6", "3.10"),
            ("8.1.1", "2.2"),
            ("8.1.1", "3.9"),
            ("8.1.1", "3.10"),
        ] {
            assert!(matches!(means(subject, reason), Says::Never(_)), "{subject}/{reason}");
        }
        for (subject, reason) in [("8.1", "4.2"), ("1.2", "5.1"), ("9.9", "9.9"), ("8.1.1", "3.3")] {
            assert!(matches!(means(subject, reason), Says::Later(_)), "{subject}/{reason}");
        }
        assert!(matches!(meaning(&Status::Warning), Says::Cancelled(_)));
        assert!(matches!(meaning(&Status::Expired), Says::Later(_)));
    }
}
