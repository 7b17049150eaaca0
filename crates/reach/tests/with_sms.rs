//! The texter against a real OsmoMSC as SMSC, which `./test --only sms` starts. It takes a text for any
//! number and keeps it in its database, packed for the air, until the phone comes; there we look.

mod sms_laws;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use reach::sms::fake::Taken;
use reach::sms::{Settings, Smpp};
use reach::{Failure, Texter};
use rusmpp::pdus::BindTransceiver;
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use rusmpp::{Command, CommandId, CommandStatus};
use rusqlite::{Connection, OpenFlags};
use sms_laws::{Exchange, message, now};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Encoder, FramedRead};

fn var(name: &str) -> String {
    std::env::var(name).expect("run ./test --only sms")
}

fn settings(url: &str) -> Settings {
    Settings::new(url, "Laika", 10_000, 20).unwrap()
}

struct Real(Arc<Smpp>);

fn real() -> Real {
    Real(Arc::new(Smpp::new(settings(&var("CEASE_TEST_SMPP")))))
}

#[async_trait]
impl Exchange for Real {
    fn texter(&self) -> Arc<dyn Texter> {
        self.0.clone()
    }

    async fn taken(&self, to: &str, at_least: usize) -> Vec<Taken> {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let taken = stored(to);
            if taken.len() >= at_least {
                return taken;
            }
            assert!(Instant::now() < until, "{} of {at_least} messages for {to}", taken.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn stored(to: &str) -> Vec<Taken> {
    let db = Connection::open_with_flags(var("CEASE_TEST_SMS_DB"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    let sql = "SELECT src_ton, src_npi, src_addr, dest_ton, dest_npi, dest_addr, ud_hdr_ind, status_rep_req, \
               data_coding_scheme, user_data FROM SMS WHERE dest_addr = ? ORDER BY id";
    let mut found = db.prepare(sql).unwrap();
    let rows = found.query_map([to], |row| {
        let (header, data_coding): (bool, u8) = (row.get(6)?, row.get(8)?);
        let data: Vec<u8> = row.get(9)?;
        Ok(Taken {
            id: String::new(),
            source: (row.get(0)?, row.get(1)?, row.get(2)?),
            dest: (row.get(3)?, row.get(4)?, row.get(5)?),
            esm_class: if header { 0x40 } else { 0 },
            registered: row.get(7)?,
            data_coding,
            octets: if data_coding == 0 { unpacked(&data, header) } else { data },
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Septets from the air (3GPP TS 23.038, 6.1.2.1): as many as the octets kept, those of the header first.
fn unpacked(data: &[u8], header: bool) -> Vec<u8> {
    let bit = |n: usize| data[n / 8] >> (n % 8) & 1;
    let septet = |n: usize| (0..7).fold(0, |all, b| all | bit(7 * n + b) << b);
    let head = if header { 6 } else { 0 };
    let first = if header { 7 } else { 0 };
    data[..head].iter().copied().chain((first..data.len()).map(septet)).collect()
}

#[tokio::test]
async fn a_short_text_arrives_as_one_message() {
    sms_laws::a_short_text_arrives_as_one_message(&real(), "447700900101").await;
}

#[tokio::test]
async fn a_long_text_arrives_in_parts_that_fit_together() {
    sms_laws::a_long_text_arrives_in_parts_that_fit_together(&real(), "447700900102").await;
}

#[tokio::test]
async fn chinese_and_pictures_arrive() {
    sms_laws::chinese_and_pictures_arrive(&real(), "447700900103").await;
}

#[tokio::test]
async fn the_same_key_is_sent_once() {
    sms_laws::the_same_key_is_sent_once(&real(), "447700900104").await;
}

#[tokio::test]
async fn many_at_once_all_arrive_once() {
    sms_laws::many_at_once_all_arrive_once(&real(), "447700900105").await;
}

#[tokio::test]
async fn what_cannot_be_a_text_is_given_up() {
    sms_laws::what_cannot_be_a_text_is_given_up(&real(), "447700900106").await;
}

#[tokio::test]
async fn a_wrong_password_is_named() {
    let guessed = settings(&var("CEASE_TEST_SMPP").replace("secret12", "guessed1"));
    let why = Smpp::probe(&guessed).await.unwrap_err().to_string();
    assert!(why.contains("system_id and password (0x0e)"), "{why}");
    Smpp::probe(&settings(&var("CEASE_TEST_SMPP"))).await.unwrap();
}

/// Why we bind as 3.4: of any other version, this SMSC says nothing at all.
#[tokio::test]
async fn another_version_is_dropped_without_a_word() {
    let url = var("CEASE_TEST_SMPP");
    let address = url.rsplit_once('@').unwrap().1;
    for (version, answered) in [(InterfaceVersion::Smpp5_0, false), (InterfaceVersion::Smpp3_4, true)] {
        let tcp = tokio::net::TcpStream::connect(address).await.unwrap();
        let mut session = FramedRead::new(tcp, CommandCodec::new());
        let bind = BindTransceiver::builder()
            .system_id(COctetString::from_slice(b"cease\0").unwrap())
            .password(COctetString::from_slice(b"secret12\0").unwrap())
            .interface_version(version)
            .build();
        let mut bytes = BytesMut::new();
        CommandCodec::new().encode(Command::new(CommandStatus::EsmeRok, 1, bind), &mut bytes).unwrap();
        session.get_mut().write_all(&bytes).await.unwrap();
        let said = timeout(Duration::from_secs(1), session.next()).await;
        let bound = match &said {
            Ok(Some(Ok(answer))) => answer.id() == CommandId::BindTransceiverResp,
            Ok(Some(Err(error))) => panic!("{version:?}: {error}"),
            // Silence, or the end of the line.
            Ok(None) | Err(_) => false,
        };
        assert_eq!(bound, answered, "{version:?}: {said:?}");
    }
}

/// One after the other by one session, each stored once.
#[tokio::test]
async fn a_session_outlives_a_thousand_texts() {
    let texter = real().0;
    let mut sending = tokio::task::JoinSet::new();
    for n in 0..1_000 {
        let (texter, text) = (Arc::clone(&texter), message(&format!("load/{n}"), "447700900107", "Hello"));
        sending.spawn(async move { texter.send(&text, now()).await });
    }
    while let Some(done) = sending.join_next().await {
        match done.unwrap() {
            Ok(ids) => assert_eq!(ids.len(), 1),
            Err(Failure::Retry(why) | Failure::NotYet(why) | Failure::GiveUp(why)) => panic!("{why}"),
        }
    }
    assert_eq!(real().taken("447700900107", 1_000).await.len(), 1_000);
}
