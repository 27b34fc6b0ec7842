//! Every finding is documented, and every one is found: with its place, in sentences.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]
#![allow(clippy::needless_pass_by_value, reason = "sentences read better without ampersands")]

mod support;

use std::collections::BTreeSet;
use std::fs;

use overrides::finding::{Code, Finding, Severity};
use overrides::krm::ResourceList;
use support::given::{Document, Given, deployment, function, given, pod, service, version, workload};
use support::{overrides, stream};

const PAGE: &str = include_str!("../docs/findings.md");

// ---------------------------------------------------------------- the page

/// The code and the lines of every section.
fn sections() -> Vec<(&'static str, &'static str)> {
    let sections = PAGE.split("\n## ").skip(1);
    sections.map(|section| section.split_once(" — ").expect("a heading is `## OV000 — Title`")).collect()
}

#[test]
fn every_code_has_its_section_and_every_section_its_code() {
    let documented: Vec<&str> = sections().into_iter().map(|(code, _)| code).collect();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    assert_eq!(documented, codes, "in order");
}

#[test]
fn every_section_states_the_severity_and_has_all_its_parts() {
    for (code, (id, section)) in Code::ALL.iter().zip(sections()) {
        let severity = section.lines().find_map(|line| line.strip_prefix("Severity: ")).expect("a severity");
        assert_eq!(severity.split(' ').next(), Some(code.severity().word()), "{id}");
        for part in ["**Means.** ", "**Cause.** ", "**Cure.** ", "```"] {
            assert!(section.contains(part), "{id} has no {part}");
        }
        let anchor = format!("<a id=\"{}\"></a>\n## {id} ", id.to_lowercase());
        assert!(PAGE.contains(&anchor), "{id} has no anchor");
        assert!(PAGE.contains(&format!("[{id}](#{})", id.to_lowercase())), "{id} is not in the table at the top");
    }
}

#[test]
fn the_page_shows_a_finding_as_it_is_printed() {
    let found = given(in_file(service("reviews").namespace("shop").annotation("overrides.dev/default-version: v9")))
        .and(in_file(version("reviews", "v1").namespace("shop")))
        .and(in_file(version("reviews", "v2").namespace("shop")))
        .run();
    let line = found.only(Code::DefaultUnknown).line().replace(", document 3", "");
    assert!(PAGE.contains(&format!("```\n{line}\n```")), "{line}");
}

// ---------------------------------------------------------------- the findings

/// A document of the third object of a file in a package.
fn in_file(document: impl Document) -> String {
    let annotations = "internal.config.kubernetes.io/path: apps/reviews.yaml\n    \
                       internal.config.kubernetes.io/index: '2'\n";
    let document = document.document();
    match document.split_once("  annotations:\n") {
        Some((before, after)) => format!("{before}  annotations:\n    {annotations}{after}"),
        None => document.replacen("metadata:\n", &format!("metadata:\n  annotations:\n    {annotations}"), 1),
    }
}

const POLICY: &str = "\
apiVersion: overrides.dev/v1alpha1
kind: Overrides
metadata:
  name: mesh
  annotations: {internal.config.kubernetes.io/path: apps/reviews.yaml, internal.config.kubernetes.io/index: '2'}
";

/// A rule in the same place of a file as everything else.
fn rule(kind: &str, name: &str, namespace: &str, spec: &str) -> String {
    in_file(format!(
        "apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec: \
         {spec}\n"
    ))
}

/// A Workload of launchpad's that sends a tenth to `v2`, and to `v1` so many percent.
fn launchpad(host: &str, weight: u32) -> String {
    let target = |name: &str, weight: u32| {
        format!("{{trafficSplit: {{subset: {{name: {name}, labels: {{version: {name}}}}}, weight: {weight}}}}}")
    };
    let (v1, v2) = (target("v1", weight), target("v2", 10));
    in_file(format!(
        "apiVersion: labs.ishankhare.dev/v1alpha1\nkind: Workload\nmetadata:\n  name: split\n  namespace: shop\nspec: \
         {{host: {host}, targets: [{v1}, {v2}]}}\n"
    ))
}

/// A Service in the namespace `shop`.
fn reviews() -> support::given::Service {
    service("reviews").namespace("shop")
}

/// A Deployment of one version of it.
fn of(value: &str) -> support::given::Workload {
    version("reviews", value).namespace("shop")
}

/// A Deployment of it without a version.
fn plain(name: &str) -> support::given::Workload {
    deployment(name).namespace("shop").of("reviews")
}

/// A Service that is exposed, with more fields of its entry in the policy.
fn exposed(fields: &str) -> Given {
    let expose = "expose: {gateways: [edge], hosts: [shop.example.com]}";
    two_versions().policy_in(POLICY, &format!("services: [{{name: reviews, {fields}{expose}}}]"))
}

/// A Service with the versions `v1` and `v2`, one of which is the default.
fn two_versions() -> Given {
    given(in_file(reviews())).and(in_file(of("v1"))).and(in_file(of("v2")))
}

