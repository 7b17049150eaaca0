//! The end-of-contract notice, what became of the kind of end, the code for the next network, what follows a complaint,
//! and that all of it goes.

use case::Case;
use case::erasure::Erasure;
use case::way::{Code, Kind, Unused};

use super::{Block, Body, Writer};
use crate::words::Words;

/// What becomes of a code that nobody uses, in a sentence.
pub fn unused(l: &Words, case: &Case) -> String {
    let cancels = case.ways.switch.as_ref().is_some_and(|switch| switch.unused == Unused::Cancel);
    match cancels && case.stage.is_open() {
        true => fl!(l, "ways-letter-code-unused-cancel"),
        false => fl!(l, "ways-letter-code-unused-lapse"),
    }
}

impl Writer<'_> {
    /// The date in writing (DMCC Act 2024, s. 261), and what is paid back.
    pub(super) fn end_notice(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let end = case.times.contract_end.map_or_else(|| fl!(l, "ways-letter-end-open"), |end| self.end(end));
        let mut blocks = vec![
            Block::Say(fl!(l, "ways-letter-end-what")),
            self.table([(fl!(l, "ways-letter-row-end"), end.clone()), (fl!(l, "letter-row-fee"), self.fee())]),
            Block::Say(fl!(l, "ways-letter-end-refund")),
        ];
        blocks.extend(self.next());
        Body {
            subject: fl!(l, "ways-letter-end-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "ways-letter-end-sms", operator = self.operator(), reference = reference, end = end),
            alarm: case.stage.is_open(),
        }
    }

    /// What the desk has decided of the kind of end, why, and what it means; or that it stands after all.
    pub(super) fn weighed(&self, upheld: bool) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let kind = |kind: &Kind| l.get(&format!("ways-kind-{}", kind.name()));
        let declared = kind(&case.declaration.way.kind);
        let mut blocks = vec![Block::Say(match upheld {
            true => fl!(l, "ways-letter-upheld-what", kind = declared),
            false => fl!(l, "ways-not-upheld-what", kind = declared),
        })];
        blocks.push(Block::Say(match self.facts.talk.is_empty() {
            true => fl!(l, "ways-letter-weighed-where"),
            false => fl!(l, "ways-letter-weighed-why"),
        }));
        blocks.extend(self.talk());
        let mut rows = vec![(fl!(l, "ways-counts"), kind(case.kind()))];
        // Until when a contract binds is its holder's to know.
        let end = crate::receipt::ends(self.facts.policy, case, true).filter(|_| self.facts.known);
        rows.extend(end.map(|end| (fl!(l, "ways-receipt-end"), self.end(end))));
        rows.push((fl!(l, "letter-row-fee"), self.fee()));
        blocks.push(self.table(rows));
        blocks.extend(self.next());
        if !upheld {
            blocks.push(Block::Say(fl!(l, "ways-letter-not-upheld-next")));
        }
        let (operator, subject) = (self.operator(), reference.clone());
        Body {
            subject: match upheld {
                true => fl!(l, "ways-letter-upheld-subject", reference = subject),
                false => fl!(l, "ways-letter-not-upheld-subject", reference = subject),
            },
            blocks,
            sms: match upheld {
                true => fl!(l, "ways-letter-upheld-sms", operator = operator, reference = reference),
                false => fl!(l, "ways-letter-not-upheld-sms", operator = operator, reference = reference),
            },
            alarm: false,
        }
    }

    /// The code itself for who is known to be the holder; for others, where it is.
    pub(super) fn switch_code(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let issued = case.ways.switch.as_ref().and_then(|switch| switch.issued.as_ref());
        let name = match issued.map(|issued| issued.code) {
            Some(Code::Stac) => "STAC",
            Some(Code::Pac) | None => "PAC",
        };
        let until = self.known(issued.map(|issued| issued.until));
        let code = self.facts.talk.first().map(|(_, code)| code.clone());
        let mut blocks = vec![match &code {
            Some(_) if name == "STAC" => Block::Say(fl!(l, "ways-letter-code-what-stac", name = name)),
            Some(_) => Block::Say(fl!(l, "ways-letter-code-what", name = name)),
            None => Block::Say(fl!(l, "ways-letter-code-where", name = name)),
        }];
        blocks.extend(code.clone().map(Block::Words));
        blocks.push(
            self.table([(fl!(l, "ways-letter-row-good"), until.clone()), (fl!(l, "letter-row-fee"), self.fee())]),
        );
        blocks.push(Block::Say(fl!(l, "ways-letter-code-next")));
        blocks.push(Block::Say(unused(l, case)));
        let by_text = case.ways.switch.as_ref().is_some_and(|switch| switch.by_text);
        let sms = match code {
            Some(code) if by_text => fl!(
                l,
                "texts-code",
                operator = self.operator(),
                name = name,
                code = code,
                until = until,
                costs = crate::fees::told(self.lang, &case.quote),
                reference = reference.clone()
            ),
            Some(code) => {
                let (operator, reference) = (self.operator(), reference.clone());
                fl!(
                    l,
                    "ways-letter-code-sms",
                    operator = operator,
                    name = name,
                    code = code,
                    until = until,
                    reference = reference
                )
            }
            None => fl!(l, "ways-letter-code-where-sms", operator = self.operator(), reference = reference.clone()),
        };
        Body {
            subject: fl!(l, "ways-letter-code-subject", name = name, reference = reference),
            blocks,
            sms,
            alarm: true,
        }
    }

    pub(super) fn switch_expired(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let lapse = self.facts.case.ways.switch.as_ref().is_none_or(|switch| switch.unused == Unused::Lapse);
        let then = if lapse { fl!(l, "ways-letter-expired-lapse") } else { fl!(l, "ways-letter-expired-cancel") };
        let mut blocks = vec![Block::Say(fl!(l, "ways-letter-expired-what")), self.table([]), Block::Say(then.clone())];
        if !lapse {
            blocks.extend(self.next());
        }
        Body {
            subject: fl!(l, "ways-letter-expired-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "ways-letter-expired-sms", operator = self.operator(), reference = reference, then = then),
            alarm: false,
        }
    }

    pub(super) fn complaint(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let due = self.facts.case.ways.complaint.and_then(|complaint| complaint.due);
        let mut blocks = vec![Block::Say(fl!(l, "ways-letter-complaint-what")), self.table([])];
        blocks.extend(due.map(|due| Block::Say(fl!(l, "ways-letter-complaint-due", due = self.moment(due)))));
        Body {
            subject: fl!(l, "ways-letter-complaint-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "ways-letter-complaint-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    /// Who decides where we cannot agree; sent without being asked for (Ofcom C4).
    pub(super) fn adr(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let since = self.known(self.facts.case.ways.complaint.map(|complaint| complaint.since));
        let blocks = vec![
            Block::Say(fl!(l, "ways-letter-adr-what", since = since)),
            Block::List(self.facts.complaint.complaint.schemes.clone()),
            Block::Say(fl!(l, "ways-letter-adr-free")),
            self.table([]),
            Block::Say(fl!(l, "ways-letter-adr-next")),
        ];
        Body {
            subject: fl!(l, "ways-letter-adr-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "ways-letter-adr-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    /// Before the address is gone. Where the certificate will stand can be read without signing in.
    pub(super) fn erasure(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let on = match case.erasure {
            Erasure::Planned { on, .. } => Some(on),
            Erasure::None | Erasure::Done { .. } => None,
        };
        let on = self.known(on);
        let url = format!("{}/erased/{reference}", self.facts.desk.url);
        let blocks = vec![
            Block::Say(fl!(l, "erasure-letter-what", on = on.clone())),
            Block::Say(fl!(l, "erasure-letter-before")),
            Block::Link { say: fl!(l, "erasure-letter-where"), url },
            Block::Say(fl!(l, "erasure-letter-stop")),
        ];
        Body {
            subject: fl!(l, "erasure-letter-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "erasure-letter-sms", operator = self.operator(), reference = reference, on = on),
            alarm: false,
        }
    }
}
