//! Outgoing mail by SMTP.
