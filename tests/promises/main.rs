//! The three promises as properties over random clusters: Services, workloads, policies and rules of the user's own.
//! Where requests go is asked of `explain`, which shares nothing with what wrote the rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod again;
mod asked;
mod bytes;
mod cluster;
mod tally;
mod traffic;

use std::cell::RefCell;

use overrides::transform;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};

use asked::Run;
use cluster::Cluster;
use tally::Tally;

/// How many clusters each promise is held against.
const CASES: u32 = 2_000;

/// Holds a property against random clusters. What there was of each kind is counted, and printed.
fn hold(property: &str, law: impl Fn(&Cluster, &mut Tally)) -> Tally {
    let config =
        ProptestConfig { cases: CASES, failure_persistence: None, max_shrink_iters: 500, ..ProptestConfig::default() };
    let tally = RefCell::new(Tally::default());
    let bytes = prop::collection::vec(any::<u8>(), 40..400);
    // The same clusters in every run, so that what fails was changed; `make fuzz` asks for others each time.
    let mut runner = if std::env::var_os("OVERRIDES_OTHER_CLUSTERS").is_some() {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let outcome = runner.run(&bytes, |bytes| {
        let mut tally = tally.borrow_mut();
        tally.cases += 1;
        law(&Cluster::of(&bytes), &mut tally);
        Ok(())
    });
    let tally = tally.into_inner();
    println!("{property}: {tally:?}");
    match outcome {
        Err(TestError::Fail(reason, bytes)) => {
            let list = Cluster::of(&bytes).list();
            let output = transform::function(list.as_bytes()).unwrap().output;
            panic!("{property}: {reason}\nof\n{list}\nthat becomes\n{output}");
        }
        other => other.unwrap(),
    }
    assert!(tally.failed < tally.cases / 4, "too many of the clusters are refused: {tally:?}");
    tally
}

/// The same, of clusters that the function takes.
fn hold_of_runs(property: &str, law: impl Fn(&Cluster, &Run, &mut Tally)) -> Tally {
    hold(property, |cluster, tally| match Run::of(cluster) {
        Some(run) => law(cluster, &run, tally),
        None => tally.failed += 1,
    })
}

#[test]
fn requests_without_an_override_go_where_they_went_but_for_the_default() {
    let tally = hold_of_runs("without an override", traffic::nothing_changes_unasked);
    assert!(tally.pinned > 1_000 && tally.kept > 1_000 && tally.split > 100 && tally.left_alone > 100, "{tally:?}");
}

#[test]
fn requests_with_an_override_go_to_exactly_that_version() {
    let tally = hold_of_runs("with an override", traffic::overrides_are_followed);
    assert!(tally.followed > 1_000 && tally.followed_through_rules > 500, "{tally:?}");
    assert!(tally.not_followed > 50 && tally.switched_off > 500, "{tally:?}");
}

#[test]
fn several_overrides_ride_together() {
    let tally = hold_of_runs("several overrides", traffic::overrides_ride_together);
    assert!(tally.together > 1_000, "{tally:?}");
}

#[test]
fn overrides_for_versions_that_do_not_exist_are_guarded() {
    let tally = hold_of_runs("unknown versions", traffic::unknown_versions_are_guarded);
    assert!(tally.rejected > 100 && tally.took_the_default > 1_000, "{tally:?}");
}

#[test]
fn no_request_ends_at_a_subset_without_pods() {
    hold_of_runs("dead ends", |cluster, run, _| traffic::nothing_leads_to_nobody(cluster, run));
}

#[test]
fn what_was_not_touched_comes_back_byte_for_byte_and_a_second_run_changes_nothing() {
    let tally = hold("bytes", |cluster, tally| {
        let list = cluster.list();
        let outcome = transform::function(list.as_bytes()).unwrap();
        assert!(!outcome.output.is_empty(), "a list that can be read comes back: {:?}", outcome.findings);
        tally.failed += u32::from(outcome.failed());
        tally.merged += u32::from(outcome.output.contains("overrides.dev/added"));
        tally.labelled += u32::from(outcome.output.contains("code: OV030"));
        tally.exposed += u32::from(outcome.output.contains("-overrides-gateway"));
        tally.launchpad += u32::from(cluster.policy.launchpad_workloads().next().is_some());
        bytes::hold_of_list(&list, &outcome);
        bytes::identity(&cluster.stream());
    });
    assert!(tally.merged > 200 && tally.labelled > 10 && tally.exposed > 100 && tally.launchpad > 50, "{tally:?}");
}

#[test]
fn everything_that_was_added_comes_out_again() {
    let tally = hold_of_runs("taken out", again::everything_comes_out_again);
    assert!(tally.taken_out > 1_000 && tally.merged > 200, "{tally:?}");
}

#[test]
fn a_version_that_goes_takes_what_was_generated_for_it_along() {
    let tally = hold_of_runs("a version goes", again::a_version_goes_without_a_trace);
    assert!(tally.went > 1_000, "{tally:?}");
}
