//! Figures of rounds, and how they are written.

/// The middle of some figures.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let figures = sorted(figures);
    let middle = figures.len() / 2;
    if figures.len() % 2 == 1 { figures[middle] } else { f64::midpoint(figures[middle - 1], figures[middle]) }
}

/// The least of some figures.
pub fn least(figures: impl IntoIterator<Item = f64>) -> f64 {
    sorted(figures)[0]
}

/// The most of some figures.
pub fn most(figures: impl IntoIterator<Item = f64>) -> f64 {
    sorted(figures).pop().expect("there is one")
}

fn sorted(figures: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    assert!(!figures.is_empty(), "something was measured");
    figures.sort_by(f64::total_cmp);
    figures
}

/// Seconds as they are.
pub fn seconds(seconds: f64) -> String {
    format!("{seconds:.3} s")
}

/// Seconds, in milliseconds.
pub fn ms(seconds: f64) -> String {
    format!("{:.2} ms", 1e3 * seconds)
}

/// Seconds, in microseconds.
pub fn us(seconds: f64) -> String {
    format!("{:.1} µs", 1e6 * seconds)
}

/// Things that were counted, as a figure.
pub fn count(things: usize) -> f64 {
    u32::try_from(things).expect("there are not so many").into()
}

/// Bytes, in megabytes.
pub fn mb(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}

/// A number with its thousands apart.
pub fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).expect("digits")).collect();
    groups.join(",")
}

/// Prints a row.
pub fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}
