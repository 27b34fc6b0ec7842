//! What the fuzz targets ask. Each is a function over bytes that panics where something does not hold; the laws
//! themselves are those of `tests/promises`.

#[path = "../../tests/promises/again.rs"]
mod again;
#[path = "../../tests/promises/asked.rs"]
mod asked;
#[path = "../../tests/promises/bytes.rs"]
mod bytes;
#[path = "../../tests/promises/cluster/mod.rs"]
mod cluster;
mod policies;
#[path = "../../tests/promises/tally.rs"]
#[allow(dead_code, reason = "the fuzzer counts nothing, it follows coverage")]
mod tally;
#[path = "../../tests/promises/traffic.rs"]
mod traffic;

use asked::Run;
use cluster::Cluster;
use tally::Tally;

/// The function over any bytes: no panic and no endless run, what was there is there, and a second run changes nothing.
///
/// # Panics
/// When that does not hold, like all of these.
pub fn function(data: &[u8]) {
    let outcome = overrides::transform::function(data).expect("what is generated can be written");
    if outcome.output.is_empty() {
        assert!(outcome.failed(), "no output and no error");
        return;
    }
    bytes::hold_of_list(str::from_utf8(data).expect("only text gets an output"), &outcome);
}

/// Manifests and lists with nothing to add come back equal.
pub fn identity(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        bytes::identity(text);
    }
}

/// What the fast YAML reader takes, it reads as the reference does.
///
/// # Panics
/// When it does not.
#[cfg(fuzzing)]
pub fn readers(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data)
        && let Err(difference) = overrides::krm::readers_agree(text)
    {
        panic!("the readers differ: {difference}");
    }
}

/// A policy of any kind is taken, or refused with a sentence that names a place; what is taken can be planned with.
pub fn policy(data: &[u8]) {
    policies::any(data);
}

/// A random cluster with rules of the user's own: what is merged into them acts on the right requests alone, a second run
/// changes nothing, and everything comes out again.
pub fn merge(data: &[u8]) {
    let cluster = Cluster::of(data);
    // An input of this target is choices: whoever looks into a finding needs to see what was chosen.
    if std::env::var_os("OVERRIDES_SHOW_CLUSTER").is_some() {
        println!("{}", cluster.list());
    }
    function(cluster.list().as_bytes());
    if let Some(run) = Run::of(&cluster) {
        let mut tally = Tally::default();
        traffic::nothing_changes_unasked(&cluster, &run, &mut tally);
        traffic::overrides_are_followed(&cluster, &run, &mut tally);
        traffic::overrides_ride_together(&cluster, &run, &mut tally);
        traffic::unknown_versions_are_guarded(&cluster, &run, &mut tally);
        traffic::nothing_leads_to_nobody(&cluster, &run);
        again::everything_comes_out_again(&cluster, &run, &mut tally);
        again::a_version_goes_without_a_trace(&cluster, &run, &mut tally);
    }
}
