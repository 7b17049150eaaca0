//! What the documents say of the code, held against it: each test that the table of ASVS names is there, and each rule
//! that holds for all files at once holds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use cease::app::Shared;
use cease::config::Config;
use tower::ServiceExt;

const TABLE: &str = include_str!("../../../docs/asvs.md");
const HARDENING: &str = include_str!("../../../docs/hardening.md");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every file below a folder whose name ends so.
fn files(dir: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split(" | ").map(str::trim).collect()
}

#[test]
fn the_table_of_asvs_is_true() {
    let rows: Vec<Vec<&str>> = TABLE.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    let rows: Vec<&Vec<&str>> =
        rows.iter().filter(|row| row.len() >= 5 && row[0].contains('.') && row[0].split('.').count() == 3).collect();
    let ids: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!((rows.len(), ids.len()), (253, 253), "levels 1 and 2 have so many, each once");
    let mut counts = [0; 4];
    for row in &rows {
        let (id, level, how) = (row[0], row[1], row[4]);
        assert!(["1", "2"].contains(&level) && !row[2].is_empty() && !how.is_empty(), "{id}");
        let test = row.get(5).copied().unwrap_or_default().trim_end_matches('|').trim();
        let which = ["met", "partly", "not yet", "does not apply"].iter().position(|verdict| row[3] == *verdict);
        counts[which.unwrap_or_else(|| panic!("{id}: {}", row[3]))] += 1;
        assert!(row[3] != "met" || !test.is_empty(), "{id} is claimed and shown by nothing");
        if !test.is_empty() {
            let named = test.trim_matches('`').split_once("::");
            let (file, name) = named.unwrap_or_else(|| panic!("{id}: {test}"));
            let text = read(&root().join("crates").join(file));
            let (before, _) = text.split_once(&format!("fn {name}(")).unwrap_or_else(|| panic!("{id}: no {test}"));
            let attribute = before.rsplit("#[").next().unwrap_or_default();
            assert!(attribute.starts_with("test]") || attribute.starts_with("tokio::test"), "{id}: {test} is no test");
        }
    }
    let [met, partly, not_yet, none] = counts;
    let line = format!("| 253 | {met} | {partly} | {not_yet} | {none} |");
    assert!(TABLE.contains(&line), "the counts at the top should be {line}");
}

#[test]
fn every_document_that_is_named_is_there() {
    let anchor = |heading: &str| heading.to_lowercase().replace([',', '.'], "").replace(' ', "-");
    let mut sections = HARDENING.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap());
    let there: BTreeSet<String> = sections.clone().map(|(heading, _)| anchor(heading)).collect();
    assert!(sections.all(|(_, text)| text.trim().len() > 100));
    let named: Vec<&str> = TABLE.split("(hardening.md#").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    assert!(named.len() > 15);
    for anchor in named {
        assert!(there.contains(anchor), "hardening.md#{anchor}");
    }
}

/// The figures that `hardening.md` promises are the ones that hold where nothing is set.
#[test]
fn the_limits_are_as_they_are_written() {
    let limits = Config::default().limits;
    for line in [
        format!("| {} | `limits.connections` |", limits.connections),
        format!("| {} | `limits.connections_per_address` |", limits.connections_per_address),
        format!("| {} s | `limits.header_seconds` |", limits.header_seconds),
        format!("| {} s | `limits.silence_seconds` |", limits.silence_seconds),
        format!("| {} s | `limits.request_seconds` |", limits.request_seconds),
        format!("| {} ms | `limits.even_ms` |", limits.even_ms),
        format!("| {} MiB, 256 KiB, 200 | `limits.upload_bytes` |", limits.upload_bytes >> 20),
    ] {
        assert!(HARDENING.contains(&line), "{line}");
    }
    assert!(limits.header_seconds.max(limits.silence_seconds) <= 15, "nobody holds a connection longer for nothing");
}

#[test]
fn no_crate_of_ours_allows_unsafe_code() {
    assert!(read(&root().join("Cargo.toml")).contains("unsafe_code = \"deny\""));
    for manifest in std::fs::read_dir(root().join("crates")).unwrap() {
        let manifest = manifest.unwrap().path();
        assert!(read(&manifest.join("Cargo.toml")).contains("[lints]\nworkspace = true"), "{}", manifest.display());
        for file in files(&manifest.join("src"), ".rs") {
            let text = read(&file);
            let lifted = ["allow", "expect", "warn"].iter().any(|lift| text.contains(&format!("{lift}(unsafe_code")));
            assert!(!lifted, "{}", file.display());
        }
    }
}

