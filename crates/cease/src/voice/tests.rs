//! Callers without telephones: keys into the menu's machine, and what it wants done, done to a real store.

use std::collections::BTreeMap;

use case::{Channel, Command, Event as Happened, Flag, Lang, Level, Stage};
use jiff::SignedDuration;
use voice::menu::machine::{Action, Event, State, step};
use voice::speak;

use super::caller::Caller;
use super::*;
use crate::act::act;
use crate::testing::{self, advance, app, app_with, card, holder, sent};

/// Somebody with a telephone and patience: everything is said to its end.
struct Phone {
    app: Shared,
    menu: Menu,
    words: Prompts,
    state: State,
    caller: Caller,
    heard: Vec<String>,
    over: bool,
    doing: Option<String>,
}

impl Phone {
    async fn ring(app: &Shared, from: &str) -> Self {
        let (menu, words) = menu(&app.config).unwrap();
        let state = State::new(&menu, speak::Lang::En);
        let caller = Caller::new(app, from, "192.0.2.9", chance::token());
        let mut phone =
            Self { app: app.clone(), menu, words, state, caller, heard: Vec::new(), over: false, doing: None };
        phone.give(Event::Begin).await;
        phone
    }

    async fn give(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let (state, actions) = step(&self.menu, self.state.clone(), event);
            self.state = state;
            for action in actions {
                match action {
                    Action::Say(prompts) => {
                        self.heard.extend(prompts.iter().map(|(name, _)| name.clone()));
                        events.push(Event::Said);
                    }
                    Action::Do(deed) if matches!(deed.as_str(), "place" | "wait") => self.doing = Some(deed),
                    Action::Do(deed) => {
                        self.caller.hear(self.state.lang, &self.state.keyed);
                        let (outcome, values) = self.caller.perform(&self.app, &deed).await.unwrap();
                        events.push(Event::Done { outcome: outcome.to_owned(), values });
                    }
                    Action::HangUp => self.over = true,
                    Action::Hush | Action::Wait(_) | Action::Abandon => {}
                }
            }
        }
    }

    async fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.give(Event::Key(key)).await;
        }
    }

    fn last(&self) -> &str {
        self.heard.last().map_or("", String::as_str)
    }

    fn hears(&self, prompt: &str) -> bool {
        self.heard.iter().any(|heard| heard == prompt)
    }

    /// Every prompt that was heard has words.
    fn is_whole(&self) -> bool {
        self.heard.iter().all(|name| self.words.has(name))
    }
}

/// The digits of the last code that was sent.
async fn code(app: &Shared, nth: usize) -> String {
    let messages = sent(app, nth).await;
    let text = &messages[nth - 1].message.text;
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.into_iter().find(|run| run.len() == 6).unwrap().to_owned()
}

async fn iccid(app: &Shared, n: u64, account: case::AccountId) -> String {
    card(app, n, account).await.iccid.unwrap()
}

async fn cases(app: &Shared, account: case::AccountId) -> Vec<case::Case> {
    app.store.cases_of(account).await.unwrap().into_iter().map(|summary| summary.case).collect()
}

#[tokio::test]
async fn a_proven_caller_declares_and_the_card_is_on_its_way() {
    for (language, lang) in [("1", Lang::ZhCn), ("2", Lang::En)] {
        let (app, _dir) = app().await;
        let mei = holder(&app, 1, "mei").await;
        let number = iccid(&app, 5, mei.id).await;
        let mut phone = Phone::ring(&app, "+447700900101").await;
        phone.keys(&format!("{language}1{number}#11")).await;
        assert_eq!((phone.state.node.as_str(), phone.last()), ("code", "ask-code"), "{:?}", phone.heard);
        let code = code(&app, 1).await;
        phone.keys(&code).await;
        assert!(phone.hears("proven"));
        assert!(cases(&app, mei.id).await.is_empty());
        phone.keys("1").await;
        assert_eq!(phone.state.node, "declare");
        assert!(cases(&app, mei.id).await.is_empty(), "nothing is declared before it is pressed");
        phone.keys("1").await;
        let made = cases(&app, mei.id).await;
        let case = &made[0];
        assert!(case.proven && case.consent && case.backup && case.lang() == lang, "{case:?}");
        assert_eq!(case.declaration.channel, Channel::Voice);
        assert!(
            matches!(case.stage, Stage::Ceasing { .. } | Stage::Scheduled { .. } | Stage::Ceased { .. }),
            "{:?}",
            case.stage
        );
        assert_eq!(phone.state.values["reference"], speak::Value::Spelt(case.reference.to_string()));
        assert!(phone.hears("declared") && phone.hears("reference-again") && !phone.hears("must-prove"));
        phone.keys("2").await;
        assert!(phone.over && phone.is_whole());
        phone.caller.recorded = Some(vec![1; 800]);
        phone.caller.write_down(&app, "By telephone: card 4111 1111 1111 1111".into()).await;
        let journal = app.store.journal(case.reference).await.unwrap();
        // What they said stays, as the case names it.
        let mut filed = journal.iter().flat_map(|entry| &entry.events);
        let filed = filed.find_map(|event| if let Happened::Filed { file, .. } = event { Some(*file) } else { None });
        testing::advance(&app, crate::files::DRAFT * 2);
        app.store.sweep(app.now()).await.unwrap();
        assert!(app.store.file(filed.unwrap()).await.unwrap().is_some());
        let said = |event: &Happened| matches!(event, Happened::Said { channel: Channel::Voice, note: false, .. });
        assert!(journal.iter().any(|entry| entry.events.iter().any(said)));
    }
}

