//! Mail through the desk as people and attackers write it.

use std::sync::Arc;
use std::time::Duration;

use case::way::Kind;
use case::{Actor, Case, CaseRef, Channel, Command, Event, Flag, Level, Role, thread};
use jiff::SignedDuration;
use reach::mail::inbox::{Away, FakePost};
use store::{Mail, MailFate};

use super::*;
use crate::act::act;
use crate::app::{App, Shared};
use crate::testing;

async fn desk() -> (Shared, tempfile::TempDir) {
    let (app, dir) = testing::app().await;
    let mut app = Arc::into_inner(app).unwrap();
    app.config.mail.inbox.address = "desk@laika.example".into();
    app.config.mail.from = "Laika Mobile <desk@laika.example>".into();
    (Arc::new(app), dir)
}

fn raw(from: &str, to: &str, head: &str, body: &str) -> Vec<u8> {
    let id = crate::keys::hex_of(&crate::keys::sha256(format!("{from}{to}{head}{body}").as_bytes()));
    format!("From: {from}\r\nTo: {to}\r\nMessage-ID: <{id}@example.com>\r\n{head}\r\n{body}\r\n").into_bytes()
}

/// A message comes in and is looked at.
async fn take(app: &Shared, raw: Vec<u8>) -> Mail {
    let bytes = raw.len();
    let id = keep(app, raw, bytes).await.unwrap();
    process(app, &id).await.unwrap();
    app.store.mail(&id).await.unwrap().unwrap().0
}

async fn opened(app: &Shared, raw: Vec<u8>) -> Case {
    let mail = take(app, raw).await;
    assert_eq!(mail.fate, MailFate::Taken, "{:?}", mail.head);
    app.store.case(mail.case.unwrap()).await.unwrap().unwrap()
}

async fn all_cases(app: &App) -> usize {
    app.store.counts().await.unwrap().iter().sum::<u64>() as usize
}

async fn worked(app: &Shared) -> Vec<reach::shelf::Shelved> {
    while crate::work::round(app).await.unwrap() > 0 {}
    testing::shelf(app).messages()
}

async fn talk(app: &App, case: CaseRef) -> Vec<(String, Channel, Option<Level>)> {
    let journal = app.store.journal(case).await.unwrap();
    thread::messages(&journal).map(|m| (m.text.to_owned(), m.channel, m.level())).collect()
}

#[tokio::test]
async fn the_address_of_a_case_leads_to_it_and_a_guessed_one_does_not() {
    let (app, _dir) = desk().await;
    let case = CaseRef::from_bits(0x61_E54B_8BB7);
    let address = address::of(&app, case).unwrap();
    assert!(
        address.starts_with("desk+") && address.ends_with("@laika.example") && address.len() <= 64 + 14,
        "{address}"
    );
    let finds = |address: &str| address::case_of(&app, &["x@y.example".to_owned(), address.to_owned()]);
    assert_eq!(finds(&address), Some(case));
    assert_eq!(finds(&address.to_uppercase()), Some(case));
    let other = address::of(&app, CaseRef::from_bits(1)).unwrap();
    let code = |address: &str| address.split_once('.').unwrap().1.split_once('@').unwrap().0.to_owned();
    for wrong in [
        address.replace(&code(&address), &code(&other)),
        address.replace(&code(&address), ""),
        address.replace(&code(&address), &code(&address)[..15]),
        address.replace("desk+", "other+"),
        address.replace("desk+", ""),
        address.replace("@laika.example", "@laika.example.evil.example"),
        address.replace('+', ""),
        "desk+@laika.example".into(),
        "desk@laika.example".into(),
    ] {
        assert_eq!(finds(&wrong), None, "{wrong}");
    }
    for i in 0..address.len() {
        let mut bytes = address.clone().into_bytes();
        bytes[i] = if bytes[i] == b'z' { b'y' } else { b'z' };
        assert_ne!(finds(std::str::from_utf8(&bytes).unwrap()), Some(CaseRef::from_bits(1)));
    }
}

