use super::*;

/// From the specification.
const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn secret(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, &[seed; 32]).unwrap()
}

fn verifier(kind: Kind, key: &SigningKey) -> VerifierKey {
    VerifierKey::new(kind, key.public())
}

#[test]
fn the_specifications_example_opens() {
    let key: VerifierKey = KEY.parse().unwrap();
    assert_eq!(key.to_string(), KEY);
    let note = Note::parse(NOTE.as_bytes()).unwrap();
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(note.to_string(), NOTE);
    assert_eq!(
        note.open(std::slice::from_ref(&key)).unwrap(),
        Opened { vouched: vec![Vouched { key, at: None }], ignored: 0 }
    );
}

#[test]
fn keys_of_both_kinds_are_read_and_kept_apart() {
    let key = secret("witness.example", 3);
    let cosigner = verifier(Kind::Cosignature, &key);
    let text = cosigner.to_string();
    assert_eq!(text.parse::<VerifierKey>().unwrap(), cosigner);
    assert_ne!(text, verifier(Kind::Note, &key).to_string());
    assert!(text.parse::<PublicKey>().is_err());
}

#[test]
fn unknown_signatures_are_passed_over_and_false_ones_are_not() {
    let (log, witness, stranger) = (secret("log.example", 1), secret("witness.example", 2), secret("log.example", 3));
    let text = "log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    let known = [verifier(Kind::Note, &log), verifier(Kind::Cosignature, &witness)];
    let mut note = Note::new(text.to_owned(), vec![sign(text, &stranger)]);
    assert_eq!(note.open(&known), Err(NoteError::Nobody));
    note.add(sign(text, &log));
    note.add(cosign(text, &witness, 1_700_000_000));
    note.add(cosign(text, &witness, 1_700_000_001));
    let opened = note.open(&known).unwrap();
    assert_eq!(opened.ignored, 2);
    let at: Vec<Option<u64>> = opened.vouched.iter().map(|v| v.at).collect();
    assert_eq!(at, [None, Some(1_700_000_000)]);
    // The witness's plain signature is of another algorithm, so it is nobody's.
    assert_eq!(Note::new(text.to_owned(), vec![sign(text, &witness)]).open(&known), Err(NoteError::Nobody));
    // The right name and hash over another text.
    let moved = Note::new("another\n".to_owned(), vec![sign(text, &log)]);
    assert_eq!(moved.open(&known), Err(NoteError::Signature("log.example".into())));
    // A cosignature whose time was changed.
    let mut later = cosign(text, &witness, 1_700_000_000);
    later.bytes[7] ^= 1;
    assert!(Note::new(text.to_owned(), vec![sign(text, &log), later]).open(&known).is_err());
}

#[test]
fn the_last_empty_line_parts_text_and_signatures() {
    let key = secret("a", 1);
    let text = "one\n\ntwo\n\n\n";
    let note = Note::new(text.to_owned(), vec![sign(text, &key)]);
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read.text(), text);
    assert!(read.open(&[verifier(Kind::Note, &key)]).is_ok());
}

#[test]
fn what_is_no_note_is_refused() {
    let line = NOTE.split_once("\n\n").unwrap().1;
    for bad in [
        String::new(),
        "\n".into(),
        "\n\n".into(),
        "text\n".into(),
        "text\n\n".into(),
        format!("text\n\n{}", line.trim_end()),
        format!("text\n{line}"),
        format!("text\n\n{line}\n"),
        format!("te\rxt\n\n{line}"),
        format!("te\0xt\n\n{line}"),
        format!("text\n\n{}", line.replace('—', "-")),
        format!("text\n\n{}", line.replace(" Uw2", "  Uw2")),
        format!("text\n\n{}", line.replace("foo", "f+o")),
        format!("text\n\n{}", line.replace("foo", "f\u{2003}o")),
        "text\n\n— a AAAA\n".into(),
        "text\n\n— a AAAAAA==\n".into(),
        "text\n\n—  AAAAAAA=\n".into(),
        format!("text\n\n{}", line.repeat(101)),
        format!("{}\n\n{line}", "x".repeat(MAX_NOTE)),
    ] {
        assert!(Note::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert!(Note::parse(b"\xff\n\n\xe2\x80\x94 a AAAAAAA=\n").is_err());
    assert!(Note::parse(format!("text\n\n{}", line.repeat(100)).as_bytes()).is_ok());
}

proptest::proptest! {
    #[test]
    fn whatever_is_read_is_written_the_same(bytes in "[ -~\n—+=]{0,200}") {
        if let Ok(note) = Note::parse(bytes.as_bytes()) {
            proptest::prop_assert_eq!(note.to_string(), bytes.as_str());
        }
        // A key's text either.
        if let Ok(key) = bytes.parse::<VerifierKey>() {
            proptest::prop_assert_eq!(key.to_string(), bytes.as_str());
        }
    }
}
