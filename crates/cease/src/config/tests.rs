use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use reach::element::osmo_hlr::Settings;

use super::{Config, Limits};

#[test]
fn limits_that_would_serve_nobody_are_refused() {
    assert!(Config::default().check().is_ok());
    let none = |change: fn(&mut Limits)| {
        let mut config = Config::default();
        change(&mut config.limits);
        config.check().unwrap_err().to_string()
    };
    assert!(none(|l| l.connections = 0).contains("limits.connections"));
    assert!(none(|l| l.connections = usize::MAX).contains("limits.connections"));
    assert!(none(|l| l.header_seconds = 0).contains("limits.header_seconds"));
    assert!(none(|l| l.request_seconds = u64::MAX).contains("limits.request_seconds"));
    assert!(none(|l| l.upload_bytes = usize::MAX).contains("limits.upload_bytes"));
}

fn why(change: impl FnOnce(&mut Config)) -> String {
    let mut config = Config::default();
    change(&mut config);
    config.check().map_or_else(|e| format!("{e:#}"), |()| "fine".into())
}

#[test]
fn what_cannot_work_is_named_before_anything_starts() {
    assert_eq!(why(|_| {}), "fine");
    assert_eq!(why(|c| c.desk.url = "https://desk.example".into()), "fine");
    assert_eq!(why(|c| c.desk.url = "http://[::1]:8080".into()), "fine");
    for url in ["http://desk.example", "http://localhost.example", "ftp://localhost", "desk.example", ""] {
        assert!(why(|c| c.desk.url = url.into()).starts_with("desk.url must begin"), "{url}");
    }
    assert!(why(|c| c.desk.url = "https://desk.example/cease".into()).starts_with("desk.url ends"));
    assert!(why(|c| c.desk.name = " ".into()).starts_with("desk.name must"));
    assert!(why(|c| c.desk.name_zh = String::new()).starts_with("desk.name_zh must"));
    for listen in ["8080", ":8080", "here", "localhost:http", "127.0.0.1:99999"] {
        assert!(why(|c| c.desk.listen = listen.into()).starts_with("desk.listen"), "{listen}");
    }
    assert!(why(|c| c.store.url = "mysql://u:secret@db".into()).starts_with("store.url"));
    assert!(!why(|c| c.store.url = "mysql://u:secret@db".into()).contains("secret"));
    for (url, about) in [
        ("postgres://u:secret@db/d?sslmode=verify-full", "disable, prefer or require"),
        ("postgres://u:secret@db:x1/d", "`port`"),
        ("postgres://u:secret@db/d?password2=secret", "cannot be read"),
    ] {
        let why = why(|c| c.store.url = url.into());
        assert!(why.starts_with("store.url") && why.contains(about) && !why.contains("secret"), "{why}");
    }
    assert!(why(|c| c.mail.smtp = "smtp://localhost".into()).starts_with("mail.from"));
    let mail = |smtp: &str, from: &str| why(|c| (c.mail.smtp, c.mail.from) = (smtp.into(), from.into()));
    assert_eq!(mail("smtps://u:secret@mail.example", "Desk <desk@mail.example>"), "fine");
    assert!(mail("smtp://mail.example", "Desk <desk@mail.example>").contains("in the clear"));
    assert!(mail("smtps://mail.example", "Desk").contains("Name <address>"));
    let inbox =
        |url: &str, address: &str| why(|c| (c.mail.inbox.url, c.mail.inbox.address) = (url.into(), address.into()));
    assert_eq!(inbox("imaps://u:secret@mail.example", "desk@mail.example"), "fine");
    assert_eq!(inbox("", "desk@mail.example"), "fine");
    assert!(inbox("imaps://u:secret@mail.example", "").starts_with("mail.inbox.address"));
    assert!(inbox("imap://u:secret@mail.example", "desk@mail.example").contains("in the clear"));
    for address in ["desk", "desk+x@mail.example", "desk@mail.example>", "@mail.example"] {
        assert!(inbox("", address).starts_with("mail.inbox.address"), "{address}");
    }
    let sms = |smpp: &str, sender: &str| why(|c| (c.sms.smpp, c.sms.sender) = (smpp.into(), sender.into()));
    assert_eq!(sms("smpp://cease:secret12@smsc.example:2775", "Laika"), "fine");
    assert!(sms("smpp://cease:secret12@smsc.example:2775", "").starts_with("sms: "));
    assert!(!sms("http://cease:secret12@smsc.example", "Laika").contains("secret12"));
    assert!(why(|c| c.mail.dkim = "a b".into()).starts_with("mail.dkim"));
    let hlr = |ctrl: &str| why(|c| c.network.osmo_hlr = Some(Settings { ctrl: ctrl.into(), ..Settings::default() }));
    assert_eq!(hlr("127.0.0.1:4259"), "fine");
    assert!(hlr("4259").starts_with("network.osmo_hlr: ctrl must be"));
    assert!(why(|c| c.limits.connections = 0).starts_with("limits"));
    assert!(why(|c| c.rules.pack = "/nowhere/pack.toml".into()).contains("/nowhere/pack.toml"));
}

