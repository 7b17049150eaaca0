use super::soft::{Soft, attestation};
use super::*;

const CHALLENGE: [u8; 32] = [7; 32];

fn desk() -> Party {
    Party::of("https://desk.example").unwrap()
}

fn register(soft: &Soft) -> Result<New, Wrong> {
    let (client, object) = soft.create(&CHALLENGE);
    registered(&desk(), &CHALLENGE, &ClientData::read(&client)?, &object)
}

fn check(key: &[u8], answer: &soft::Answer) -> Result<u32, Wrong> {
    asserted(&desk(), &CHALLENGE, &ClientData::read(&answer.client)?, key, &answer.data, &answer.signature)
}

#[test]
fn a_passkey_is_made_and_answers() {
    for ed_dsa in [false, true] {
        let mut soft = Soft::new(&desk(), 1, ed_dsa);
        let new = register(&soft).unwrap();
        assert_eq!((new.id.clone(), new.key.clone(), new.count), (soft.id.clone(), soft.key(), 1));
        assert_eq!(check(&new.key, &soft.get(&CHALLENGE)), Ok(2));
        assert_eq!(check(&new.key, &soft.get(&CHALLENGE)), Ok(3));
    }
}

#[test]
fn whoever_answers_for_another_place_or_purpose_is_refused() {
    let mut soft = Soft::new(&desk(), 1, false);
    let key = register(&soft).unwrap().key;
    let other = Soft::new(&desk(), 2, false).key();
    assert_eq!(check(&other, &soft.get(&CHALLENGE)), Err(Wrong::Signature));
    assert_eq!(check(&key, &soft.get(&[8; 32])), Err(Wrong::Challenge));
    let create = soft.client("create", &CHALLENGE);
    assert_eq!(check(&key, &soft.sign(create)), Err(Wrong::Type));
    for origin in ["http://desk.example", "https://desk.example.evil.example", "https://desk.example:444", "null", ""] {
        soft.party.origin = origin.to_owned();
        assert_eq!(check(&key, &soft.get(&CHALLENGE)), Err(Wrong::Origin), "{origin}");
        assert_eq!(register(&soft), Err(Wrong::Origin), "{origin}");
    }
    soft.party = Party { id: "example".into(), ..desk() };
    assert_eq!(check(&key, &soft.get(&CHALLENGE)), Err(Wrong::Party));
    assert_eq!(register(&soft), Err(Wrong::Party));
    soft.party = desk();
    for said in [r#""crossOrigin":true"#, r#""crossOrigin":false,"topOrigin":"https://evil.example""#] {
        let client = String::from_utf8(soft.client("get", &CHALLENGE)).unwrap();
        let client = client.replace(r#""crossOrigin":false"#, said).into_bytes();
        assert_eq!(check(&key, &soft.sign(client)), Err(Wrong::Origin), "{said}");
    }
}

#[test]
fn a_person_must_be_there_and_verified() {
    for (flags, wrong) in
        [(0b000, Wrong::NotPresent), (0b100, Wrong::NotPresent), (0b001, Wrong::NotVerified), (0b1_0101, Wrong::Flags)]
    {
        let mut soft = Soft::new(&desk(), 1, true);
        let key = soft.key();
        soft.flags = flags;
        assert_eq!(check(&key, &soft.get(&CHALLENGE)), Err(wrong), "{flags:b}");
        assert_eq!(register(&soft), Err(wrong), "{flags:b}");
    }
    let mut soft = Soft::new(&desk(), 1, true);
    soft.flags = 0b1_1101;
    assert!(register(&soft).is_ok() && check(&soft.key(), &soft.get(&CHALLENGE)).is_ok(), "one that is backed up");
}

fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    })
}

#[test]
fn no_bit_of_an_answer_may_be_another() {
    for ed_dsa in [false, true] {
        let mut soft = Soft::new(&desk(), 1, ed_dsa);
        let key = soft.key();
        let good = soft.get(&CHALLENGE);
        assert!(check(&key, &good).is_ok());
        let mut tried = 0;
        let mut refused = |key: &[u8], answer: soft::Answer| {
            tried += 1;
            assert!(check(key, &answer).is_err(), "{answer:?}");
        };
        flipped(&good.client).for_each(|client| refused(&key, soft::Answer { client, ..good.clone() }));
        flipped(&good.data).for_each(|data| refused(&key, soft::Answer { data, ..good.clone() }));
        flipped(&good.signature).for_each(|signature| refused(&key, soft::Answer { signature, ..good.clone() }));
        flipped(&key).for_each(|key| refused(&key, good.clone()));
        for n in 0..good.data.len() {
            refused(&key, soft::Answer { data: good.data[..n].to_vec(), ..good.clone() });
        }
        for n in 0..good.signature.len() {
            refused(&key, soft::Answer { signature: good.signature[..n].to_vec(), ..good.clone() });
        }
        for n in 0..key.len() {
            refused(&key[..n], good.clone());
        }
        for more in [&good.data[..], &[0], &[0xa0]] {
            refused(&key, soft::Answer { data: [&good.data, more].concat(), ..good.clone() });
        }
        assert!(tried > 2_000, "{tried}");
    }
}

