//! Promises two and three, over several runs: everything that was added comes out again, and a version that goes takes
//! what was generated for it along.

use std::collections::BTreeSet;

use overrides::config::Policy;
use overrides::finding::Code;
use overrides::transform::Transformed;

use crate::asked::{Run, policy, render};
use crate::cluster::{Cluster, Workload};
use crate::tally::Tally;

/// A policy under which nothing is generated for anybody, and what was merged is taken out.
fn nobody() -> Policy {
    let mut policy = Policy::default();
    overrides::config::set(&mut policy, "existing=skip").expect("it is a setting");
    policy.select.match_labels.insert("selected".to_owned(), "by-nobody".to_owned());
    policy
}

/// When nobody wants overrides any more, one run gives back what the user wrote.
pub fn everything_comes_out_again(cluster: &Cluster, run: &Run, tally: &mut Tally) {
    if labels(run) {
        tally.labelled += 1;
        return;
    }
    let before = cluster.stream();
    // What is local to the configuration is never printed.
    let expected = render(&before, &nobody());
    assert!(!expected.failed(), "{:#?}", expected.findings);
    let left = render(&run.output, &nobody());
    if has(&left, Code::UnknownSubset) {
        tally.stopped += 1;
        return;
    }
    assert!(!left.failed(), "{:#?}", left.findings);
    assert!(left.output == expected.output, "what is left is not what was there:\n{}", left.output);
    tally.taken_out += u32::from(run.output != expected.output);
    tally.merged += u32::from(run.output.contains("overrides.dev/added"));
}

/// A version that goes leaves nothing behind: a run over what an earlier run wrote gives the same objects as one over
/// the input alone.
pub fn a_version_goes_without_a_trace(cluster: &Cluster, run: &Run, tally: &mut Tally) {
    if labels(run) {
        tally.labelled += 1;
        return;
    }
    let Some(service) = cluster.services.first() else { return };
    let versions = cluster.versions_of(service);
    let default = cluster.default_of(service);
    let Some(gone) = versions.iter().copied().find(|version| Some(*version) != default) else { return };
    let leaves = |each: &Workload| service.selects(each) && cluster.policy.version_of(each) == Some(gone);
    let without = |stream: &str| {
        cluster.written(&leaves).fold(stream.to_owned(), |stream, text| stream.replacen(&format!("---\n{text}"), "", 1))
    };
    let policy = policy(cluster);
    let alone = render(&without(&cluster.stream()), &policy);
    let again = render(&without(&run.output), &policy);
    if alone.failed() || again.failed() {
        // A route of the user's to a subset that is not there is an error where an earlier run made the subset, which stays,
        // and otherwise a warning.
        let in_use = [&alone, &again].iter().all(|found| has(found, Code::UnknownSubset));
        let both = alone.failed() && again.failed();
        assert!(both || (again.failed() && in_use), "{:#?}\n{:#?}", alone.findings, again.findings);
        tally.stopped += 1;
        return;
    }
    let (again, alone) = (documents(&again), documents(&alone));
    let traces: Vec<_> = again.symmetric_difference(&alone).collect();
    assert!(traces.is_empty(), "version {gone} of {} left something behind: {traces:#?}", service.name);
    tally.went += u32::from(run.output.contains(gone));
}

fn has(outcome: &Transformed, code: Code) -> bool {
    outcome.findings.iter().any(|finding| finding.code == code)
}

/// Whether workloads were labelled. Such a label stays, since Pods carry it.
fn labels(run: &Run) -> bool {
    run.findings.iter().any(|finding| finding.code == Code::Labelled)
}

/// The documents, in any order: what comes anew is written behind the rest.
fn documents(outcome: &Transformed) -> BTreeSet<&str> {
    outcome.output.split("---\n").collect()
}
