use super::*;

const GOOD: &str = r#"
name = "core"
link.allow = ["127.0.0.1"]
headers = { Authorization = "Bearer hunter2" }
observe = { method = "GET", url = "http://127.0.0.1:9/s/{imsi}" }
bar = { method = "PATCH", url = "http://127.0.0.1:9/s/{imsi}", body = '{"state":"barred","key":"{key}"}' }
unbar = { method = "PATCH", url = "http://127.0.0.1:9/s/{imsi}", body = '{"state":"active"}' }
cease = { method = "DELETE", url = "http://127.0.0.1:9/s/{imsi}", taken = [204, 404] }
active = [{ pointer = "/state", equals = "active" }]
barred = [{ pointer = "/state", equals = "barred" }]
gone = [{ status = [404, 410] }, { pointer = "/state", absent = true }]
"#;

fn why(from: &str, to: &str) -> String {
    let text = GOOD.replace(from, to);
    assert_ne!(text, GOOD, "{from}");
    match toml::from_str::<Http>(&text) {
        Ok(settings) => HttpElement::new(&settings).err().unwrap_or_else(|| "fine".into()),
        Err(e) => e.to_string(),
    }
}

#[test]
fn what_cannot_work_is_said_with_its_key() {
    let good: Http = toml::from_str(GOOD).unwrap();
    assert!(HttpElement::new(&good).is_ok());
    for (from, to, says) in [
        (r#""GET""#, r#""get it""#, "observe.method"),
        (
            "observe = { method = \"GET\", url = \"http://127.0.0.1:9/s/{imsi}\"",
            "observe = { method = \"GET\", url = \"http://127.0.0.1:9/s/{imei}\"",
            "observe.url has {imei}",
        ),
        (
            "\"GET\", url = \"http://127.0.0.1:9/s/{imsi}\"",
            "\"GET\", url = \"http://127.0.0.1:9/s/{key}\"",
            "observe.url has {key}",
        ),
        (
            "\"GET\", url = \"http://127.0.0.1:9/s/{imsi}\"",
            "\"GET\", url = \"http://127.0.0.1:9/s\"",
            "observe names no card",
        ),
        ("\"GET\", url = \"http://127.0.0.1:9", "\"GET\", url = \"http://10.0.0.1:9", "observe.url leads to 10.0.0.1"),
        (
            "\"GET\", url = \"http://127.0.0.1:9",
            "\"GET\", url = \"http://2130706434:9",
            "observe.url leads to 127.0.0.2",
        ),
        ("\"GET\", url = \"http://127.0.0.1:9", "\"GET\", url = \"http://8.8.8.8", "without TLS"),
        ("\"GET\", url = \"http://127.0.0.1:9", "\"GET\", url = \"http://u:p@127.0.0.1:9", "name or password"),
        ("\"GET\", url = \"http://127.0.0.1:9", "\"GET\", url = \"file://127.0.0.1", "must begin with https://"),
        ("\"GET\", url = \"http://127.0.0.1:9", "\"GET\", url = \"http://{imsi}.example", "where host and port are"),
        ("barred\",\"key\":\"{key}", "barred\",\"key\":\"{token}", "bar.body has {token}"),
        ("Authorization", "\"Author ization\"", "headers.Author ization is no name"),
        (r#""Bearer hunter2""#, r#"{ file = "/nowhere/key" }"#, "headers.Authorization: /nowhere/key"),
        (r#""Bearer hunter2""#, r#""a\nb""#, "headers.Authorization has characters"),
        ("pointer = \"/state\", equals = \"active\"", "pointer = \"state\", equals = \"active\"", "active[0].pointer"),
        (", absent = true", "", "gone[1].pointer needs"),
        ("[404, 410]", "[4040]", "gone[0].status"),
        ("barred = [{ pointer = \"/state\", equals = \"barred\" }]", "barred = []", "barred says in no way"),
        ("\"127.0.0.1\"]", "\"core.example\"]", "link.allow"),
        ("taken", "token", "unknown field `token`"),
    ] {
        let why = why(from, to);
        assert!(why.contains(says), "{says}: {why}");
        assert!(!why.contains("hunter2"), "{why}");
    }
}

#[test]
fn neither_print_nor_page_shows_a_header() {
    let good: Http = toml::from_str(GOOD).unwrap();
    assert!(!format!("{good:?}").contains("hunter2"));
    assert!(!serde_json::to_string(&good).unwrap().contains("hunter2"));
}

#[test]
fn an_answer_that_could_mean_two_things_means_the_careful_one() {
    let good: Http = toml::from_str(GOOD).unwrap();
    let element = HttpElement::new(&good).unwrap();
    let read = |code: u16, body: &str| {
        let answer = Answer {
            status: crate::http::StatusCode::from_u16(code).unwrap(),
            headers: Default::default(),
            body: body.to_owned().into(),
        };
        let fits =
            |(observed, signs): &(Observed, Vec<Sign>)| Some((*observed, signs.iter().find_map(|s| s.read(&answer))?));
        element.signs.iter().find_map(fits)
    };
    let said = |observed, evidence: &str| Some((observed, evidence.to_owned()));
    assert_eq!(read(200, r#"{"state":"active"}"#), said(Observed::Active, "HTTP 200, /state = \"active\""));
    assert_eq!(read(200, r#"{"state":"barred"}"#), said(Observed::Barred, "HTTP 200, /state = \"barred\""));
    assert_eq!(read(200, r#"{"state":null}"#), said(Observed::Gone, "HTTP 200, /state is absent"));
    assert_eq!(read(404, "<html>"), said(Observed::Gone, "HTTP 404"));
    // An error page, half an answer or a word nobody described is no sign of anything.
    for (code, body) in
        [(200, "<html>"), (200, r#"{"state":"#), (200, r#"{"state":"frozen"}"#), (500, "{}"), (302, ""), (200, "")]
    {
        assert_eq!(read(code, body), None, "{code} {body}");
    }
}
