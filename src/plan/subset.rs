//! Istio's names for versions.
//!
//! A version may contain dots and underscores, a subset's name may not (`[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?`, at
//! most 63). The raw value stays in the labels and in the header.

use std::collections::BTreeSet;

use smol_str::{SmolStr, format_smolstr};

/// The longest name that Istio takes.
const LONGEST_NAME: usize = 63;

/// Names for versions, in their order. A version that is a legal name keeps it. Where several versions would get one
/// name, those that had to be changed get a suffix that is taken from their value, so that it depends on nothing else.
/// So does a version whose name is `taken` by a subset of the user's.
pub(super) fn names(versions: &[&str], users: &BTreeSet<&str>) -> Vec<SmolStr> {
    let legal: Vec<SmolStr> = versions.iter().map(|version| legal_name(version)).collect();
    if users.is_empty() && versions.iter().eq(&legal) {
        return legal;
    }
    let mut taken: BTreeSet<SmolStr> = legal.iter().cloned().chain(users.iter().map(|name| (*name).into())).collect();
    let name = |(version, name): (&&str, &SmolStr)| {
        let shared = legal.iter().filter(|other| *other == name).count() > 1;
        let is_users = users.contains(name.as_str());
        if !is_users && (*version == name || !shared) {
            return name.clone();
        }
        let mut suffixed = with_suffix(name, version);
        // A version that happens to be spelt like another's suffixed name: a longer suffix, still from the value.
        while taken.contains(&suffixed) {
            suffixed = with_suffix(&suffixed, version);
        }
        taken.insert(suffixed.clone());
        suffixed
    };
    versions.iter().zip(&legal).map(name).collect()
}

/// Whether Istio takes a name as it is.
pub(super) fn is_legal(name: &str) -> bool {
    !name.is_empty() && legal_name(name) == name
}

fn legal_name(version: &str) -> SmolStr {
    let dashed: SmolStr = version.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let cut = dashed.get(..dashed.len().min(LONGEST_NAME)).unwrap_or_default();
    cut.trim_matches('-').into()
}

fn with_suffix(name: &str, version: &str) -> SmolStr {
    let suffix = format!("-{:08x}", crc32fast::hash(version.as_bytes()));
    let room = LONGEST_NAME - suffix.len();
    let cut = name.get(..name.len().min(room)).unwrap_or_default().trim_end_matches('-');
    format_smolstr!("{cut}{suffix}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use smol_str::SmolStr;

    fn names(versions: &[&str]) -> Vec<SmolStr> {
        super::names(versions, &BTreeSet::new())
    }

    #[test]
    fn a_legal_version_is_its_own_name() {
        assert_eq!(names(&["v1", "1-2", "V2"]), ["v1", "1-2", "V2"]);
    }

    #[test]
    fn dots_and_underscores_become_dashes() {
        assert_eq!(names(&["1.2.3", "v1_2"]), ["1-2-3", "v1-2"]);
    }

    #[test]
    fn versions_that_collide_get_a_suffix_from_their_value_whatever_their_order() {
        let one_way = names(&["1-2", "1.2", "1_2"]);
        let other_way = names(&["1_2", "1.2", "1-2"]);
        assert_eq!(one_way[0], "1-2");
        assert_eq!(one_way[1], other_way[1]);
        assert_eq!(one_way[2], other_way[0]);
        assert_ne!(one_way[1], one_way[2]);
        assert!(one_way.iter().all(|name| name.len() <= 63));
    }

    #[test]
    fn a_suffixed_name_is_no_other_versions_name() {
        let first = names(&["1.2", "1_2"]);
        // The one is spelt like the suffixed name, the other becomes it once it is made legal.
        for other in [first[0].to_string(), first[0].replacen('-', "_", 1)] {
            let mut all = names(&["1.2", "1_2", &other]);
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 3, "{all:?}");
        }
    }

    #[test]
    fn a_name_that_a_subset_of_the_users_has_is_taken() {
        let named = super::names(&["v1", "v2"], &BTreeSet::from(["v2"]));
        assert_eq!(named[0], "v1");
        assert!(named[1].starts_with("v2-") && named[1].len() == 11, "{}", named[1]);
    }

    #[test]
    fn long_versions_that_collide_stay_within_63_characters() {
        let dotted = format!("{}.{}", "a".repeat(31), "b".repeat(31));
        let dashed = dotted.replace('.', "_");
        let both = names(&[&dotted, &dashed]);
        assert_ne!(both[0], both[1]);
        assert!(both.iter().all(|name| name.len() <= 63 && !name.contains(['.', '_'])));
    }
}
