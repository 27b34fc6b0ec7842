//! Pauses after something went wrong: they grow, they end somewhere, and no two are the same.

use std::time::Duration;

use kube::runtime::utils::Backoff;

/// The first pause.
const FIRST: Duration = Duration::from_millis(500);

/// Pauses in a row.
#[derive(Debug)]
pub(super) struct Pauses {
    longest: Duration,
    failures: u32,
}

impl Pauses {
    pub(super) fn up_to(longest: Duration) -> Self {
        Self { longest, failures: 0 }
    }
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let grown = FIRST.saturating_mul(2_u32.saturating_pow(self.failures.min(16)));
        self.failures = self.failures.saturating_add(1);
        // Replicas that fail together do not try again together.
        Some(grown.min(self.longest).mul_f64(0.5 + fastrand::f64() / 2.0))
    }
}

impl Backoff for Pauses {
    fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_end_somewhere_and_begin_anew() {
        let longest = Duration::from_secs(8);
        let mut pauses = Pauses::up_to(longest);
        let all: Vec<Duration> = pauses.by_ref().take(40).collect();
        assert!(all[0] <= FIRST && all[0] >= FIRST / 2, "{all:?}");
        assert!(all[39] <= longest && all[39] >= longest / 2, "{all:?}");
        pauses.reset();
        assert!(pauses.next().is_some_and(|pause| pause <= FIRST));
    }
}
