//! Two Services of one name.

use crate::apps::{app, apps};
use crate::sentence::{Scenario, scenario};
use crate::support::given::Given;

pub fn scenarios() -> Vec<Scenario> {
    vec![told_apart("one", "two"), told_apart("two", "one"), passed_both()]
}

/// A front in each namespace calls the reviews of the other.
fn reviews() -> Given {
    apps([
        app("reviews", "one"),
        app("reviews", "two"),
        app("front", "one").calls("http://reviews.two"),
        app("front", "two").calls("http://reviews"),
    ])
}

fn told_apart(mine: &str, other: &str) -> Scenario {
    let name = format!("Services of one name in two namespaces: reviews.{mine}");
    scenario(&name, reviews(), &format!("http://reviews.{mine}"))
        .request(format!("x-override: reviews.{mine}:v2"))
        .goes_through("reviews:v2")
        .request(format!("x-override: reviews.{other}:v2"))
        .goes_through("reviews:v1")
        .request("x-override: reviews:v2")
        .goes_through("reviews:v2")
        .request(format!("baggage: override-reviews.{mine}=v2"))
        .goes_through("reviews:v2")
        .request(format!("baggage: override-reviews.{other}=v2"))
        .goes_through("reviews:v1")
        .request(format!("x-override: reviews.{other}:v2, reviews.{mine}:v1"))
        .goes_through("reviews:v1")
        .request(format!("x-override: reviews.{mine}.svc:v2"))
        .goes_through("reviews:v1")
}

fn passed_both() -> Scenario {
    scenario("a call into another namespace", reviews(), "http://front.one")
        .request("x-override: reviews.two:v2")
        .goes_through("front:v1 reviews:v2")
        .request("x-override: reviews.one:v2, front.one:v2")
        .goes_through("front:v2 reviews:v1")
}
