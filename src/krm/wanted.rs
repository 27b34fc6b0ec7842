//! What of an object anybody is going to ask for. The rest of it is not read: most of a configuration is Pod
//! specifications, and other kinds than those that matter.

/// What is wanted of one object. `apiVersion`, `kind` and `metadata` always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Everything,
    /// All but the value at the end of this path of keys.
    AllBut(&'static [&'static str]),
    /// Nothing else.
    Metadata,
}

/// Says what is wanted of an object, by its `apiVersion` and `kind`.
pub type Interest = fn(api_version: &str, kind: &str) -> Wanted;

/// Everything is wanted of every object.
#[must_use]
pub fn everything(_api_version: &str, _kind: &str) -> Wanted {
    Wanted::Everything
}
