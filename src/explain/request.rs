//! The request that is asked about.

use std::collections::BTreeMap;
use std::str::FromStr;

use thiserror::Error;

/// A line of a request's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name in lower case, as Envoy has it.
    pub name: String,
    /// The value, without the white space around it.
    pub value: String,
}

/// Why a text is no line of a request's head.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum HeaderError {
    /// Nothing divides the name from the value.
    #[error("there is no colon in it; write it like 'x-override: reviews:v2'")]
    NoColon,
    /// What stands before the colon cannot be a header's name.
    #[error(
        "`{0}` cannot be a header's name, which has letters, digits and some signs but no spaces; \
         write it like 'x-override: reviews:v2'"
    )]
    BadName(String),
    /// A line break, or another control character, in the value.
    #[error("there is a control character in its value; write it on one line, like 'x-override: reviews:v2'")]
    BadValue,
}

impl FromStr for Header {
    type Err = HeaderError;

    /// Reads `Name: value`, as `curl -H` takes it.
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let (name, value) = text.split_once(':').ok_or(HeaderError::NoColon)?;
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            return Err(HeaderError::BadName(name.escape_debug().to_string()));
        }
        let value = value.trim_matches([' ', '\t']);
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(HeaderError::BadValue);
        }
        Ok(Self { name: name.to_ascii_lowercase(), value: value.to_owned() })
    }
}

/// Who sends a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The namespace of its Pod; without one, that of the Service that is called.
    pub namespace: Option<String>,
    /// The labels of its Pod. Without them a rule that asks for the caller's labels is not evaluated.
    pub labels: Option<BTreeMap<String, String>>,
}

/// A request, as it leaves a Pod that has a sidecar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The lines of its head, in order. `Host` is among them, or the Service's own name is taken for it.
    pub headers: Vec<Header>,
    /// Path and query, with a slash at the start.
    pub path: String,
    /// The method, in upper case.
    pub method: String,
    /// The port of the Service that is called; all its ports where none is said.
    pub port: Option<u16>,
    /// Who sends it.
    pub from: Caller,
}

impl Default for Request {
    /// `GET /`, without a header, to every port, from the Service's own namespace.
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            path: "/".to_owned(),
            method: "GET".to_owned(),
            port: None,
            from: Caller::default(),
        }
    }
}

impl Request {
    /// The same request with one more header line.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push(Header { name: name.to_ascii_lowercase(), value: value.trim_matches([' ', '\t']).to_owned() });
        self
    }

    /// The values of a header, one for each of its lines.
    pub(super) fn values<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r str> {
        let name = name.to_ascii_lowercase();
        self.headers.iter().filter(move |header| header.name == name).map(|header| header.value.as_str())
    }

    /// Whether any header has several lines.
    pub(super) fn repeats_a_header(&self) -> bool {
        let same = |(at, header): (usize, &Header)| self.headers.iter().take(at).any(|each| each.name == header.name);
        self.headers.iter().enumerate().any(same)
    }

    /// The path without its query.
    pub(super) fn bare_path(&self) -> &str {
        self.path.split(['?', '#']).next().unwrap_or_default()
    }

    /// The first value of a parameter of the query, as it is written; Envoy does not decode it.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let query = self.path.split_once('?')?.1.split('#').next()?;
        let parameters = query.split('&').map(|each| each.split_once('=').unwrap_or((each, "")));
        parameters.into_iter().find_map(|(key, value)| (key == name).then_some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, HeaderError, Request};

    #[test]
    fn a_header_is_a_name_a_colon_and_a_value() {
        let header: Header = "X-Override:  reviews:v2 ".parse().unwrap();
        assert_eq!((header.name.as_str(), header.value.as_str()), ("x-override", "reviews:v2"));
        assert_eq!("x-override".parse::<Header>(), Err(HeaderError::NoColon));
        assert_eq!(": v2".parse::<Header>(), Err(HeaderError::BadName(String::new())));
        assert_eq!("x override: v2".parse::<Header>(), Err(HeaderError::BadName("x override".to_owned())));
        assert_eq!("x: a\nb".parse::<Header>(), Err(HeaderError::BadValue));
    }

    #[test]
    fn the_first_of_several_parameters_counts() {
        let request = Request { path: "/a?x=1&y&x=2#z".to_owned(), ..Request::default() };
        assert_eq!(request.bare_path(), "/a");
        assert_eq!(request.query("x"), Some("1"));
        assert_eq!(request.query("y"), Some(""));
        assert_eq!(request.query("z"), None);
    }
}
