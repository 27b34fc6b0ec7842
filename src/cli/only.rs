//! `--only`: a part of what is generated and edited.

use overrides::finding::ObjectReference;
use overrides::transform;

/// A part of what is generated and edited. What `unversioned: label` leads to needs two roll-outs, one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Only {
    /// Workloads that were given a version label
    Labels,
    /// Generated rules, and your existing rules with what is merged into them
    Rules,
}

impl Only {
    /// Whether an object that was generated or edited is of this part.
    pub(super) fn has(self, object: &ObjectReference) -> bool {
        transform::is_rule(object) == (self == Self::Rules)
    }

    /// What is to be said when there is nothing of it.
    pub(super) fn nothing(self) -> &'static str {
        match self {
            Self::Labels => {
                "no workload is labelled, so nothing is printed. `unversioned: label` labels the workloads of Services \
                 that get rules and of which no workload has a version; `-v` says why a Service is skipped"
            }
            Self::Rules => "no rule is generated or edited, so nothing is printed",
        }
    }
}
