use std::collections::HashMap;

use serde_json::{Value, json};

use crate::soft::{Sign, Soft};
use crate::{ClientAuth, Discovery, Expected, Keys, Unfit, Wrong, challenge, identity, verify};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client_id: "desk",
        nonce: "n-1",
        now: NOW,
        skew: 60,
        asked_since: NOW - 3600,
        acr: &[],
        amr: &[],
    }
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "sub": "u-1", "aud": "desk", "exp": NOW + 300, "iat": NOW, "nonce": "n-1",
            "auth_time": NOW - 10, "name": "Nora Beck", "groups": ["a", "b"], "realm": { "roles": ["c"], "n": 1 } })
}

fn with(change: Value) -> Value {
    let mut all = claims();
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            all.as_object_mut().unwrap().remove(name);
        } else {
            all[name] = value.clone();
        }
    }
    all
}

fn keys(soft: &mut Soft) -> Keys {
    Keys::read(soft.jwks().to_string().as_bytes()).unwrap()
}

fn of(soft: &mut Soft, claims: &Value, expected: &Expected<'_>) -> Result<(), Wrong> {
    let keys = keys(soft);
    verify(&soft.signed(claims), &keys, expected).map(drop)
}

#[test]
fn a_right_token_says_who_it_is() {
    let mut soft = Soft::new(ISSUER, "");
    for _ in 0..2 {
        let keys = keys(&mut soft);
        let read = verify(&soft.signed(&claims()), &keys, &expected()).unwrap();
        assert_eq!((read.subject.as_str(), read.auth_time, read.name.as_deref()), ("u-1", NOW - 10, Some("Nora Beck")));
        assert_eq!(read.groups("groups"), ["a", "b"]);
        assert_eq!(read.groups("realm.roles"), ["c"]);
        for none in ["realm", "realm.n", "realm.roles.0", "", "groups.a"] {
            assert_eq!(read.groups(none), Vec::<&str>::new(), "{none}");
        }
        soft.rotate("key-2");
    }
    let read = verify(
        &soft.signed(&with(json!({ "aud": ["desk"], "groups": "a", "azp": "desk" }))),
        &keys(&mut soft),
        &expected(),
    );
    assert_eq!(read.unwrap().groups("groups"), ["a"]);
}

#[test]
fn whatever_a_token_says_otherwise_it_is_not_taken() {
    let mut soft = Soft::new(ISSUER, "");
    for (change, why) in [
        (json!({ "iss": "https://id.example/" }), Wrong::Issuer),
        (json!({ "iss": "https://evil.example" }), Wrong::Issuer),
        (json!({ "aud": "another" }), Wrong::Audience),
        (json!({ "aud": [] }), Wrong::Audience),
        (json!({ "aud": ["desk", "another"] }), Wrong::Audience),
        (json!({ "aud": ["desk", "another"], "azp": "desk" }), Wrong::Audience),
        (json!({ "azp": "another" }), Wrong::Audience),
        (json!({ "nonce": "n-2" }), Wrong::Nonce),
        (json!({ "nonce": null }), Wrong::Nonce),
        (json!({ "exp": NOW - 60 }), Wrong::Time),
        (json!({ "iat": NOW + 61 }), Wrong::Time),
        (json!({ "iat": NOW - 661 }), Wrong::Time),
        (json!({ "nbf": NOW + 61 }), Wrong::Time),
        (json!({ "auth_time": null }), Wrong::AuthTime),
        (json!({ "auth_time": NOW - 3661 }), Wrong::AuthTime),
        (json!({ "auth_time": NOW + 61 }), Wrong::AuthTime),
        (json!({ "sub": "" }), Wrong::Subject),
        (json!({ "sub": "x".repeat(256) }), Wrong::Subject),
        (json!({ "sub": "u\u{0}1" }), Wrong::Subject),
        (json!({ "sub": null }), Wrong::Unreadable),
        (json!({ "sub": 7 }), Wrong::Unreadable),
        (json!({ "exp": null }), Wrong::Unreadable),
        (json!({ "exp": "soon" }), Wrong::Unreadable),
        (json!({ "iat": null }), Wrong::Unreadable),
        (json!({ "aud": null }), Wrong::Unreadable),
        (json!({ "iss": null }), Wrong::Unreadable),
    ] {
        assert_eq!(of(&mut soft, &with(change.clone()), &expected()), Err(why), "{change}");
    }
    for within in [json!({ "exp": NOW - 59 }), json!({ "iat": NOW + 60 }), json!({ "auth_time": NOW as f64 + 0.5 })] {
        assert_eq!(of(&mut soft, &with(within.clone()), &expected()), Ok(()), "{within}");
    }
}

