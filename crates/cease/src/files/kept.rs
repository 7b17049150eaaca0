//! What ties a file to the case that names it: from then on the journal has the hash of its bytes, so that another in its
//! place is told apart. A file may be gone, erased by its date; it is never another one.

use case::{Entry, Event, FileId};
use sha2::{Digest, Sha256};
use store::{StoreError, StoredFile};

use crate::act::files_in;
use crate::app::App;
use crate::keys::hex_of;

/// What these events name, as it is now.
pub async fn named(app: &App, events: &[Event]) -> Result<Vec<Event>, StoreError> {
    let mut kept = Vec::new();
    for id in files_in(events) {
        if let Some(file) = app.store.file(id).await? {
            kept.push(Event::Kept { file: id, sha256: hash(&file) });
        }
    }
    Ok(kept)
}

/// A file of a case with this journal, where it is still there and is the one that the case took up. Cases that are older
/// than these hashes say nothing of theirs.
pub async fn file(app: &App, journal: &[Entry], id: FileId) -> Result<Option<StoredFile>, StoreError> {
    let Some(stored) = app.store.file(id).await? else { return Ok(None) };
    let now = hash(&stored);
    let another = |event: &Event| matches!(event, Event::Kept { file, sha256 } if *file == id && *sha256 != now);
    match journal.iter().find(|entry| entry.events.iter().any(another)) {
        Some(Entry { case, .. }) => {
            Err(StoreError::Corrupt { what: "file", why: format!("{id} is not the file that case {case} took up") })
        }
        None => Ok(Some(stored)),
    }
}

fn hash(file: &StoredFile) -> String {
    hex_of(&Sha256::digest(&file.bytes))
}

#[cfg(test)]
mod tests {
    use case::{Actor, Assurance, Channel, Command, Declaration, Person, Role};

    use super::*;
    use crate::act::{act, declare};
    use crate::evidence::{self, For};
    use crate::log::check;
    use crate::testing;

    /// Whoever can write to the database can put another file there: nobody is shown it, nothing is signed over it, and
    /// whoever looks through everything hears of it.
    #[tokio::test]
    async fn another_file_in_its_place_is_neither_shown_nor_signed() {
        let (app, _dir) = testing::app().await;
        let id = FileId::from_bits;
        let put = async |n: u64, bytes: &[u8]| {
            let (media, name, bytes) = ("application/pdf".to_owned(), "letter.pdf".to_owned(), bytes.to_vec());
            app.store.put_file(StoredFile { id: id(n), media, name, bytes, at: app.now() }).await.unwrap();
        };
        for n in 1..=4 {
            put(n, b"as it was sent").await;
        }
        let number = case::identify::identify("8944770000000000017", &app.policy.identify).unwrap();
        let declaration =
            Declaration { files: vec![id(1)], ..Declaration::of(number.id, Person::default(), app.now()) };
        let holder = Actor::Holder { account: None, assurance: Assurance::nothing() };
        let reference = declare(&app, &holder, declaration, Vec::new(), None).await.unwrap().reference;
        let files = |n| vec![(id(n), "letter.pdf".to_owned())];
        for command in [
            Command::AddFile { file: id(2), name: "letter.pdf".into() },
            Command::Say { text: "See here.".into(), channel: Channel::Web, files: files(3) },
            Command::Receive { mail: "m1".into(), text: "See here.".into(), files: files(4) },
        ] {
            act(&app, reference, &holder, &command).await.unwrap();
        }
        let case = app.store.case(reference).await.unwrap().unwrap();
        let (jo, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
        let mut desk = testing::Browser::new(&app).await;
        desk.sign_in(jo.id, case::Level::SecondFactor).await;
        let why = [("reveal-reason", "compare"), ("reveal-text", "what they sent")];
        desk.post(&format!("/desk/case/{reference}/reveal"), &why).await;
        let mut shown = async |n| desk.get(&format!("/desk/case/{reference}/file/{}", id(n))).await;
        for n in 1..=4 {
            assert_eq!(shown(n).await.status, 200);
            put(n, b"as it was not").await;
            let got = shown(n).await;
            assert_eq!(got.status, 500);
            assert!(got.body.contains("What is stored here has been changed") && !got.body.contains("as it was"));
            let refused = evidence::of(&app, &case, For::Holder).await.unwrap_err().to_string();
            assert!(refused.contains(&id(n).to_string()) && refused.contains(&reference.to_string()), "{refused}");
            let found = check::everything(&app, |_, _| {}).await;
            assert!(matches!(found, Err(check::Fault::Wrong(wrong)) if wrong.to_string() == refused));
            put(n, b"as it was sent").await;
            evidence::of(&app, &case, For::Holder).await.unwrap();
            check::everything(&app, |_, _| {}).await.unwrap();
        }
    }
}