/// A section with nothing in it is an HLR on this machine; the environment may say the rest.
#[test]
fn an_hlr_is_there_once_it_is_named() {
    let read = |text: &str| {
        let figment = Figment::from(Serialized::defaults(Config::default())).merge(Toml::string(text));
        Config::of(&figment).map_err(|error| error.to_string())
    };
    assert!(read("").unwrap().network.osmo_hlr.is_none());
    assert_eq!(read("[network.osmo_hlr]").unwrap().network.osmo_hlr, Some(Settings::default()));
    let one = read("[network.osmo_hlr]\ngsup = '10.0.0.7:4222'").unwrap();
    assert_eq!(one.network.osmo_hlr.as_ref().unwrap().gsup, "10.0.0.7:4222");
    // As it is written down for another process.
    let again = read(&toml::to_string(&one).unwrap()).unwrap();
    assert_eq!(again.network.osmo_hlr, one.network.osmo_hlr);
    assert!(read("[network.osmo_hlr]\nsmpp = 'x'").unwrap_err().contains("smpp"));
    assert!(read("[network.hlr]").is_err());
}

/// Which key, what is wrong with it, and where it stands.
#[test]
fn what_cannot_be_read_is_named_with_where_it_stands() {
    let why = |text: &str| format!("{:#}", load(text).unwrap_err());
    let wrong = why("[limits]\nconnections = 'many'");
    assert!(wrong.contains("limits.connections: invalid type") && wrong.contains("cease.toml"), "{wrong}");
    assert!(why("desk.hotline = 8001234567").ends_with("put it in quotes"));
    let nobody = why("[limit]\nconnections = 1");
    assert!(nobody.contains("limit: unknown field `limit`") && nobody.contains("cease.toml"), "{nobody}");
    let within = why("[network.es2plus]\nurl = 'https://x'\nreqester = '1'");
    assert!(within.contains("network.es2plus.reqester: unknown field") && within.contains("cease.toml"), "{within}");
    assert!(why("[voice]\ntrunk = 7").contains("voice.trunk"));
}

/// Optional sections are named by the error about one that nobody knows; the keys of the others have defaults.
#[test]
fn the_document_for_operators_names_every_key() {
    const OPERATING: &str = include_str!("../../../../docs/operating.md");
    let table: Vec<&str> = OPERATING.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect();
    let named = |key: &str| table.iter().any(|cell| cell.contains(key));
    let unknown = format!("{:#}", load("[nothing]").unwrap_err());
    let sections: Vec<&str> =
        unknown.split('`').skip_while(|text| !text.contains("expected")).skip(1).step_by(2).collect();
    assert!(sections.len() > 14, "{unknown}");
    let defaults = serde_json::to_value(Config::default()).unwrap();
    for section in sections {
        assert!(named(&format!("`{section}.")) || named(&format!("`{section}`")), "{section}");
        for key in defaults[section].as_object().into_iter().flat_map(|keys| keys.keys()) {
            let whole = [format!("`{section}.{key}`"), format!("`{section}.{key}."), format!("`{section}.*`")];
            assert!(whole.iter().any(|key| named(key)), "{section}.{key}");
        }
    }
}

