//! `POST /api/carrier/{name}`: a carrier tells what has become of a parcel. Whether a parcel is anybody's here is not told
//! back.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::webhook;
use crate::app::Shared;
use crate::returns::carriers;

pub async fn post(State(app): State<Shared>, Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    // Which carriers there are is nobody's to find out.
    let Some(hook) = app.carriers.hook(&name) else { return webhook::unsigned() };
    let read = |body: &[u8]| hook.read(body).ok_or("this names no parcel, or is no JSON");
    let told = async |word, sent| carriers::told(&app, &word, sent).await;
    webhook::taken(&app, &name, hook.signed(), (&headers, &body), read, told).await
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use case::parcel::State as At;
    use reach::carrier::Settings;
    use std::sync::Arc;

    use crate::returns::carriers::Carriers;
    use crate::returns::tests::{posted, routers};
    use crate::web::webhook::tests::tell;

    fn settings() -> Settings {
        toml::from_str(
            "name = \"royal\"\ncarries = [\"*\"]\nwords = { DEL = \"delivered\" }\n\
             webhook = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
        )
        .unwrap()
    }

    #[tokio::test]
    async fn a_carrier_s_word_is_believed_once_and_only_when_signed() {
        let (app, _dir, case) = routers().await;
        posted(&app, &case).await;
        let mut app = Arc::into_inner(app).unwrap();
        app.carriers = Carriers::new(&[settings()]).unwrap();
        let app = Arc::new(app);
        let body = r#"{"tracking":"RA473124829GB","status":"DEL"}"#;
        let seconds = app.now().as_second().to_string();
        let right = app.carriers.hook("royal").unwrap().signed().signature("m1", &seconds, body.as_bytes());
        let state = async || app.store.case(case.reference).await.unwrap().unwrap().parcel.unwrap().state();
        for (name, head, status) in [
            ("royal", ["m1", &seconds, "v1,AAAA"], StatusCode::UNAUTHORIZED),
            ("royal", ["m2", &seconds, &right], StatusCode::UNAUTHORIZED),
            ("royal", ["m1", "1", &right], StatusCode::UNAUTHORIZED),
            ("nobody", ["m1", &seconds, &right], StatusCode::UNAUTHORIZED),
        ] {
            assert_eq!(tell(&app, &format!("/api/carrier/{name}"), head, body).await.0, status);
        }
        assert_eq!(state().await, At::Posted);
        let head = ["m1", &seconds, &right];
        assert_eq!(tell(&app, "/api/carrier/royal", head, body).await, (StatusCode::OK, r#"{"taken":true}"#.into()));
        assert_eq!(state().await, At::Delivered);
        let journal = app.store.journal(case.reference).await.unwrap().len();
        assert_eq!(tell(&app, "/api/carrier/royal", head, body).await, (StatusCode::OK, r#"{"taken":false}"#.into()));
        assert_eq!(app.store.journal(case.reference).await.unwrap().len(), journal);
    }
}
