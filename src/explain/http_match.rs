//! A match block of an HTTP route: conditions that must all hold.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::export::Labels;
use super::host::includes;
use super::request::Request;
use super::string_match::{RawStringMatch, StringMatch};
use super::verdict::Verdict;
use crate::krm::{NodeRef, ReadError};

/// The gateway that stands for all sidecars.
pub(super) const MESH: &str = "mesh";

/// One match block.
#[derive(Debug, Clone, Default)]
pub(super) struct HttpMatch {
    pub(super) name: Option<String>,
    pub(super) uri: Option<StringMatch>,
    pub(super) ignore_uri_case: bool,
    pub(super) scheme: Option<StringMatch>,
    pub(super) method: Option<StringMatch>,
    pub(super) authority: Option<StringMatch>,
    pub(super) headers: BTreeMap<String, StringMatch>,
    pub(super) without_headers: BTreeMap<String, StringMatch>,
    pub(super) query_params: BTreeMap<String, StringMatch>,
    pub(super) port: Option<u32>,
    pub(super) source_labels: Labels,
    pub(super) source_namespace: Option<String>,
    pub(super) gateways: Vec<String>,
    /// Conditions that are not known here.
    pub(super) others: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawHttpMatch {
    name: Option<String>,
    uri: Option<RawStringMatch>,
    ignore_uri_case: Option<bool>,
    scheme: Option<RawStringMatch>,
    method: Option<RawStringMatch>,
    authority: Option<RawStringMatch>,
    headers: Option<BTreeMap<String, Option<RawStringMatch>>>,
    without_headers: Option<BTreeMap<String, Option<RawStringMatch>>>,
    query_params: Option<BTreeMap<String, Option<RawStringMatch>>>,
    port: Option<u32>,
    source_labels: Option<Labels>,
    source_namespace: Option<String>,
    gateways: Option<Vec<String>>,
}

/// All fields of a match block, those that decide nothing included.
const KNOWN: [&str; 14] = [
    "name",
    "uri",
    "ignoreUriCase",
    "scheme",
    "method",
    "authority",
    "headers",
    "withoutHeaders",
    "queryParams",
    "port",
    "sourceLabels",
    "sourceNamespace",
    "gateways",
    "statPrefix",
];

/// How Envoy matches a header that comes in several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeated {
    /// Joined with commas, before Envoy 1.39.
    Joined,
    /// Any line may match, since Envoy 1.39.
    Each,
}

/// A request at one port of a Service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) request: &'a Request,
    pub(super) repeated: Repeated,
    pub(super) port: u16,
    /// What the request calls the Service where it has no `Host` line.
    pub(super) authority: &'a str,
    /// The caller's namespace.
    pub(super) namespace: &'a str,
}

impl HttpMatch {
    pub(super) fn read(node: NodeRef<'_>) -> Result<Self, ReadError> {
        let raw: RawHttpMatch = node.read()?;
        let texts = |raw: Option<BTreeMap<String, Option<RawStringMatch>>>| {
            raw.unwrap_or_default().into_iter().map(|(name, each)| (name, StringMatch::from(each))).collect()
        };
        let text = |raw: Option<RawStringMatch>| raw.map(|raw| StringMatch::from(Some(raw)));
        let keys = node.entries().filter_map(|(key, _)| key.as_text());
        Ok(Self {
            name: raw.name.filter(|name| !name.is_empty()),
            uri: text(raw.uri),
            ignore_uri_case: raw.ignore_uri_case == Some(true),
            scheme: text(raw.scheme),
            method: text(raw.method),
            authority: text(raw.authority),
            headers: texts(raw.headers),
            without_headers: texts(raw.without_headers),
            query_params: texts(raw.query_params),
            port: raw.port.filter(|port| *port != 0),
            source_labels: raw.source_labels.unwrap_or_default(),
            source_namespace: raw.source_namespace.filter(|namespace| !namespace.is_empty()),
            gateways: raw.gateways.unwrap_or_default(),
            others: keys.filter(|key| !KNOWN.contains(key)).map(ToOwned::to_owned).collect(),
        })
    }

    /// Whether the block is there at all for this sidecar and port: Istio leaves out what the caller or the port rule
    /// out (`networking/core/route/route.go`, `TranslateRoute` and `sourceMatchHTTP`). Gateways in a block make it
    /// ignore the caller's labels and namespace.
    pub(super) fn is_for(&self, arrival: &Arrival<'_>) -> Verdict {
        if self.port.is_some_and(|port| port != u32::from(arrival.port)) {
            return Verdict::No;
        }
        if !self.gateways.is_empty() {
            return self.gateways.iter().any(|gateway| gateway == MESH).into();
        }
        let namespace = self.source_namespace.as_deref().is_none_or(|namespace| namespace == arrival.namespace);
        Verdict::all([namespace.into(), caller_has(&self.source_labels, arrival.request)])
    }

