use super::*;

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, &[seed; 32]).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn tenure(role: Role, name: &str, seed: u8) -> Tenure {
    let key = VerifierKey::new(role.kind(), key(name, seed).public());
    Tenure { role, key, from: at("2026-01-01T00:00:00Z"), until: at("2028-01-01T00:00:00Z"), revoked: None }
}

fn first() -> Manifest {
    Manifest {
        root: key("desk.example/root", 1).public(),
        origin: "desk.example/log".into(),
        version: 1,
        issued: at("2026-06-01T00:00:00Z"),
        quorum: 1,
        keys: vec![
            tenure(Role::Log, "desk.example/log", 2),
            tenure(Role::Certificate, "desk.example", 3),
            tenure(Role::Witness, "witness.example", 4),
        ],
    }
}

#[test]
fn a_manifest_is_read_as_it_was_signed() {
    let file = first().sign(&key("desk.example/root", 1)).unwrap();
    assert_eq!(Manifest::parse(file.as_bytes()), Ok(first()));
    // One that names another root than signs it.
    assert_eq!(first().sign(&key("desk.example/root", 9)), Err(ManifestError::Signature));
}

#[test]
fn no_bit_of_a_manifest_can_be_changed() {
    let file = first().sign(&key("desk.example/root", 1)).unwrap();
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut changed = file.clone().into_bytes();
            changed[at] ^= 1 << bit;
            assert!(Manifest::parse(&changed).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn what_a_root_signs_carelessly_is_refused_all_the_same() {
    let root = key("desk.example/root", 1);
    let sign = |change: fn(&mut Manifest)| {
        let mut made = first();
        change(&mut made);
        made.sign(&root)
    };
    assert!(sign(|_| {}).is_ok());
    assert_eq!(sign(|m| drop(m.keys.remove(0))), Err(ManifestError::NoLogKey));
    assert_eq!(sign(|m| m.keys.push(m.keys[0].clone())), Err(ManifestError::Malformed));
    assert_eq!(sign(|m| m.origin.clear()), Err(ManifestError::Malformed));
    assert_eq!(sign(|m| m.origin = "a\nversion 9".into()), Err(ManifestError::Malformed));
    assert_eq!(sign(|m| m.issued = at("2026-06-01T00:00:00.5Z")), Err(ManifestError::Malformed));
    // A key that signs notes cannot be named as a witness.
    assert_eq!(sign(|m| m.keys[0].role = Role::Witness), Err(ManifestError::Malformed));
}

#[test]
fn the_past_of_a_key_is_never_rewritten() {
    let next = |change: fn(&mut Manifest)| {
        let mut made = Manifest { version: 2, issued: at("2026-11-01T00:00:00Z"), ..first() };
        change(&mut made);
        made.succeeds(&first())
    };
    let ok = Ok(());
    let rewritten = || Err(ManifestError::Rewritten("desk.example/log".into()));
    assert_eq!(next(|_| {}), ok);
    assert_eq!(next(|m| m.keys.push(tenure(Role::Log, "desk.example/log", 7))), ok);
    assert_eq!(next(|m| m.quorum = 2), ok);
    assert_eq!(next(|m| m.keys[0].until = at("2026-11-01T00:00:00Z")), ok);
    assert_eq!(next(|m| m.keys[0].until = at("2029-01-01T00:00:00Z")), ok);
    assert_eq!(next(|m| m.keys[0].revoked = Some(at("2026-02-01T00:00:00Z"))), ok);
    assert_eq!(next(|m| m.keys[0].until = at("2026-10-01T00:00:00Z")), rewritten());
    assert_eq!(next(|m| m.keys[0].from = at("2025-01-01T00:00:00Z")), rewritten());
    assert_eq!(next(|m| drop(m.keys.remove(0))), rewritten());
    assert_eq!(next(|m| m.version = 1), Err(ManifestError::Version));
    assert_eq!(next(|m| m.issued = at("2026-05-01T00:00:00Z")), Err(ManifestError::Version));
    assert_eq!(next(|m| m.origin = "other".into()), Err(ManifestError::Stranger));
    let mut revoked = first();
    revoked.keys[0].revoked = Some(at("2026-02-01T00:00:00Z"));
    let after = |revoked_at: Option<&str>| {
        let mut made = Manifest { version: 2, ..first() };
        made.keys[0].revoked = revoked_at.map(at);
        made.succeeds(&revoked)
    };
    assert_eq!(after(Some("2026-02-01T00:00:00Z")), ok);
    assert_eq!(after(Some("2026-01-15T00:00:00Z")), ok);
    assert_eq!(after(Some("2026-03-01T00:00:00Z")), rewritten());
    assert_eq!(after(None), rewritten());
}
