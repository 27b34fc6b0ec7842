//! Routes that are generated for a header lose the rewrite, the CORS policy, the path match or the timeout of the route
//! that they shadow (argo-rollouts#2895, #3089, #3155, #3879, #3953).

use super::*;

/// A route that says everything that a route with destinations can say.
const EVERYTHING: &str = "{hosts: [reviews], http: [{
  name: api,
  match: [{uri: {prefix: /api}, method: {exact: GET}, queryParams: {beta: {exact: '1'}}, port: 80}, {uri: {exact: /v1}}],
  rewrite: {uri: /, authority: reviews.internal},
  timeout: 3s,
  retries: {attempts: 2, perTryTimeout: 1s, retryOn: 'gateway-error,5xx'},
  headers: {request: {set: {x-a: '1'}, remove: [x-b]}, response: {add: {x-c: '3'}}},
  corsPolicy: {allowOrigins: [{exact: 'https://example.com'}], allowMethods: [GET], maxAge: 24h},
  fault: {delay: {fixedDelay: 1s, percentage: {value: 5}}},
  mirror: {host: audit}, mirrorPercentage: {value: 10},
  route: [{destination: {host: reviews}, headers: {response: {set: {x-from: reviews}}}}]
}, {route: [{destination: {host: reviews}}]}]}";

#[test]
fn a_clone_says_everything_that_its_route_says() {
    let found = shop().and(virtual_service("mine", EVERYTHING)).run();
    let rule = object(&found.rendered, "VirtualService", "mine");
    let routes = routes(&rule);
    let (clone, own) = (&routes[0], &routes[1]);
    assert_eq!([&clone["name"], &own["name"]], ["override-reviews-v2-api", "api"]);
    let fields = own.as_object().unwrap().keys();
    let others: Vec<&String> = fields.filter(|key| !["name", "match", "route"].contains(&key.as_str())).collect();
    assert_eq!(others.len(), 8, "{others:?}");
    for field in others {
        assert_eq!(clone[field], own[field], "{field}");
    }
    assert_eq!(clone["route"][0]["headers"], own["route"][0]["headers"]);
    // Each of the user's conditions, once for each carrier.
    let conditions = clone["match"].as_array().unwrap();
    assert_eq!(conditions.len(), 4);
    for (condition, own) in conditions.iter().zip(own["match"].as_array().unwrap().iter().flat_map(|own| [own, own])) {
        for (field, value) in own.as_object().unwrap() {
            assert_eq!(condition[field], *value, "{field}");
        }
        assert_eq!(condition.as_object().unwrap().len(), own.as_object().unwrap().len() + 1, "and the carrier");
    }
}

#[test]
fn overrides_take_the_users_own_path_and_method_into_account() {
    let found = shop().and(virtual_service("mine", EVERYTHING)).run();
    let route = |path: &str, lines: &str| {
        let answer = explain(&found.rendered, "reviews", path, lines);
        (answer.outcome.to_string(), answer.decided_by.unwrap().route.unwrap())
    };
    let is = |version: &str, route: &str| (version.to_owned(), route.to_owned());
    assert_eq!(route("/api/x?beta=1", ""), is("v1", "api"));
    assert_eq!(route("/api/x?beta=1", V2), is("v2", "override-reviews-v2-api"));
    assert_eq!(route("/v1", "baggage: a=b,override-reviews=v2"), is("v2", "override-reviews-v2-api"));
    // Elsewhere the clone of the other route, which has no name.
    assert_eq!(route("/api/x", V2), is("v2", "override-reviews-v2"));
    assert_eq!(route("/", "").0, "v1");
}

#[test]
fn a_mirror_to_the_service_itself_stays_with_the_default() {
    let spec = "{hosts: [reviews], http: [{mirror: {host: reviews}, route: [{destination: {host: reviews}}]}]}";
    let found = shop().and(virtual_service("mine", spec)).run();
    let rule = object(&found.rendered, "VirtualService", "mine");
    let subsets: Vec<&Value> = routes(&rule).iter().map(|route| &route["mirror"]["subset"]).collect();
    assert_eq!(subsets, ["v1", "v1"], "a copy for v2 would be traffic that nobody asked for");
}

#[test]
fn a_redirect_or_an_answer_of_the_users_goes_before_any_override() {
    let spec = "{hosts: [reviews], http: [{match: [{uri: {prefix: /old}}], redirect: {uri: /new}}, {match: [{uri: {prefix: \
                /health}}], directResponse: {status: 204}}, {route: [{destination: {host: reviews}}]}]}";
    let found = shop().and(virtual_service("mine", spec)).run();
    let at = |path: &str, lines: &str| explain(&found.rendered, "reviews", path, lines).outcome.to_string();
    for lines in ["", V2] {
        assert_eq!(at("/old", lines), "redirect to /new");
        assert_eq!(at("/health", lines), "reply 204");
    }
    assert_eq!([at("/", ""), at("/", V2)], ["v1", "v2"]);
}
