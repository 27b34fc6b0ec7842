//! Labels whose keys are nearly a version label: `verison`, `Version`, `app.kubernetes.io/verison`.

use crate::config::LabelKey;
use crate::inventory::{LabelValue, Workload};

/// A label that is probably meant to be the version label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) struct Misspelt<'a> {
    /// The key as it is written.
    pub(in crate::plan) written: &'a str,
    /// The version label that it is nearly.
    pub(in crate::plan) meant: &'a LabelKey,
}

impl<'a> Misspelt<'a> {
    /// The first label of a workload's Pods that is nearly one of these, if there is one. A key that is right and has no
    /// value is none.
    pub(in crate::plan) fn of(workload: &'a Workload, keys: &'a [LabelKey]) -> Option<Self> {
        let is_right = |written: &str| keys.iter().any(|key| key.as_str() == written);
        let mut written = workload.labels.iter().map(|(key, _)| key.as_str()).filter(|written| !is_right(written));
        written.find_map(|written| {
            let meant = keys.iter().find(|key| is_nearly(written, key.as_str()))?;
            Some(Self { written, meant })
        })
    }

    /// What the label says.
    pub(in crate::plan) fn value(self, workload: &Workload) -> &str {
        workload.labels.get(self.written).and_then(LabelValue::text).unwrap_or_default()
    }
}

/// Whether a key is most likely a misspelling of another. The same name behind another prefix is another label, not a
/// misspelling: `app.kubernetes.io/version` is not `version`.
pub(in crate::plan) fn is_nearly(written: &str, meant: &str) -> bool {
    let name = |key: &str| key.rsplit('/').next().unwrap_or_default().to_owned();
    let (written_name, meant_name) = (name(written), name(meant));
    if written_name == meant_name {
        let has_prefix = |key: &str| key.contains('/');
        return has_prefix(written) && has_prefix(meant) && is_slip(&plain(written), &plain(meant));
    }
    is_slip(&plain(&written_name), &plain(&meant_name))
}

/// A key without what is easily mistaken in it: case, spaces, dashes and dots.
fn plain(key: &str) -> String {
    key.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether one word becomes another by a slip of the fingers: one letter too many, missing, wrong or swapped with the next,
/// or all letters right in the wrong order. Short words are too like each other to tell.
fn is_slip(written: &str, meant: &str) -> bool {
    const SHORTEST: usize = 4;
    if written == meant {
        return true;
    }
    if meant.chars().count() < SHORTEST || written.chars().count() < SHORTEST {
        return false;
    }
    // Words that differ in length by more are told apart without the longer way round.
    if written.len().abs_diff(meant.len()) > 1 {
        return false;
    }
    strsim::osa_distance(written, meant) <= 1 || sorted(written) == sorted(meant)
}

fn sorted(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use super::is_nearly;

    #[test]
    fn slips_of_the_fingers_are_recognised() {
        for written in [
            "verison",
            "Version",
            "VERSION",
            "version ",
            " version",
            "versoin",
            "vesion",
            "versions",
            "verzion",
            "ver-sion",
            "version.",
            "verisno",
            "app.kubernetes.io/verison",
            "example.com/Version",
        ] {
            assert!(is_nearly(written, "version"), "{written:?}");
        }
        for written in ["app.kubernetes.io/verison", "app.kuberntes.io/version", "App.Kubernetes.io/version", "Version"]
        {
            assert!(is_nearly(written, "app.kubernetes.io/version"), "{written:?}");
        }
        assert!(is_nearly("trakc", "track"));
    }

    #[test]
    fn other_labels_are_left_in_peace() {
        for written in [
            "app",
            "track",
            "release",
            "revision",
            "session",
            "vision",
            "tier",
            "app.kubernetes.io/version",
            "app.kubernetes.io/name",
            "istio.io/rev",
            "pod-template-hash",
            "helm.sh/chart",
            "v",
            "ver",
            "",
        ] {
            assert!(!is_nearly(written, "version"), "{written:?}");
        }
        for written in ["version", "example.com/version", "app.kubernetes.io/name"] {
            assert!(!is_nearly(written, "app.kubernetes.io/version"), "{written:?}");
        }
        assert!(!is_nearly("apps", "app"));
    }
}
