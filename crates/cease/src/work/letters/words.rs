//! The words of each letter. Mail and SMS say the same: what happened, what happens next and by
//! when, and how to tell that it is us.

mod back;
mod moved;
mod talk;
mod ways;

pub use ways::unused;

use case::case::Step;
use case::identify::Identifier;
use case::way::Kind;
use case::{Case, Flag, Lang, Letter, Need, Policy, Stage, Timestamp};

use super::written::{Block, Written};
use crate::config::Desk;
use crate::fees;
use crate::hallmark;
use crate::words::{self, Words};

/// What a letter may know.
pub struct Facts<'a> {
    pub case: &'a Case,
    /// Its reader's.
    pub lang: Lang,
    pub policy: &'a Policy,
    /// The rules of the day on which the complaint was made, where there is one.
    pub complaint: &'a Policy,
    pub desk: &'a Desk,
    /// Whether this recipient's copy has the file with it.
    pub enclosed: bool,
    /// What was said, for a recipient who is known to be the holder: a heading, if there is one, and the words.
    pub talk: &'a [(String, String)],
    /// The code that stops the case, where it is told.
    pub stop: Option<&'a str>,
    /// Whether its reader is known to be the holder.
    pub known: bool,
    /// Whether this copy can be answered.
    pub answerable: bool,
    /// The phrase its reader has chosen, for one who is known to be the holder.
    pub phrase: Option<&'a str>,
    /// The check codes of this letter by mail and as a text.
    pub codes: [&'a str; 2],
}

/// What one letter says beyond what all say.
pub(super) struct Body {
    pub(super) subject: String,
    pub(super) blocks: Vec<Block>,
    pub(super) sms: String,
    /// Somebody else may have asked for this, and there is still time to say so.
    pub(super) alarm: bool,
}

/// Writes a letter that fits the case's stage.
pub fn write(letter: Letter, facts: &Facts) -> Written {
    let lang = facts.lang;
    let w = Writer { facts, l: words::words(lang), lang, reference: facts.case.reference.to_string() };
    let body = match letter {
        Letter::Receipt => w.receipt(),
        Letter::Missing => w.missing(),
        Letter::Reminder => w.reminder(),
        Letter::Scheduled => w.scheduled(),
        Letter::Barred => w.barred(),
        Letter::Delayed => w.delayed(),
        Letter::Refused => w.refused(),
        Letter::Withdrawn => w.withdrawn(),
        Letter::Contested => w.contested(),
        Letter::Resumed => w.resumed(),
        Letter::Certificate => w.certificate(),
        Letter::Reply => w.reply(),
        Letter::Transcript => w.transcript(),
        Letter::Alarm => w.moving(),
        Letter::Reported => w.reported(),
        Letter::Cleared => w.cleared(),
        Letter::Held => w.held(),
        Letter::ReturnAsked => w.return_asked(),
        Letter::ReturnReminder => w.return_reminder(),
        Letter::ReturnNews => w.return_news(),
        Letter::Repriced => w.repriced(),
        Letter::Statement => w.statement(),
        Letter::Refunded => w.refunded(),
        Letter::EndNotice => w.end_notice(),
        Letter::SwitchCode => w.switch_code(),
        Letter::SwitchExpired => w.switch_expired(),
        Letter::Complaint => w.complaint(),
        Letter::Adr => w.adr(),
        Letter::Erasure => w.erasure(),
        Letter::NotUpheld => w.weighed(false),
        Letter::Upheld => w.weighed(true),
    };
    let (desk, l) = (facts.desk, w.l);
    let mut blocks = vec![Block::Say(fl!(l, "letter-hello"))];
    blocks.extend(facts.phrase.map(|phrase| Block::Say(fl!(l, "hallmark-phrase", phrase = phrase))));
    blocks.extend(body.blocks);
    if body.alarm {
        blocks.push(Block::Say(fl!(l, "letter-not-you")));
        if let Some(code) = facts.stop {
            let url = crate::guard::stop::case_link(&desk.url, facts.case.reference, code);
            blocks.push(Block::Link { say: fl!(l, "letter-stop"), url });
        }
    }
    blocks.push(Block::Link { say: fl!(l, "letter-page"), url: format!("{}/case/{}", desk.url, w.reference) });
    let lookup = format!("{}/case", desk.url);
    blocks.push(Block::Say(fl!(l, "letter-really-us", url = lookup, reference = w.reference.clone())));
    blocks.push(Block::Say(w.operator()));
    let last = if facts.answerable { fl!(l, "letter-answerable") } else { fl!(l, "letter-automatic") };
    blocks.push(Block::Small(last));
    blocks.push(Block::Small(fl!(l, "hallmark-code", code = facts.codes[0])));
    let link = if facts.policy.sms_links { format!(" {}/case/{}", desk.url, w.reference) } else { String::new() };
    let stop = match facts.stop {
        Some(code) if body.alarm => fl!(l, "letter-stop-sms", code = code),
        Some(_) | None => String::new(),
    };
    let code = hallmark::code::for_text(lang, facts.codes[1]);
    let sms = hallmark::text_with(body.sms + &stop + &link, &fl!(l, "letter-never-sms"), &code, facts.phrase);
    Written { lang, operator: w.operator(), subject: body.subject, blocks, sms }
}