#[tokio::test]
async fn a_strangers_mail_is_a_declaration_with_a_receipt_that_says_nothing_of_theirs() {
    let (app, _dir) = desk().await;
    let holder = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, holder.id).await;
    let text = format!("Please cancel {}.\r\nBUY PILLS at http://evil.example", card.iccid.unwrap());
    let mail = raw("PILLS CHEAP <victim@example.org>", "desk@laika.example", "Subject: PILLS\r\n", &text);
    let case = opened(&app, mail).await;
    assert_eq!((case.declaration.channel, case.proven, case.account), (Channel::Mail, false, Some(holder.id)));
    assert!(case.declaration.statement.as_ref().unwrap().contains("BUY PILLS"));
    let sent = worked(&app).await;
    let to_victim: Vec<_> = sent.iter().filter(|m| m.message.to == "victim@example.org").collect();
    let [receipt] = to_victim.as_slice() else { panic!("{sent:?}") };
    for part in [&receipt.message.text, receipt.message.html.as_ref().unwrap(), &receipt.message.subject] {
        assert!(!part.contains("PILLS") && !part.contains("evil"), "{part}");
    }
    let file = String::from_utf8_lossy(&receipt.message.attachments[0].2).into_owned();
    assert!(!file.contains("PILLS"), "{file}");
    assert_eq!(receipt.message.reply_to, address::of(&app, case.reference));
    assert!(sent.iter().any(|m| m.message.to == "mei@example.com"), "the holder on record is told");
    // More of the same day: cases, but not one answer more.
    for n in 0..3 {
        let mail = raw("PILLS <Victim@example.org>", "desk@laika.example", "", &format!("again {n}"));
        assert!(opened(&app, mail).await.flags.contains(&Flag::NoAnswer));
    }
    let to = |m: &reach::shelf::Shelved| m.message.to.to_lowercase() == "victim@example.org";
    assert_eq!(worked(&app).await.iter().filter(|m| to(m)).count(), 1);
    testing::advance(&app, SignedDuration::from_hours(25));
    opened(&app, raw("x <victim@example.org>", "desk@laika.example", "", "the next day")).await;
    assert_eq!(worked(&app).await.iter().filter(|m| to(m)).count(), 2, "one answer a day");
}

#[tokio::test]
async fn a_declaration_needs_no_number_and_is_asked_for_it() {
    let (app, _dir) = desk().await;
    let mail =
        raw("李伟 <li@example.com>", "desk@laika.example", "Subject: =?utf-8?B?5rOo6ZSA?=\r\n", "请注销我的卡。");
    let case = opened(&app, mail).await;
    assert_eq!(case.number, case::identify::Identifier::NotGiven);
    assert!(matches!(&case.stage, case::Stage::Received { needs, .. } if needs.contains(&case::Need::Match)));
    let sent = worked(&app).await;
    assert!(sent[0].message.text.contains("告诉我们是哪张卡"), "{}", sent[0].message.text);
    let mut agent = crate::testing::Browser::new(&app).await;
    let (account, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
    agent.sign_in(account.id, Level::SecondFactor).await;
    let page = agent.get(&format!("/desk/case/{}", case.reference)).await;
    assert_eq!(page.status, 200, "{}", page.body);
}

#[tokio::test]
async fn an_answer_goes_into_its_case_once_and_proves_nothing() {
    let (app, _dir) = desk().await;
    let case = opened(&app, raw("mei@example.com", "desk@laika.example", "", "Please cancel my card")).await;
    let to = address::of(&app, case.reference).unwrap();
    let answer = raw(
        "Someone Else <x@y.example>",
        &to,
        "",
        "Here you are.\r\n\r\nOn Monday, Laika <desk@laika.example> wrote:\r\n> old",
    );
    let mail = take(&app, answer.clone()).await;
    assert_eq!((mail.fate, mail.case), (MailFate::Taken, Some(case.reference)));
    // The same message by another way, and again after a crash before it was said what became of it.
    let again = [b"Received: from elsewhere\r\n".to_vec(), answer].concat();
    assert_eq!(take(&app, again).await.id, mail.id);
    app.store.settle_mail(&Mail { fate: MailFate::Pending, ..mail.clone() }).await.unwrap();
    pending(&app).await.unwrap();
    let said = talk(&app, case.reference).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[1], ("Here you are.".to_owned(), Channel::Mail, Some(Level::Nothing)));
    assert!(!app.store.case(case.reference).await.unwrap().unwrap().proven);
    assert_eq!(all_cases(&app).await, 1);
}