    /// Whether the request is like this.
    pub(super) fn holds(&self, arrival: &Arrival<'_>) -> Verdict {
        let request = arrival.request;
        let uri = self.uri.as_ref().map(|uri| match uri {
            StringMatch::Present => Verdict::Yes,
            _ if self.ignore_uri_case => uri.holds_in_any_case(request.bare_path()),
            _ => uri.holds(request.bare_path()),
        });
        let pseudo = [(":scheme", &self.scheme), (":method", &self.method), (":authority", &self.authority)];
        let pseudo = pseudo.into_iter().filter_map(|(name, expected)| Some(arrival.header(name, expected.as_ref()?)));
        let headers = self.headers.iter().map(|(name, expected)| arrival.header(name, expected));
        let without = self.without_headers.iter().map(|(name, unwanted)| arrival.no_header(name, unwanted));
        let query = self.query_params.iter().map(|(name, expected)| match request.query(name) {
            Some(value) => expected.holds(value),
            None => Verdict::No,
        });
        let others = self.others.iter().map(|name| Verdict::Unknown(format!("`{name}`, which is not known here")));
        Verdict::all(uri.into_iter().chain(pseudo).chain(headers).chain(without).chain(query).chain(others))
    }

    /// Whether the block is there and the request is like it, for certain.
    pub(super) fn takes(&self, arrival: &Arrival<'_>) -> bool {
        Verdict::all([self.is_for(arrival), self.holds(arrival)]) == Verdict::Yes
    }

    /// Whether the block asks for the name by which the Service is called.
    pub(super) fn asks_for_authority(&self) -> bool {
        let names = self.headers.keys().chain(self.without_headers.keys());
        self.authority.is_some() || names.into_iter().any(|name| is_authority(name))
    }
}

/// Whether the caller's Pod has these labels.
pub(super) fn caller_has(labels: &Labels, request: &Request) -> Verdict {
    match &request.from.labels {
        _ if labels.is_empty() => Verdict::Yes,
        Some(own) => includes(own, labels).into(),
        None => Verdict::Unknown("the labels of the caller (`sourceLabels`), which were not told".to_owned()),
    }
}

fn is_authority(name: &str) -> bool {
    // Envoy takes the two for one.
    name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host")
}

impl Arrival<'_> {
    /// Whether a header is there and like this (`networking/core/route/route.go`, `translateHeaderMatch`).
    fn header(&self, name: &str, expected: &StringMatch) -> Verdict {
        if let Some(unknown) = claim(name) {
            return unknown;
        }
        match (self.values(name), expected) {
            (values, _) if values.is_empty() => Verdict::No,
            (_, StringMatch::Present) => Verdict::Yes,
            (values, expected) => self.is_like(&values, expected),
        }
    }

    /// Whether a header is not like this. One that is not there counts as empty, except where presence is what is
    /// unwanted (`TranslateRouteMatch`).
    fn no_header(&self, name: &str, unwanted: &StringMatch) -> Verdict {
        if let Some(unknown) = claim(name) {
            return unknown;
        }
        match (self.values(name), unwanted) {
            (values, StringMatch::Present) => values.is_empty().into(),
            (values, unwanted) if values.is_empty() => unwanted.holds("").inverted(),
            (values, unwanted) => self.is_like(&values, unwanted).inverted(),
        }
    }

    fn is_like(&self, values: &[&str], expected: &StringMatch) -> Verdict {
        match (values, self.repeated) {
            ([only], _) => expected.holds(only),
            (several, Repeated::Joined) => expected.holds(&several.join(",")),
            (several, Repeated::Each) => Verdict::any(several.iter().map(|each| expected.holds(each))),
        }
    }

    fn values(&self, name: &str) -> Vec<&str> {
        match name {
            ":path" => vec![self.request.path.as_str()],
            ":method" => vec![self.request.method.as_str()],
            ":scheme" => vec!["http"],
            name if is_authority(name) => vec![self.request.values("host").next().unwrap_or(self.authority)],
            name => self.request.values(name).collect(),
        }
    }
}

/// A condition on something that a filter finds out, such as `@request.auth.claims[group]`.
fn claim(name: &str) -> Option<Verdict> {
    name.starts_with('@').then(|| Verdict::Unknown(format!("`{name}`, which only a proxy with the token can tell")))
}

#[cfg(test)]
mod tests {
    use super::{Arrival, HttpMatch, Repeated, Request, Verdict};
    use crate::explain::request::Caller;
    use crate::krm::Tree;

    fn block(text: &str) -> HttpMatch {
        let tree = Tree::parse(text).unwrap();
        HttpMatch::read(tree.document(0).unwrap()).unwrap()
    }