/// More versions on more ports than anybody has rules for.
fn many_rules() -> Given {
    let ported = (1..=150).fold(reviews(), |all, number| all.port(&format!("name: http-{number}, port: {number}")));
    (1..=150).fold(given(in_file(ported)), |all, number| all.and(in_file(of(&format!("v{number}")))))
}

fn many_versions(count: usize) -> Given {
    (1..=count).fold(given(in_file(reviews())), |all, number| all.and(in_file(of(&format!("v{number}")))))
}

fn one_version() -> Given {
    given(in_file(reviews())).and(in_file(of("v1")))
}

/// A configuration in which something is found, and where.
struct Case {
    code: Code,
    given: Given,
    severity: Severity,
    object: &'static str,
    field: Option<&'static str>,
}

/// A case of the code's usual severity. `field` is empty where the whole object is meant.
fn case(code: Code, given: Given, object: &'static str, field: &'static str) -> Case {
    Case { code, given, severity: code.severity(), object, field: Some(field).filter(|field| !field.is_empty()) }
}

impl Case {
    fn severe(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<Case> {
    use Severity::{Error, Info, Warning};
    const REVIEWS: &str = "Service shop/reviews";
    const LABELS: &str = "spec.template.metadata.labels";
    let without =
        |service: support::given::Service| given(in_file(service)).and(in_file(of("v1"))).and(in_file(of("v2")));
    vec![
        case(
            Code::NoName,
            given(in_file("apiVersion: v1\nkind: Service\nmetadata:\n  namespace: shop\n")),
            "Service without a name",
            "metadata.name",
        ),
        case(
            Code::NoName,
            given(in_file("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  namespace: shop\n  name: 7\n")),
            "Deployment without a name",
            "metadata.name",
        ),
        case(Code::WrongType, given(in_file(reviews().selector("[a]"))), REVIEWS, "spec.selector"),
        case(Code::WrongType, given(in_file(reviews().port("port: '80'"))), REVIEWS, "spec.ports[0].port"),
        case(
            Code::WrongType,
            given(rule("VirtualService", "reviews", "shop", "{hosts: reviews}")),
            "VirtualService shop/reviews",
            "spec.hosts",
        ),
        case(Code::DuplicateService, one_version().and(in_file(reviews())), REVIEWS, ""),
        case(Code::IllegalName, given(in_file(service("'*'"))), "Service *", "metadata.name"),
        // The policy.
        case(Code::InvalidPolicy, one_version().policy_in(POLICY, "heder: x"), "Overrides mesh", "spec.heder"),
        case(Code::InvalidPolicy, one_version().policy_in(POLICY, "header: x y"), "Overrides mesh", "spec.header"),
        case(Code::InvalidPolicy, one_version().policy_in(POLICY, "existing: no"), "Overrides mesh", "spec.existing"),
        case(
            Code::UnknownAnnotation,
            given(in_file(reviews().annotation("overrides.dev/ingore: 'true'")))
                .and(version("reviews", "v1").namespace("shop")),
            REVIEWS,
            "metadata.annotations[overrides.dev/ingore]",
        ),
        case(
            Code::PolicyServiceUnknown,
            one_version().policy_in(POLICY, "services: [{name: zebra}]"),
            "Overrides mesh",
            "spec.services[0].name",
        ),
        case(
            Code::PolicyServiceTwice,
            one_version().policy_in(POLICY, "services: [{name: reviews}, {name: reviews}]"),
            "Overrides mesh",
            "spec.services[1].name",
        ),
        case(
            Code::PolicyServiceTwice,
            one_version().policy_in(POLICY, "services: [{name: reviews}, {name: reviews, namespace: shop}]"),
            "Overrides mesh",
            "spec.services[1].name",
        ),
        case(
            Code::PolicyServiceAmbiguous,
            one_version()
                .and(in_file(service("reviews").namespace("staging")))
                .and(in_file(version("reviews", "v1").namespace("staging")))
                .policy_in(POLICY, "services: [{name: reviews}]"),
            "Overrides mesh",
            "spec.services[0].name",
        ),
        case(
            Code::SplitConflict,
            two_versions()
                .and(rule(
                    "VirtualService",
                    "mine",
                    "shop",
                    "{hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}",
                ))
                .policy_in(POLICY, "services: [{name: reviews, split: {v1: 90, v2: 10}}]"),
            "Overrides mesh",
            "spec.services[0].split",
        ),
        case(
            Code::SplitConflict,
            two_versions()
                .and(launchpad("reviews", 90))
                .policy_in(POLICY, "services: [{name: reviews, split: {v1: 90, v2: 10}}]"),
            "Workload shop/split",
            "spec.host",
        ),
        case(Code::WorkloadInvalid, two_versions().and(launchpad("reviews", 80)), "Workload shop/split", "spec.targets"),
        case(
            Code::WorkloadServiceUnknown,
            two_versions().and(launchpad("zebra", 90)),
            "Workload shop/split",
            "spec.host",
        ),
        case(
            Code::SplitIdle,
            without(reviews().annotation("overrides.dev/ignore: 'true'")).and(launchpad("reviews", 90)),
            "Workload shop/split",
            "spec.host",
        ),
        case(
            Code::SplitIdle,
            without(reviews().spec("clusterIP: None"))
                .policy_in(POLICY, "services: [{name: reviews, split: {v1: 90, v2: 10}}]"),
            "Overrides mesh",
            "spec.services[0].split",
        ),
        // Versions.
        case(Code::NoVersions, given(in_file(reviews())).and(in_file(plain("reviews"))), REVIEWS, ""),
        case(
            Code::NoVersions,
            given(in_file(reviews())).and(in_file(plain("reviews"))).policy("unversioned: error"),
            REVIEWS,
            "",
        )
        .severe(Error),
        case(Code::SomeUnversioned, two_versions().and(in_file(plain("other"))), "Deployment shop/other", LABELS),
        case(
            Code::IllegalVersion,
            given(in_file(reviews())).and(in_file(plain("bad").version("a/b"))),
            "Deployment shop/bad",
            "spec.template.metadata.labels.version",
        ),
        case(
            Code::IllegalVersion,
            given(in_file(reviews().annotation("overrides.dev/default-version: a/b")))
                .and(in_file(plain("reviews")))
                .policy("unversioned: label"),
            REVIEWS,
            "metadata.annotations[overrides.dev/default-version]",
        ),
        case(
            Code::VersionNotText,
            given(in_file(reviews())).and(in_file(plain("bad").version("1.0"))),
            "Deployment shop/bad",
            "spec.template.metadata.labels.version",
        ),
        case(
            Code::VersionNotText,
            given(in_file(reviews()))
                .and(in_file(plain("bad").pod_label("example.com/version: on")))
                .policy("versionLabels: [example.com/version]"),
            "Deployment shop/bad",
            "spec.template.metadata.labels[example.com/version]",
        ),
        case(
            Code::VersionUnderTwoLabels,
            given(in_file(reviews()))
                .and(in_file(of("v1")))
                .and(in_file(plain("other").pod_label("release: v1")))
                .policy("versionLabels: [version, release]"),
            "Deployment shop/other",
            "spec.template.metadata.labels.release",
        ),
        case(
            Code::VersionsOverlap,
            given(in_file(reviews()))
                .and(in_file(of("v2").pod_label("release: v1")))
                .and(in_file(plain("other").pod_label("release: v1")))
                .policy("versionLabels: [version, release]"),
            "Deployment shop/reviews-v2",
            "spec.template.metadata.labels.release",
        ),
        case(Code::NoWorkloads, given(in_file(reviews())), REVIEWS, ""),
        case(Code::DuplicateWorkload, one_version().and(in_file(of("v1"))), "Deployment shop/reviews-v1", ""),
        case(
            Code::SelectorsOverlap,
            given(in_file(reviews()))
                .and(in_file(of("v1").spec("selector: {matchLabels: {app: reviews}}")))
                .and(in_file(of("v2").spec("selector: {matchLabels: {app: reviews}}"))),
            "Deployment shop/reviews-v2",
            "spec.selector",
        ),
        case(
            Code::SelectorsOverlap,
            given(in_file(reviews()))
                .and(in_file(of("v1").spec("selector: {matchLabels: {app: reviews}}")))
                .and(in_file(of("v2").spec("selector: {matchLabels: {version: v2}}"))),
            "Deployment shop/reviews-v1",
            "spec.selector",
        )
        .severe(Info),
        case(
            Code::CountsVersions,
            two_versions().and(
                rule("PodDisruptionBudget", "both", "shop", "{selector: {matchLabels: {app: reviews}}}")
                    .replace("networking.istio.io", "policy"),
            ),
            "PodDisruptionBudget shop/both",
            "spec.selector",
        ),
        case(Code::UnselectedWorkload, given(in_file(of("pr-123"))), "Deployment shop/reviews-pr-123", ""),
        case(
            Code::UnselectedWorkload,
            two_versions().and(in_file(deployment("worker").namespace("shop").of("worker").version("v1"))),
            "Deployment shop/worker",
            "",
        )
        .severe(Info),
        case(
            Code::UnselectedWorkload,
            two_versions().and(in_file(deployment("reviews-v3").namespace("shop").of("revews").version("v3"))),
            "Deployment shop/reviews-v3",
            "",
        ),
        // Labels that are added.
        case(
            Code::Labelled,
            given(in_file(reviews())).and(in_file(plain("reviews"))).policy("unversioned: label"),
            REVIEWS,
            "",
        ),
        case(
            Code::CannotLabel,
            given(in_file(reviews()))
                .and(in_file(pod("single").namespace("shop").of("reviews")))
                .policy("unversioned: label"),
            "Pod shop/single",
            "metadata.labels",
        ),
        case(
            Code::CannotLabel,
            given(in_file(reviews()))
                .and(in_file(
                    workload("apps/v1", "DaemonSet", "agent")
                        .namespace("shop")
                        .of("reviews")
                        .spec("updateStrategy: {type: OnDelete}"),
                ))
                .policy("unversioned: label"),
            "DaemonSet shop/agent",
            LABELS,
        ),
        case(
            Code::CannotLabel,
            given(in_file(reviews()))
                .and(in_file(
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shared\n  namespace: shop\nspec:\n  \
                     selector:\n    matchLabels: &labels\n      app: reviews\n  template:\n    metadata:\n      \
                     labels: *labels\n",
                ))
                .policy("unversioned: label"),
            "Deployment shop/shared",
            "spec.template.metadata.labels.version",
        ),
        case(
            Code::LabelConflict,
            given(in_file(reviews().annotation("overrides.dev/default-version: v1")))
                .and(in_file(
                    service("internal")
                        .namespace("shop")
                        .selector("{app: reviews}")
                        .annotation("overrides.dev/default-version: stable"),
                ))
                .and(in_file(plain("reviews")))
                .policy("unversioned: label"),
            "Deployment shop/reviews",
            "",
        ),
        case(
            Code::LabelSelects,
            given(in_file(reviews()))
                .and(in_file(service("reviews-v1").namespace("shop").selector("{app: reviews, version: v1}")))
                .and(in_file(plain("reviews")))
                .policy("unversioned: label"),
            "Deployment shop/reviews",
            "",
        ),
        case(
            Code::MustNotLabel,
            one_version().and(in_file(plain("next"))).policy("unversioned: label"),
            "Deployment shop/next",
            LABELS,
        ),
        case(
            Code::MustNotLabel,
            one_version().and(in_file(plain("next").pod_label("verison: v2"))).policy("unversioned: label"),
            "Deployment shop/next",
            "spec.template.metadata.labels.verison",
        ),
        // Default versions.
        case(Code::NoDefault, two_versions().policy("defaultVersion: stable"), REVIEWS, ""),
        case(
            Code::DefaultUnknown,
            without(reviews().annotation("overrides.dev/default-version: v9")),
            REVIEWS,
            "metadata.annotations[overrides.dev/default-version]",
        ),
        case(
            Code::DefaultUnknown,
            two_versions().policy_in(POLICY, "services: [{name: reviews, defaultVersion: v9}]"),
            "Overrides mesh",
            "spec.services[0].defaultVersion",
        ),
        case(
            Code::ScaledToZero,
            given(in_file(reviews())).and(in_file(of("v1").replicas(0))).and(in_file(of("v2"))),
            REVIEWS,
            "",
        ),
        case(
            Code::DefaultMoved,
            given(in_file(reviews())).and(in_file(of("v1"))).and(in_file(of("v2"))).and(in_file(generated(
                "VirtualService",
                "{hosts: [reviews], http: [{name: default-reviews, route: [{destination: {host: reviews, subset: v2}}]}]}",
            ))),
            "VirtualService shop/reviews-overrides",
            "",
        ),
        case(
            Code::DefaultReplaced,
            given(in_file(reviews())).and(in_file(of("pr-123"))).policy("defaultVersion: v1"),
            REVIEWS,
            "",
        ),
        case(
            Code::DefaultReplaced,
            given(in_file(reviews())).and(in_file(of("pr-123"))).policy("defaultSelector: {matchLabels: {track: stable}}"),
            REVIEWS,
            "",
        ),
        case(
            Code::DefaultReplaced,
            given(in_file(reviews()))
                .and(in_file(of("pr-123")))
                .and(in_file(generated("DestinationRule", "{host: reviews, subsets: [{name: v1, labels: {version: v1}}]}")))
                .policy("defaultVersion: v1"),
            REVIEWS,
            "",
        )
        .severe(Error),
        case(
            Code::DefaultSelectsNothing,
            two_versions().policy_in(POLICY, "defaultSelector: {matchLabels: {track: stabel}}"),
            "Overrides mesh",
            "spec.defaultSelector",
        ),
        case(
            Code::SeveralDefaults,
            given(in_file(reviews()))
                .and(in_file(of("v1").annotation("overrides.dev/default: 'true'")))
                .and(in_file(of("v2").annotation("overrides.dev/default: 'true'"))),
            "Deployment shop/reviews-v2",
            "metadata.annotations[overrides.dev/default]",
        ),
        case(
            Code::SeveralDefaults,
            two_versions().policy("defaultSelector: {matchLabels: {app: reviews}}"),
            REVIEWS,
            "",
        ),
        case(
            Code::UnknownAnnotation,
            given(in_file(reviews())).and(in_file(of("v1").annotation("overrides.dev/default: 'no?'"))),
            "Deployment shop/reviews-v1",
            "metadata.annotations[overrides.dev/default]",
        ),
        // At gateways.
        case(Code::TooManyRules, many_rules(), REVIEWS, "spec.ports"),
        case(Code::TooLargeToApply, many_versions(900), REVIEWS, ""),
        case(Code::TooLargeToStore, many_versions(4_800), REVIEWS, ""),
        case(
            Code::LeftOver,
            two_versions().and(in_file(
                "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: ours\n  namespace: shop\n  \
                 annotations:\n    overrides.dev/generated-for: reviews\nspec: {parentRefs: [{kind: Service, name: \
                 reviews}]}\n"
            )),
            "HTTPRoute shop/ours",
            "",
        ),
        case(Code::ExposePort, two_versions().policy_in(
                POLICY,
                "services: [{name: reviews, expose: {gateways: [edge], hosts: [shop.example.com], port: admin}}]",
            ), "Overrides mesh", "spec.services[0].expose.port"),
        case(
            Code::ExposeConflict,
            exposed("").and(rule(
                "VirtualService",
                "other",
                "shop",
                "{gateways: [edge], hosts: [shop.example.com], http: [{route: [{destination: {host: ratings}}]}]}",
            )),
            "Overrides mesh",
            "spec.services[0].expose.hosts[0]",
        ),
        case(
            Code::HostNotAdmitted,
            exposed("").and(rule("Gateway", "edge", "shop", "{servers: [{port: {protocol: HTTP}, hosts: [a.b]}]}")),
            "Overrides mesh",
            "spec.services[0].expose.hosts[0]",
        ),
        case(Code::GatewayUnknown, exposed(""), "Overrides mesh", "spec.services[0].expose.gateways[0]"),
        case(
            Code::Exposed,
            exposed("").and(rule(
                "VirtualService",
                "other",
                "shop",
                "{gateways: [edge], hosts: ['*.example.com'], http: [{route: [{destination: {host: ratings}}]}]}",
            )),
            "Overrides mesh",
            "spec.services[0].expose.hosts[0]",
        ),
        case(Code::ExposedInVain, exposed("ignore: true, "), "Overrides mesh", "spec.services[0].expose"),
        // Passed over.
        case(Code::ExternalName, without(reviews().spec("type: ExternalName")), REVIEWS, "spec.type"),
        case(Code::NoSelector, without(reviews().selector("{}")), REVIEWS, "spec.selector"),
        case(
            Code::ApiServer,
            given(in_file(service("kubernetes").namespace("default"))),
            "Service default/kubernetes",
            "",
        ),
        case(
            Code::SelectorPinsVersion,
            without(reviews().selector("{app: reviews, version: v2}")),
            REVIEWS,
            "spec.selector.version",
        )
        .severe(Warning),
        case(
            Code::SelectorPinsVersion,
            given(in_file(reviews().selector("{app: reviews, version: v1}"))).and(in_file(of("v1"))),
            REVIEWS,
            "spec.selector.version",
        ),
        case(Code::Headless, without(reviews().spec("clusterIP: None")), REVIEWS, "spec.clusterIP"),
        case(
            Code::SingleVersionWithoutHttp,
            given(in_file(reviews().port("name: tcp, port: 9000"))).and(in_file(of("v1"))),
            REVIEWS,
            "spec.ports",
        ),
        case(
            Code::OnlyTlsPorts,
            given(in_file(reviews().port("name: https, port: 443"))).and(in_file(of("v1"))),
            REVIEWS,
            "spec.ports",
        )
        .severe(Info),
        case(Code::OnlyTlsPorts, without(reviews().port("name: https, port: 443")), REVIEWS, "spec.ports")
            .severe(Warning),
        case(Code::NoTcpPorts, without(reviews().port("name: dns, port: 53, protocol: UDP")), REVIEWS, "spec.ports"),
        case(
            Code::OptedOut,
            without(reviews().annotation("overrides.dev/ignore: 'true'")),
            REVIEWS,
            "metadata.annotations[overrides.dev/ignore]",
        ),
        case(Code::OptedOut, two_versions().policy("services: [{name: reviews, ignore: true}]"), REVIEWS, ""),
        case(Code::OptedOut, two_versions().policy("select: {matchLabels: {a: b}}"), REVIEWS, "metadata.labels"),
        case(Code::SingleVersionSkipped, one_version().policy("singleVersion: skip"), REVIEWS, ""),
        case(
            Code::TlsPort,
            without(reviews().port("name: http, port: 80").port("name: tls-data, port: 8443")),
            REVIEWS,
            "spec.ports[1]",
        ),
        case(
            Code::ForeignOwner,
            two_versions().and(
                rule("Canary", "other", "shop", "{targetRef: {name: reviews}}")
                    .replace("networking.istio.io/v1", "flagger.app/v1beta1"),
            ),
            REVIEWS,
            "",
        ),
        case(
            Code::UnruledPort,
            given(in_file(reviews().port("name: http, port: 80").port("name: tcp-data, port: 9000")))
                .and(in_file(of("v1")))
                .and(in_file(of("v2")))
                .and(rule("VirtualService", "mine", "shop", "{hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}")),
            REVIEWS,
            "spec.ports[1]",
        ),
        case(Code::TcpPort, without(reviews().port("name: tcp-service, port: 7070")), REVIEWS, "spec.ports[0]"),
        case(
            Code::TcpPort,
            without(reviews().port("name: http, port: 80").port("name: redis, port: 1").port("name: tcp, port: 2")),
            REVIEWS,
            "spec.ports",
        )
        .severe(Info),
        case(
            Code::SeenBySome,
            two_versions().and(rule(
                "VirtualService",
                "mine",
                "shop",
                "{hosts: [reviews], exportTo: [.], http: [{route: [{destination: {host: reviews}}]}]}",
            )),
            REVIEWS,
            "",
        ),
        case(
            Code::SubsetPolicy,
            two_versions().and(rule(
                "DestinationRule",
                "mine",
                "shop",
                "{host: reviews, subsets: [{name: a, labels: {version: v1}, trafficPolicy: {tls: {mode: DISABLE}}}]}",
            )),
            REVIEWS,
            "",
        ),
        case(
            Code::Ambient,
            two_versions().and("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}\n"),
            REVIEWS,
            "",
        ),
        case(
            Code::ForeignRoute,
            two_versions().and(
                rule("HTTPRoute", "other", "shop", "{rules: [{backendRefs: [{name: reviews}]}]}")
                    .replace("networking.istio.io", "gateway.networking.k8s.io"),
            ),
            "HTTPRoute shop/other",
            "spec.rules",
        ),
        // Rules that are already there.
        case(
            Code::DestinationRuleExists,
            skipping().and(rule("DestinationRule", "mine", "shop", "{host: reviews}")),
            REVIEWS,
            "",
        ),
        case(
            Code::DestinationRuleExists,
            skipping().and(rule("DestinationRule", "mine", "shop", "{host: reviews}")).policy("existing: error"),
            REVIEWS,
            "",
        )
        .severe(Error),
        case(
            Code::VirtualServiceExists,
            skipping().and(rule("VirtualService", "mine", "shop", "{hosts: [reviews]}")),
            REVIEWS,
            "",
        ),
        case(
            Code::DestinationRuleCovers,
            skipping().and(rule("DestinationRule", "all", "istio-system", "{host: '*.local'}")),
            REVIEWS,
            "",
        ),
        case(
            Code::VirtualServiceCovers,
            skipping().and(rule("VirtualService", "all", "shop", "{hosts: ['*.shop.svc.cluster.local']}")),
            REVIEWS,
            "",
        ),
        case(
            Code::DestinationRuleHides,
            skipping().and(rule("DestinationRule", "mine", "front", "{host: reviews.shop.svc.cluster.local}")),
            REVIEWS,
            "",
        ),
        case(
            Code::RouteWithoutSubset,
            skipping().and(rule(
                "VirtualService",
                "edge",
                "shop",
                "{hosts: [shop.example.com], gateways: [ingress], http: [{route: [{destination: {host: reviews}}]}]}",
            )),
            "VirtualService shop/edge",
            "spec.http[0].route[0].destination",
        ),
        case(
            Code::NameTaken,
            two_versions().and(rule("DestinationRule", "reviews-overrides", "shop", "{host: ratings}")),
            "DestinationRule shop/reviews-overrides",
            "metadata.name",
        ),
        case(
            Code::OldName,
            without(reviews().annotation("internal.config.kubernetes.io/previousNames: old")).and(rule(
                "VirtualService",
                "mine",
                "shop",
                "{hosts: [old]}",
            )),
            REVIEWS,
            "",
        ),
        case(
            Code::CannotMerge,
            two_versions().and(rule("DestinationRule", "mine", "shop", "{host: reviews, workloadSelector: {}}")),
            REVIEWS,
            "",
        ),
        case(
            Code::Merged,
            two_versions().and(rule("DestinationRule", "mine", "shop", "{host: reviews}")),
            "DestinationRule shop/mine",
            "spec.subsets",
        ),
        case(
            Code::NotCloned,
            two_versions().and(rule(
                "VirtualService",
                "mine",
                "shop",
                "{hosts: [reviews], http: [{match: [{headers: {x-override: {exact: a}}}], route: [{destination: {host: \
                 reviews}}]}]}",
            )),
            "VirtualService shop/mine",
            "spec.http[0]",
        ),
        case(
            Code::NoteUnfit,
            two_versions().and(in_file(
                "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: mine\n  namespace: shop\n  \
                 annotations:\n    overrides.dev/added: '{'\nspec: {hosts: [reviews], http: [{route: [{destination: \
                 {host: reviews}}]}]}\n",
            )),
            REVIEWS,
            "",
        ),
        // What is written.
        case(
            Code::RegexTooLong,
            given(in_file(
                service("reviews").namespace(&"n".repeat(1000)).annotation("overrides.dev/default-version: v1"),
            ))
            .and(in_file(version("reviews", "v1").namespace(&"n".repeat(1000))))
            .and(in_file(version("reviews", "v2").namespace(&"n".repeat(1000)))),
            "Service",
            "metadata.name",
        ),
        case(
            Code::CannotEdit,
            two_versions().and(in_file(
                "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: reviews-overrides\n  \
                 namespace: shop\n  annotations:\n    overrides.dev/generated-for: reviews\nspec: &spec {host: \
                 reviews}\n",
            )),
            "DestinationRule shop/reviews-overrides",
            "spec",
        ),
        case(
            Code::UnknownSubset,
            two_versions().and(rule(
                "VirtualService",
                "edge",
                "shop",
                "{hosts: [shop.example.com], gateways: [ingress], http: [{route: [{destination: {host: reviews, subset: \
                 v9}}]}]}",
            )),
            "VirtualService shop/edge",
            "spec.http[0].route[0].destination.subset",
        ),
        case(
            Code::Overwritten,
            two_versions().and(in_file(generated("DestinationRule", "{host: reviews, trafficPolicy: {}}"))),
            "DestinationRule shop/reviews-overrides",
            "spec",
        ),
        case(
            Code::Removed,
            one_version().and(in_file(
                "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: gone-overrides\n  \
                 annotations:\n    overrides.dev/generated-for: gone\nspec: {host: gone, subsets: []}\n",
            )),
            "DestinationRule gone-overrides",
            "",
        ),
    ]
}

/// What is wrong before there are objects, with the line and column.
fn unread() -> Vec<(Code, String, (usize, usize))> {
    vec![
        (Code::Unreadable, "a: [b\n".to_owned(), (1, 4)),
        (Code::Unreadable, "a: 1\nb: [c\n".to_owned(), (2, 4)),
        (Code::WrongDocument, "apiVersion: v1\nkind: Service\n".to_owned(), (1, 1)),
        (Code::DuplicateKey, "a: 1\nb: 2\na: 3\n".to_owned(), (3, 1)),
        (Code::BeyondLimits, "[".repeat(300), (1, 256)),
    ]
}

/// Two versions, and rules of the user's are left alone.
fn skipping() -> Given {
    two_versions().policy("existing: skip")
}

/// An object of an earlier run.
fn generated(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata:\n  name: reviews-overrides\n  namespace: shop\n  \
         annotations:\n    overrides.dev/generated-for: reviews\nspec: {spec}\n"
    )
}

/// What only the command finds.
const THROUGH_THE_COMMAND: [Code; 5] =
    [Code::KustomizationPassedOver, Code::SeveralPolicies, Code::NoObject, Code::PassedThrough, Code::HeaderChanged];

#[test]
fn every_code_has_a_case() {
    let mut tried: BTreeSet<Code> = cases().iter().map(|case| case.code).collect();
    tried.extend(unread().iter().map(|(code, ..)| *code));
    tried.extend(THROUGH_THE_COMMAND);
    let missing: Vec<&str> = Code::ALL.iter().filter(|code| !tried.contains(code)).map(|code| code.id()).collect();
    assert_eq!(missing, Vec::<&str>::new(), "no case finds these");
}

#[test]
fn every_case_finds_its_code_at_its_place() {
    for Case { code, given, severity, object, field } in cases() {
        let outcome = given.run();
        let id = code.id();
        let found: Vec<&Finding> = outcome.findings.iter().filter(|finding| finding.code == code).collect();
        assert_eq!(found.len(), 1, "{id} is found once: {:#?}", outcome.findings);
        assert_eq!(found[0].severity, severity, "{id}");

        let list = ResourceList::parse(&outcome.output).unwrap();
        let results = list.results();
        let result = results.iter().find(|result| result.tags["code"] == id).expect("it is among the results");
        assert_eq!(result.severity, severity.word(), "{id}");
        assert!(result.message.starts_with(&format!("{id}: ")), "{id}: {}", result.message);
        let reference = result.resource_ref.as_ref().expect("it names an object");
        let name = match (&reference.namespace, reference.name.as_str()) {
            (_, "") => format!("{} without a name", reference.kind),
            (Some(namespace), name) => format!("{} {namespace}/{name}", reference.kind),
            (None, name) => format!("{} {name}", reference.kind),
        };
        assert!(name == object || (code == Code::RegexTooLong && name.starts_with(object)), "{id}: {name}");
        assert!(reference.api_version.contains('v'), "{id}: {reference:?}");
        assert_eq!(result.field.as_ref().map(|field| field.path.as_str()), field, "{id}");
        let file = result.file.as_ref().unwrap_or_else(|| panic!("{id} names no file"));
        assert_eq!((file.path.as_str(), file.index), ("apps/reviews.yaml", 2), "{id}");
        // A name of a thousand characters is cut short, and the place behind it with it.
        let whole = code != Code::RegexTooLong;
        assert!(!whole || found[0].line().contains("apps/reviews.yaml"), "{id}: {}", found[0].line());
    }
}

#[test]
fn what_cannot_be_read_is_found_with_its_line_and_column() {
    for (code, input, position) in unread() {
        let outcome = function(&input);
        assert_eq!(outcome.output, "", "{}", code.id());
        let [finding] = outcome.findings.as_slice() else { panic!("{:?}", outcome.findings) };
        assert_eq!((finding.code, finding.severity, finding.place.position), (code, Severity::Error, Some(position)));
        let location = finding.place.location.as_ref().expect("it names the input");
        assert_eq!(location.path, "-");
        is_in_sentences(finding);
    }
}

/// A message and a cure: something to read, without the full stop that whoever shows it adds.
#[track_caller]
fn is_in_sentences(finding: &Finding) {
    let id = finding.code.id();
    for (what, text) in [("message", &finding.message), ("cure", &finding.cure)] {
        assert!(text.contains(' '), "{id}: the {what} is no sentence: {text:?} ({})", finding.line());
        assert!(text.trim() == text && !text.ends_with(['.', ':', ',']), "{id}: {what}: {text:?}");
        assert!(!text.contains('\n') && !text.contains("  "), "{id}: {what}: {text:?}");
    }
    assert!(finding.cure.starts_with(char::is_uppercase), "{id}: {}", finding.cure);
    assert!(!finding.message.starts_with(char::is_uppercase) || finding.message.starts_with("YAML"), "{id}");
    assert_eq!(finding.line().lines().count(), 1, "{id}: one line");
}

#[test]
fn every_message_and_every_cure_is_a_sentence() {
    let mut silent = BTreeSet::new();
    for Case { code, given, .. } in cases() {
        for finding in given.run().findings.iter().filter(|finding| finding.code == code) {
            if finding.cure.is_empty() {
                silent.insert(format!("{} {}", code.id(), finding.message));
            } else {
                is_in_sentences(finding);
            }
        }
    }
    assert!(silent.is_empty(), "these have no cure: {silent:#?}");
}

#[test]
fn findings_come_with_errors_first() {
    let found = two_versions()
        .and(in_file(service("external").namespace("shop").spec("type: ExternalName")))
        .and(in_file(service("nobody").namespace("shop")))
        .and(in_file(service("broken").namespace("shop").annotation("overrides.dev/default-version: v9")))
        .and(in_file(version("broken", "v1").namespace("shop")))
        .run();
    assert_eq!(found.codes(), [Code::NoWorkloads, Code::DefaultUnknown, Code::ExternalName]);
    let severities: Vec<Severity> = found.findings.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning, Severity::Info]);
}