/// Whether a card is known, a caller without a code cannot tell.
/// A text, then a mail, then the code of the text: the network is asked about the SIM that had it.
#[tokio::test]
async fn a_texted_code_asks_about_the_sim_though_a_mail_was_asked_for_since() {
    let (app, _dir) = app().await;
    let network = std::sync::Arc::new(reach::sim_swap::Fake::default());
    let app = testing::asking(&app, network.clone());
    network.tell("+447700900101", reach::sim_swap::Swap::Swapped(None));
    let mei = holder(&app, 1, "mei").await;
    let number = iccid(&app, 5, mei.id).await;
    let mut phone = Phone::ring(&app, "+447700900101").await;
    phone.keys(&format!("21{number}#11")).await;
    let code = code(&app, 1).await;
    assert_eq!(phone.caller.perform(&app, "send-code-mail").await.unwrap().0, "sent");
    phone.keys(&code).await;
    assert!(phone.hears("proven"), "{:?}", phone.heard);
    phone.keys("11").await;
    let made = cases(&app, mei.id).await;
    assert!(made[0].proven && made[0].held(app.now()).is_some(), "{:?}", made[0].stage);
}

#[tokio::test]
async fn known_and_unknown_cards_sound_the_same() {
    let (app, _dir) = app().await;
    let mei = holder(&app, 1, "mei").await;
    let known = iccid(&app, 5, mei.id).await;
    let unknown = case::identify::with_luhn("894477000000077777");
    let mut heard = Vec::new();
    for number in [&known, &unknown] {
        let mut phone = Phone::ring(&app, "anonymous").await;
        phone.keys(&format!("21{number}#11000000")).await;
        // A wrong code, then on without one.
        phone.keys("**3").await;
        while phone.state.node != "backup" && phone.heard.len() < 60 {
            phone.keys("3").await;
        }
        phone.keys("11").await;
        assert!(phone.hears("must-prove"), "{:?}", phone.heard);
        heard.push(phone.heard);
    }
    assert_eq!(heard[0], heard[1]);
    let made = cases(&app, mei.id).await;
    assert!(!made[0].proven && matches!(made[0].stage, Stage::Received { .. }), "{:?}", made[0].stage);
}

#[tokio::test]
async fn pressed_twice_is_one_and_another_card_is_another() {
    let (app, _dir) = app().await;
    let mei = holder(&app, 1, "mei").await;
    let number = iccid(&app, 5, mei.id).await;
    let mut caller = Caller::new(&app, "+447700900101", "x", "call-1".into());
    let keyed = BTreeMap::from([("number".to_owned(), number)]);
    let mut same = Caller::new(&app, "+447700900101", "x", "call-1".into());
    for caller in [&mut caller, &mut same] {
        caller.hear(speak::Lang::En, &keyed);
        assert_eq!(caller.perform(&app, "declare").await.unwrap().0, "unproven");
    }
    assert_eq!(cases(&app, mei.id).await.len(), 1);
    for _ in 0..6 {
        caller.perform(&app, "declare").await.unwrap();
    }
    let made = cases(&app, mei.id).await;
    assert_eq!(made.len(), 7);
    assert!(made.iter().any(|case| case.flags.contains(&Flag::Suspect)), "who declares much is looked at");
}