#[tokio::test]
async fn a_declaration_interrupted_anywhere_is_one_declaration_with_one_answer() {
    let (app, _dir) = desk().await;
    let mail = take(&app, raw("mei@example.com", "desk@laika.example", "", "Please cancel my card")).await;
    for _ in 0..3 {
        app.store.settle_mail(&Mail { fate: MailFate::Pending, case: None, ..mail.clone() }).await.unwrap();
        pending(&app).await.unwrap();
    }
    assert_eq!(all_cases(&app).await, 1);
    let case = app.store.case(mail.case.unwrap()).await.unwrap().unwrap();
    assert!(!case.flags.contains(&Flag::NoAnswer));
    assert_eq!(worked(&app).await.len(), 1);
}

#[tokio::test]
async fn neither_subject_nor_thread_nor_a_wrong_code_gives_access() {
    let (app, _dir) = desk().await;
    let case = opened(&app, raw("mei@example.com", "desk@laika.example", "", "Please cancel my card")).await;
    worked(&app).await;
    let first = named(&app, &case, "mei@example.com");
    let short = case.reference.to_string().replace('-', "").to_lowercase();
    let wrong = format!("desk+{short}.0000000000000000@laika.example");
    for (to, head) in [
        (
            "desk@laika.example".to_owned(),
            format!("In-Reply-To: {first}\r\nReferences: {first}\r\nSubject: Re: {}\r\n", case.reference),
        ),
        (wrong, String::new()),
    ] {
        let other = opened(&app, raw("mei@example.com", &to, &head, "Withdraw it")).await;
        assert_ne!(other.reference, case.reference);
    }
    assert_eq!(talk(&app, case.reference).await.len(), 1);
}

#[tokio::test]
async fn what_no_person_wrote_is_held_and_can_be_opened() {
    let (app, _dir) = desk().await;
    let case = opened(&app, raw("mei@example.com", "desk@laika.example", "", "Please cancel my card")).await;
    let of_case = address::of(&app, case.reference).unwrap();
    for (from, to, head, why) in [
        ("a@example.com", "desk@laika.example", "Auto-Submitted: auto-replied\r\n", "automatic"),
        ("a@example.com", of_case.as_str(), "Auto-Submitted: auto-replied\r\n", "automatic"),
        ("a@example.com", "desk@laika.example", "List-Unsubscribe: <x>\r\n", "bulk"),
        ("a@example.com", "desk@laika.example", "X-Spam-Flag: YES\r\n", "spam"),
        ("no-reply@example.com", "desk@laika.example", "", "robot"),
        ("a@example.com", "desk@laika.example", "Return-Path: <>\r\n", "robot"),
        ("Laika <desk+x@laika.example>", "desk@laika.example", "", "loop"),
    ] {
        let mail = take(&app, raw(from, to, head, "words")).await;
        assert_eq!((mail.fate, mail.head.why.as_str()), (MailFate::Held, why), "{head}");
    }
    assert_eq!((all_cases(&app).await, worked(&app).await.len()), (1, 1));
    let held = app.store.mails(MailFate::Held, None, 100).await.unwrap();
    assert_eq!(held.len(), 7);
    let robot = held.iter().find(|m| m.head.from == "no-reply@example.com").unwrap();
    let opened = open_from(&app, &robot.id, "ordinary").await.unwrap();
    assert_eq!(open_from(&app, &robot.id, "ordinary").await.unwrap(), opened, "pressed twice");
    assert_eq!((all_cases(&app).await, worked(&app).await.len()), (2, 1), "a case, and no answer");
}

