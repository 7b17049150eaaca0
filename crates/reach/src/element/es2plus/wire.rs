//! ES2+ in JSON (SGP.22 §6.5): requests as they are sent, and what is read of answers and notifications.
//! Only what a decision needs is read; everything else may be there or not.

use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelOrder<'a> {
    header: Header<'a>,
    iccid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    eid: Option<&'a str>,
    final_profile_status_indicator: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    function_requester_identifier: &'a str,
    function_call_identifier: &'a str,
}

impl<'a> CancelOrder<'a> {
    pub fn new(requester: &'a str, call: &'a str, iccid: &'a str, eid: Option<&'a str>, last: &'a str) -> Self {
        let header = Header { function_requester_identifier: requester, function_call_identifier: call };
        Self { header, iccid, eid, final_profile_status_indicator: last }
    }
}

/// An ICCID as it is sent: 20 digits, or fewer and filled up with `F`. None where it is no ICCID.
pub fn iccid(digits: &str) -> Option<String> {
    let sound = (18..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| format!("{digits:F<20}"))
}

/// The digits of an ICCID as it came.
pub fn iccid_digits(wire: &str) -> Option<&str> {
    let digits = wire.trim_end_matches(['F', 'f']);
    let sound = (18..=20).contains(&digits.len()) && wire.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit());
    sound.then_some(digits)
}

/// `functionExecutionStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Success,
    Warning,
    Expired,
    /// Digits and dots only.
    Failed {
        subject: String,
        reason: String,
    },
}

