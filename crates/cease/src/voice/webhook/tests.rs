use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt;

use super::*;
use crate::testing::{app, card, configured, holder};
use crate::voice::VoiceConfig;

const TOKEN: &str = "12345678901234567890";

fn with_token(app: &Shared) -> Shared {
    configured(app, |config| {
        let json = serde_json::json!({ "webhook_token": TOKEN });
        config.voice = Some(serde_json::from_value::<VoiceConfig>(json).unwrap());
    })
}

fn sign(url: &str, fields: &[(String, String)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort();
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    let text = sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

async fn ask(app: &Shared, path: &str, fields: &[(&str, &str)], signature: Option<&str>) -> (StatusCode, String) {
    let owned: Vec<(String, String)> = fields.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    let url = format!("{}{path}", app.config.desk.url);
    let signature = signature.map_or_else(|| sign(&url, &owned), str::to_owned);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(Body::from(body))
        .unwrap();
    let response = crate::web::router(app.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// The example of Twilio's documentation.
#[test]
fn a_signature_is_made_as_documented() {
    let fields: Vec<(String, String)> = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]
    .map(|(n, v)| (n.to_owned(), v.to_owned()))
    .to_vec();
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    assert!(is_signed("12345", url, &fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
    assert!(!is_signed("12345", url, &fields, "RSOYDt4T1cUTdK1PDd93/VVr8B9="));
    assert!(!is_signed("12345", "https://mycompany.com/", &fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
    assert!(!is_signed("", url, &fields, ""));
}

#[tokio::test]
async fn a_card_is_declared_by_webhooks() {
    let (app, _dir) = app().await;
    let app = with_token(&app);
    let mei = holder(&app, 1, "mei").await;
    let number = card(&app, 5, mei.id).await.iccid.unwrap();
    let from = ("From", "+447700900101");
    let (status, first) = ask(&app, "/api/voice", &[("CallSid", "CA1"), from], None).await;
    assert_eq!(status, StatusCode::OK);
    assert!(first.contains("<Say language=\"zh-CN\">") && first.contains("action=\"/api/voice/1\""), "{first}");
    let steps = ["2", "1", &number, "1", "3", "1", "1", "2"];
    let mut heard = String::new();
    for (n, digits) in steps.iter().enumerate() {
        let path = format!("/api/voice/{}", n + 1);
        let (status, said) = ask(&app, &path, &[("CallSid", "CA1"), from, ("Digits", digits)], None).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        heard = said;
    }
    assert!(heard.contains("<Hangup/>"), "{heard}");
    let cases = app.store.cases_of(mei.id).await.unwrap();
    assert_eq!(cases.len(), 1);
    let (status, _) =
        ask(&app, "/api/voice/over", &[("CallSid", "CA1"), from, ("CallStatus", "completed")], None).await;
    assert_eq!(status, StatusCode::OK);
    let journal = app.store.journal(cases[0].case.reference).await.unwrap();
    assert!(case::thread::messages(&journal).any(|message| message.channel == case::Channel::Voice));
}

#[tokio::test]
async fn what_is_not_signed_or_comes_again_is_refused() {
    let (plain, _dir) = app().await;
    // Where nobody has a secret there is nothing here.
    assert_eq!(ask(&plain, "/api/voice", &[("CallSid", "CA1")], None).await.0, StatusCode::NOT_FOUND);
    let app = with_token(&plain);
    assert_eq!(ask(&app, "/api/voice", &[("CallSid", "CA1")], Some("")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(&app, "/api/voice", &[("CallSid", "CA1")], Some("AAAA")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(&app, "/api/voice", &[("CallSid", "CA1")], None).await.0, StatusCode::OK);
    // The same question once more, one out of its turn, and one of a call that is none.
    assert_eq!(ask(&app, "/api/voice", &[("CallSid", "CA1")], None).await.0, StatusCode::CONFLICT);
    assert_eq!(ask(&app, "/api/voice/1", &[("CallSid", "CA1"), ("Digits", "2")], None).await.0, StatusCode::OK);
    assert_eq!(ask(&app, "/api/voice/1", &[("CallSid", "CA1"), ("Digits", "2")], None).await.0, StatusCode::CONFLICT);
    assert_eq!(ask(&app, "/api/voice/7", &[("CallSid", "CA1")], None).await.0, StatusCode::CONFLICT);
    assert_eq!(ask(&app, "/api/voice/1", &[("CallSid", "CA9")], None).await.0, StatusCode::CONFLICT);
    assert_eq!(ask(&app, "/api/voice/x", &[("CallSid", "CA9")], None).await.0, StatusCode::CONFLICT);
    assert_eq!(ask(&app, "/api/voice", &[("From", "x")], None).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}