#[test]
fn how_strongly_somebody_was_asked_is_looked_at() {
    let mut soft = Soft::new(ISSUER, "");
    let strong = ["mfa".to_owned(), "hwk".to_owned()];
    let amr = Expected { amr: &strong, ..expected() };
    let acr = Expected { acr: &strong, ..expected() };
    assert_eq!(of(&mut soft, &claims(), &amr), Err(Wrong::Strength));
    assert_eq!(of(&mut soft, &with(json!({ "amr": ["pwd"] })), &amr), Err(Wrong::Strength));
    assert_eq!(of(&mut soft, &with(json!({ "amr": ["pwd", "hwk"] })), &amr), Ok(()));
    assert_eq!(of(&mut soft, &claims(), &acr), Err(Wrong::Strength));
    assert_eq!(of(&mut soft, &with(json!({ "acr": "pwd" })), &acr), Err(Wrong::Strength));
    assert_eq!(of(&mut soft, &with(json!({ "acr": "mfa" })), &acr), Ok(()));
}

#[test]
fn only_the_provider_s_own_signature_counts() {
    let mut soft = Soft::new(ISSUER, "");
    for (sign, why) in [
        (Sign::None, Wrong::Algorithm),
        (Sign::PublicKeyAsSecret, Wrong::Algorithm),
        (Sign::Confused, Wrong::Algorithm),
        (Sign::OtherKey, Wrong::Signature),
    ] {
        soft.sign = sign;
        assert_eq!(of(&mut soft, &claims(), &expected()), Err(why), "{sign:?}");
    }
    soft.sign = Sign::Right;
    let old = keys(&mut soft);
    let mut other = Soft::new(ISSUER, "");
    assert_eq!(verify(&other.signed(&claims()), &old, &expected()), Err(Wrong::Signature), "another's of that name");
    other.key_id = "key-9".into();
    assert_eq!(verify(&other.signed(&claims()), &old, &expected()), Err(Wrong::UnknownKey));
    soft.rotate("key-1");
    assert_eq!(verify(&soft.signed(&claims()), &old, &expected()), Err(Wrong::Algorithm), "EdDSA under an ES256 key");
}

#[test]
fn every_changed_bit_and_every_other_shape_is_refused() {
    let mut soft = Soft::new(ISSUER, "");
    let keys = keys(&mut soft);
    let token = soft.signed(&claims());
    for at in 0..token.len() {
        for bit in 0..7 {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(verify(&changed, &keys, &expected()).is_err(), "byte {at}, bit {bit}");
        }
    }
    let (signed, _) = token.rsplit_once('.').unwrap();
    let long = "a".repeat(70_000);
    for shape in
        ["", ".", "..", "...", signed, &format!("{signed}."), &format!("{token}.x"), &format!("{token}="), &long]
    {
        assert!(verify(shape, &keys, &expected()).is_err(), "{shape}");
    }
}