#[test]
fn a_registration_that_is_taken_differs_only_in_what_nothing_signs() {
    for ed_dsa in [false, true] {
        let soft = Soft::new(&desk(), 1, ed_dsa);
        let (client, object) = soft.create(&CHALLENGE);
        let read = ClientData::read(&client).unwrap();
        let good = registered(&desk(), &CHALLENGE, &read, &object).unwrap();
        let mut taken = 0;
        for changed in flipped(&object) {
            let Ok(new) = registered(&desk(), &CHALLENGE, &read, &changed) else { continue };
            taken += 1;
            // Flags that say nothing to us and the maker's number apart, a change shows in what is kept.
            let at = object.iter().zip(&changed).position(|(a, b)| a != b).unwrap();
            let data = object.len() - (32 + 1 + 4 + 16 + 2 + soft.id.len() + soft.key().len());
            let silent = (data + 32..data + 33).contains(&at) || (data + 37..data + 53).contains(&at);
            assert_eq!(new == good, silent, "byte {at}");
            assert_eq!(new.id.len(), good.id.len());
            assert!(Key::read(&new.key).is_ok());
        }
        assert!(taken > 300, "{taken}");
        for n in 0..object.len() {
            assert!(registered(&desk(), &CHALLENGE, &read, &object[..n]).is_err());
        }
        assert!(registered(&desk(), &CHALLENGE, &read, &[&object[..], &[0]].concat()).is_err());
        for changed in flipped(&client) {
            let Ok(read) = ClientData::read(&changed) else { continue };
            let new = registered(&desk(), &CHALLENGE, &read, &object);
            let told = String::from_utf8(changed).unwrap();
            assert!(new.is_err() || !told.contains("crossOrigin"), "{told}");
        }
    }
}

#[test]
fn attestations_and_keys_that_were_not_asked_for_are_refused() {
    let soft = Soft::new(&desk(), 1, false);
    let (client, object) = soft.create(&CHALLENGE);
    let client = ClientData::read(&client).unwrap();
    let data = data::attested(&object).unwrap();
    let packed = attestation("packed", data);
    assert_eq!(registered(&desk(), &CHALLENGE, &client, &packed), Err(Wrong::Attestation));
    let with = |key: &[u8]| {
        let id = &data[..55 + soft.id.len()];
        registered(&desk(), &CHALLENGE, &client, &attestation("none", &[id, key].concat()))
    };
    assert!(with(&soft.key()).is_ok());
    // ES384's number; a P-256 key that says EdDSA; a parameter too many; one twice; x before kty; a private key.
    let key = soft.key();
    let changed = |at: usize, byte: u8| {
        let mut key = key.clone();
        key[at] = byte;
        key
    };
    assert_eq!(with(&[&key[..4], &[0x38, 0x22], &key[5..]].concat()), Err(Wrong::Key));
    assert_eq!(with(&changed(4, 0x27)), Err(Wrong::Key));
    assert_eq!(with(&changed(6, 2)), Err(Wrong::Key));
    assert_eq!(with(&[&[0xa6], &key[1..], &[2, 0x41, 0]].concat()), Err(Wrong::Key));
    assert_eq!(with(&[&[0xa6], &key[1..], &[3, 0x26]].concat()), Err(Wrong::Key));
    assert_eq!(with(&[&[0xa5], &key[5..], &key[1..5]].concat()), Err(Wrong::Key));
    assert_eq!(with(&[&[0xa6], &key[1..], &[0x23, 0x58, 32], &[9; 32]].concat()), Err(Wrong::Key));
    // Extensions are read over, where they are there and said to be.
    let mut extended = [data, &[0xa1, 0x61, b'x', 0xf5]].concat();
    assert!(registered(&desk(), &CHALLENGE, &client, &attestation("none", &extended)).is_err());
    extended[32] |= 0x80;
    assert!(registered(&desk(), &CHALLENGE, &client, &attestation("none", &extended)).is_ok());
}

