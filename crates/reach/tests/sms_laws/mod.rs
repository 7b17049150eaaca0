//! What every SMSC owes us through our texter. The real one and the fake obey the same laws.

use std::sync::Arc;

use async_trait::async_trait;
use case::Timestamp;
use reach::sms::fake::Taken;
use reach::sms::segments::{Coding, Cut, join};
use reach::{Failure, Message, Texter};
use tokio::task::JoinSet;

/// A texter, and the SMSC behind it.
#[async_trait]
pub trait Exchange {
    fn texter(&self) -> Arc<dyn Texter>;
    /// What was taken for a number, once there are `at_least` messages. Where the SMSC does not say, `id`
    /// is empty.
    async fn taken(&self, to: &str, at_least: usize) -> Vec<Taken>;
}

pub fn now() -> Timestamp {
    "2026-11-26T04:00:00Z".parse().unwrap()
}

pub fn message(key: &str, to: &str, text: &str) -> Message {
    Message { key: key.into(), to: format!("+{to}"), text: text.into(), ..Message::default() }
}

/// The texts that a phone would show, in the order in which they began.
pub fn shown(taken: &[Taken]) -> Vec<String> {
    let mut texts: Vec<(Option<u8>, Cut)> = Vec::new();
    for one in taken {
        let coding = if one.data_coding == 8 { Coding::Ucs2 } else { Coding::Gsm7 };
        if one.esm_class & 0x40 == 0 {
            texts.push((None, Cut { coding, parts: vec![one.octets.clone()] }));
            continue;
        }
        let [5, 0, 3, reference, of, part, body @ ..] = one.octets.as_slice() else { panic!("{:?}", one.octets) };
        let (of, part) = (usize::from(*of), usize::from(*part) - 1);
        let at = texts.iter().position(|(r, cut)| *r == Some(*reference) && cut.parts[part].is_empty());
        let at = at.unwrap_or_else(|| {
            texts.push((Some(*reference), Cut { coding, parts: vec![Vec::new(); of] }));
            texts.len() - 1
        });
        texts[at].1.parts[part] = body.to_vec();
    }
    for (_, cut) in &texts {
        assert!(cut.parts.len() == 1 || cut.parts.iter().all(|part| !part.is_empty()), "a part is missing: {texts:?}");
    }
    texts.into_iter().map(|(_, cut)| join(&cut)).collect()
}

pub async fn a_short_text_arrives_as_one_message(exchange: &impl Exchange, to: &str) {
    let text = "Laika Mobile: 42 @ £1 [~] {ok} 10€\nÄÖÜ?";
    exchange.texter().send(&message("short/1", to, text), now()).await.unwrap();
    let taken = exchange.taken(to, 1).await;
    assert_eq!(shown(&taken), [text]);
    let [one] = taken.as_slice() else { panic!("{taken:?}") };
    assert_eq!(one.source, (5, 0, "Laika".into()), "a name");
    assert_eq!(one.dest, (1, 1, to.to_owned()), "an international number");
    assert_eq!((one.esm_class, one.data_coding), (0, 0));
}

pub async fn a_long_text_arrives_in_parts_that_fit_together(exchange: &impl Exchange, to: &str) {
    let text = format!("{}€{}", "0123456789 ".repeat(14).trim_end(), " and so on".repeat(20));
    exchange.texter().send(&message("long/1", to, &text), now()).await.unwrap();
    let taken = exchange.taken(to, 3).await;
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|one| one.esm_class == 0x40 && one.data_coding == 0));
    assert_eq!(shown(&taken), [text]);
}

pub async fn chinese_and_pictures_arrive(exchange: &impl Exchange, to: &str) {
    for (n, text) in ["莱卡移动：您的注销单 C7K4-M2QX-D 已受理。", &"卡已注销，凭证见注销单页面。😀龘𠮷".repeat(6)]
        .iter()
        .enumerate()
    {
        exchange.texter().send(&message(&format!("zh/{n}"), to, text), now()).await.unwrap();
        let taken = exchange.taken(to, 1 + 2 * n).await;
        assert!(taken.iter().all(|one| one.data_coding == 8), "{taken:?}");
        assert_eq!(shown(&taken).last().map(String::as_str), Some(*text));
    }
}

pub async fn the_same_key_is_sent_once(exchange: &impl Exchange, to: &str) {
    let (texter, text) = (exchange.texter(), message("same/1", to, "Once."));
    let (a, b) = tokio::join!(texter.send(&text, now()), texter.send(&text, now()));
    assert_eq!(a.unwrap(), b.unwrap(), "under the same names");
    texter.send(&text, now()).await.unwrap();
    texter.send(&message("same/2", to, "Twice."), now()).await.unwrap();
    assert_eq!(shown(&exchange.taken(to, 2).await), ["Once.", "Twice."]);
}

pub async fn many_at_once_all_arrive_once(exchange: &impl Exchange, to: &str) {
    let mut sending = JoinSet::new();
    for n in 0..200 {
        let (texter, text) = (exchange.texter(), message(&format!("many/{n}"), to, &format!("Number {n}.")));
        sending.spawn(async move { texter.send(&text, now()).await });
    }
    while let Some(done) = sending.join_next().await {
        done.unwrap().unwrap();
    }
    let mut arrived = shown(&exchange.taken(to, 200).await);
    arrived.sort_unstable();
    let mut sent: Vec<String> = (0..200).map(|n| format!("Number {n}.")).collect();
    sent.sort_unstable();
    assert_eq!(arrived, sent);
}

pub async fn what_cannot_be_a_text_is_given_up(exchange: &impl Exchange, to: &str) {
    let texter = exchange.texter();
    for (key, number, text) in
        [("e", to, ""), ("l", to, &*"a".repeat(1_531)), ("n", "07700900123", "Hello"), ("m", "x@y.example", "Hello")]
    {
        let sent = texter.send(&message(key, number, text), now()).await;
        let Err(Failure::GiveUp(why)) = sent else { panic!("{number}: {sent:?}") };
        assert!(!why.contains(number), "{why}");
    }
}
