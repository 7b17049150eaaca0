//! A line of JSON: one object, its fields as in CSV; others may be there. Numbers may be written as numbers where
//! they fit, which twenty digits do not.

use std::borrow::Cow;
use std::fmt;

use case::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::{Fields, Record, Wrong};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    kind: Text<'a>,
    at: Text<'a>,
    iccid: Text<'a>,
    imsi: Text<'a>,
    msisdn: Text<'a>,
    amount: Text<'a>,
    units: Text<'a>,
}

#[derive(Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                // Beyond this, a number has lost digits by being read.
                if number.abs() < 9e15 { Ok(Text(Cow::Owned(number.to_string()))) } else { Err(E::custom("digits")) }
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }
        }
        from.deserialize_any(Any)
    }
}

pub(super) fn record(line: &str, latest: Timestamp) -> Result<Record<'_>, Wrong> {
    // A list would be taken for the fields in their order.
    if !line.trim_start().starts_with('{') {
        return Err((1, "", "the line is not a JSON object"));
    }
    let read: Line<'_> = serde_json::from_str(line).map_err(|error| {
        let says = match error.classify() {
            serde_json::error::Category::Data => "a field is neither a text nor a number that keeps all its digits",
            serde_json::error::Category::Eof => "the object ends too soon",
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => "the line is not a JSON object",
        };
        (error.column().max(1), "", says)
    })?;
    let Line { id, kind, at, iccid, imsi, msisdn, amount, units } = read;
    let numbers = [iccid.0, imsi.0, msisdn.0];
    let fields = Fields { id: id.0, kind: kind.0, at: at.0, numbers, amount: amount.0, units: units.0 };
    // Where the field is named, as people look for it.
    fields.record(latest, |name| line.find(&format!("\"{name}\"")).map_or(1, |at| line[..at].chars().count() + 1))
}
