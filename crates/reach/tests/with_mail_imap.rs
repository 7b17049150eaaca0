//! The mailbox by IMAP against a real Dovecot, and signatures against a verifier of somebody else's.

mod mailbox_laws;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::{SmtpTransport, Transport};
use mailbox_laws::Place;
use reach::mail::Smtp;
use reach::mail::dkim::Dkim;
use reach::mail::imap::Imap;
use reach::mail::inbox::{Away, Post};
use reach::{Mailer, Message};

fn var(name: &str) -> String {
    std::env::var(name).expect("run ./test --only mail")
}

fn maildir(to: &str) -> PathBuf {
    PathBuf::from(var("CEASE_TEST_MAILDIR")).join(to)
}

fn files(dir: PathBuf) -> Vec<PathBuf> {
    ["new", "cur"]
        .iter()
        .filter_map(|sub| std::fs::read_dir(dir.join(sub)).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .collect()
}

async fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "{what} never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

struct Real {
    imap: Imap,
    to: &'static str,
}

fn real(to: &'static str) -> Real {
    let (host, password) = (var("CEASE_TEST_IMAP"), var("CEASE_TEST_IMAP_PASSWORD"));
    let url = format!("imap://{}:{password}@{host}", to.replace('@', "%40"));
    Real { imap: Imap::new(&url, "INBOX", "Done", "Failed").unwrap_or_else(|e| panic!("{e}")), to }
}

#[async_trait]
impl Place for Real {
    fn post(&self) -> &dyn Post {
        &self.imap
    }

    async fn deliver(&self, raw: &[u8]) {
        let before = files(maildir(self.to)).len();
        let (to, raw) = (self.to, raw.to_vec());
        let sent = tokio::task::spawn_blocking(move || {
            let server = var("CEASE_TEST_SMTP");
            let (host, port) = server.rsplit_once(':').unwrap();
            let smtp = SmtpTransport::builder_dangerous(host).port(port.parse().unwrap()).build();
            let envelope = Envelope::new(Some("a@test.example".parse().unwrap()), vec![to.parse().unwrap()]).unwrap();
            smtp.send_raw(&envelope, &raw).unwrap();
        });
        sent.await.unwrap();
        wait_for("the message", || (files(maildir(self.to)).len() > before).then_some(())).await;
    }

    async fn away(&self, to: Away) -> usize {
        let folder = match to {
            Away::Done => ".Done",
            Away::Failed => ".Failed",
        };
        files(maildir(self.to).join(folder)).len()
    }
}

#[tokio::test]
async fn what_waits_is_read_whole_and_stays_until_it_is_put_away() {
    mailbox_laws::what_waits_is_read_whole_and_stays_until_it_is_put_away(&real("box-one@test.example")).await;
}

#[tokio::test]
async fn what_comes_ends_the_waiting() {
    mailbox_laws::what_comes_ends_the_waiting(&real("box-two@test.example")).await;
}

#[tokio::test]
async fn a_wrong_password_is_said_and_tried_again_later() {
    let host = var("CEASE_TEST_IMAP");
    let imap = Imap::new(&format!("imap://x%40test.example:wrong@{host}"), "INBOX", "Done", "Failed");
    let why = imap.unwrap_or_else(|e| panic!("{e}")).probe().await.unwrap_err();
    assert!(matches!(&why, reach::Failure::Retry(text) if text.contains("name and password")), "{why}");
}

/// dkimpy's answer for each signature of the message, with our records in place of the DNS.
fn verified(raw: &[u8], records: &[(String, String)]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/dkim_verify.py");
    let mut verify = Command::new("/usr/bin/python3");
    verify.arg(script).args(records.iter().flat_map(|(name, value)| [name, value]));
    let mut verify = verify.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    verify.stdin.take().unwrap().write_all(raw).unwrap();
    String::from_utf8(verify.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn signatures_hold_before_another_verifier_after_the_whole_way() {
    let mut key = Command::new("openssl");
    key.args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    let pem = key.stderr(Stdio::null()).output().unwrap().stdout;
    let dkim = || {
        let dkim = Dkim::new("test.example").ed25519("cease", &[7; 32]).unwrap();
        dkim.rsa("cease-rsa", std::str::from_utf8(&pem).unwrap()).unwrap()
    };
    let records = dkim().records();
    let smtp = Smtp::new(&format!("smtp://{}", var("CEASE_TEST_SMTP")), "Laika 莱卡 <desk@test.example>").unwrap();
    let message = Message {
        key: "C7K4-M2QX-D/1".into(),
        to: "signed@test.example".into(),
        subject: "您的注销申请已收到，单号 C7K4-M2QX-D，请妥善保管本邮件以备查询".into(),
        text: "您好！\n\n.\nTwo  spaces, and a tab\there.   \n\n\n".into(),
        html: Some("<p>您好！</p>".into()),
        attachments: vec![("凭证.json".into(), "application/json".into(), b"{\n}\n".to_vec())],
        reply_to: Some("desk+c7k4m2qxd.0123456789abcdef@test.example".into()),
        follows: Some("C7K4-M2QX-D/0".into()),
        by_person: false,
    };
    let now = "2026-11-22T14:03:20Z".parse().unwrap();
    smtp.signing(dkim()).send(&message, now).await.unwrap();
    let file = wait_for("the letter", || files(maildir("signed@test.example")).pop()).await;
    let raw = std::fs::read(file).unwrap();
    assert_eq!(verified(&raw, &records), "ok ok");
    let text = String::from_utf8(raw.clone()).unwrap();
    assert!(text.contains("Return-Path: <desk+c7k4m2qxd.0123456789abcdef@test.example>"), "{text}");
    for (from, to) in [("Subject: ", "Subject: Re: "), ("Reply-To: desk", "Reply-To: evil"), ("ewp9", "ewp8")] {
        assert!(text.contains(from), "{from} in\n{text}");
        assert_eq!(verified(text.replacen(from, to, 1).as_bytes(), &records), "bad bad", "{from}");
    }
    let second = format!("From: boss@test.example\n{text}");
    assert_eq!(verified(second.as_bytes(), &records), "bad bad", "a second From in front");
    let mut swapped = records.clone();
    swapped[0].1 = Dkim::new("test.example").ed25519("cease", &[8; 32]).unwrap().records()[0].1.clone();
    assert_eq!(verified(&raw, &swapped).matches("ok").count(), 1, "by another key");
}
