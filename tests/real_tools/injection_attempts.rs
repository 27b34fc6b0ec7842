//! The attempts, and where each is made.

use std::fmt;

use overrides::finding::{Code, Severity};
use serde_json::{Value, json};

use crate::support::given::Given;

/// A word that is legal in every place.
pub const HARMLESS: &str = "harmless";
const NAMESPACE: &str = "shop";

/// Where a text stands that somebody else may have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    ServiceName,
    Namespace,
    Version,
    SelectorValue,
    VersionLabel,
    Header,
    DefaultVersion,
    RootNamespace,
    SplitVersion,
    PolicyService,
    PolicyField,
    Gateway,
    Host,
    DefaultAnnotation,
    IgnoreAnnotation,
    UnknownAnnotation,
    PathAnnotation,
    PreviousName,
    RouteName,
    SubsetName,
    TargetName,
    TargetLabel,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServiceName => "name of a Service",
            Self::Namespace => "namespace of a Service",
            Self::Version => "version of a workload",
            Self::SelectorValue => "selector of a Service",
            Self::VersionLabel => "policy, `versionLabels`",
            Self::Header => "policy, `header`",
            Self::DefaultVersion => "policy, `defaultVersion`",
            Self::RootNamespace => "policy, `rootNamespace`",
            Self::SplitVersion => "policy, a version in `split`",
            Self::PolicyService => "policy, the name of a Service",
            Self::PolicyField => "policy, the name of a field",
            Self::Gateway => "policy, a gateway",
            Self::Host => "policy, a host at a gateway",
            Self::DefaultAnnotation => "annotation `overrides.dev/default-version`",
            Self::IgnoreAnnotation => "annotation `overrides.dev/ignore`",
            Self::UnknownAnnotation => "name of an annotation after `overrides.dev/`",
            Self::PathAnnotation => "kpt's path annotation",
            Self::PreviousName => "kustomize's annotation of previous names",
            Self::RouteName => "name of a route of the user's",
            Self::SubsetName => "name of a subset of the user's",
            Self::TargetName => "launchpad's Workload, the name of a subset",
            Self::TargetLabel => "launchpad's Workload, the value of a label",
        })
    }
}

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing is generated from it: the run stops, or the Service is passed over.
    Refused(Code),
    /// It means itself. Warnings may say that it does nothing.
    Inert(&'static [Code]),
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let link = |code: Code| format!("[{0}](findings.md#{1})", code.id(), code.id().to_lowercase());
        match self {
            Self::Refused(code) if code.severity() == Severity::Error => write!(f, "refused: {}", link(*code)),
            Self::Refused(code) => write!(f, "passed over: {}", link(*code)),
            Self::Inert([]) => f.write_str("inert"),
            Self::Inert(codes) => {
                let links: Vec<String> = codes.iter().map(|code| link(*code)).collect();
                write!(f, "inert, and said: {}", links.join(", "))
            }
        }
    }
}

/// One text in one place.
#[derive(Clone)]
pub struct Attempt {
    pub spot: Spot,
    pub value: String,
    pub fate: Fate,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.spot, self.shown())
    }
}

impl Attempt {
    pub fn given(&self) -> Given {
        self.spot.given(&self.value)
    }

    /// The value in a cell of a table.
    pub fn shown(&self) -> String {
        let mut letters = self.value.chars();
        let text = match letters.next() {
            Some(first) if self.value.len() > 40 && letters.all(|letter| letter == first) => {
                return format!("`{first}` × {}", self.value.len());
            }
            _ => format!("{:?}", self.value).replace('|', r"\|"),
        };
        if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
    }
}

/// Of every configuration: all carriers, and a guard that names the Service and its versions.
const POLICY: &str = "tracestate: true, unknownVersion: reject";

impl Spot {
    /// A Service in two versions that nobody attacks.
    pub fn neighbour() -> Given {
        two_versions(Given::default().policy(POLICY), NEIGHBOUR, NAMESPACE, NEIGHBOUR, &json!({}))
    }