pub(super) struct Writer<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) l: &'static Words,
    pub(super) lang: Lang,
    pub(super) reference: String,
}

impl Writer<'_> {
    fn receipt(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let received = self.moment(case.times.received);
        let wanted = match case.declaration.wanted_end {
            Some(day) => words::weekday(self.lang, day),
            None if case.declaration.way.moving.is_some() => fl!(l, "check-ends-code"),
            None => fl!(l, "letter-receipt-asap"),
        };
        let mut rows = vec![(fl!(l, "letter-row-received"), received.clone())];
        // Taken back whole, or moved away, it has no day that was wished for.
        let withdrawn = matches!(case.declaration.way.kind, Kind::Withdrawal);
        if !withdrawn {
            rows.push((fl!(l, "letter-row-wanted"), wanted));
        }
        rows.extend(crate::receipt::content_rows(l, self.lang, self.facts.policy, case));
        rows.push((fl!(l, "letter-row-fee"), self.fee()));
        let what = match withdrawn {
            true => fl!(l, "letter-receipt-withdrawal", received = received.clone()),
            false => fl!(l, "letter-receipt-what", received = received.clone()),
        };
        let mut blocks = vec![Block::Say(what), self.table(rows)];
        if let Some(at) = crate::receipt::counts_from(case) {
            let day = words::day(self.lang, at.to_zoned(self.facts.policy.zone()).date());
            blocks.push(Block::Say(fl!(l, "receipt-effective-day", day = day)));
        }
        if let Some(by) = &case.declaration.way.behalf {
            let capacity = l.get(&format!("ways-capacity-{}", by.capacity.name()));
            blocks.insert(1, Block::Say(fl!(l, "letter-receipt-behalf", name = by.name.as_str(), capacity = capacity)));
        }
        if case.flags.contains(&Flag::MayWithdraw) {
            let url = format!("{}/withdraw", self.facts.desk.url);
            blocks.push(Block::Say(fl!(l, "ways-letter-may-withdraw", received = self.moment(case.times.received))));
            blocks.push(Block::Link { say: fl!(l, "ways-withdraw"), url });
        }
        blocks.extend(self.next());
        if self.facts.enclosed {
            blocks.push(Block::Say(fl!(l, "letter-receipt-enclosed")));
        }
        Body {
            subject: match withdrawn {
                true => fl!(l, "letter-receipt-withdrawal-subject", reference = reference.clone()),
                false => fl!(l, "letter-receipt-subject", reference = reference.clone()),
            },
            blocks,
            sms: fl!(
                l,
                "letter-receipt-sms",
                operator = self.operator(),
                reference = reference,
                card = self.tail(),
                received = received
            ),
            alarm: case.stage.is_open() && !matches!(case.stage, Stage::Contested { .. }),
        }
    }

    fn missing(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let mut blocks = vec![Block::Say(fl!(l, "letter-missing-what"))];
        blocks.extend(self.next());
        blocks.push(Block::Say(fl!(l, "letter-missing-where")));
        Body {
            subject: fl!(l, "letter-missing-subject", reference = reference.clone()),
            blocks,
            sms: fl!(
                l,
                "letter-missing-sms",
                operator = self.operator(),
                reference = reference,
                by = self.by_the_holder()
            ),
            alarm: true,
        }
    }

    fn reminder(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let mut blocks = vec![Block::Say(fl!(l, "letter-reminder-what"))];
        blocks.extend(self.next());
        Body {
            subject: fl!(l, "letter-reminder-subject", reference = reference.clone()),
            blocks,
            sms: fl!(
                l,
                "letter-reminder-sms",
                operator = self.operator(),
                reference = reference,
                by = self.by_the_holder()
            ),
            alarm: true,
        }
    }

    fn scheduled(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let end = |at: Option<Timestamp>| at.map_or_else(|| self.known(None), |at| self.end(at));
        let (end, billing_end) = (end(case.times.network_cease), end(case.times.billing_end));
        let mut blocks = vec![
            Block::Say(fl!(l, "letter-scheduled-what")),
            self.table([
                (fl!(l, "letter-row-end"), end.clone()),
                (fl!(l, "letter-row-billing-end"), billing_end),
                (fl!(l, "letter-row-fee"), self.fee()),
            ]),
        ];
        blocks.extend(self.next());
        Body {
            subject: fl!(l, "letter-scheduled-subject", reference = reference.clone()),
            blocks,
            sms: fl!(
                l,
                "letter-scheduled-sms",
                operator = self.operator(),
                reference = reference,
                card = self.tail(),
                end = end
            ),
            alarm: true,
        }
    }

    fn barred(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let (since, until) = if let Stage::Ceasing { step: Step::Barred { since, until }, .. } = &self.facts.case.stage
        {
            (Some(*since), Some(*until))
        } else {
            (None, None)
        };
        let until = self.known(until.map(|until| self.facts.case.not_before(until)));
        Body {
            subject: fl!(l, "letter-barred-subject", reference = reference.clone()),
            blocks: vec![
                Block::Say(fl!(l, "letter-barred-what", since = self.known(since))),
                self.table([]),
                Block::Say(fl!(l, "letter-barred-next", until = until.clone())),
            ],
            sms: fl!(
                l,
                "letter-barred-sms",
                operator = self.operator(),
                reference = reference,
                card = self.tail(),
                until = until
            ),
            alarm: true,
        }
    }

    fn delayed(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let promised = case::sla::run(self.facts.case, self.facts.policy).map(|run| run.due);
        let received = self.moment(self.facts.case.times.received);
        if matches!(self.facts.case.stage, Stage::Ceasing { .. }) {
            return self.network_delayed(received);
        }
        Body {
            subject: fl!(l, "letter-delayed-subject", reference = reference.clone()),
            blocks: vec![
                Block::Say(fl!(l, "letter-delayed-what", promised = self.known(promised))),
                self.table([]),
                Block::Say(fl!(l, "letter-delayed-next", received = received)),
            ],
            sms: fl!(l, "letter-delayed-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    /// Decided long ago, and waiting for the network to answer.
    fn network_delayed(&self, received: String) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        Body {
            subject: fl!(l, "letter-delayed-subject", reference = reference.clone()),
            blocks: vec![
                Block::Say(fl!(l, "stuck-letter-what")),
                self.table([]),
                Block::Say(fl!(l, "stuck-letter-next", received = received)),
            ],
            sms: fl!(l, "stuck-letter-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    fn refused(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let difference =
            matches!(&self.facts.case.stage, Stage::Refused { reason: case::case::RefusedFor::Difference, .. });
        let why = if difference { fl!(l, "letter-refused-difference") } else { fl!(l, "letter-refused-desk") };
        if self.facts.case.contested {
            return self.not_yours(why);
        }
        Body {
            subject: fl!(l, "letter-refused-subject", reference = reference.clone()),
            blocks: vec![
                Block::Say(fl!(l, "letter-refused-what")),
                self.table([]),
                Block::Say(why),
                Block::Say(fl!(l, "letter-refused-next")),
            ],
            sms: fl!(l, "letter-refused-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    /// Refused, after somebody had said that it was not theirs.
    fn not_yours(&self, why: String) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        Body {
            subject: fl!(l, "letter-not-yours-subject", reference = reference.clone()),
            blocks: vec![Block::Say(fl!(l, "letter-not-yours-what")), self.table([]), Block::Say(why)],
            sms: fl!(l, "letter-not-yours-sms", operator = self.operator(), reference = reference, card = self.tail()),
            alarm: false,
        }
    }

    fn withdrawn(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let at = if let Stage::Withdrawn { at } = &self.facts.case.stage { Some(*at) } else { None };
        let mut blocks = vec![
            Block::Say(fl!(l, "letter-withdrawn-what", at = self.known(at))),
            self.table([]),
            Block::Say(fl!(l, "letter-withdrawn-next")),
        ];
        // Taken back, and the next network may use it all the same.
        let runs = self.facts.case.ways.switch.as_ref().and_then(|switch| switch.runs_until());
        if let Some(until) = runs.filter(|until| at.is_some_and(|at| at < *until)) {
            blocks.push(Block::Say(fl!(l, "letter-withdrawn-code", until = self.moment(until))));
        }
        if crate::returns::stays(self.facts.case) {
            blocks.push(Block::Say(fl!(l, "letter-stays")));
        }
        Body {
            subject: fl!(l, "letter-withdrawn-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "letter-withdrawn-sms", operator = self.operator(), reference = reference, card = self.tail()),
            alarm: false,
        }
    }

    fn contested(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let (at, barred) = if let Stage::Contested { at, was_barred } = &self.facts.case.stage {
            (Some(*at), *was_barred)
        } else {
            (None, false)
        };
        let by = self.known(at.map(|at| self.facts.policy.promised(at)));
        let mut blocks = vec![Block::Say(fl!(l, "letter-contested-what", at = self.known(at))), self.table([])];
        if barred {
            blocks.push(Block::Say(fl!(l, "letter-contested-unbar")));
        }
        blocks.push(Block::Say(fl!(l, "letter-contested-next", by = by.clone())));
        Body {
            subject: fl!(l, "letter-contested-subject", reference = reference.clone()),
            blocks,
            sms: fl!(
                l,
                "letter-contested-sms",
                operator = self.operator(),
                reference = reference,
                card = self.tail(),
                by = by
            ),
            alarm: false,
        }
    }

    fn resumed(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let mut blocks = vec![Block::Say(fl!(l, "letter-resumed-what")), self.table([])];
        blocks.extend(self.next());
        Body {
            subject: fl!(l, "letter-resumed-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "letter-resumed-sms", operator = self.operator(), reference = reference, card = self.tail()),
            alarm: true,
        }
    }

    fn certificate(&self) -> Body {
        let (l, times, reference) = (self.l, &self.facts.case.times, self.reference.clone());
        let ended = self.known(times.network_cease);
        let watch = times.network_cease.map(|at| self.facts.policy.watch_until(at));
        let verify = format!("{}/verify", self.facts.desk.url);
        let keep = if self.facts.enclosed {
            fl!(l, "letter-certificate-enclosed", url = verify)
        } else {
            fl!(l, "letter-certificate-page", url = verify)
        };
        let mut rows = vec![
            (fl!(l, "letter-row-ended"), ended.clone()),
            (fl!(l, "letter-row-billing-end"), self.known(times.billing_end)),
        ];
        // None of a number that its holder has taken along.
        rows.extend(times.number_release.map(|at| (fl!(l, "letter-row-number"), self.moment(at))));
        rows.push((fl!(l, "letter-row-fee"), self.fee()));
        let mut blocks = vec![
            Block::Say(fl!(l, "letter-certificate-what", ended = ended.clone())),
            self.table(rows),
            Block::Say(keep),
        ];
        if self.facts.case.flags.contains(&Flag::ProfileLeft) {
            let url = format!("{}/help/esim", self.facts.desk.url);
            blocks.push(Block::Link { say: fl!(l, "letter-certificate-esim"), url });
        }
        blocks.push(Block::Say(fl!(l, "letter-certificate-next", watch = self.known(watch))));
        Body {
            subject: fl!(l, "letter-certificate-subject", reference = reference.clone()),
            blocks,
            sms: fl!(
                l,
                "letter-certificate-sms",
                operator = self.operator(),
                reference = reference,
                card = self.tail(),
                ended = ended
            ),
            alarm: false,
        }
    }

    /// What happens next, who acts and by when, as the case stands while the letter is written.
    pub(super) fn next(&self) -> Vec<Block> {
        let (l, policy) = (self.l, self.facts.policy);
        let say = |text| vec![Block::Say(text)];
        match &self.facts.case.stage {
            Stage::Received { needs, .. } => vec![
                Block::Say(fl!(l, "letter-next-needs", by = self.by_the_holder())),
                Block::List(needs.iter().map(|need| self.need(*need)).collect()),
                Block::Say(match case::deadline::by_code(self.facts.case) {
                    Some(_) => unused(l, self.facts.case),
                    None => fl!(l, "letter-next-needs-late"),
                }),
            ],
            Stage::Review { .. } if self.facts.case.locked => say(fl!(l, "letter-next-locked")),
            Stage::Review { .. } => {
                let by = case::sla::run(self.facts.case, policy).map(|run| run.due);
                say(fl!(l, "letter-next-review", by = self.known(by)))
            }
            Stage::Scheduled { cease_at, .. } => say(fl!(l, "letter-next-scheduled", end = self.end(*cease_at))),
            Stage::Ceasing { .. } => say(fl!(l, "letter-next-ceasing")),
            Stage::Ceased { certificate: None, .. } => say(fl!(l, "letter-next-ceased")),
            Stage::Ceased { .. } | Stage::Closed { .. } => say(fl!(l, "letter-next-certified")),
            Stage::Refused { .. } | Stage::Withdrawn { .. } => say(fl!(l, "letter-next-ended")),
            Stage::Contested { at, .. } => say(fl!(l, "letter-next-contested", by = self.moment(policy.promised(*at)))),
        }
    }

    fn need(&self, need: Need) -> String {
        let l = self.l;
        match need {
            Need::Identity if self.facts.case.awaits_holder() && !self.facts.known => {
                fl!(l, "letter-need-identity-holder")
            }
            Need::Identity => fl!(l, "letter-need-identity"),
            Need::Match if self.facts.case.number == Identifier::NotGiven => fl!(l, "letter-need-match-none"),
            Need::Match if self.facts.case.subscription.is_some() => fl!(l, "letter-need-match-details"),
            Need::Match => fl!(l, "letter-need-match"),
            Need::Document => fl!(l, "letter-need-document"),
            Need::Card => fl!(l, "letter-need-card"),
            Need::Consent => fl!(l, "letter-need-consent", fee = self.fee()),
            Need::Backup => fl!(l, "letter-need-backup"),
            Need::Switch => fl!(l, "ways-letter-need-switch"),
        }
    }

    /// Until when the holder has to give what is missing.
    fn by_the_holder(&self) -> String {
        self.known(case::deadline::of_holder(self.facts.case, self.facts.policy))
    }

    /// Reference and card, and more.
    pub(super) fn table(&self, more: impl IntoIterator<Item = (String, String)>) -> Block {
        let l = self.l;
        let first = [
            (fl!(l, "letter-row-reference"), self.reference.clone()),
            (fl!(l, "letter-row-card"), self.facts.case.number.masked()),
        ];
        Block::Table(first.into_iter().chain(more).collect())
    }

    pub(super) fn operator(&self) -> String {
        self.facts.desk.name_in(self.lang).to_owned()
    }

    /// What an SMS shows of the card's number: its alphabet has no dots to hide behind.
    fn tail(&self) -> String {
        self.facts.case.number.masked().chars().filter(char::is_ascii_alphanumeric).collect()
    }

    pub(super) fn fee(&self) -> String {
        fees::in_short(self.lang, self.facts.case, self.facts.known)
    }

    pub(super) fn moment(&self, at: Timestamp) -> String {
        let zone = self.facts.policy.zone();
        words::moment(self.lang, at, &zone)
    }

    pub(super) fn end(&self, at: Timestamp) -> String {
        words::end(self.lang, at, &self.facts.policy.zone())
    }

    pub(super) fn until(&self, at: Timestamp) -> String {
        words::until(self.lang, at, &self.facts.policy.zone())
    }

    pub(super) fn known(&self, at: Option<Timestamp>) -> String {
        let l = self.l;
        at.map_or_else(|| fl!(l, "letter-not-yet"), |at| self.moment(at))
    }
}
