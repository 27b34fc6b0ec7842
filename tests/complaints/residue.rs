//! What is changed at run time drifts from what is in Git, and labels that say who owns an object are copied onto others
//! (argo-rollouts#2463, #2769, #3854).

use super::*;
use crate::support::{overrides, stream};

/// What tools write on a Service to know it again.
const MARKS: [&str; 8] = [
    "argocd.argoproj.io/tracking-id: shop:/Service:shop/reviews",
    "argocd.argoproj.io/sync-wave: '3'",
    "checksum/config: 4f1c",
    "config.kubernetes.io/origin: 'path: reviews.yaml'",
    "internal.config.kubernetes.io/previousNames: reviews",
    "internal.config.kubernetes.io/previousKinds: Service",
    "kubectl.kubernetes.io/last-applied-configuration: '{}'",
    "meta.helm.sh/release-name: shop",
];

fn marked() -> Given {
    let service = service("reviews").namespace("shop");
    let service = service.label("argocd.argoproj.io/instance: shop").label("app.kubernetes.io/managed-by: Helm");
    let service = MARKS.iter().fold(service, |service, mark| service.annotation(mark));
    given(service).and(in_shop("v1")).and(in_shop("v2"))
}

#[test]
fn generated_objects_have_nothing_of_what_tools_wrote_on_the_service() {
    let found = marked().run();
    assert_eq!(found.generated.len(), 2);
    for text in &found.generated {
        let metadata = &value(text)["metadata"];
        assert_eq!(metadata["labels"].to_string(), r#"{"app.kubernetes.io/managed-by":"overrides"}"#);
        assert_eq!(metadata["annotations"].to_string(), r#"{"overrides.dev/generated-for":"reviews"}"#);
        assert_eq!(metadata.as_object().unwrap().len(), 4, "name and namespace besides: {metadata}");
    }
    assert_eq!(both(&found.rendered), ["v1", "v2"]);
}

#[test]
fn what_is_merged_into_keeps_its_own_marks_and_gets_one_note() {
    let mine = virtual_service("mine", "{hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}")
        .replace(
            "spec:",
            "  labels: {argocd.argoproj.io/instance: shop}\n  annotations: {checksum/config: 4f1c}\nspec:",
        );
    let found = shop().and(mine).run();
    let metadata = object(&found.rendered, "VirtualService", "mine")["metadata"].clone();
    assert_eq!(metadata["labels"].to_string(), r#"{"argocd.argoproj.io/instance":"shop"}"#);
    let annotations: Vec<&String> = metadata["annotations"].as_object().unwrap().keys().collect();
    assert_eq!(annotations, ["checksum/config", "overrides.dev/added"]);
}

/// Flux replaces `${name}` in what it applies, and others read `{{`.
#[test]
fn nothing_that_is_written_is_a_variable_to_other_tools() {
    let chains = [shop(), shop().and(in_shop("'1.0'")).policy("unknownVersion: reject, tracestate: true")];
    for yaml in chains.iter().map(|given| given.run().yaml()) {
        assert!(yaml.contains(")?$\n"), "there are dollar signs in it: {yaml}");
        for variable in ["${", "$$", "$(", "{{"] {
            assert!(!yaml.contains(variable), "{variable} is in {yaml}");
        }
    }
}

/// Everything that can be added to: rules of the user's at the mesh and at a gateway, and none for `ratings`.
fn much() -> Vec<String> {
    let http = "# Ours.\n  http:\n  - timeout: 3s # enough\n    route:\n    - destination: {host: reviews}\n";
    let mine = |name: &str, hosts: &str| {
        virtual_service(name, "").replace("spec: \n", &format!("spec:\n  hosts: [{hosts}]\n{http}"))
    };
    let edge = mine("edge", "shop.example.com").replace("spec:\n", "spec:\n  gateways: [ingress]\n");
    let subsets =
        rule("DestinationRule", "mine", "shop", "{host: reviews, subsets: [{name: v1, labels: {version: v1}}]}");
    let workloads = ["reviews", "ratings"].into_iter().flat_map(|name| {
        use support::given::Document as _;
        let of = |value: &str| version(name, value).namespace("shop").document();
        [service(name).namespace("shop").document(), of("v1"), of("v2")]
    });
    workloads.chain([mine("mine", "reviews"), edge, subsets]).collect()
}

/// When nobody wants overrides any more, one run gives back what the user wrote.
#[test]
fn taking_overrides_out_again_gives_the_original_bytes() {
    let original = stream(&much());
    let first = overrides(&["render", "-"], original.as_bytes());
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert!(first.stdout.contains("ratings-overrides") && first.stdout.contains("overrides.dev/added"));
    let nobody = "---\napiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {name: mesh}\nspec: {select: \
                  {matchLabels: {overrides: wanted}}, existing: skip}\n";
    let last = overrides(&["render", "-"], (first.stdout.clone() + nobody).as_bytes());
    assert_eq!(last.code, Some(0), "{}", last.stderr);
    assert_eq!(last.stdout, original);
    assert_eq!(ask(&last.stdout, V2), ask(&last.stdout, ""));
}

/// Nothing looks at a clock, a cluster or a random number, so a controller that renders again finds no difference.
#[test]
fn rendering_again_elsewhere_gives_the_same_bytes() {
    let original = stream(&much());
    let run = || overrides(&["render", "-"], original.as_bytes()).stdout;
    let first = run();
    assert_eq!(run(), first);
    assert_eq!(overrides(&["render", "-"], first.as_bytes()).stdout, first, "and over what it wrote");
}
