//! "I want to cancel": effective on receipt, never lost, never edited.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::FileId;
use crate::identify::{Check, Identifier};
use crate::mask::is_han;
use crate::matching::Person;
use crate::money::Money;
use crate::saved::Saved;
use crate::way::Way;

/// The language a person is served and written to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lang {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::En, Lang::ZhCn];

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhCn => "zh-CN",
        }
    }

    /// From any tag that means one of ours: `zh`, `zh-Hans`, `zh_CN.UTF-8`, `en-GB`, …
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.trim().split(['-', '_', '.']).next()?.to_ascii_lowercase().as_str() {
            "zh" | "cmn" => Some(Lang::ZhCn),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The language that words are written in, by their script: Chinese where they have more Chinese characters than
    /// other words, which count as English whatever Latin language they are. `None` where there is nothing to read.
    pub fn of_words(text: &str) -> Option<Self> {
        let (mut han, mut words, mut within) = (0, 0, false);
        for c in text.chars() {
            han += usize::from(is_han(c));
            let letter = c.is_alphabetic() && !is_han(c);
            words += usize::from(letter && !within);
            within = letter;
        }
        match han.cmp(&words) {
            Ordering::Greater => Some(Lang::ZhCn),
            Ordering::Equal if han == 0 => None,
            Ordering::Equal | Ordering::Less => Some(Lang::En),
        }
    }
}

/// How something reached the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    Web,
    Mail,
    Chat,
    Voice,
    Sms,
    Letter,
    /// A member of staff or a program declared on someone's behalf.
    Shell,
}

impl Channel {
    pub const ALL: [Channel; 7] =
        [Channel::Web, Channel::Mail, Channel::Chat, Channel::Voice, Channel::Sms, Channel::Letter, Channel::Shell];

    /// What a message came by before messages named their channel.
    pub(crate) fn web() -> Self {
        Channel::Web
    }

    /// What came back before anything but mail could.
    pub(crate) fn mail() -> Self {
        Channel::Mail
    }

    pub(crate) fn is_mail(&self) -> bool {
        *self == Channel::Mail
    }
}

/// The declaration as it was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    pub channel: Channel,
    pub lang: Lang,
    /// What the person gave to say which card, and whether its check digit held.
    pub number: Identifier,
    pub check: Check,
    /// Who they say they are. Empty fields are empty strings or absent.
    pub person: Person,
    /// Their own words, or none. At most [`STATEMENT_MAX`] characters.
    pub statement: Option<String>,
    /// Files that came with it.
    pub files: Vec<FileId>,
    /// The day on which they want it to end; none means as early as possible.
    pub wanted_end: Option<Date>,
    /// They saw the fees and agreed.
    pub consent: bool,
    /// The most that they agreed to pay, where they saw a sum; none: whatever the quote says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<Money>,
    /// They have backed up, or accept the loss.
    pub backup: bool,
    /// Of `backup`: what they did, where they said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Saved>,
    /// When the person said it: for the web the same as receipt, for a letter its postmark.
    pub declared_at: Timestamp,
    /// What kind of end it is and for whom, where it is not the ordinary one for oneself.
    #[serde(default, skip_serializing_if = "Way::is_plain")]
    pub way: Way,
}

impl Declaration {
    /// The least that one says: which card and who, on the web and in English. All else is told by update syntax.
    pub fn of(number: Identifier, person: Person, declared_at: Timestamp) -> Self {
        Self {
            channel: Channel::Web,
            lang: Lang::En,
            number,
            check: Check::Ok,
            person,
            statement: None,
            files: Vec::new(),
            wanted_end: None,
            consent: false,
            agreed: None,
            backup: false,
            saved: None,
            declared_at,
            way: Way::default(),
        }
    }

    /// From when it counts: a letter from the day that its writer was told of, however much later somebody typed it in,
    /// and all else from the moment it was stored. Nothing counts from a day to come.
    pub fn counts_from(&self, received: Timestamp) -> Timestamp {
        match self.channel {
            Channel::Letter => received.min(self.declared_at),
            Channel::Web | Channel::Mail | Channel::Chat | Channel::Voice | Channel::Sms | Channel::Shell => received,
        }
    }
}

/// Characters in a statement.
pub const STATEMENT_MAX: usize = 4_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_of_the_language_whose_script_has_more_of_them() {
        for (text, lang) in [
            ("请注销我的 Laika Mobile SIM 卡", Some(Lang::ZhCn)),
            ("本人回国，此卡不再使用。", Some(Lang::ZhCn)),
            ("My name is 李伟 and I cancel my card", Some(Lang::En)),
            ("Résilier, s'il vous plaît", Some(Lang::En)),
            ("8944 7700 0000 0001 049", None),
            ("", None),
        ] {
            assert_eq!(Lang::of_words(text), lang, "{text}");
        }
    }
}
