//! Two VirtualServices of one host are not merged by sidecars: the older wins whole (istio#22997, #36621, #49589). Tools
//! that write a second one do nothing, or switch the user's off (flagger#347, #673, #1807).

use super::*;

/// The VirtualServices that sidecars could follow for `reviews` in `shop`, by name.
fn in_the_mesh(stream: &str) -> Vec<String> {
    let all = objects(stream, "VirtualService").into_iter();
    let in_mesh = all.filter(|rule| rule["spec"]["gateways"].as_array().is_none_or(|g| g.iter().any(|g| g == "mesh")));
    let of_reviews = in_mesh.filter(|rule| {
        let hosts = rule["spec"]["hosts"].as_array().unwrap().iter().map(|host| host.as_str().unwrap());
        hosts.map(str::to_lowercase).any(|host| host == "reviews" || host == "reviews.shop.svc.cluster.local")
    });
    of_reviews.map(|rule| rule["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn beside_a_users_rule_there_is_no_second_however_its_host_is_spelt_and_wherever_it_is() {
    const FULL: &str = "reviews.shop.svc.cluster.local";
    for (namespace, host) in [("shop", "reviews"), ("shop", FULL), ("shop", "Reviews"), ("front", FULL)] {
        for gateways in ["", "gateways: [mesh], ", "gateways: [ingress, mesh], "] {
            let spec = format!(
                "{{{gateways}hosts: [{host}], http: [{{timeout: 3s, route: [{{destination: {{host: {FULL}}}}}]}}]}}"
            );
            let found = shop().and(rule("VirtualService", "mine", namespace, &spec)).run();
            assert_eq!(in_the_mesh(&found.rendered), ["mine"], "{spec}");
            assert_eq!(both(&found.rendered), ["v1", "v2"], "{spec}");
            for lines in ["", V2] {
                let answer = explain(&found.rendered, "reviews", "/", lines);
                let rule = answer.decided_by.unwrap().object.reference.to_string();
                assert_eq!(rule, format!("VirtualService {namespace}/mine"));
                assert!(answer.remarks.is_empty(), "nothing is shadowed: {:?}", answer.remarks);
            }
        }
    }
}

#[test]
fn without_a_rule_of_the_users_there_is_one() {
    let found = shop().run();
    assert_eq!(in_the_mesh(&found.rendered), ["reviews-overrides"]);
    assert_eq!(both(&found.rendered), ["v1", "v2"]);
}

#[test]
fn where_the_user_has_two_already_the_service_is_passed_over_and_the_second_is_named() {
    let to_v1 = "http: [{route: [{destination: {host: reviews.shop.svc.cluster.local}}]}]";
    let first = virtual_service("first", &format!("{{hosts: [reviews], {to_v1}}}"));
    for namespace in ["shop", "front"] {
        let spec = format!("{{hosts: [reviews.shop.svc.cluster.local], {to_v1}}}");
        let found = shop().and(&*first).and(rule("VirtualService", "second", namespace, &spec)).run();
        passed_over(&found, Code::CannotMerge, &format!("VirtualService {namespace}/second"));
        assert_eq!(ask(&found.rendered, V2), ask(&found.rendered, ""), "as it was before");
        let remarks = explain(&found.rendered, "reviews", "/", "").remarks;
        assert!(remarks.iter().any(|remark| remark.to_string().contains("first")), "{remarks:?}");
    }
}

#[test]
fn a_rule_for_a_wildcard_is_not_switched_off() {
    let spec = "{hosts: ['*.shop.svc.cluster.local'], http: [{fault: {abort: {httpStatus: 418, percentage: {value: 100}}}, \
                route: [{destination: {host: other}}]}]}";
    let found = shop().and(virtual_service("all", spec)).run();
    passed_over(&found, Code::VirtualServiceCovers, "VirtualService shop/all");
    let decided_by = explain(&found.rendered, "reviews", "/", "").decided_by.unwrap();
    assert_eq!(decided_by.object.reference.to_string(), "VirtualService shop/all");
}