    fn arrival(request: &Request) -> Arrival<'_> {
        Arrival { request, repeated: Repeated::Joined, port: 80, authority: "reviews", namespace: "shop" }
    }

    fn holds(text: &str, request: &Request) -> Verdict {
        block(text).holds(&arrival(request))
    }

    #[test]
    fn all_conditions_of_a_block_must_hold() {
        let both = "{uri: {prefix: /api}, headers: {x-user: {exact: me}}}";
        let api = Request { path: "/api/1?x=2".to_owned(), ..Request::default() };
        assert_eq!(holds(both, &api), Verdict::No);
        assert_eq!(holds(both, &api.clone().header("X-User", "me")), Verdict::Yes);
        assert_eq!(holds(both, &Request::default().header("x-user", "me")), Verdict::No);
        assert_eq!(holds("{}", &Request::default()), Verdict::Yes);
    }

    #[test]
    fn the_uri_is_matched_without_its_query() {
        let request = Request { path: "/Reviews?x=1".to_owned(), ..Request::default() };
        assert_eq!(holds("{uri: {exact: /Reviews}}", &request), Verdict::Yes);
        assert_eq!(holds("{uri: {exact: /reviews}}", &request), Verdict::No);
        assert_eq!(holds("{uri: {exact: /reviews}, ignoreUriCase: true}", &request), Verdict::Yes);
        assert_eq!(holds("{uri: {regex: /r.*}, ignoreUriCase: true}", &request), Verdict::No);
        assert_eq!(holds("{queryParams: {x: {exact: '1'}}}", &request), Verdict::Yes);
        assert_eq!(holds("{queryParams: {x: {}}}", &request), Verdict::Yes);
        assert_eq!(holds("{queryParams: {y: {}}}", &request), Verdict::No);
    }

    #[test]
    fn method_scheme_and_authority_are_headers_too() {
        let request = Request::default();
        assert_eq!(holds("{method: {exact: GET}}", &request), Verdict::Yes);
        assert_eq!(holds("{method: {exact: get}}", &request), Verdict::No);
        assert_eq!(holds("{scheme: {exact: http}}", &request), Verdict::Yes);
        assert_eq!(holds("{authority: {prefix: rev}}", &request), Verdict::Yes);
        assert_eq!(holds("{authority: {exact: x}}", &request.clone().header("Host", "x")), Verdict::Yes);
        assert_eq!(holds("{headers: {':path': {exact: /}}}", &request), Verdict::Yes);
    }

    #[test]
    fn what_must_not_be_there_may_be_there_with_another_value() {
        let none = Request::default();
        let other = Request::default().header("x-user", "other");
        let me = Request::default().header("x-user", "me");
        let unwanted = "{withoutHeaders: {x-user: {exact: me}}}";
        assert_eq!(holds(unwanted, &none), Verdict::Yes);
        assert_eq!(holds(unwanted, &other), Verdict::Yes);
        assert_eq!(holds(unwanted, &me), Verdict::No);
        let any = "{withoutHeaders: {x-user: {}}}";
        assert_eq!(holds(any, &none), Verdict::Yes);
        assert_eq!(holds(any, &other), Verdict::No);
        assert_eq!(holds("{withoutHeaders: {x-user: {regex: '.*'}}}", &none), Verdict::No, "absent counts as empty");
    }

    #[test]
    fn lines_of_one_header_are_joined_or_tried_one_by_one() {
        let request = Request::default().header("x-user", "me").header("X-User", "you");
        let exact = block("{headers: {x-user: {exact: you}}}");
        assert_eq!(exact.holds(&arrival(&request)), Verdict::No);
        assert_eq!(exact.holds(&Arrival { repeated: Repeated::Each, ..arrival(&request) }), Verdict::Yes);
        let joined = block("{headers: {x-user: {exact: 'me,you'}}}");
        assert_eq!(joined.holds(&arrival(&request)), Verdict::Yes);
    }

    #[test]
    fn what_cannot_be_told_is_not_guessed() {
        let request = Request::default();
        assert!(matches!(
            holds("{headers: {'@request.auth.claims[group]': {exact: dev}}}", &request),
            Verdict::Unknown(_)
        ));
        assert!(matches!(holds("{phaseOfTheMoon: {exact: full}}", &request), Verdict::Unknown(_)));
        let settled = "{method: {exact: PUT}, headers: {'@request.auth.claims[group]': {exact: dev}}}";
        assert_eq!(holds(settled, &request), Verdict::No);
    }

    #[test]
    fn a_block_may_be_for_some_callers_and_ports_only() {
        let request = Request::default();
        let is_for = |text: &str, request: &Request| block(text).is_for(&arrival(request));
        assert_eq!(is_for("{port: 80}", &request), Verdict::Yes);
        assert_eq!(is_for("{port: 81}", &request), Verdict::No);
        assert_eq!(is_for("{gateways: [shop/edge]}", &request), Verdict::No);
        assert_eq!(is_for("{gateways: [shop/edge, mesh], sourceNamespace: x}", &request), Verdict::Yes);
        assert_eq!(is_for("{sourceNamespace: shop}", &request), Verdict::Yes);
        assert_eq!(is_for("{sourceNamespace: web}", &request), Verdict::No);
        assert!(matches!(is_for("{sourceLabels: {app: web}}", &request), Verdict::Unknown(_)));
        let labels = [("app".to_owned(), "web".to_owned()), ("tier".to_owned(), "1".to_owned())].into();
        let web = Request { from: Caller { labels: Some(labels), ..Caller::default() }, ..Request::default() };
        assert_eq!(is_for("{sourceLabels: {app: web}}", &web), Verdict::Yes);
        assert_eq!(is_for("{sourceLabels: {app: api}}", &web), Verdict::No);
    }
}
