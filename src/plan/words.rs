//! Lists of names, as findings say them.

/// The most names that a finding lists.
const MOST: usize = 5;

/// Names with commas between them; of many the first few, and how many more there are.
pub(super) fn names<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST).map(AsRef::as_ref).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A noun and names behind it, with an `s` where there are several.
pub(super) fn counted<T: AsRef<str>>(noun: &str, all: &[T]) -> String {
    let plural = if all.len() == 1 { "" } else { "s" };
    format!("{noun}{plural} {}", names(all))
}

/// A name as code.
pub(super) fn code(name: &str) -> String {
    format!("`{name}`")
}
