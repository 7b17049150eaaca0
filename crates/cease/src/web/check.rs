//! Is this really us? Anybody may paste what they got; nothing of it is kept. The answer is about the
//! channels in it, never about the message.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use case::identify::grouped_phone;
use case::official::{self, Found, Kind, Reason, Sign, Verdict};
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::app::Shared;
use crate::web::counter::journey::Wrongs;
use crate::web::{Answer, Page, Posted, Trouble, Visit, html};
use crate::words::{self, Words};

const WINDOW: SignedDuration = SignedDuration::from_mins(15);
const PER_NETWORK: u32 = 240;

#[derive(Template)]
#[template(path = "check.html")]
struct Check {
    p: Page,
    title: String,
    text: String,
    answer: Option<Told>,
    /// Codes of ours in it.
    codes: Vec<super::codes::Line>,
    errors: Wrongs,
}

/// What we say of what was pasted.
struct Told {
    /// It can be reported as a fake: something in it is not ours.
    report: bool,
    /// `done`, `danger` or `warning`, as `parts::notice` knows them.
    kind: &'static str,
    title: String,
    text: String,
    channels: Vec<Line>,
    signs: Vec<String>,
}

/// One channel in it.
struct Line {
    what: String,
    shown: String,
    verdict: String,
    /// As `parts::status` knows it.
    kind: &'static str,
    reasons: Vec<String>,
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let p = Page::new(&app, &visit);
    let title = fl!(p.l, "really-title");
    Ok(html(
        StatusCode::OK,
        &Check { p, title, text: String::new(), answer: None, codes: Vec::new(), errors: Wrongs::default() },
    ))
}

pub async fn check(State(app): State<Shared>, visit: Visit, posted: Posted) -> Answer {
    let p = Page::new(&app, &visit);
    let text = posted.get("text").replace("\r\n", "\n");
    if text.trim().is_empty() {
        let (title, errors) = (fl!(p.l, "really-title"), Wrongs::one("text", fl!(p.l, "really-nothing")));
        return Ok(html(
            StatusCode::UNPROCESSABLE_ENTITY,
            &Check { p, title, text, answer: None, codes: Vec::new(), errors },
        ));
    }
    let hit = app.store.hit(&format!("check:net:{}", visit.network), app.now(), WINDOW, PER_NETWORK).await?;
    if !hit.allowed {
        return Err(Trouble::TooMany { seconds: hit.until.duration_since(app.now()).as_secs().max(1) });
    }
    let today = app.now().to_zoned(app.policy.zone()).date();
    let (mut codes, rest) = super::codes::found(&app, p.l, p.language, &text).await?;
    let register = app.register.current(&app.store, &app.policy, app.now()).await?;
    let report = official::check(&rest, &register, today, &app.policy.identify);
    let mut told = told(p.l, &report);
    for (found, line) in report.found.iter().zip(&mut told.channels) {
        let known = crate::official::known_fake(&app.store, &register, found).await?;
        line.reasons.extend(known.and_then(|(since, reports)| since_when(&p, since, reports)));
    }
    // Where there is nothing but a code, the answer is about that. What looks like a reference of ours leads nowhere, and
    // we ask people to hurry too, where their account is at stake.
    let nothing = report.found.iter().all(|found| found.kind == Kind::Reference)
        && report.signs.iter().all(|sign| *sign == Sign::Hurries);
    if nothing && codes.len() == 1 {
        for code in codes.drain(..) {
            told.kind = if code.kind == "problem" { "danger" } else { "info" };
            (told.title, told.text) = (code.verdict, code.text);
        }
    }
    Ok(html(
        StatusCode::OK,
        &Check { title: told.title.clone(), p, text, answer: Some(told), codes, errors: Wrongs::default() },
    ))
}

fn told(l: &Words, report: &official::Report) -> Told {
    let (kind, title, text) = match report.verdict {
        Verdict::Official => ("done", fl!(l, "really-official"), fl!(l, "really-official-text")),
        Verdict::NotUs => ("danger", fl!(l, "really-not-us"), fl!(l, "really-not-us-text")),
        Verdict::Unknown if report.found.is_empty() => {
            ("warning", fl!(l, "really-unknown"), fl!(l, "really-no-channel"))
        }
        Verdict::Unknown => ("warning", fl!(l, "really-unknown"), fl!(l, "really-unknown-text")),
    };
    let channels = report.found.iter().map(|found| line(l, found)).collect();
    let signs = report.signs.iter().map(|s| sign(l, *s)).collect();
    Told { report: report.verdict != Verdict::Official, kind, title, text, channels, signs }
}