// ---------------------------------------------------------------- through the command

#[test]
fn a_kustomization_that_is_passed_over_is_found_by_the_command() {
    for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        fs::write(folder.path().join(name), "resources: [reviews.yaml]\n").unwrap();
        let documents = [service("reviews").document(), version("reviews", "v1").document()];
        fs::write(folder.path().join("reviews.yaml"), stream(&documents)).unwrap();
        let run = overrides(&["render", path], b"");
        assert_eq!(run.code, Some(0), "a warning: {}", run.stderr);
        assert!(run.stderr.starts_with("warning[OV008]: "), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("{path}/{name}")), "the file is named: {}", run.stderr);
        assert!(run.stderr.contains(&format!("kustomize build {path} | overrides render -")), "{}", run.stderr);
        assert!(run.stdout.contains("kind: DestinationRule"));
        assert!(!run.stdout.contains("resources:"));
    }
}

#[test]
fn several_policies_are_found_by_the_command() {
    let documents = [service("reviews").document(), format!("{POLICY}spec: {{}}\n"), format!("{POLICY}spec: {{}}\n")];
    let run = overrides(&["render", "-"], stream(&documents).as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.starts_with("error[OV014]: Overrides mesh"), "{}", run.stderr);
    assert!(run.stderr.contains("--config"), "the cure is named: {}", run.stderr);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mesh.yaml");
    fs::write(&file, stream(&documents[1..])).unwrap();
    let run = overrides(&["render", "-", "--config", file.to_str().unwrap()], documents[0].as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.starts_with("error[OV014]: ") && run.stderr.contains("mesh.yaml"), "{}", run.stderr);
}