#[tokio::test]
async fn a_case_is_told_to_who_knows_both_and_guesses_are_limited() {
    let (app, _dir) = app().await;
    let mei = holder(&app, 1, "mei").await;
    let number = iccid(&app, 5, mei.id).await;
    let mut phone = Phone::ring(&app, "+447700900101").await;
    phone.keys(&format!("21{number}#1311")).await;
    phone.keys("1").await;
    let case = cases(&app, mei.id).await.remove(0);
    let keyed = keypad::of(case.reference);
    let mut phone = Phone::ring(&app, "+447700900101").await;
    phone.keys(&format!("22{keyed}{number}#")).await;
    assert!(
        phone.hears("case-stands")
            && phone.state.values["standing"] == speak::Value::Prompt("standing-received".into())
    );
    // A right reference with another card of ours, and a wrong one with the right card.
    let other = iccid(&app, 6, mei.id).await;
    let wrong: String = keyed.chars().map(|c| if c == '9' { '8' } else { '9' }).collect();
    for (reference, number) in [(&keyed, &other), (&wrong, &number)] {
        let mut phone = Phone::ring(&app, "+447700900102").await;
        phone.keys(&format!("22{reference}{number}#")).await;
        assert!(phone.hears("no-case") && !phone.hears("case-stands"), "{:?}", phone.heard);
    }
    let mut limited = false;
    for _ in 0..12 {
        let mut phone = Phone::ring(&app, "+447700900103").await;
        phone.keys(&format!("22{keyed}{other}#")).await;
        limited |= phone.hears("limited");
    }
    assert!(limited);
}

#[tokio::test]
async fn that_was_not_me_stops_everything() {
    let (app, _dir) = app_with(|policy| policy.contest_minutes = 60).await;
    let mei = holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 5, &mei).await;
    let number = app.store.cards_of(mei.id).await.unwrap()[0].iccid.clone().unwrap();
    let mut phone = Phone::ring(&app, "+447700900101").await;
    phone.keys(&format!("241{}{number}#", keypad::of(case.reference))).await;
    assert_eq!(phone.state.node, "stop-sure", "{:?}", phone.heard);
    phone.keys("1").await;
    assert!(phone.hears("stopped"));
    let now = app.store.case(case.reference).await.unwrap().unwrap();
    assert!(matches!(now.stage, Stage::Contested { .. }), "{:?}", now.stage);
}

#[tokio::test]
async fn whether_it_is_us_is_told_and_a_call_is_promised() {
    // Sunday, when the desk is shut.
    let (app, _dir) = app().await;
    let mei = holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 5, &mei).await;
    let number = app.store.cards_of(mei.id).await.unwrap()[0].iccid.clone().unwrap();
    let keyed = keypad::of(case.reference);
    let mut phone = Phone::ring(&app, "+447700900101").await;
    phone.keys(&format!("231{keyed}{number}#")).await;
    assert!(phone.hears("us-not") && !phone.hears("us-promised"), "{:?}", phone.heard);
    // A person: closed, so a time is offered.
    phone.keys("1").await;
    phone.keys("0").await;
    assert!(phone.hears("closed") && phone.state.node == "offer-slot", "{:?}", phone.heard);
    phone.keys("1").await;
    assert!(phone.hears("promised") && phone.over);
    let journal = app.store.journal(case.reference).await.unwrap();
    let call = contact_of(&journal, app.now());
    assert!(
        app.policy.desk_hours.is_open(call.from)
            && call.until.duration_since(call.from) == SignedDuration::from_hours(1)
    );
    let mut again = Phone::ring(&app, "+447700900101").await;
    again.keys(&format!("231{keyed}{number}#")).await;
    assert!(again.hears("us-promised"));
    // Each hour has room for so many.
    let mut taken = std::collections::BTreeMap::new();
    for n in 0..10 {
        let mut caller = Caller::new(&app, "x", &format!("192.0.2.{n}"), format!("call-{n}"));
        caller.case = Some(case.reference);
        assert_eq!(caller.perform(&app, "slot").await.unwrap().0, "free");
        assert_eq!(caller.perform(&app, "promise").await.unwrap().0, "promised");
        let journal = app.store.journal(case.reference).await.unwrap();
        *taken.entry(contact_of(&journal, app.now()).from).or_insert(0) += 1;
    }
    assert!(taken.len() > 1 && taken.values().all(|n| *n <= 4), "{taken:?}");
}