#[test]
fn what_must_be_understood_and_is_not_refuses_it() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut soft = Soft::new(ISSUER, "");
    let keys = keys(&mut soft);
    let body = URL_SAFE_NO_PAD.encode(claims().to_string());
    for (head, why) in [
        (json!({ "alg": "ES256", "kid": "key-1", "crit": ["exp"] }), Wrong::Critical),
        (json!({ "alg": "ES256", "kid": "key-1", "typ": "at+jwt" }), Wrong::Unreadable),
        (json!({ "alg": "none" }), Wrong::Algorithm),
        (json!({ "alg": "None" }), Wrong::Algorithm),
        (json!({ "alg": "es256" }), Wrong::Algorithm),
        (json!({ "alg": "ES256", "kid": "key-1", "jwk": { "kty": "oct" } }), Wrong::Signature),
        (json!({ "kid": "key-1" }), Wrong::Unreadable),
    ] {
        let token = format!("{}.{body}.AAAA", URL_SAFE_NO_PAD.encode(head.to_string()));
        assert_eq!(verify(&token, &keys, &expected()), Err(why), "{head}");
    }
    // A claim given twice is nobody's to choose from.
    let twice = claims().to_string().replacen('{', r#"{"sub":"u-2","#, 1);
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","kid":"key-1"}"#);
    assert!(verify(&format!("{head}.{}.AAAA", URL_SAFE_NO_PAD.encode(twice)), &keys, &expected()).is_err());
}

#[test]
fn a_set_leaves_out_what_is_not_for_signatures() {
    let read = |keys: Value| Keys::read(json!({ "keys": keys }).to_string().as_bytes()).map(|keys| keys.many());
    let ec = Soft::new(ISSUER, "").jwks()["keys"][0].clone();
    let but = |name: &str, value: &str| {
        let mut other = ec.clone();
        other[name] = value.into();
        other
    };
    assert_eq!(read(json!([ec, { "kty": "oct", "k": "AAAA" }, { "kty": "EC" }, 7])), Ok(1));
    for other in [
        but("use", "enc"),
        but("alg", "HS256"),
        but("alg", "RS256"),
        but("crv", "P-384"),
        but("x", "AAAA"),
        but("kty", "RSA"),
    ] {
        assert_eq!(read(json!([other])), Err(Wrong::UnknownKey), "{other}");
    }
    assert_eq!(read(json!([])), Err(Wrong::UnknownKey));
    assert_eq!(Keys::read(b"{}"), Err(Wrong::Unreadable));
    let short = json!({ "kty": "RSA", "n": "AAAA", "e": "AQAB" });
    assert_eq!(read(json!([short])), Err(Wrong::UnknownKey), "512 bits are none");
}