/// Since when a fake is known, and how many people have reported it, as far as that is known.
fn since_when(p: &Page, since: Option<Date>, reports: u64) -> Option<String> {
    let day = since.map(|day| words::day(p.language, day));
    match (day, reports) {
        (Some(day), 0) => Some(fl!(p.l, "really-fake-since", day = day)),
        (Some(day), n) => Some(fl!(p.l, "really-fake-reported", day = day, n = n)),
        (None, 0) => None,
        (None, n) => Some(fl!(p.l, "really-fake-reports", n = n)),
    }
}

fn line(l: &Words, found: &Found) -> Line {
    let (verdict, kind) = match found.verdict {
        Verdict::Official => (fl!(l, "really-verdict-official"), "done"),
        Verdict::Unknown => (fl!(l, "really-verdict-unknown"), "warning"),
        Verdict::NotUs => (fl!(l, "really-verdict-not-us"), "danger"),
    };
    // Of an address only that it is there: it is compared without spaces, and nobody reads it like that.
    let shown = if found.kind == Kind::Address { String::new() } else { grouped_phone(&found.shown) };
    let reasons = found.reasons.iter().map(|r| reason(l, r)).collect();
    Line { what: self::kind(l, found.kind), shown, verdict, kind, reasons }
}

/// What sort of channel it is.
pub fn kind(l: &Words, kind: Kind) -> String {
    match kind {
        Kind::Domain => fl!(l, "really-kind-domain"),
        Kind::Mail => fl!(l, "really-kind-mail"),
        Kind::Phone => fl!(l, "really-kind-phone"),
        Kind::ShortCode => fl!(l, "really-kind-short-code"),
        Kind::Sender => fl!(l, "really-kind-sender"),
        Kind::Handle => fl!(l, "really-kind-handle"),
        Kind::Courier => fl!(l, "really-kind-courier"),
        Kind::Address => fl!(l, "really-kind-address"),
        Kind::Reference => fl!(l, "really-kind-reference"),
    }
}

fn reason(l: &Words, reason: &Reason) -> String {
    match reason {
        Reason::Registered => fl!(l, "really-registered"),
        Reason::NotRegistered => fl!(l, "really-not-registered"),
        Reason::KnownFake => fl!(l, "really-known-fake"),
        Reason::NotToday => fl!(l, "really-not-today"),
        Reason::LooksLike(of) => fl!(l, "really-looks-like", of = grouped_phone(of)),
        Reason::OurNameIn(of) => fl!(l, "really-our-name-in", of = of.as_str()),
        Reason::BeforeTheAt => fl!(l, "really-before-the-at"),
        Reason::StrangeLetters => fl!(l, "really-strange-letters"),
        Reason::Port => fl!(l, "really-port"),
        Reason::BareAddress => fl!(l, "really-bare-address"),
        Reason::Hidden => fl!(l, "really-hidden"),
        Reason::LeadsOn(of) => fl!(l, "really-leads-on", of = of.as_str()),
        Reason::NoSuchAccount => fl!(l, "really-no-such-account"),
        Reason::OnlyAForm => fl!(l, "really-only-a-form"),
    }
}

