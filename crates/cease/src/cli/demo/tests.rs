use super::*;

#[test]
fn the_demo_s_numbers_are_what_they_say() {
    let policy = Config::default().policy().unwrap();
    for (_, body, phone, serial, ..) in CARDS {
        for (text, kind) in [(with_luhn(body).as_str(), "iccid"), (phone, "msisdn"), (serial, "serial")] {
            let found = identify(text, &policy.identify).unwrap();
            assert_eq!(found.id.kind(), kind, "{text}");
            assert_ne!(found.check, case::identify::Check::Failed, "{text}");
        }
    }
}

#[test]
fn a_desk_that_is_no_demonstration_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let theirs = dir.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    std::fs::write(theirs.join("channels.toml"), "an operator's").unwrap();
    assert!(claim(&theirs).unwrap_err().to_string().contains("no demonstration's"));
    assert_eq!(std::fs::read_dir(&theirs).unwrap().count(), 1, "nothing was written");
    assert_eq!(std::fs::read_to_string(theirs.join("channels.toml")).unwrap(), "an operator's");
    let ours = dir.path().join("ours");
    claim(&ours).unwrap();
    std::fs::write(ours.join("cease.db"), "made up").unwrap();
    claim(&ours).unwrap();
}

/// What is printed signs in, and sees the case that was given to it and no other.
#[tokio::test]
async fn the_partner_sees_its_own_case_and_no_other() {
    let (app, _dir) = crate::testing::app().await;
    seed(&app).await.unwrap();
    let partner = people().into_iter().find(|person| person.part == "partner").unwrap();
    let account = app.store.account_by_login(&partner.username).await.unwrap().unwrap();
    let seconds = u64::try_from(app.now().as_second()).unwrap();
    let code = crate::account::totp_now(&partner.totp_secret.unwrap(), seconds).unwrap();
    let mut browser = crate::testing::Browser::new(&app).await;
    let fields = [("login", partner.username.as_str()), ("password", &partner.password), ("code", &code)];
    assert_eq!(browser.post("/desk/sign-in", &fields).await.location(), "/desk");
    let all = app.store.list(store::View::All, None, 100).await.unwrap();
    let mut seen = Vec::new();
    for summary in &all {
        let reference = summary.case.reference;
        let status = browser.get(&format!("/desk/case/{reference}")).await.status.as_u16();
        let theirs = app.store.agency_of(reference).await.unwrap() == account.agency;
        assert_eq!(status, if theirs { 200 } else { 404 }, "{reference}");
        seen.extend(theirs.then_some(reference));
    }
    assert!(seen.len() == 1 && all.len() > 3, "{seen:?} of {}", all.len());
}
