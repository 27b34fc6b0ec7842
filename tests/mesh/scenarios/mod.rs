//! What is played, one concern to a file.

mod failures;
mod forms;
mod namespaces;
mod overrides;
mod ports;
mod versions;

use crate::sentence::Scenario;

/// All scenarios, in the order in which they are played.
pub fn all() -> Vec<Scenario> {
    let concerns = [
        overrides::scenarios(),
        forms::scenarios(),
        namespaces::scenarios(),
        versions::scenarios(),
        ports::scenarios(),
        failures::scenarios(),
    ];
    concerns.into_iter().flatten().collect()
}