    /// A Service in two versions beside that, with a text in this place.
    pub fn given(self, value: &str) -> Given {
        let named =
            |name: &str, namespace: &str, app: &str| two_versions(Self::neighbour(), name, namespace, app, &json!({}));
        let annotated = |key: &str, value: &str| {
            let annotations = json!({key: value});
            two_versions(Self::neighbour(), "reviews", NAMESPACE, "reviews", &annotations)
        };
        let reviews = || named("reviews", NAMESPACE, "reviews");
        let with = |object: Value| reviews().and(format!("{object}\n"));
        let text = json!(value).to_string();
        let policy = |fields: String| reviews().policy(&format!("{POLICY}, {fields}"));
        let entry = |fields: String| policy(format!("services: [{{name: reviews, {fields}}}]"));
        match self {
            Self::ServiceName => named(value, NAMESPACE, "reviews"),
            Self::Namespace => named("reviews", value, "reviews"),
            Self::Version => with(deployment("reviews", NAMESPACE, "reviews", value)),
            Self::SelectorValue => named("reviews", NAMESPACE, value),
            Self::VersionLabel => policy(format!("versionLabels: [version, {text}]")),
            Self::Header => policy(format!("header: {text}")),
            Self::DefaultVersion => policy(format!("defaultVersion: {text}")),
            Self::RootNamespace => policy(format!("rootNamespace: {text}")),
            Self::SplitVersion => entry(format!("split: {{v1: 90, {text}: 10}}")),
            Self::PolicyService => policy(format!("services: [{{name: {text}, defaultVersion: v1}}]")),
            Self::PolicyField => policy(format!("{text}: v1")),
            Self::Gateway => entry(format!("expose: {{gateways: [{text}], hosts: [shop.example.com]}}")),
            Self::Host => entry(format!("expose: {{gateways: [edge], hosts: [{text}]}}")),
            Self::DefaultAnnotation => annotated("overrides.dev/default-version", value),
            Self::IgnoreAnnotation => annotated("overrides.dev/ignore", value),
            Self::UnknownAnnotation => annotated(&format!("overrides.dev/{value}"), "v1"),
            Self::PathAnnotation => annotated("config.kubernetes.io/path", &format!("{value}/reviews.yaml")),
            Self::PreviousName => annotated("internal.config.kubernetes.io/previousNames", value),
            Self::RouteName => {
                let route = json!({"name": value, "route": [{"destination": {"host": "reviews"}}]});
                with(rule("VirtualService", &json!({"hosts": ["reviews"], "http": [route]})))
            }
            Self::SubsetName => {
                let subset = json!({"name": value, "labels": {"version": "v2"}});
                with(rule("DestinationRule", &json!({"host": "reviews", "subsets": [subset]})))
            }
            Self::TargetName => with(launchpad(value, "v2")),
            Self::TargetLabel => with(launchpad("v2", value)),
        }
    }
}

// JSON is YAML that no reader disagrees on, and can say every text.

fn two_versions(beside: Given, name: &str, namespace: &str, app: &str, annotations: &Value) -> Given {
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations},
        "spec": {"selector": {"app": app}, "ports": [{"name": "http", "port": 80}]},
    });
    // Not the Service's name, which may be an attempt.
    let own = if name == NEIGHBOUR { NEIGHBOUR } else { "reviews" };
    let named = |version: &str| deployment(&format!("{own}-{version}"), namespace, app, version);
    let pods = ["v1", "v2"].map(|version| format!("{}\n", named(version)));
    pods.into_iter().fold(beside.and(format!("{service}\n")), Given::and)
}

fn deployment(name: &str, namespace: &str, app: &str, version: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": {"metadata": {"labels": {"app": app, "version": version}}}},
    })
}

