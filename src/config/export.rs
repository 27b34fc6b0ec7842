//! To whom generated rules are exported.

use serde::Deserialize;

use super::words::is_dns_label;

/// All namespaces.
const EVERYBODY: &str = "*";

/// The namespaces whose clients see a generated rule: names, `.` for the rule's own, or `*` for all.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<String>")]
pub struct Export(Vec<String>);

impl Export {
    /// The namespaces as they are written.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Default for Export {
    fn default() -> Self {
        Self(vec![EVERYBODY.to_owned()])
    }
}

impl TryFrom<Vec<String>> for Export {
    type Error = String;

    /// Takes what Istio's own validation takes (`pkg/config/validation/validation.go`, `validateExportTo`).
    fn try_from(names: Vec<String>) -> Result<Self, String> {
        let is_legal = |name: &String| name == "." || name == EVERYBODY || is_dns_label(name);
        if let Some(name) = names.iter().find(|name| !is_legal(name)) {
            return Err(format!(
                "{name:?} is no namespace: its name is needed, `.` for the Service's own, or `*` for all"
            ));
        }
        if names.is_empty() {
            return Err("at least one namespace is needed; `*` is all of them".to_owned());
        }
        if names.len() > 1 && names.iter().any(|name| name == EVERYBODY) {
            return Err("`*` is all namespaces and stands alone".to_owned());
        }
        let is_again = |(index, name): (usize, &String)| names.iter().take(index).any(|other| other == name);
        if names.iter().enumerate().any(is_again) {
            return Err("one namespace is named twice".to_owned());
        }
        Ok(Self(names))
    }
}
