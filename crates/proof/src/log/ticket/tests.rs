use super::*;
use crate::SigningKey;
use crate::log::note::{Kind, cosign, sign};
use crate::log::tree::{inclusion, leaf_hash, prove, root};
use crate::log::{TileAt, Tiles};

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, &[seed; 32]).unwrap()
}

fn known(kind: Kind, key: &SigningKey) -> VerifierKey {
    VerifierKey::new(kind, key.public())
}

fn ticket(index: u64, size: u64, signers: &[&SigningKey]) -> Ticket {
    let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&[n as u8])).collect();
    let mut tiles = Tiles::default();
    tiles.put(TileAt { level: 0, n: 0 }, leaves.clone());
    let path = prove(&inclusion(index, size).unwrap(), &tiles).unwrap();
    let text = Checkpoint::new("log.example", size, root(&leaves)).text();
    let note = Note::new(text.clone(), signers.iter().map(|key| sign(&text, key)).collect());
    Ticket { extra: None, index, path, note }
}

#[test]
fn a_proof_is_read_as_it_was_written_and_holds() {
    let (log, witness) = (key("log.example", 1), key("witness.example", 2));
    for (index, size) in [(0, 1), (0, 2), (4, 7), (99, 100), (254, 255)] {
        let mut made = ticket(index, size, &[&log]);
        let line = cosign(made.note.text(), &witness, 1_700_000_000);
        made.note.add(line);
        let text = made.to_string();
        let read = Ticket::parse(text.as_bytes()).unwrap();
        assert_eq!((read.to_string(), &read), (text, &made));
        let (log, witness) = (known(Kind::Note, &log), known(Kind::Cosignature, &witness));
        let verify = |leaf: &[u8], origin: &str, log: &VerifierKey| {
            read.verify(&leaf_hash(leaf), origin, std::slice::from_ref(log), std::slice::from_ref(&witness))
        };
        let (checkpoint, opened) = verify(&[index as u8], "log.example", &log).unwrap();
        assert_eq!((checkpoint.size, opened.vouched.len()), (size, 2));
        assert_eq!(verify(b"other", "log.example", &log), Err(TicketError::NotIncluded));
        assert_eq!(verify(b"other", "other.example", &log), Err(TicketError::Origin("log.example".into())));
        // The witness alone does not make it the log's.
        let stranger = known(Kind::Note, &key("log.example", 9));
        assert_eq!(verify(&[index as u8], "log.example", &stranger), Err(TicketError::Unsigned));
    }
}

#[test]
fn an_extra_line_is_kept_but_never_believed() {
    let log = key("log.example", 1);
    let made = Ticket { extra: Some(b"anything".to_vec()), ..ticket(1, 3, &[&log]) };
    assert!(made.to_string().starts_with("c2sp.org/tlog-proof@v1\nextra YW55dGhpbmc=\nindex 1\n"));
    assert_eq!(Ticket::parse(made.to_string().as_bytes()), Ok(made));
}

#[test]
fn what_is_no_proof_is_refused() {
    let text = ticket(1, 3, &[&key("log.example", 1)]).to_string();
    let with = |from: &str, to: &str| text.replacen(from, to, 1);
    let hash_line = text.lines().nth(2).unwrap();
    for bad in [
        String::new(),
        with("@v1", "@v2"),
        with("index 1", "index 01"),
        with("index 1", "index -1"),
        with("index 1", "index"),
        with("index 1\n", ""),
        with("index 1", "extra !\nindex 1"),
        with("index 1", "index 1\nindex 1"),
        with(hash_line, &hash_line[..40]),
        with(hash_line, &format!("{hash_line}\n").repeat(64)),
        with("\n\n", "\n"),
        text.trim_end().to_owned(),
    ] {
        assert!(Ticket::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
}
