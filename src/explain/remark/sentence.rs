//! The sentences of remarks.

use std::sync::Arc;

use super::super::carriers::Flaw;
use super::super::object::Object;
use super::Remark;

impl Remark {
    /// Without its full stop.
    pub(super) fn sentence(&self) -> String {
        self.about_carriers()
            .or_else(|| self.about_overrides())
            .or_else(|| self.about_requests())
            .or_else(|| self.about_destinations())
            .unwrap_or_else(|| self.about_rules())
    }

    /// What was meant to be an override and is none.
    fn about_carriers(&self) -> Option<String> {
        Some(match self {
            Self::NoOverride { carrier, member, flaw, example } => match flaw {
                Flaw::Empty => format!("{carrier} is empty: write it like {example}"),
                Flaw::NotAPair => format!("`{member}` in {carrier} is no override: write it like {example}"),
                Flaw::NoService => format!("`{member}` in {carrier} names no Service: write it like {example}"),
                Flaw::NoVersion => format!("`{member}` in {carrier} names no version: write it like {example}"),
                Flaw::BadService => format!(
                    "`{member}` in {carrier} cannot name a Service: write its name in small letters, and its namespace \
                     behind a dot, like reviews.shop"
                ),
                Flaw::BadVersion => format!(
                    "`{member}` in {carrier} cannot name a version, which has letters, digits, dashes, dots and \
                     underscores; commas divide overrides: write it like {example}"
                ),
            },
            Self::NotACarrier { what, instead } => {
                format!("{what} looks like an override and carries none: write {instead}")
            }
            Self::CarrierOff { carrier, member, instead } => format!(
                "`{member}` in {carrier} carries nothing: the policy does not read overrides from {carrier} \
                 (`{carrier}: true` does); write {instead}"
            ),
            Self::OtherPolicy { read, carrier } => format!(
                "rules here read {read}, and this policy's overrides come in {carrier}: if another policy wrote the \
                 rules, name it with --config"
            ),
            _ => return None,
        })
    }

    /// What becomes of an override.
    fn about_overrides(&self) -> Option<String> {
        Some(match self {
            Self::UnknownVersion { version, service, takes, near } => format!(
                "the request asks for version {version} of {service}, which no rule knows: it takes {takes}{}",
                question(near.as_deref())
            ),
            Self::AlreadyTaken { version, service } => {
                format!("the request asks for version {version} of {service}, which it takes without an override too")
            }
            Self::AnotherCameFirst { version, service, takes } => format!(
                "the request asks for version {version} of {service} as well: rules are tried in their own order, and \
                 it takes {takes}"
            ),
            Self::Unseen { asked, port, reads } => format!(
                "the request asks for {asked}, which nobody sees at port {port}: {}",
                match reads {
                    super::Unreadable::Tcp => {
                        "Istio reads the port as TCP. If it carries HTTP or gRPC, let its name begin with `http-` or \
                         `grpc-`, or set its `appProtocol` to `http` or `grpc`"
                    }
                    super::Unreadable::Tls => {
                        "it is TLS, in which headers are encrypted. Let the caller speak plain HTTP to a port whose \
                         name begins with `http-`, and leave the encryption to the mesh"
                    }
                    super::Unreadable::NotCarried => "Istio does not carry its protocol",
                }
            ),
            Self::NoRules { version, service, takes } => format!(
                "the request asks for version {version} of {service}, and no VirtualService decides for that Service, \
                 so no override counts: it takes {takes}"
            ),
            Self::NotAsWritten { version, service, takes, instead } => format!(
                "the request asks for version {version} of {service}, which is there, but no rule that leads to it \
                 matches: it takes {takes}; with {instead} it takes {version}"
            ),
            Self::Shadowed { version, service, takes, first, hidden } => format!(
                "the request asks for version {version} of {service}, and route {hidden} leads to it, but route \
                 {first} comes first and matches too: it takes {takes}"
            ),
            Self::NoRouteForVersion { version, service, takes } => format!(
                "the request asks for version {version} of {service}, which is there, but no rule that leads to it \
                 matches: it takes {takes}"
            ),
            Self::OnlyAShare { version, service, takes } => format!(
                "the request asks for version {version} of {service}, and the route that decides looks at no override: \
                 it takes {takes}, as without one"
            ),
            Self::UnknownService { version, service, near } => {
                let question = question(near.as_deref());
                format!(
                    "the request asks for version {version} of {service}, and there is no such Service here{question}"
                )
            }
            Self::NotOnTheWay { version, service } => {
                format!("the request asks for version {version} of {service}, which is not in the chain")
            }
            _ => return None,
        })
    }

