//! A form that came too late: what its reader saw, what is there now, and what they were about to do,
//! side by side and nothing lost. One button does it to the case as it now stands.

use case::mask::Mask;
use case::{Actor, Case, Entry, Field, Refusal};

use super::super::act::{self, Deed, would};
use super::super::row::stamp_exact;
use super::super::{say, timeline, write};
use super::sides;
use crate::act::Stands;
use crate::app::App;
use crate::web::{Page, Posted};

pub struct Stale {
    pub deed: String,
    pub action: &'static str,
    /// The last moment of the case that its reader knew.
    pub seen_at: String,
    /// What differs: name, as seen, now.
    pub changes: Vec<(String, String, String)>,
    /// What has happened since.
    pub since: Vec<timeline::Line>,
    /// What was about to be sent, in the words of its writer.
    pub texts: Vec<String>,
    /// The form again, field by field.
    pub fields: Vec<(String, String)>,
    /// Why it can no longer be done.
    pub no: Option<String>,
}

/// What is asked for again on every form, or stands in this one's own fields.
const OWN: [&str; 3] = ["version", "view", "hand-over-name"];

/// A form, and the version of the case that it was drawn for.
pub struct Late<'a> {
    pub deed: Deed,
    pub posted: &'a Posted,
    pub seen: u64,
}

impl Stale {
    pub fn of(
        app: &App,
        p: &Page,
        actor: &Actor,
        (case, mask, card): (&Case, &Mask, &Stands),
        journal: &[Entry],
        names: &timeline::Names,
        late: Late<'_>,
    ) -> Self {
        let Late { deed, posted, seen } = late;
        let known = journal.iter().take_while(|entry| entry.version <= seen);
        let before = case::evolve::fold(case.reference, known.clone());
        let news: Vec<u64> =
            journal.iter().filter(|e| e.version > seen && !act::quiet(e, actor)).map(|e| e.version).collect();
        let lines = timeline::of(p, names, journal, mask).into_iter();
        let no = deed.command(posted).and_then(|command| would(app, case, card, actor, &command).err());
        Self {
            deed: deed.title(p.l),
            action: deed.name(),
            seen_at: known.last().map(|entry| stamp_exact(p, &entry.at)).unwrap_or_default(),
            changes: before.map(|before| changes(p, &before, case, mask)).unwrap_or_default(),
            since: lines.filter(|line| news.contains(&line.version)).collect(),
            texts: texts(p, deed, posted),
            fields: posted
                .fields()
                .filter(|(name, _)| !OWN.contains(name))
                .map(|(n, v)| (n.to_owned(), v.to_owned()))
                .collect(),
            no: no.map(|refusal| {
                let why = p.t(refusal.key());
                // One says itself that it is over.
                let says_so = matches!(refusal, Refusal::WrongStage { .. });
                if says_so { why } else { fl!(p.l, "desk-stale-no", why = why) }
            }),
        }
    }
}

fn texts(p: &Page, deed: Deed, posted: &Posted) -> Vec<String> {
    let needs = posted.all("ask-need").filter_map(|name| case::Need::ALL.into_iter().find(|need| need.name() == name));
    let needs: Vec<String> = needs.map(|need| say::need(p.l, need)).collect();
    let words = deed.texts().iter().map(|field| write::text(posted.get(field)));
    let needs = (!needs.is_empty()).then(|| needs.join(&fl!(p.l, "desk-list-comma")));
    needs.into_iter().chain(words).filter(|text| !text.is_empty()).collect()
}

fn changes(p: &Page, before: &Case, now: &Case, mask: &Mask) -> Vec<(String, String, String)> {
    let l = p.l;
    let why = |case: &Case| {
        let causes: Vec<String> = super::context::why(p, case);
        sides::or_nothing(&causes.join("\n"))
    };
    let yes_no = |yes| if yes { fl!(l, "desk-yes") } else { fl!(l, "desk-no") };
    let signed = |case: &Case| super::context::signatures(case).len().to_string();
    let facts = [
        (fl!(l, "desk-col-stage"), say::stage(l, &before.stage), say::stage(l, &now.stage)),
        (fl!(l, "desk-stale-why"), why(before), why(now)),
        (fl!(l, "desk-signatures"), signed(before), signed(now)),
        (fl!(l, "desk-card-number"), mask.identifier(&before.number), mask.identifier(&now.number)),
        (fl!(l, "desk-holder-proven"), yes_no(before.proven), yes_no(now.proven)),
        (fl!(l, "desk-holder-consent"), yes_no(before.consent), yes_no(now.consent)),
        (fl!(l, "desk-quote-total"), p.money(&before.quote.total), p.money(&now.quote.total)),
        (fl!(l, "desk-files"), before.files.len().to_string(), now.files.len().to_string()),
    ];
    let fields = [Field::Name, Field::Email, Field::Phone, Field::Address].into_iter().map(|field| {
        let value = |case: &Case| sides::value(&case.person, field).to_owned();
        (say::field(l, field), field, value(before), value(now))
    });
    // Compared as they are: behind a mask two values may look alike.
    let fields = fields.filter(|(_, _, then, now)| then != now).map(|(name, field, then, now)| {
        let shown = |text: &str| sides::or_nothing(&mask.field(field, text));
        (name, shown(&then), shown(&now))
    });
    facts.into_iter().filter(|(_, then, now)| then != now).chain(fields).collect()
}