#[test]
fn proxies_are_networks_or_single_addresses() {
    let config = load("desk.proxies = ['10.0.0.0/8', '192.0.2.1', '2001:db8::1']").unwrap();
    let shown: Vec<String> = config.desk.proxies.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::1/128"]);
    let why = format!("{:#}", load("desk.proxies = ['10.0.0.0/99']").unwrap_err());
    assert!(why.contains("desk.proxies: “10.0.0.0/99” is neither"), "{why}");
}

const NETWORK: &str = r#"
    [network.es2plus]
    url = "https://smdp.example"
    requester = "1.3.6.1.4.1.99999.1"
    [network.es2plus.notifications]
    header = "authorization"
    value = "Bearer hunter2hunter2"
    [network.pyhss]
    url = "http://10.20.0.6:8080"
    provisioning_key = "hunter2"
    link = { allow = ["10.20.0.6"], exchange_seconds = 3 }
    [network.http]
    headers = { Authorization = "Bearer hunter2" }
    observe = { method = "GET", url = "https://core.example/{imsi}" }
    bar = { method = "PUT", url = "https://core.example/{imsi}", body = '{"on":false}' }
    unbar = { method = "PUT", url = "https://core.example/{imsi}", body = '{"on":true}' }
    cease = { method = "DELETE", url = "https://core.example/{imsi}" }
    active = [{ pointer = "/on", equals = true }]
    barred = [{ pointer = "/on", equals = false }]
    gone = [{ status = [404] }]
"#;

fn load(text: &str) -> anyhow::Result<Config> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cease.toml");
    std::fs::write(&file, text).unwrap();
    Config::load(Some(&file))
}

#[test]
fn elements_come_from_the_file_and_their_order_from_us() {
    let config = load(NETWORK).unwrap();
    let elements = crate::network::elements(&config).unwrap();
    let names: Vec<_> = elements.iter().map(|e| e.name().to_owned()).collect();
    assert_eq!(names, ["es2plus", "http", "pyhss"]);
    assert!(crate::network::elements(&load("").unwrap()).unwrap().is_empty());
    let shown = serde_json::to_string(&config).unwrap() + &format!("{config:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    for (from, to, says) in [
        ("/{imsi}", "/{imei}", "network.http."),
        ("allow = [\"10.20.0.6\"]", "allow = []", "network.pyhss.url leads to 10.20.0.6"),
        ("allow = [\"10.20.0.6\"]", "allow = [\"core\"]", "network.pyhss.link.allow"),
        ("99999.1\"", "x\"", "network.es2plus.requester"),
        ("Bearer hunter2hunter2", "short", "network.es2plus.notifications.value"),
        ("[network.pyhss]", "[network.pyhs]", "pyhs"),
        ("exchange_seconds = 3", "exchange_second = 3", "exchange_second"),
    ] {
        let why = format!("{:#}", load(&NETWORK.replace(from, to)).unwrap_err());
        assert!(why.contains(says) && !why.contains("hunter2"), "{says}: {why}");
    }
}

#[test]
fn calendars_that_are_built_in_can_be_read_and_others_are_named() {
    for name in ["always", "uk", "de", "cn"] {
        assert_eq!(rules::calendar(name, &rules::no_files).unwrap().name, name);
    }
    let none = rules::calendar("/nowhere/it.toml", &crate::rules::from_disk).unwrap_err();
    assert!(none.contains("/nowhere/it.toml"), "{none}");
    assert_eq!(Config::default().policy().unwrap().desk_hours.name, "uk");
}