pub fn sign(l: &Words, sign: Sign) -> String {
    match sign {
        Sign::AsksForSecrets => fl!(l, "really-asks-for-secrets"),
        Sign::AsksForCode => fl!(l, "really-asks-for-code"),
        Sign::Hurries => fl!(l, "really-hurries"),
        Sign::FeeForRefund => fl!(l, "really-fee-for-refund"),
        Sign::SendElsewhere => fl!(l, "really-send-elsewhere"),
        Sign::ElsewhereToTalk => fl!(l, "really-elsewhere-to-talk"),
        Sign::RemoteControl => fl!(l, "really-remote-control"),
        Sign::OddPayment => fl!(l, "really-odd-payment"),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use crate::testing::{self, Browser};

    #[tokio::test]
    async fn the_answer_is_about_the_channel_and_nothing_is_kept() {
        let (app, dir) = testing::app().await;
        let mut browser = Browser::new(&app).await;
        assert_eq!(browser.get("/check").await.status, StatusCode::OK);
        for (text, title) in [
            ("http://localhost:8080/case", "An official channel"),
            ("英国莱卡数据卡如何注销？[[TG💪+ @esim1088](https://t.me/s/esim1088)]", "Not us"),
            ("https://somebody-else.example.org/canary-in-the-text", "Unknown: treat it as not us"),
            ("hello", "Unknown: treat it as not us"),
        ] {
            let got = browser.post("/check", &[("text", text)]).await;
            assert_eq!(got.status, StatusCode::OK);
            assert!(got.body.contains(&format!("<h1>{title}</h1>")), "{text}: {}", got.body);
            assert!(!got.body.to_lowercase().contains("safe") && !got.body.contains("genuine"), "{text}");
        }
        // A number is read in its groups, however it was written.
        let got = browser.post("/check", &[("text", "Call +447700900123")]).await;
        assert!(got.body.contains("+44 7700 900123"), "{}", got.body);
        let got = browser.post("/check", &[("text", "<script>alert(1)</script> evil.example.org/<b>")]).await;
        assert!(!got.body.contains("<script>alert") && !got.body.contains("<b>"), "{}", got.body);
        assert_eq!(browser.post("/check", &[("text", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
            assert!(!bytes.windows(18).any(|w| w == b"canary-in-the-text"));
        }
    }

    /// What we have sent ourselves is not called unknown, in our own words: the answer is about its code.
    #[tokio::test]
    async fn a_message_of_ours_is_known_by_its_code() {
        use crate::account::{Notice, notify};
        for lang in case::Lang::ALL {
            let (app, _dir) = testing::app().await;
            let phone = Some("+447700900101".to_owned());
            let account = testing::account(&app, 1, "mei").await;
            let person = case::Person { phone, email: None, ..account.person.clone() };
            let mei = store::Account { lang, person, ..account };
            app.store.put_account(mei.clone()).await.unwrap();
            for sending in notify(&app, &mei, Notice::PasswordChanged).await.unwrap() {
                sending.await.unwrap();
            }
            let text = testing::sent(&app, 1).await[0].message.text.clone();
            let title = fl!(crate::words::words(case::Lang::En), "hallmark-known");
            let mut browser = Browser::new(&app).await;
            let got = browser.post("/check", &[("text", text.as_str())]).await;
            assert!(got.body.contains(&format!("<h1>{title}</h1>")), "{text}: {}", got.body);
            // What somebody has put to it is not covered by that.
            let more = format!("{text} Send us your bank card number.");
            let got = browser.post("/check", &[("text", more.as_str())]).await;
            assert!(got.body.contains("<h1>Unknown: treat it as not us</h1>"), "{}", got.body);
        }
    }

    #[tokio::test]
    async fn a_code_with_the_words_before_it_is_asked_about_like_the_code_alone() {
        use crate::hallmark::code::{self, About, By};
        let (app, _dir) = testing::app().await;
        let ours = code::of(&app.keys, "k", About::Account, By::Text, app.now(), &app.policy.zone());
        let mut browser = Browser::new(&app).await;
        for (code, title) in [(ours.as_str(), "hallmark-known"), ("7K4M-2QXD-9PZT", "hallmark-unknown")] {
            let title = crate::words::words(case::Lang::En).get(title);
            for label in [
                "",
                "核验码：",
                "核验码",
                "核验码 ",
                "本消息核验码：",
                "Check code: ",
                "- Check code: ",
                "Check code ",
                "check code\n",
                "Check code of this message: ",
            ] {
                let text = format!("{label}{code}");
                let got = browser.post("/check", &[("text", text.as_str())]).await;
                assert!(got.body.contains(&format!("<h1>{title}</h1>")), "{text}: {}", got.body);
            }
        }
        // Other words beside it are a name still, and the words without a code are none of ours.
        for text in [format!("Lyca {ours}"), "Check code".to_owned(), "核验码：".to_owned()] {
            let got = browser.post("/check", &[("text", text.as_str())]).await;
            assert!(got.body.contains("<h1>Unknown: treat it as not us</h1>"), "{text}: {}", got.body);
        }
    }
}
