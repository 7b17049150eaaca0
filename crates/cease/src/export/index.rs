//! `INDEX.txt`, `index.html` and `VERIFY.txt` of the archive of an account, in both languages.

use askama::Template;
use case::{Case, Lang, Timestamp};

use super::{Part, file_name};
use crate::app::Shared;
use crate::evidence;
use crate::words::{self, Words};

#[derive(Template)]
#[template(path = "export.html")]
struct Index {
    parts: Vec<InOneLanguage>,
}

struct InOneLanguage {
    lang: &'static str,
    l: &'static Words,
    operator: String,
    made: String,
    cases: Vec<Row>,
    /// Path, what it is.
    entries: Vec<(String, String)>,
    not_theirs: bool,
    command: String,
    fingerprint: String,
}

struct Row {
    reference: String,
    state: String,
    /// Where its folder is; none where it is not in the archive.
    folder: Option<String>,
    why: String,
}

pub(super) fn of(app: &Shared, cases: &[(Case, Part)], names: &[String], made: Timestamp) -> Vec<pack::Entry> {
    let parts: Vec<_> = Lang::ALL.into_iter().map(|lang| in_language(app, cases, names, made, lang)).collect();
    let text: Vec<String> = parts.iter().map(InOneLanguage::text).collect();
    let how: Vec<String> = parts.iter().map(InOneLanguage::how).collect();
    let html = Index { parts }.render().unwrap_or_default();
    vec![
        ("INDEX.txt".into(), text.join("\n\n").into_bytes()),
        ("index.html".into(), html.into_bytes()),
        ("VERIFY.txt".into(), how.join("\n").into_bytes()),
    ]
}

fn in_language(app: &Shared, cases: &[(Case, Part)], names: &[String], made: Timestamp, lang: Lang) -> InOneLanguage {
    let l = words::words(lang);
    let what = |path: &str| match path {
        "account.json" | "account.csv" => fl!(l, "export-is-account"),
        "cards.json" | "cards.csv" => fl!(l, "export-is-cards"),
        "cases.json" | "cases.csv" => fl!(l, "export-is-cases"),
        "consents.json" | "consents.csv" => fl!(l, "export-is-consents"),
        "sign-in.json" | "sign-in.csv" => fl!(l, "export-is-sign-in"),
        path => evidence::what(l, path.rsplit('/').next().unwrap_or_default()),
    };
    let row = |(case, part): &(Case, Part)| Row {
        reference: case.reference.to_string(),
        state: l.get(&format!("stage-{}", case.stage.name())),
        folder: (*part == Part::Whole).then(|| format!("{}/thread.txt", case.reference)),
        why: match part {
            Part::Whole => String::new(),
            Part::Line => fl!(l, "export-not-shown"),
            Part::LeftOut => fl!(l, "export-left-out"),
        },
    };
    let mut entries: Vec<(String, String)> = names.iter().map(|name| (name.clone(), what(name))).collect();
    entries.push(("MANIFEST.txt".into(), fl!(l, "evidence-is-manifest")));
    entries.push(("VERIFY.txt".into(), fl!(l, "evidence-is-verify")));
    let key = app.keys.signing().public();
    InOneLanguage {
        lang: lang.tag(),
        l,
        operator: app.config.desk.name_in(lang).to_owned(),
        made: words::moment(lang, made, &app.policy.zone()),
        cases: cases.iter().map(row).collect(),
        entries,
        not_theirs: cases.iter().any(|(_, part)| *part == Part::Line),
        command: format!("cease verify {} --key {key}", file_name(made)),
        fingerprint: key.fingerprint(),
    }
}

impl InOneLanguage {
    fn text(&self) -> String {
        let l = self.l;
        let (operator, made) = (self.operator.as_str(), self.made.as_str());
        let mut out =
            format!("{}\n\n{}\n", fl!(l, "export-title"), fl!(l, "export-intro", operator = operator, at = made));
        for Row { reference, state, why, .. } in &self.cases {
            out.push_str(&format!("\n{reference}: {state}. {why}"));
        }
        out.push_str("\n\n");
        for (path, what) in &self.entries {
            out.push_str(&format!("{path}\n    {what}\n"));
        }
        out.push_str(&format!("\n{}\n", fl!(l, "evidence-withheld")));
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