fn dsn(to: &str, action: &str, about: &str) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nMessage-ID: <{action}{}@mx>\r\nAuto-Submitted: auto-replied\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n--B\r\n\r\nSorry\r\n\
         --B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n\
         Final-Recipient: rfc822; mei@example.com\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n\
         --B\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {about}\r\n\r\nx\r\n--B--\r\n",
        about.len() + to.len(),
    )
    .into_bytes()
}

/// The name of a case's first letter to somebody.
fn named(app: &App, case: &Case, to: &str) -> String {
    reach::mail::message_id(&super::names(&app.keys), &format!("{}/0", case.reference), to, "laika.example")
}

/// Whoever knows a reference and an address, which stand in many mails, makes up that its letters do not arrive. So were
/// the letters of versions before named, too.
#[tokio::test]
async fn a_report_with_a_name_that_anybody_can_make_is_kept_and_marks_nothing() {
    let (app, _dir) = desk().await;
    let case = opened(&app, raw("mei@example.com", "desk@laika.example", "", "Please cancel my card")).await;
    worked(&app).await;
    let hash = |text: &str| crate::keys::hex_of(&crate::keys::sha256(text.as_bytes())[..8]);
    let key = format!("{}/0", case.reference);
    let whole = format!("{key}\0mei@example.com");
    let unnamed = reach::mail::message_id(&[0; 32], &key, "mei@example.com", "laika.example");
    for forged in [format!("<{}.{}@laika.example>", key.replace('/', "-"), hash(&whole)), unnamed] {
        let mail = take(&app, dsn("desk@laika.example", "failed", &forged)).await;
        assert_eq!((mail.fate, mail.head.why.as_str()), (MailFate::Held, "report"), "{forged}");
    }
    let after = app.store.case(case.reference).await.unwrap().unwrap();
    assert!(!after.flags.contains(&Flag::Unreachable));
    let journal = app.store.journal(case.reference).await.unwrap();
    assert!(!journal.iter().flat_map(|e| &e.events).any(|e| matches!(e, Event::Bounced { .. })));
}

#[tokio::test]
async fn a_letter_that_comes_back_marks_the_contact_and_tells_the_agent() {
    let (app, _dir) = desk().await;
    let case = opened(&app, raw("mei@example.com", "desk@laika.example", "", "Please cancel my card")).await;
    worked(&app).await;
    let of_case = address::of(&app, case.reference).unwrap();
    let id = named(&app, &case, "mei@example.com");
    let flagged = async || app.store.case(case.reference).await.unwrap().unwrap().flags.contains(&Flag::Unreachable);
    assert_eq!(take(&app, dsn(&of_case, "delayed", "")).await.fate, MailFate::Taken);
    assert!(!flagged().await, "late is not lost");
    // A report that names our letter wrongly is nobody's.
    let forged = named(&app, &case, "tom@example.com");
    assert_eq!(take(&app, dsn("desk@laika.example", "failed", &forged)).await.fate, MailFate::Held);
    assert!(!flagged().await);
    assert_eq!(take(&app, dsn("desk@laika.example", "failed", &id)).await.fate, MailFate::Taken);
    assert!(flagged().await);
    let journal = app.store.journal(case.reference).await.unwrap();
    let bounces = journal.iter().flat_map(|e| &e.events).filter(|e| matches!(e, Event::Bounced { .. })).count();
    assert_eq!((bounces, all_cases(&app).await, worked(&app).await.len()), (2, 1, 1));
}

#[tokio::test]
async fn card_numbers_lie_nowhere_in_clear() {
    let (app, dir) = desk().await;
    let body = "My card 4111 1111 1111 1111, also 4111111111111111, end it";
    let mail =
        raw("Card 4111111111111111 <mei@example.com>", "desk@laika.example", "Subject: 4111 1111 1111 1111\r\n", body);
    let case = opened(&app, mail.clone()).await;
    assert!(case.declaration.statement.as_ref().unwrap().contains(case::redact::STRUCK));
    let held = [b"Precedence: bulk\r\n".to_vec(), mail.clone()].concat();
    take(&app, held).await;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        for number in [&b"4111111111111111"[..], b"4111 1111 1111 1111"] {
            assert!(!bytes.windows(number.len()).any(|w| w == number), "{}", path.display());
        }
    }
    let kept = app.store.mails_of(case.reference).await.unwrap();
    assert_eq!(original(&app, &kept[0].id).await.unwrap().unwrap().1, mail, "and the original is whole");
}