#[test]
fn hostile_bytes_neither_panic_nor_take_long() {
    let soft = Soft::new(&desk(), 1, false);
    let (client, object) = soft.create(&CHALLENGE);
    let client = ClientData::read(&client).unwrap();
    // Arrays in arrays, maps and texts longer than anything, endless ones, tags on tags.
    let mut hostile: Vec<Vec<u8>> = [0x81, 0x9f, 0xbf, 0xa1, 0xc1, 0xd8, 0x5f, 0x7f, 0xff, 0xfb]
        .into_iter()
        .flat_map(|byte| [vec![byte; SENT_MAX], vec![byte; SENT_MAX + 1], vec![byte; 70]])
        .collect();
    for head in [0x5b, 0x7b, 0x9b, 0xbb] {
        hostile.push([&[head][..], &[0xff; 8], &[0; 100]].concat());
    }
    let data = data::attested(&object).unwrap();
    for bytes in &hostile {
        let key = [&data[..71], bytes].concat();
        for object in [bytes.clone(), attestation("none", bytes), attestation("none", &key)] {
            assert!(registered(&desk(), &CHALLENGE, &client, &object).is_err());
        }
        assert!(Key::read(bytes).is_err() && ClientData::read(bytes).is_err());
    }
    // A seeded storm over every prefix of what is right.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..100_000 {
        let mut bytes = object.clone();
        for _ in 0..draw() % 4 + 1 {
            let at = usize::try_from(draw()).unwrap() % bytes.len();
            bytes[at] = draw().to_le_bytes()[0];
        }
        bytes.truncate(usize::try_from(draw()).unwrap() % bytes.len());
        assert!(registered(&desk(), &CHALLENGE, &client, &bytes).is_err(), "cut off");
    }
}

#[test]
fn client_data_is_read_as_browsers_write_it_and_no_otherwise() {
    let soft = Soft::new(&desk(), 1, false);
    let good = String::from_utf8(soft.client("get", &CHALLENGE)).unwrap();
    let (with, without) = good.split_once(r#","crossOrigin":false"#).unwrap();
    for fine in [good.clone(), format!("{with}{without}"), good.replace('{', r#"{"other":[1,{"a":null}],"#)] {
        assert_eq!(ClientData::read(fine.as_bytes()).unwrap().challenge, CHALLENGE);
    }
    for bad in [
        good.replace('}', r#","origin":"https://evil.example"}"#),
        good.replace("false", "\"false\""),
        good.replace("\"challenge\"", "\"challenges\""),
        good.clone() + "{}",
        good.replace("BwcHB", "=wcHB"),
        good.replace("BwcHB", ""),
        format!("{}{good}{}", "[".repeat(5_000), "]".repeat(5_000)),
        String::new(),
    ] {
        assert!(ClientData::read(bad.as_bytes()).is_err(), "{bad:.80}");
    }
    assert!(ClientData::read(format!("{good}{}", " ".repeat(SENT_MAX)).as_bytes()).is_err());
}

#[test]
fn a_relying_party_has_a_name() {
    let of = |url: &str| Party::of(url).map(|p| (p.id, p.origin));
    let some = |id: &str, origin: &str| Some((id.to_owned(), origin.to_owned()));
    assert_eq!(of("https://Desk.Example"), some("desk.example", "https://desk.example"));
    assert_eq!(of("https://desk.example:443/"), some("desk.example", "https://desk.example"));
    assert_eq!(of("https://desk.example:8443"), some("desk.example", "https://desk.example:8443"));
    assert_eq!(of("http://localhost:8080"), some("localhost", "http://localhost:8080"));
    assert_eq!(of("http://127.0.0.1:8080"), some("localhost", "http://localhost:8080"));
    assert_eq!(of("http://[::1]:80"), some("localhost", "http://localhost"));
    for none in ["http://desk.example", "https://192.0.2.7", "https://[2001:db8::1]:8443", "https://", "desk.example"] {
        assert_eq!(of(none), None, "{none}");
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

#[test]
fn the_standard_s_own_vectors_are_read_and_verify() {
    let party = Party::of("https://example.org").unwrap();
    let mut seen = 0;
    for line in include_str!("vectors.txt").lines() {
        let mut words = line.split(' ');
        let what = words.next().unwrap_or_default();
        let parts: Vec<Vec<u8>> = if matches!(what, "registration" | "authentication") {
            words.map(unhex).collect()
        } else {
            continue;
        };
        seen += 1;
        match parts.as_slice() {
            [client, object] => {
                let client = ClientData::read(client).unwrap();
                let data = AuthData::read(data::attested(object).unwrap()).unwrap();
                let new = data.new.as_ref().unwrap();
                assert!(matches!(Key::read(new.key), Ok(Key::Es256 { .. })));
                assert_eq!(new.id.len(), 32);
                // Nobody was verified there.
                let answer = registered(&party, &client.challenge, &client, object);
                assert_eq!(answer, Err(Wrong::NotVerified));
            }
            [key, data, client, signature] => {
                let client = ClientData::read(client).unwrap();
                let answer = asserted(&party, &client.challenge, &client, key, data, signature);
                assert_eq!(answer, Err(Wrong::NotVerified));
                let key = Key::read(key).unwrap();
                let signed = [&data[..], &client.hash].concat();
                assert_eq!(key.verify(&signed, signature), Ok(()));
                // A few hundred of a long signature's bits tell as much as all.
                for wrong in flipped(signature).step_by(signature.len() / 64 + 1) {
                    assert_eq!(key.verify(&signed, &wrong), Err(Wrong::Signature));
                }
            }
            _ => panic!("{line:.80}"),
        }
    }
    assert_eq!(seen, 4);
}