#[test]
fn nothing_throws_a_die_or_reads_a_clock_of_its_own() {
    let banned = read(&root().join("clippy.toml"));
    for name in ["rand::rng", "rand::random", "SystemTime::now", "Timestamp::now"] {
        assert!(banned.contains(name), "{name}");
    }
    let lifted = "expect(clippy::disallowed_methods";
    let mut where_: Vec<String> = files(&root().join("crates"), ".rs")
        .into_iter()
        .filter(|file| file.components().any(|part| part.as_os_str() == "src") && read(file).contains(lifted))
        .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    where_.sort();
    assert_eq!(where_, ["chance.rs", "clock.rs"]);
}

fn templates() -> Vec<(String, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    files(&dir, ".html").into_iter().map(|file| (file.display().to_string(), read(&file))).collect()
}

#[test]
fn what_asks_for_a_password_hides_it_and_lets_managers_in() {
    let mut asked = 0;
    for (name, text) in templates() {
        assert!(!text.contains("onpaste") && !text.contains("autocomplete=\"off\" type=\"password\""), "{name}");
        for field in text.split("parts::field(\"password\"").skip(1).map(|rest| rest.lines().next().unwrap()) {
            asked += 1;
            assert!(field.contains("kind = \"password\""), "{name}");
            let kind = ["current-password", "new-password"].iter().any(|k| field.contains(&format!("\"{k}\"")));
            assert!(kind, "{name}: no manager knows which password is meant");
        }
    }
    assert!(asked >= 4);
}

#[test]
fn every_page_has_the_way_out() {
    let all = templates();
    let named = |end: &str| &all.iter().find(|(name, _)| name.ends_with(end)).unwrap().1;
    assert!(named("templates/frame.html").contains("action=\"/sign-out\""));
    assert!(named("templates/base.html").contains("{{ self.p.counter_top() }}"));
    // A page is whole only by way of the base; a letter and the cover of a pack are none.
    for (name, text) in &all {
        let whole = text.contains("<html")
            && ![
                "/letters/letter.html",
                "templates/base.html",
                "templates/desk.html",
                "templates/evidence.html",
                "templates/export.html",
            ]
            .iter()
            .any(|own| name.ends_with(own));
        assert!(!whole, "{name}");
    }
}

#[test]
fn nothing_in_a_template_is_let_through_unescaped_that_somebody_typed() {
    let mut through = BTreeSet::new();
    for (name, text) in templates() {
        for piece in text.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap()) {
            if piece.contains("|safe") || piece.contains("| safe") {
                through.insert(format!("{}: {}", name.rsplit('/').next().unwrap(), piece.trim()));
            }
        }
    }
    assert_eq!(through.into_iter().collect::<Vec<_>>(), UNESCAPED, "each of these is a decision");
}

/// Drawings, all made here; and what has been escaped before places to break were put into it.
const UNESCAPED: [&str; 16] = [
    "backup.html: picture|safe",
    "certificate.html: bottom|safe",
    "certificate.html: qr|safe",
    "certificate.html: seal|safe",
    "certificate.html: top|safe",
    "drawn.html: crate::web::parts::breakable(held)|safe",
    "drawn.html: crate::web::parts::breakable(said)|safe",
    "esim.html: f.picture|safe",
    "facts.html: crate::web::parts::breakable(m.1)|safe",
    "facts.html: crate::web::parts::breakable(m.2)|safe",
    "family.html: picture|safe",
    "label.html: bars|safe",
    "label.html: qr|safe",
    "lifeline.html: lifeline.svg|safe",
    "reports.html: picture.svg|safe",
    "sparkline.html: spark.svg|safe",
];

#[test]
fn scripts_keep_nothing_in_the_browser() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for file in files(&dir, ".js") {
        let text = read(&file);
        for store in ["localStorage", "sessionStorage", "indexedDB", "document.cookie", "eval(", ".innerHTML = "] {
            // Which lines of a list are ticked is for its reader alone, and stays with them.
            let ticks = store == "localStorage" && file.ends_with("leaving.js");
            assert!(ticks || !text.contains(store), "{}: {store}", file.display());
        }
    }
}

#[test]
fn every_component_comes_from_the_registry() {
    let lock = read(&root().join("Cargo.lock"));
    let (mut counted, mut registry) = (0, None);
    for package in lock.split("[[package]]").skip(1) {
        let source = package.lines().find_map(|line| line.strip_prefix("source = "));
        let Some(source) = source else { continue };
        counted += 1;
        assert!(source.starts_with("\"registry+") && *registry.get_or_insert(source) == source, "{package}");
        assert!(package.contains("checksum = \""), "{package}");
    }
    assert!(counted > 100);
    assert!(read(&root().join("deny.toml")).contains("unknown-registry = \"deny\""));
}

#[tokio::test]
async fn the_demo_s_pages_exist_in_the_demo_only() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.desk.data = dir.path().to_owned();
    let app: Shared = cease::startup::app(config, None).await.unwrap().into();
    app.store.migrate().await.unwrap();
    for path in ["/demo", "/demo?lang=zh-CN"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let got = cease::web::router(app.clone()).oneshot(request).await.unwrap();
        assert_eq!(got.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
