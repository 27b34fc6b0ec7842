//! A route to a subset that is missing or has no Pods is answered 503, and nothing falls back (istio#3732, #6335, #46240,
//! argo-rollouts#4390).

use super::*;

/// Every destination with a subset, of all VirtualServices, has a DestinationRule with it that selects a workload.
#[track_caller]
fn every_subset_has_workloads(stream: &str) {
    let rules = objects(stream, "DestinationRule");
    let workloads = objects(stream, "Deployment");
    let mut count = 0;
    for route in objects(stream, "VirtualService").iter().flat_map(|rule| routes(rule).clone()) {
        for destination in route["route"].as_array().into_iter().flatten().map(|share| &share["destination"]) {
            let subsets = rules.iter().filter(|rule| rule["spec"]["host"] == destination["host"]);
            let mut subsets = subsets.flat_map(|rule| rule["spec"]["subsets"].as_array().unwrap());
            let subset = subsets.find(|subset| subset["name"] == destination["subset"]);
            let labels = subset.unwrap_or_else(|| panic!("{destination} is nowhere"))["labels"].as_object().unwrap();
            let selected = |workload: &&Value| {
                let own = &workload["spec"]["template"]["metadata"]["labels"];
                labels.iter().all(|(key, value)| own[key] == *value)
            };
            assert!(workloads.iter().any(|workload| selected(&workload)), "{destination} has no Pods");
            count += 1;
        }
    }
    assert!(count > 1, "there are routes");
}

#[test]
fn every_route_leads_to_a_subset_with_workloads() {
    for value in ["v3", "1.2.3", "a_b"] {
        let found = shop().and(in_shop(&format!("'{value}'"))).run();
        every_subset_has_workloads(&found.rendered);
        assert_eq!(ask(&found.rendered, &format!("x-override: reviews:{value}")), value);
    }
}

#[test]
fn a_version_that_is_retired_takes_its_route_along_and_who_asks_for_it_gets_the_default() {
    let users = virtual_service("mine", "{hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}");
    for own in [None, Some(users)] {
        let with = |given: Given| own.iter().fold(given, |given, rule| given.and(rule.as_str()));
        let first = with(shop()).run();
        assert_eq!(both(&first.rendered), ["v1", "v2"]);
        let rules =
            objects(&first.rendered, "VirtualService").len() + objects(&first.rendered, "DestinationRule").len();
        // The same files without the Deployment of v2, and all that the first run wrote.
        let left: Vec<&str> =
            first.rendered.split("---\n").filter(|text| !text.contains("name: reviews-v2\n")).collect();
        let again = support::overrides(&["render", "-"], left.join("---\n").as_bytes());
        assert_eq!(again.code, Some(0), "{}", again.stderr);
        assert_eq!(
            objects(&again.stdout, "VirtualService").len() + objects(&again.stdout, "DestinationRule").len(),
            rules
        );
        every_subset_has_workloads_or_one(&again.stdout);
        assert_eq!(both(&again.stdout), ["v1", "v1"]);
        assert!(!again.stdout.contains("subset: v2") && !again.stdout.contains("version: v2"), "{}", again.stdout);
    }
}

fn every_subset_has_workloads_or_one(stream: &str) {
    let all = objects(stream, "VirtualService");
    assert_eq!(all.iter().map(|rule| routes(rule).len()).sum::<usize>(), 1, "the default's is left");
}

#[test]
fn a_users_route_to_a_version_that_is_gone_stops_the_run() {
    let spec = "{hosts: [reviews], http: [{route: [{destination: {host: reviews, subset: v9}}]}]}";
    let found = shop().and(virtual_service("mine", spec)).run();
    assert!(found.failed());
    let finding = find(&found, Code::UnknownSubset);
    assert_eq!(finding.place.field.as_deref(), Some("spec.http[0].route[0].destination.subset"));
}

#[test]
fn a_default_that_is_gone_stops_the_run_where_it_was_stated() {
    let stated = service("reviews").namespace("shop").annotation("overrides.dev/default-version: v1");
    let found = given(stated).and(in_shop("v2")).run();
    assert_eq!(found.unchanged().only(Code::DefaultUnknown).severity, Severity::Error);
}

/// An autoscaler may set the number later, so the rules stay; but it is said, here and by `explain`.
#[test]
fn a_version_that_is_scaled_to_zero_is_said() {
    let asleep = |value: &str| in_shop(value).replicas(0);
    let reviews = || given(service("reviews").namespace("shop"));
    let default = reviews().and(asleep("v1")).and(in_shop("v2")).run();
    assert_eq!(default.only(Code::ScaledToZero).severity, Severity::Warning, "all requests without an override");
    let other = reviews().and(in_shop("v1")).and(asleep("v2")).run();
    assert_eq!(other.only(Code::ScaledToZero).severity, Severity::Info, "those that ask for it");
    for (found, lines) in [(default, ""), (other, V2)] {
        let remarks = explain(&found.rendered, "reviews", "/", lines).remarks;
        assert!(remarks.iter().any(|remark| remark.to_string().contains("scaled to no Pods")), "{remarks:?}");
    }
}