#[derive(Deserialize)]
struct Response {
    header: ResponseHeader,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseHeader {
    function_execution_status: ExecutionStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecutionStatus {
    status: String,
    #[serde(default)]
    status_code_data: Option<CodeData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CodeData {
    subject_code: String,
    reason_code: String,
}

/// Where and in what way JSON cannot be read, without what stands there: that may be a number of somebody's.
fn unread(error: &serde_json::Error) -> String {
    format!("{:?} at line {}, column {}", error.classify(), error.line(), error.column())
}

/// What an answer says came of a function; the reason where that is not to be made out.
pub fn status(body: &[u8]) -> Result<Status, String> {
    let response: Response =
        serde_json::from_slice(body).map_err(|e| format!("the answer cannot be read: {}", unread(&e)))?;
    executed(response.header.function_execution_status)
}

fn executed(told: ExecutionStatus) -> Result<Status, String> {
    match (told.status.as_str(), told.status_code_data) {
        ("Executed-Success", _) => Ok(Status::Success),
        ("Executed-WithWarning", _) => Ok(Status::Warning),
        ("Expired", _) => Ok(Status::Expired),
        ("Failed", Some(CodeData { subject_code, reason_code })) if code(&subject_code) && code(&reason_code) => {
            Ok(Status::Failed { subject: subject_code, reason: reason_code })
        }
        ("Failed", _) => Err("the answer says Failed, without a code".into()),
        (_, _) => Err("the answer has a status that the standard does not".into()),
    }
}

fn code(text: &str) -> bool {
    !text.is_empty() && text.len() <= 16 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// What an SM-DP+ tells of a profile (`handleDownloadProgressInfo`, SGP.22 §5.3.5).
#[derive(Debug, PartialEq, Eq)]
pub struct Progress {
    /// Digits.
    pub iccid: String,
    pub point: u32,
    /// The step was carried out.
    pub done: bool,
    /// As told; only to know the same notification again.
    pub timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProgressInfo {
    #[serde(rename = "header")]
    _header: serde::de::IgnoredAny,
    iccid: String,
    // Some send it with a capital S.
    #[serde(default, alias = "timeStamp")]
    timestamp: String,
    #[serde(deserialize_with = "number")]
    notification_point_id: u32,
    notification_point_status: ExecutionStatus,
}

/// A number, also where it is sent as a text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
        Text(String),
    }
    match Either::deserialize(from)? {
        Either::Number(n) => Ok(n),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

pub fn progress(body: &[u8]) -> Result<Progress, String> {
    let told: ProgressInfo = serde_json::from_slice(body).map_err(|e| format!("cannot be read: {}", unread(&e)))?;
    let iccid = iccid_digits(&told.iccid).ok_or("iccid has not 18 to 20 digits")?.to_owned();
    if told.timestamp.len() > 64 {
        return Err("timestamp is too long".into());
    }
    let done = matches!(executed(told.notification_point_status)?, Status::Success | Status::Warning);
    Ok(Progress { iccid, point: told.notification_point_id, done, timestamp: told.timestamp })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_iccid_goes_and_comes_as_on_the_card() {
        assert_eq!(iccid("8988211000000530082").as_deref(), Some("8988211000000530082F"));
        assert_eq!(iccid("89445310150011013678").as_deref(), Some("89445310150011013678"));
        for digits in ["8988211000000530082", "89445310150011013678"] {
            assert_eq!(iccid_digits(&iccid(digits).unwrap()), Some(digits));
        }
        for wrong in ["", "F", "898821100000053008A", "89882110000005300820000", "898821100", "８988211000000530082"] {
            assert_eq!(iccid(wrong), None, "{wrong}");
            assert_eq!(iccid_digits(wrong), None, "{wrong}");
        }
        assert_eq!(iccid_digits("8988211000000530082FF"), None);
    }

    fn told(status: &str) -> Result<Status, String> {
        super::status(format!(r#"{{"header":{{"functionExecutionStatus":{status}}}}}"#).as_bytes())
    }

    #[test]
    fn only_what_the_standard_has_is_a_status() {
        assert_eq!(told(r#"{"status":"Executed-Success"}"#), Ok(Status::Success));
        assert_eq!(told(r#"{"status":"Executed-WithWarning","statusCodeData":null,"more":[1]}"#), Ok(Status::Warning));
        assert_eq!(told(r#"{"status":"Expired"}"#), Ok(Status::Expired));
        let failed =
            r#"{"status":"Failed","statusCodeData":{"subjectCode":"8.2.1","reasonCode":"3.9","message":"Mei Lin"}}"#;
        assert_eq!(told(failed), Ok(Status::Failed { subject: "8.2.1".into(), reason: "3.9".into() }));
        for wrong in [
            r#"{"status":"Failed"}"#,
            r#"{"status":"Failed","statusCodeData":{"subjectCode":"<b>","reasonCode":"3.9"}}"#,
            r#"{"status":"Failed","statusCodeData":{"subjectCode":"8.2.1"}}"#,
            r#"{"status":"executed-success"}"#,
            r#"{"status":""}"#,
            r#"{"status":7}"#,
            "{}",
            "null",
        ] {
            assert!(told(wrong).is_err(), "{wrong}");
        }
    }

    const GOOD: &str = r#"{"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":{"subjectCode":"8.2.1","reasonCode":"3.3","subjectIdentifier":"x","message":"y"}}}}"#;

    #[test]
    fn half_an_answer_is_none() {
        for end in 0..GOOD.len() {
            assert!(status(&GOOD.as_bytes()[..end]).is_err(), "{end}");
        }
        let deep = "[".repeat(100_000);
        assert!(status(deep.as_bytes()).is_err() && progress(deep.as_bytes()).is_err());
    }

    proptest! {
        /// Whatever comes, it is read or refused; and never read as done where it does not say so.
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = status(&body);
            let _ = progress(&body);
        }

        #[test]
        fn a_changed_answer_never_says_that_it_was_done(at in 0..GOOD.len(), byte in any::<u8>()) {
            let mut body = GOOD.as_bytes().to_vec();
            body[at] = byte;
            prop_assert!(!matches!(status(&body), Ok(Status::Success | Status::Warning)));
        }

        #[test]
        fn an_iccid_survives_the_way(digits in "[0-9]{18,20}") {
            let wire = iccid(&digits).unwrap();
            prop_assert_eq!(wire.len(), 20);
            prop_assert_eq!(iccid_digits(&wire), Some(digits.as_str()));
        }
    }

    #[test]
    fn a_notification_is_read_as_it_is_sent_in_the_world() {
        let strict = r#"{"header":{"functionRequesterIdentifier":"1.2","functionCallIdentifier":"x"},"eid":"89","iccid":"8988211000000530082F",
            "profileType":"t","timestamp":"2026-11-26T04:00:00Z","notificationPointId":4,"notificationPointStatus":{"status":"Executed-Success"},"resultData":"AA=="}"#;
        let read = progress(strict.as_bytes()).unwrap();
        assert_eq!((read.iccid.as_str(), read.point, read.done), ("8988211000000530082", 4, true));
        let loose = r#"{"header":{},"iccid":"89445310150011013678","timeStamp":"1709712641","notificationPointId":"102","notificationPointStatus":{"status":"Failed","statusCodeData":{"subjectCode":"8.1","reasonCode":"4.2"}}}"#;
        let read = progress(loose.as_bytes()).unwrap();
        assert_eq!((read.point, read.done, read.timestamp.as_str()), (102, false, "1709712641"));
        for wrong in [
            loose.replace("\"102\"", "\"1e2\""),
            loose.replace("\"102\"", "-1"),
            loose.replace("\"iccid\":\"8", "\"iccid\":\"X"),
            loose.replace("\"header\":{},", ""),
        ] {
            assert!(progress(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
