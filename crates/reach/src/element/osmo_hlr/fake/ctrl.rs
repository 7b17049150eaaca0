//! The fake's CTRL.

use tokio::net::TcpStream;

use super::super::imsi::Imsi;
use super::super::ipa;
use super::{Door, Mood, Shared, World, more};

pub(super) async fn serve(mut stream: TcpStream, shared: &Shared) {
    let mut heard = Vec::new();
    while more(&mut stream, &mut heard).await {
        while let Some((frame, used)) = ipa::split(&heard) {
            let asked = frame.osmo(ipa::EXT_CTRL).map(|text| String::from_utf8_lossy(text).into_owned());
            heard.drain(..used);
            let Some(asked) = asked else { return };
            let said = answer(&mut shared.world(), &asked);
            if asked.contains("subscriber.delete") && shared.mood(Door::Ctrl) == Mood::LosesDeletions {
                return;
            }
            let mut bytes = Vec::new();
            ipa::put(&mut bytes, ipa::OSMO, &[&[ipa::EXT_CTRL], said.as_bytes()]);
            if shared.say(Door::Ctrl, &mut stream, &bytes).await.is_break() {
                return;
            }
        }
    }
}

fn answer(world: &mut World, asked: &str) -> String {
    let mut words = asked.splitn(4, ' ');
    let (Some(word @ ("GET" | "SET")), Some(id), Some(name)) = (words.next(), words.next(), words.next()) else {
        return "ERROR err Request malformed".into();
    };
    let value = words.next();
    let said = match (word, name, value) {
        ("SET", "subscriber.create", Some(imsi)) => create(world, imsi),
        ("SET", "subscriber.delete", Some(imsi)) => match Imsi::new(imsi) {
            None => Err("Invalid IMSI value."),
            Some(_) => world.subscribers.remove(imsi).map(|s| s.id.to_string()).ok_or("Subscriber doesn't exist."),
        },
        _ => of_one(world, word, name),
    };
    match said {
        Ok(said) => format!("{word}_REPLY {id} {name} {said}"),
        Err(why) => format!("ERROR {id} {why}"),
    }
}

fn create(world: &mut World, imsi: &str) -> Result<String, &'static str> {
    if Imsi::new(imsi).is_none() {
        return Err("Invalid IMSI value.");
    }
    if world.subscribers.contains_key(imsi) {
        return Err("Subscriber already exists.");
    }
    Ok(world.create(imsi).to_string())
}

fn of_one(world: &mut World, word: &str, name: &str) -> Result<String, &'static str> {
    let of = name.strip_prefix("subscriber.by-imsi-").and_then(|rest| rest.split_once('.'));
    let (imsi, what) = of.ok_or("Command not found")?;
    if Imsi::new(imsi).is_none() {
        return Err("Invalid value part of 'by-xxx-value' selector.");
    }
    let s = world.subscribers.get_mut(imsi).ok_or(super::super::ctrl::UNKNOWN)?;
    match (word, what) {
        ("SET", "aud3g") => {
            s.keys = true;
            Ok("OK".into())
        }
        ("GET", "info") => {
            let mut info =
                format!("\nid\t{}\nimsi\t{imsi}\nnam_cs\t{}\nnam_ps\t{}", s.id, u8::from(s.cs), u8::from(s.ps));
            for (name, value) in [("vlr_number", &s.vlr), ("sgsn_number", &s.sgsn)] {
                if let Some(value) = value {
                    info += &format!("\n{name}\t{value}");
                }
            }
            Ok(info + "\nms_purged_cs\t0\nms_purged_ps\t0\nlmsi\t00000000")
        }
        _ => Err("Command not found"),
    }
}
