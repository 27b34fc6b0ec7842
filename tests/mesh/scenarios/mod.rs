//! What is played, one concern to a file.

mod bookinfo;
mod elsewhere;
mod existing;
mod failures;
mod forms;
mod gateways;
mod guard;
mod namespaces;
mod neighbours;
mod operator;
mod overrides;
mod ports;
mod versions;

use crate::example;
use crate::sentence::Scenario;

/// All scenarios, in the order in which they are played.
pub fn all() -> Vec<Scenario> {
    let concerns = [
        overrides::scenarios(),
        forms::scenarios(),
        namespaces::scenarios(),
        versions::scenarios(),
        ports::scenarios(),
        guard::scenarios(),
        existing::scenarios(),
        elsewhere::scenarios(),
        bookinfo::scenarios(),
        neighbours::scenarios(),
        gateways::scenarios(),
        failures::scenarios(),
        operator::scenarios(),
        example::scenarios(),
    ];
    concerns.into_iter().flatten().collect()
}