#[tokio::test]
async fn an_agents_words_go_to_a_known_holder_and_hang_from_the_receipt() {
    let (app, _dir) = desk().await;
    let holder = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, holder.id).await;
    let text = format!("Please cancel {}", card.iccid.unwrap());
    let case = opened(&app, raw("stranger@example.org", "desk@laika.example", "", &text)).await;
    let before = worked(&app).await.len();
    let agent = Actor::Agent { staff: case::AccountId::from_bits(9), role: Role::Agent };
    act(&app, case.reference, &agent, &Command::say("Your contract ends on Friday.")).await.unwrap();
    act(&app, case.reference, &agent, &Command::SendTranscript).await.unwrap();
    let mut sent = worked(&app).await;
    sent.truncate(sent.len() - before);
    let mail: Vec<_> = sent.iter().filter(|m| m.kind == reach::shelf::Kind::Mail).collect();
    let to = |who: &str| mail.iter().filter(|m| m.message.to == who).map(|m| &m.message).collect::<Vec<_>>();
    let (known, stranger) = (to("mei@example.com"), to("stranger@example.org"));
    assert_eq!((known.len(), stranger.len()), (2, 1), "the transcript is not for strangers");
    assert!(
        known.iter().all(|m| m.text.contains("ends on Friday") && m.html.as_ref().unwrap().contains("ends on Friday"))
    );
    assert!(!stranger[0].text.contains("Friday"));
    let first = Some(format!("{}/0", case.reference));
    assert!(mail.iter().all(|m| m.message.follows == first && m.message.reply_to.is_some()));
    assert_eq!(mail.iter().filter(|m| m.message.by_person).count(), 1);
}

#[tokio::test]
async fn a_flood_is_kept_whole_and_answered_once() {
    let (app, _dir) = desk().await;
    for n in 0..25 {
        opened(&app, raw("flood@example.org", "desk@laika.example", "", &format!("cancel {n}"))).await;
    }
    assert_eq!((all_cases(&app).await, worked(&app).await.len()), (25, 1));
    let last = app.store.list(store::View::All, None, 50).await.unwrap();
    assert_eq!(last.iter().filter(|row| row.case.flags.contains(&Flag::Suspect)).count(), 5);
}

/// Two people may write the same few words, with nothing about them that names the message.
#[tokio::test]
async fn nobodys_mail_is_taken_for_another_s() {
    let (app, _dir) = desk().await;
    for (one, two) in [
        ("Hello\nplease cancel 8988211000000530082\nMei\n", "Hi\nplease cancel 8988211000000530090\nWei\n"),
        ("Return-Path: <mei@example.com>\n\nplease end it\n", "Return-Path: <wei@example.com>\n\nplease end it\n"),
    ] {
        let (one, two) = (take(&app, one.into()).await, take(&app, two.into()).await);
        assert_ne!(one.id, two.id);
        assert_ne!(one.case, two.case);
    }
    // The same message by another way is the same, and the same bytes are.
    let named = |way: &str| {
        format!("Received: {way}\nMessage-ID: <1@x>\nFrom: mei@example.com\n\nplease end it\n").into_bytes()
    };
    assert_eq!(take(&app, named("by a")).await.id, take(&app, named("by b")).await.id);
    assert_eq!(take(&app, b"end it\n".to_vec()).await.id, take(&app, b"end it\n".to_vec()).await.id);
    // Nothing at all is looked at too.
    let empty = take(&app, Vec::new()).await;
    assert_eq!((empty.fate, empty.case), (MailFate::Held, None));
}

