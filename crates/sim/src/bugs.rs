//! Mistakes on purpose. A check that has never failed proves nothing; each of these must be caught,
//! and by the check that is there for it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The element says "gone" and has not switched.
    ElementLies,
    /// The element looks the card up by its phone number, which may be somebody else's by now.
    ElementByNumber,
    /// The element deletes where it was told to bar.
    BarDeletes,
    /// The element forgets which requests it has already carried out.
    ElementForgetsKeys,
    /// What a change owes to the world is not written with it.
    OutboxLost,
    /// What has been done stays in the outbox.
    OutboxKept,
    /// A worker takes what is owed for good instead of leasing it.
    LeaseForever,
    /// The journal entry of a change lacks what happened.
    JournalLost,
    /// An entry of the journal is changed after the fact.
    JournalEdited,
    /// A commit is answered before it is written, and then is not.
    AnsweredUnwritten,
    /// The last writer wins.
    VersionIgnored,
    /// The form's token is not kept.
    TokenLost,
    /// The declaration is tidied up on its way in.
    DeclarationEdited,
    /// Whoever declares is taken for a holder who has proven themselves.
    ProofAssumed,
    /// The clock is set back.
    ClockBackwards,
    /// The desk signs with another key than the one it has published.
    KeyChanged,
    /// What happened to an account is forgotten.
    HoldForgotten,
    /// Its lock is.
    LockForgotten,
}

impl Bug {
    /// Each with words from the complaint it must lead to.
    pub const ALL: [(Bug, &'static [&'static str]); 18] = [
        (Bug::ElementLies, &["ceased, but its card is"]),
        (Bug::ElementByNumber, &["another card was switched"]),
        (Bug::BarDeletes, &["a card was ended by a case at"]),
        (Bug::ElementForgetsKeys, &["nobody ended this card"]),
        (Bug::OutboxLost, &["the outbox holds"]),
        (Bug::OutboxKept, &["the outbox holds"]),
        (Bug::LeaseForever, &["it did not come to its end"]),
        (Bug::JournalLost, &["the journal gives another row", "the journal's chain is broken"]),
        (Bug::JournalEdited, &["the journal's chain is broken"]),
        (Bug::AnsweredUnwritten, &["was acknowledged and is"]),
        (Bug::VersionIgnored, &["the journal's chain is broken", "the journal gives another row"]),
        (Bug::TokenLost, &["one form became two cases"]),
        (Bug::DeclarationEdited, &["the declaration is not as it was given"]),
        (Bug::ProofAssumed, &["without proof and without two people"]),
        (Bug::ClockBackwards, &["the journal goes back in time"]),
        (Bug::KeyChanged, &["its certificate does not verify"]),
        (Bug::HoldForgotten, &["within a hold"]),
        (Bug::LockForgotten, &["while its account was locked"]),
    ];
}
