//! Settings from the environment, for whoever can hand a program nothing else: Argo CD and its plugins.

use super::config_map::SETTINGS;
use super::{Policy, nearest, set};
use crate::finding::{Code, Finding, Place};

/// A variable whose name differs from that of a setting in no more places than these is meant for it.
const TYPOS: usize = 2;

/// Applies the variables whose names begin with a prefix: `PREFIX_DEFAULT_VERSION` is `defaultVersion`. One that is
/// empty says nothing.
///
/// # Errors
/// A finding for a name that is no setting's, with the nearest right one, also where it is the prefix that is misspelt;
/// and for a value that cannot be.
pub fn from_environment(
    policy: &mut Policy,
    prefix: &str,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<(), Box<Finding>> {
    let mut variables: Vec<(String, String)> = variables.into_iter().collect();
    // In an order that does not depend on whoever sets them.
    variables.sort();
    let names: Vec<(String, &str)> = SETTINGS.iter().map(|setting| (name_of(prefix, setting), *setting)).collect();
    for (name, value) in variables {
        match names.iter().find(|(known, _)| *known == name) {
            Some(_) if value.is_empty() => {}
            Some((_, setting)) => set(policy, &format!("{setting}={value}"))?,
            None => check_unknown(&name, prefix, &names)?,
        }
    }
    Ok(())
}

/// A variable that sets nothing, although it looks as if it were meant to.
fn check_unknown(name: &str, prefix: &str, names: &[(String, &str)]) -> Result<(), Box<Finding>> {
    let all = || names.iter().map(|(name, _)| name.as_str());
    let refused = |message: String, cure: String| {
        Err(Box::new(Finding::new(Code::InvalidPolicy, Place::default(), message, cure)))
    };
    let Some(rest) = name.strip_prefix(prefix) else {
        let meant = all().find(|known| strsim::osa_distance(known, name) <= TYPOS);
        return meant.map_or(Ok(()), |meant| {
            refused(format!("the environment variable `{name}` sets nothing"), format!("Did you mean `{meant}`?"))
        });
    };
    for structure in ["select", "services"] {
        if name == name_of(prefix, structure) {
            let message =
                format!("the environment variable `{name}` sets nothing: `{structure}` is more than it can say");
            return refused(message, "Write it in an `Overrides` object".to_owned());
        }
    }
    // The prefix, which all have, would make all of them alike.
    let ends = all().filter_map(|known| known.strip_prefix(prefix));
    let cure = if let Some(nearest) = nearest(rest, ends) {
        format!("Did you mean `{prefix}{nearest}`?")
    } else {
        let list = all().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        format!("The variables that set something are {list}")
    };
    refused(format!("the environment variable `{name}` is no setting of the policy"), cure)
}

/// `defaultVersion` as the name of a variable: `DEFAULT_VERSION` behind the prefix.
fn name_of(prefix: &str, setting: &str) -> String {
    let mut name = prefix.to_owned();
    for letter in setting.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