fn rule(kind: &str, spec: &Value) -> Value {
    let metadata = json!({"name": "mine", "namespace": NAMESPACE});
    json!({"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec})
}

/// What the Service beside is called.
const NEIGHBOUR: &str = "ratings";

/// launchpad's Workload, which sends a tenth to its second target.
fn launchpad(name: &str, version: &str) -> Value {
    let target = |name: &str, version: &str, weight: u32| json!({"trafficSplit": {"subset": {"name": name, "labels": {"version": version}}, "weight": weight}});
    let spec = json!({"host": "reviews", "targets": [target("v1", "v1", 90), target(name, version, 10)]});
    let metadata = json!({"name": "split", "namespace": NAMESPACE});
    json!({"apiVersion": "labs.ishankhare.dev/v1alpha1", "kind": "Workload", "metadata": metadata, "spec": spec})
}

/// Texts that no name, version or header can be.
pub const NEVER: [&str; 16] = [
    ".*",
    "reviews|.*",
    "(?i)reviews",
    r"\E.*",
    "^.*$",
    "v2,reviews:v1",
    "v2;p=1",
    "v2 ",
    "v2\nspec: {}",
    "v2\r\nx-admin: true",
    "v2\0",
    "v2\" #",
    "{{ .Values.name }}",
    "${NAME}",
    "%REQ(cookie)%",
    "\u{1b}[31mred\u{202e}",
];

/// All attempts, those of one place and fate together.
pub fn attempts() -> Vec<Attempt> {
    use Code::{
        DefaultUnknown, IllegalName, IllegalVersion, InvalidPolicy, NoName, PolicyServiceUnknown, RegexTooLong,
        UnknownAnnotation, WorkloadInvalid, WrongType,
    };
    use Fate::{Inert, Refused};
    let long = "a".repeat(100_000);
    let longest = "1.".repeat(31) + "2";
    let mut attempts = Vec::new();
    let mut add = |spot: Spot, fate: Fate, values: &[&str]| {
        attempts.extend(values.iter().map(|value| Attempt { spot, value: (*value).to_owned(), fate }));
    };
    add(Spot::ServiceName, Refused(IllegalName), &NEVER);
    let hosts =
        ["*", "*.example.com", "www.example.com", "ratings.prod.svc.cluster.local", "Reviews", "rеviews", "../reviews"];
    add(Spot::ServiceName, Refused(IllegalName), &hosts);
    add(Spot::ServiceName, Refused(NoName), &[""]);
    add(Spot::ServiceName, Refused(RegexTooLong), &[&long]);
    add(Spot::ServiceName, Inert(&[]), &["on", "null", "0777", "1e3", "0x10", "n"]);
    add(Spot::Namespace, Refused(IllegalName), &NEVER);
    add(Spot::Namespace, Refused(IllegalName), &["*", "a.b"]);
    add(Spot::Namespace, Refused(RegexTooLong), &[&long]);
    add(Spot::Namespace, Inert(&[]), &["on", "null", "123"]);
    add(Spot::Version, Refused(IllegalVersion), &NEVER);
    add(Spot::Version, Refused(IllegalVersion), &["-v2", "v2.", "é", &long]);
    add(Spot::Version, Inert(&[]), &["1.2", "1..2", "1_2", "1.2_3-4", "on", "null", "1e3", "0x10", "0777", &longest]);
    add(Spot::SelectorValue, Inert(&[]), &NEVER);
    add(Spot::VersionLabel, Refused(InvalidPolicy), &NEVER);
    add(Spot::VersionLabel, Refused(InvalidPolicy), &["", "a/b/c", "version: x", &long]);
    add(Spot::VersionLabel, Inert(&[]), &["example.com/version.of_app", "on", "null"]);
    add(
        Spot::Header,
        Refused(InvalidPolicy),
        &["", ":path", ":authority", "host", "cookie", "authorization", "baggage"],
    );
    add(
        Spot::Header,
        Refused(InvalidPolicy),
        &["x y", "x: y", "x\r\nx-admin", "x\0", "x\"", "x-é", "(?i)x", "{x}", &long],
    );
    add(
        Spot::Header,
        Inert(&[]),
        &["x.*", "^x$", "x|y", "x+", "*", "'x'", "`x`", "#x", "&x", "!x", "~", "%x%", "null", "0777"],
    );
    add(Spot::DefaultVersion, Refused(InvalidPolicy), &NEVER);
    add(Spot::DefaultVersion, Refused(InvalidPolicy), &["", &long]);
    add(Spot::RootNamespace, Inert(&[]), &NEVER);
    add(Spot::SplitVersion, Refused(DefaultUnknown), &NEVER);
    add(Spot::PolicyService, Refused(PolicyServiceUnknown), &NEVER);
    add(Spot::PolicyField, Refused(InvalidPolicy), &NEVER);
    add(Spot::Gateway, Refused(InvalidPolicy), &NEVER);
    add(Spot::Gateway, Refused(InvalidPolicy), &["", "mesh", "*", "a/b/c", "../edge"]);
    add(Spot::Gateway, Inert(&[]), &["istio-system/edge", "on", "0777"]);
    add(Spot::Host, Refused(InvalidPolicy), &NEVER);
    add(Spot::Host, Refused(InvalidPolicy), &["", "sh*p.example.com", "shop.*", "shop..example.com", &long]);
    add(Spot::Host, Inert(&[]), &["*", "*.example.com", "on", "1e3"]);
    add(Spot::DefaultAnnotation, Refused(DefaultUnknown), &NEVER);
    add(Spot::IgnoreAnnotation, Refused(WrongType), &NEVER);
    add(Spot::UnknownAnnotation, Inert(&[UnknownAnnotation]), &NEVER);
    add(Spot::PathAnnotation, Inert(&[]), &["../../../../etc/cron.d", "/etc", "a\nb", "a\0", "${HOME}"]);
    add(Spot::PreviousName, Inert(&[]), &NEVER);
    add(Spot::PreviousName, Inert(&[]), &["*", "www.example.com"]);
    add(Spot::RouteName, Inert(&[]), &NEVER);
    add(Spot::SubsetName, Inert(&[]), &NEVER);
    add(Spot::TargetName, Refused(WorkloadInvalid), &NEVER);
    add(Spot::TargetName, Inert(&[]), &["on", "null", "0777"]);
    add(Spot::TargetLabel, Refused(WorkloadInvalid), &NEVER);
    attempts
}
