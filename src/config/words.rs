//! Words with rules: header names, label keys and label values.

use std::fmt;

use serde::Deserialize;

/// The longest value that a Kubernetes label may have, and the longest name part of its key.
const LONGEST_LABEL: usize = 63;
/// The longest prefix of a label key, a DNS name.
const LONGEST_PREFIX: usize = 253;

/// The longest header name. Every match repeats it, so that a longer one would multiply what is written.
const LONGEST_HEADER: usize = 256;

/// Headers that have a meaning of their own, and a syntax that leaves no room for overrides.
const TAKEN: [&str; 12] = [
    "authorization",
    "baggage",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "te",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
];

/// The name of an HTTP header in lower case, which is what Envoy sees whatever the client sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
pub struct HeaderName(String);

impl HeaderName {
    /// The name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for HeaderName {
    fn default() -> Self {
        Self("x-override".to_owned())
    }
}

impl TryFrom<String> for HeaderName {
    type Error = String;

    /// Takes an RFC 7230 token. The carriers that have a syntax of their own are refused: a header cannot be both.
    fn try_from(name: String) -> Result<Self, String> {
        let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(format!(
                "{name:?} is not a header name: one or more letters, digits and `!#$%&'*+-.^_`|~` are needed"
            ));
        }
        if name.len() > LONGEST_HEADER {
            return Err(format!("a header name of {} bytes is too long: use at most {LONGEST_HEADER}", name.len()));
        }
        let name = name.to_ascii_lowercase();
        if TAKEN.contains(&name.as_str()) {
            return Err(format!("the header `{name}` has a meaning of its own and cannot carry overrides as well"));
        }
        Ok(Self(name))
    }
}

/// The key of a label: a name, with or without a DNS prefix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
pub struct LabelKey(String);

impl LabelKey {
    /// The label that Istio's samples and dashboards use. `app.kubernetes.io/version` is a release number that moves
    /// with every roll-out.
    #[must_use]
    pub fn version() -> Self {
        Self("version".to_owned())
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LabelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for LabelKey {
    type Error = String;

    fn try_from(key: String) -> Result<Self, String> {
        let (prefix, name) = key.rsplit_once('/').map_or((None, key.as_str()), |(prefix, name)| (Some(prefix), name));
        let is_dns_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        let prefix_is_legal = prefix.is_none_or(|prefix| {
            !prefix.is_empty() && prefix.len() <= LONGEST_PREFIX && prefix.bytes().all(is_dns_byte)
        });
        if name.is_empty() || !is_label_value(name) || !prefix_is_legal {
            return Err(format!("{key:?} is not a label key such as `version` or `example.com/version`"));
        }
        Ok(Self(key))
    }
}

/// A version that a label can hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
pub struct Version(String);

impl Version {
    /// The version as the label's value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(version: String) -> Result<Self, String> {
        if version.is_empty() || !is_label_value(&version) {
            return Err(format!(
                "{version:?} cannot be a version: 1 to 63 letters, digits, `-`, `_` and `.` are needed, with a letter or \
                 digit at either end"
            ));
        }
        Ok(Self(version))
    }
}

/// What a label's value may be, for users.
pub const LEGAL_VALUES: &str = "Use at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at either end";

/// Whether a text may be the value of a label: at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at
/// either end. An empty value is legal too.
#[must_use]
pub fn is_label_value(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let ends = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= LONGEST_LABEL && bytes.iter().all(|byte| inner(*byte)) && ends(bytes.first()) && ends(bytes.last())
}

/// Whether a text may be the name of a Service or namespace, or a part of a host: lower-case letters, digits and `-`, with
/// a letter or digit at either end.
#[must_use]
pub fn is_dns_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    bytes.iter().all(|byte| inner(*byte)) && ends.iter().all(|end| end.is_some_and(u8::is_ascii_alphanumeric))
}