fn contact_of(journal: &[case::Entry], now: case::Timestamp) -> crate::contact::Promised {
    crate::contact::promised(journal, now).unwrap()
}

#[tokio::test]
async fn a_check_code_is_known_by_two_keys_a_character() {
    use crate::hallmark::code::{About, By, of};
    let (app, _dir) = app().await;
    let code = of(&app.keys, "message-1", About::OneTimeCode, By::Mail, app.now(), &app.policy.zone());
    let keyed: String = code
        .chars()
        .filter(|c| *c != '-')
        .map(|c| {
            (0..100)
                .map(|n| format!("{n:02}"))
                .find(|pair| keypad::pairs(pair).as_deref() == Some(&c.to_string()))
                .unwrap()
        })
        .collect();
    let mut phone = Phone::ring(&app, "+447700900101").await;
    phone.keys(&format!("232{keyed}")).await;
    assert!(phone.hears("check-known"), "{:?}", phone.heard);
    let mut phone = Phone::ring(&app, "+447700900101").await;
    phone.keys(&format!("232{}", "30".repeat(12))).await;
    assert!(phone.hears("check-unknown"));
}

/// Every hang-up in the way of a declaration: there is a whole case, or none.
#[tokio::test]
async fn whoever_hangs_up_has_declared_or_has_not() {
    let (app, _dir) = app().await;
    let mei = holder(&app, 1, "mei").await;
    let number = iccid(&app, 5, mei.id).await;
    let all = format!("21{number}#13111");
    for upto in 0..=all.len() {
        let before = cases(&app, mei.id).await.len();
        let mut phone = Phone::ring(&app, &format!("+4477009{upto:05}")).await;
        phone.keys(&all[..upto]).await;
        phone.give(Event::HungUp).await;
        let pressed = usize::from(phone.hears("declared"));
        let made = cases(&app, mei.id).await;
        assert_eq!(made.len(), before + pressed, "{upto}");
        for case in made {
            let journal = app.store.journal(case.reference).await.unwrap();
            assert!(matches!(journal[0].events[0], Happened::Declared { .. }) && case.declaration.consent);
        }
        advance(&app, SignedDuration::from_hours(2));
    }
}

#[tokio::test]
async fn a_promise_of_the_hotline_is_like_one_of_the_desk_and_nobody_else_may_give_it() {
    let (app, _dir) = app().await;
    let mei = holder(&app, 1, "mei").await;
    let case = testing::ending(&app, 5, &mei).await;
    let command = Command::Promise {
        from: app.now() + SignedDuration::from_hours(1),
        until: app.now() + SignedDuration::from_hours(2),
    };
    let holder = case::Actor::Holder {
        account: Some(mei.id),
        assurance: case::Assurance::shown(Level::SecondFactor, mei.id, app.now()),
    };
    assert!(act(&app, case.reference, &holder, &command).await.is_err());
    assert!(act(&app, case.reference, &case::Actor::Api { client: "hotline".into() }, &command).await.is_ok());
}

#[test]
fn the_transcript_has_no_secret_and_no_bank_card() {
    let mut transcript = call::Transcript::default();
    transcript.said("Key the code.".into());
    "123456".chars().for_each(|key| transcript.keyed(key, true));
    transcript.said("And then?".into());
    "4111111111111111".chars().for_each(|key| transcript.keyed(key, false));
    let text = transcript.text(speak::Lang::En);
    assert!(text.contains("••••••") && !text.contains("123456") && !text.contains("4111111111111111"), "{text}");
}

/// Held: a hash without a key would be no secret, since all numbers there are can be tried in a second.
#[tokio::test]
async fn who_rang_cannot_be_found_in_what_is_counted() {
    let (app, dir) = app().await;
    let mut phone = Phone::ring(&app, "+447700900101").await;
    phone.keys("2312345678901#").await;
    let plain = crate::keys::hex_of(&crate::keys::sha256(b"+447700900101")[..8]);
    let keyed = crate::keys::hex_of(&app.keys.mac("caller", &[b"+447700900101"])[..8]);
    assert!(phone.caller.network.ends_with(&keyed) && !phone.caller.network.contains(&plain));
    for file in std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(plain.len()).any(|w| w == plain.as_bytes()), "{}", file.display());
    }
}
