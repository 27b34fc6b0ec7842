//! What is played, one concern to a file.

mod overrides;

use crate::sentence::Scenario;

/// All scenarios, in the order in which they are played.
pub fn all() -> Vec<Scenario> {
    [overrides::scenarios()].into_iter().flatten().collect()
}
