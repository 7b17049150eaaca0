//! `INDEX.txt`, `index.html` and `VERIFY.txt`: what is in the pack, for somebody who has never heard of it. In both
//! languages, as nobody knows before which court it comes.

use askama::Template;
use case::{Case, Lang};
use pack::CERTIFICATE;
use proof::PublicKey;

use super::{For, file_name};
use crate::app::Shared;
use crate::certificate;
use crate::words::{self, Words};

#[derive(Template)]
#[template(path = "evidence.html")]
struct Index {
    parts: Vec<Part>,
}

/// The index in one language.
struct Part {
    lang: &'static str,
    l: &'static Words,
    title: String,
    facts: Vec<(String, String)>,
    /// Path, what it is.
    entries: Vec<(String, String)>,
    withheld: bool,
    command: String,
    fingerprint: String,
}

pub fn of(app: &Shared, case: &Case, whom: For, entries: &[pack::Entry]) -> Vec<pack::Entry> {
    let parts: Vec<Part> = Lang::ALL.into_iter().map(|lang| part(app, case, whom, entries, lang)).collect();
    let text: Vec<String> = parts.iter().map(Part::text).collect();
    let how: Vec<String> = parts.iter().map(Part::how).collect();
    let html = Index { parts }.render().unwrap_or_default();
    vec![
        ("INDEX.txt".into(), text.join("\n\n").into_bytes()),
        ("index.html".into(), html.into_bytes()),
        ("VERIFY.txt".into(), how.join("\n").into_bytes()),
    ]
}

fn part(app: &Shared, case: &Case, whom: For, entries: &[pack::Entry], lang: Lang) -> Part {
    let l = words::words(lang);
    let zone = app.policy.zone();
    let moment = |at: case::Timestamp| words::moment(lang, at, &zone);
    let operator = app.config.desk.name_in(lang).to_owned();
    let mut facts = vec![
        (fl!(l, "evidence-operator"), operator),
        (fl!(l, "case-reference"), case.reference.to_string()),
        (l.get(&format!("kind-{}", case.number.kind())), case.number.masked()),
        (fl!(l, "evidence-state"), l.get(&format!("stage-{}", case.stage.name()))),
        (fl!(l, "certificate-declared"), moment(case.times.declared)),
        (fl!(l, "certificate-received"), moment(case.times.received)),
    ];
    let more = [
        ("certificate-contract-end", case.times.contract_end),
        ("certificate-billing-end", case.times.billing_end),
        ("certificate-ceased", case.times.network_cease),
        ("certificate-number-free", case.times.number_release),
    ];
    facts.extend(more.into_iter().filter_map(|(key, at)| Some((l.get(key), moment(at?)))));
    let what = |path: &str| super::what(l, path.split('/').next().unwrap_or_default());
    let mut listed: Vec<(String, String)> = entries.iter().map(|(path, _)| (path.clone(), what(path))).collect();
    listed.push(("MANIFEST.txt".into(), fl!(l, "evidence-is-manifest")));
    listed.push(("VERIFY.txt".into(), fl!(l, "evidence-is-verify")));
    // The pack is signed today; the certificate may have been when there was another key.
    let certificate = entries.iter().find(|(path, _)| path == CERTIFICATE);
    let signer = certificate.and_then(|(_, file)| certificate::read(std::str::from_utf8(file).ok()?));
    let mut keys = vec![app.keys.signing().public()];
    keys.extend(signer.map(|(_, key)| key).filter(|key| *key != keys[0]));
    Part {
        lang: lang.tag(),
        l,
        title: fl!(l, "evidence-title", reference = case.reference.to_string()),
        facts,
        entries: listed,
        withheld: whom == For::Holder,
        command: keys.iter().fold(format!("cease verify {}", file_name(case)), |all, key| format!("{all} --key {key}")),
        fingerprint: keys.iter().map(PublicKey::fingerprint).collect::<Vec<_>>().join(", "),
    }
}

impl Part {
    fn text(&self) -> String {
        let l = self.l;
        let mut out = format!("{}\n\n{}\n\n", self.title, fl!(l, "evidence-intro"));
        for (name, value) in &self.facts {
            out.push_str(&format!("{name}: {value}\n"));
        }
        out.push('\n');
        for (path, what) in &self.entries {
            out.push_str(&format!("{path}\n    {what}\n"));
        }
        if self.withheld {
            out.push_str(&format!("\n{}\n", fl!(l, "evidence-withheld")));
        }
        out
    }

    fn how(&self) -> String {
        let l = self.l;
        format!(
            "{}\n\n    {}\n\n{}\n{} {}\n\n{}\n\n    sha256sum -c MANIFEST.txt\n",
            fl!(l, "evidence-how"),
            self.command,
            fl!(l, "evidence-how-key"),
            fl!(l, "verify-fingerprint"),
            self.fingerprint,
            fl!(l, "evidence-how-hashes"),
        )
    }
}