/// The standards' own examples: RFC 7515, appendix A.2 (RS256) and A.3 (ES256); RFC 8037, appendix A.4 (EdDSA).
#[test]
fn the_standards_own_signatures_are_right() {
    let body = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let rs = json!({ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" });
    let rs_token = format!(
        "eyJhbGciOiJSUzI1NiJ9.{body}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
    let es = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    let es_token = format!(
        "eyJhbGciOiJFUzI1NiJ9.{body}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    let ed = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let ed_token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let set = json!({ "keys": [rs, es, ed] }).to_string();
    let keys = Keys::read(set.as_bytes()).unwrap();
    // They are no ID tokens: with a right signature they are not read, with another they do not come that far.
    for token in [rs_token.as_str(), &es_token, ed_token] {
        assert_eq!(verify(token, &keys, &expected()), Err(Wrong::Unreadable));
        let at = token.len() - 4;
        let changed = format!("{}{}{}", &token[..at], if &token[at..=at] == "A" { "B" } else { "A" }, &token[at + 1..]);
        assert_eq!(verify(&changed, &keys, &expected()), Err(Wrong::Signature), "{changed}");
    }
}

#[test]
fn a_provider_must_name_itself_and_have_what_is_needed() {
    let soft = Soft::new(ISSUER, "");
    let read = |change: Value| {
        let mut said = soft.discovery();
        for (name, value) in change.as_object().unwrap() {
            if value.is_null() {
                said.as_object_mut().unwrap().remove(name);
            } else {
                said[name] = value.clone();
            }
        }
        Discovery::read(said.to_string().as_bytes(), ISSUER)
    };
    let found = read(json!({})).unwrap();
    assert_eq!(
        (found.token_endpoint.as_str(), found.client_auth, found.names_itself),
        ("https://id.example/token", ClientAuth::Basic, true)
    );
    assert_eq!(read(json!({ "code_challenge_methods_supported": null })).map(drop), Ok(()));
    assert!(!read(json!({ "authorization_response_iss_parameter_supported": null })).unwrap().names_itself);
    assert_eq!(read(json!({ "token_endpoint_auth_methods_supported": null })).unwrap().client_auth, ClientAuth::Basic);
    let post = read(json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] })).unwrap();
    assert_eq!(post.client_auth, ClientAuth::Post);
    for (change, why) in [
        (json!({ "issuer": "https://id.example/" }), Unfit::Issuer),
        (json!({ "issuer": "https://evil.example" }), Unfit::Issuer),
        (json!({ "response_types_supported": ["id_token"] }), Unfit::NoCode),
        (json!({ "code_challenge_methods_supported": ["plain"] }), Unfit::NoPkce),
        (json!({ "id_token_signing_alg_values_supported": ["none", "HS256"] }), Unfit::NoAlgorithm),
        (json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt"] }), Unfit::NoClientAuth),
        (json!({ "jwks_uri": null }), Unfit::Unreadable),
    ] {
        assert_eq!(read(change.clone()), Err(why), "{change}");
    }
    assert_eq!(Discovery::read(b"<html>", ISSUER), Err(Unfit::Unreadable));
}

#[test]
fn nobody_has_another_s_identity() {
    assert_ne!(identity("https://a.example", "1"), identity("https://b.example", "1"));
    assert_ne!(identity("https://a.example", "1"), identity("https://a.example", "2"));
    assert_ne!(identity("https://a.example1", ""), identity("https://a.example", "1"));
}

/// RFC 7636, appendix B.
#[test]
fn a_challenge_is_its_verifier_s() {
    assert_eq!(challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn the_provider_in_software_keeps_to_the_standard() {
    let mut soft = Soft::new(ISSUER, "https://desk.example/back");
    let (client, redirect) = (soft.client_id.clone(), soft.redirect.clone());
    let challenge = challenge("v-1");
    let query: HashMap<String, String> = [
        ("client_id", client.as_str()),
        ("redirect_uri", &redirect),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "s-1"),
        ("nonce", "n-1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    for wrong in query.keys().filter(|name| !["nonce", "code_challenge"].contains(&name.as_str())) {
        let mut other = query.clone();
        other.insert(wrong.clone(), String::new());
        assert!(soft.authorize(&other, NOW).is_err(), "{wrong}");
    }
    let code = |soft: &mut Soft| {
        let to = soft.authorize(&query, NOW).unwrap();
        to.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned()
    };
    let form = |code: &str, verifier: &str| -> HashMap<String, String> {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "https://desk.example/back"),
            ("code_verifier", verifier),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    };
    let basic = "Basic ZGVzazphK3NlY3JldCUzQStvZiUyRnRoZSUyQmRlc2slMjZpdHMrb3du";
    let one = code(&mut soft);
    assert_eq!(soft.token("Basic ZGVzazp4", &form(&one, "v-1"), NOW).0, 401);
    assert_eq!(soft.token(basic, &form(&one, "v-1"), NOW).0, 200);
    assert_eq!(soft.token(basic, &form(&one, "v-1"), NOW).0, 400, "a code is good once");
    let two = code(&mut soft);
    assert_eq!(soft.token(basic, &form(&two, "v-2"), NOW).0, 400, "another verifier");
}