#[test]
fn what_is_no_object_or_cannot_be_read_is_found_by_the_command() {
    let documents = [service("reviews").document(), version("reviews", "v1").document()];
    let files = [
        ("a.yaml", "replicas: 1\n", "OV100", "a.yaml:1:1"),
        (
            "b.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata:\n  a: b: c\n...\n",
            "OV101",
            "b.yaml:5:7",
        ),
        (
            "c.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nstringData:\n  a: |\n    b",
            "OV102",
            "c.yaml:5:7",
        ),
    ];
    for (name, text, code, place) in files {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        fs::write(folder.path().join("reviews.yaml"), stream(&documents)).unwrap();
        let run = overrides(&["render", folder.path().to_str().unwrap()], b"");
        assert_eq!(run.code, Some(0), "a warning: {}", run.stderr);
        assert!(run.stderr.starts_with(&format!("warning[{code}]: ")), "{}", run.stderr);
        assert!(run.stderr.contains(place), "{}", run.stderr);
        assert!(run.stdout.contains("kind: DestinationRule"), "{}", run.stdout);
    }
}

#[test]
fn infos_are_shown_when_asked_for_only() {
    let list = given(service("external").spec("type: ExternalName")).list();
    let run = overrides(&[], list.as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("OV050"), "it is among the results all the same");
    let run = overrides(&["-v"], list.as_bytes());
    assert!(run.stderr.starts_with("info[OV050]: Service external"), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1);
}

#[test]
fn a_run_without_errors_and_warnings_prints_nothing_on_standard_error() {
    let given = two_versions();
    let run = overrides(&[], given.list().as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(!run.stdout.contains("results:"));
}
