//! What was said at the desk, sent after.

use super::{Block, Body, Writer};

impl Writer<'_> {
    pub(super) fn reply(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let mut blocks = if self.facts.talk.is_empty() {
            vec![Block::Say(fl!(l, "letter-reply-what"))]
        } else {
            vec![Block::Say(fl!(l, "letter-reply-words"))]
        };
        blocks.extend(self.talk());
        blocks.push(self.table([]));
        blocks.extend(self.next());
        Body {
            subject: fl!(l, "letter-reply-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "letter-reply-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    pub(super) fn transcript(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let mut blocks = vec![Block::Say(fl!(l, "letter-transcript-what")), self.table([])];
        blocks.extend(self.talk());
        Body {
            subject: fl!(l, "letter-transcript-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "letter-reply-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    pub(super) fn talk(&self) -> impl Iterator<Item = Block> + '_ {
        self.facts.talk.iter().flat_map(|(heading, text)| {
            let heading = (!heading.is_empty()).then(|| Block::Say(heading.clone()));
            heading.into_iter().chain((!text.is_empty()).then(|| Block::Words(text.clone())))
        })
    }
}