#[tokio::test]
async fn the_mailbox_is_emptied_into_the_desk() {
    let (app, _dir) = desk().await;
    let post = FakePost::default();
    for n in 0..30 {
        post.deliver(&raw(&format!("p{n}@example.org"), "desk@laika.example", "", "Please cancel my card"));
    }
    post.deliver(&raw("p3@example.org", "desk@laika.example", "", "Please cancel my card"));
    let mut huge = raw("big@example.org", "desk@laika.example", "Subject: huge\r\n", "");
    huge.resize(reach::mail::read::BYTES + 1, b'x');
    post.deliver(&huge);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let reader = tokio::spawn(inbox::run(app.clone(), Arc::new(post.clone()), async { drop(stopped.await) }));
    tokio::time::timeout(Duration::from_secs(60), async {
        while post.away().len() < 32 || !app.store.mails_pending(1).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    stop.send(()).unwrap();
    reader.await.unwrap();
    assert_eq!(all_cases(&app).await, 30, "what came twice is one");
    assert_eq!(post.away().iter().filter(|(to, _)| *to == Away::Failed).count(), 1);
    let held = app.store.mails(MailFate::Held, None, 10).await.unwrap();
    assert_eq!((held.len(), held[0].head.why.as_str(), held[0].head.subject.as_str()), (1, "too-much-bytes", "huge"));
}

/// The whole way from bytes to case, with seeded noise: no message is lost, none breaks the desk.
#[tokio::test]
async fn whatever_comes_is_kept_and_looked_at() {
    let (app, _dir) = desk().await;
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for round in 0..400 {
        let mut bytes =
            raw(&format!("f{round}@example.org"), "desk@laika.example", "Subject: x\r\n", "words 8931070820307245732");
        for _ in 0..next(8) {
            let at = next(bytes.len());
            bytes[at] = next(256) as u8;
        }
        bytes.truncate(next(bytes.len()) + 1);
        assert_ne!(take(&app, bytes).await.fate, MailFate::Pending);
    }
}

/// A machine takes nothing for a withdrawal: it tells the desk and its sender, who may say so on the page for it.
#[tokio::test]
async fn words_of_withdrawal_are_seen_and_their_sender_is_told_what_they_were_taken_for() {
    let offered = |policy: &mut case::Policy| {
        (policy.journey.withdrawal.offered, policy.journey.extraordinary) = (true, true);
    };
    let (app, _dir) = testing::app_with(offered).await;
    let mail = |text| raw("Mei <mei@example.com>", "desk@laika.example", "Subject: Vertrag\r\n", text);
    let case = opened(&app, mail("Hiermit widerrufe ich den Vertrag.")).await;
    assert!(case.flags.contains(&Flag::MayWithdraw) && case.declaration.way.kind == Kind::Ordinary);
    let sent = worked(&app).await;
    let told = &sent[0].message.text;
    assert!(told.contains("no machine can tell") && told.contains("/withdraw"), "{told}");
    assert!(opened(&app, mail("Please cancel my card.")).await.flags.iter().all(|flag| *flag != Flag::MayWithdraw));
    // Whoever has read it says what it is.
    let robot = raw("no-reply@example.com", "desk@laika.example", "", "我要撤回合约");
    let held = take(&app, robot).await;
    let read = open_from(&app, &held.id, "withdrawal").await.unwrap().unwrap();
    let read = app.store.case(read).await.unwrap().unwrap();
    assert!(read.declaration.way.kind == Kind::Withdrawal && !read.flags.contains(&Flag::MayWithdraw));
    let held =
        take(&app, raw("no-reply@example.com", "desk@laika.example", "", "Please do not withdraw my offer.")).await;
    let read = open_from(&app, &held.id, "ordinary").await.unwrap().unwrap();
    let read = app.store.case(read).await.unwrap().unwrap();
    assert!(read.declaration.way.kind == Kind::Ordinary && !read.flags.contains(&Flag::MayWithdraw));
    // For cause the mail itself says why.
    let held = take(&app, raw("no-reply@example.org", "desk@laika.example", "", "No signal since March.")).await;
    let read = open_from(&app, &held.id, "extraordinary").await.unwrap().unwrap();
    let kind = app.store.case(read).await.unwrap().unwrap().declaration.way.kind;
    assert!(matches!(&kind, Kind::Extraordinary { reason } if reason.contains("No signal")), "{kind:?}");
}