    /// What is said of the request besides.
    fn about_requests(&self) -> Option<String> {
        Some(match self {
            Self::RepeatedHeader { takes } => format!(
                "a header comes in several lines, which Envoy joins before 1.39; since 1.39 it tries each: there it \
                 takes {takes}"
            ),
            Self::GatewayHost { host, object } => format!(
                "the host {host} is one of {object}, which is for gateways: what a gateway does with the request is not \
                 evaluated, and the answers are those for calls in the mesh"
            ),
            Self::UnknownHost { host } => format!(
                "the host {host} is no Service and in no rule here: the answers are those for calls to the Services by \
                 their own names"
            ),
            Self::AssumedAuthority { authority } => format!(
                "a route asks for the authority, which is taken to be `{authority}`; say another with -H 'Host: …'"
            ),
            Self::SeveralPorts { all, answered } => format!(
                "no port is named, and the Service has several ({all}): this is the answer for {answered}; name \
                 another with --port, or in a chain like s1:8080"
            ),
            Self::LeftOut { port, services } => {
                format!("left out, because they have no port {port}: {services}")
            }
            _ => return None,
        })
    }

    fn about_destinations(&self) -> Option<String> {
        Some(match self {
            Self::NoPods { service, subset: Some(subset) } => {
                format!("subset {subset} of {service} selects no Pod: requests get 503")
            }
            Self::NoPods { service, subset: None } => format!("{service} selects no Pod: requests get 503"),
            Self::ScaledToZero { service, versions } => {
                format!("{versions} of {service} is scaled to no Pods: while that is so, requests get 503")
            }
            Self::NoSubset { subset, host, rules } => match rules.as_slice() {
                [] => format!("there is no DestinationRule for {host}, so no subset {subset}: requests get 503"),
                rules => format!("{} has no subset {subset} for {host}: requests get 503", list(rules)),
            },
            Self::NoPort { service, port } => format!("{service} has no port {port}: requests get 503"),
            Self::Spread { versions, ruled: false } => {
                format!("no VirtualService decides, so requests spread over {versions}")
            }
            Self::Spread { versions, ruled: true } => {
                format!("the route names no subset, so requests spread over {versions}")
            }
            Self::Headless { subset } => {
                format!(
                    "the Service is headless: sidecars go to the Pod that was asked for, whatever subset {subset} is"
                )
            }
            Self::NotHere { host } => format!("{host} is no Service of this configuration: what is there is not known"),
            Self::EndpointsElsewhere { service } => {
                format!("{service} selects no Pods by labels: what is behind it is not in this configuration")
            }
            Self::NotExported { namespace } => format!(
                "the Service is not exported to the namespace {namespace} (`networking.istio.io/exportTo`): no rule \
                 applies there"
            ),
            _ => return None,
        })
    }

    fn about_rules(&self) -> String {
        match self {
            Self::Ignored { ignored, used, why } => {
                format!("{ignored} names this host too and is ignored, for Istio uses {used}: {why}")
            }
            Self::NotForThis { object } => {
                format!("{object} names this host and has no route for this caller and port, so Istio passes it over")
            }
            Self::HalfQualified { object, host } => format!(
                "{object} names `{host}`, which Istio does not take for this Service: write the short name, or the \
                 whole one with .svc.cluster.local"
            ),
            Self::Besides { route, sentence } => format!("about route {route}: {sentence}"),
            Self::DelegateMissing { route, delegate } => format!(
                "route {route} delegates to VirtualService {delegate}, which is not there, has hosts or is not \
                 exported: Istio leaves the route out"
            ),
            Self::DelegateConflict { route, delegate, root } => format!(
                "route {route} of the delegate {delegate} contradicts the matches of route {root}: Istio leaves it out"
            ),
            Self::GatewaysOnly { objects } => {
                format!("for gateways alone, so not evaluated for calls in the mesh: {}", list(objects))
            }
            Self::OtherRules { object } => format!("{object} may change what is said here: it is not evaluated"),
            Self::TwiceTheSame { first, second } => {
                format!(
                    "{second} is the same object as {first}: in a cluster one replaces the other; the first counts here"
                )
            }
            // The others have their sentences above.
            _ => String::new(),
        }
    }
}

fn question(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

fn list(objects: &[Arc<Object>]) -> String {
    let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
    names.join(" and ")
}
