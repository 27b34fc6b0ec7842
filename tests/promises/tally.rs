//! How many cases were of which kind, so that no property holds because nothing was asked.

/// Counts of one property.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub cases: u32,
    /// Runs that ended with an error, of which there is nothing to ask.
    pub failed: u32,
    /// Answers of requests without an override: the same to the letter, pinned to the default, split, left alone.
    pub kept: u32,
    pub pinned: u32,
    pub split: u32,
    pub left_alone: u32,
    /// Answers of requests with an override: followed by generated rules, through rules of the user's, not followed.
    pub followed: u32,
    pub followed_through_rules: u32,
    pub not_followed: u32,
    pub switched_off: u32,
    pub rejected: u32,
    pub took_the_default: u32,
    /// Answers of requests with several overrides that name a version, runs that wrote routes at gateways, and clusters
    /// with Workloads of launchpad's.
    pub together: u32,
    pub exposed: u32,
    pub launchpad: u32,
    /// Runs that merged into rules, that labelled, of which all came out again, and that lost a version.
    pub merged: u32,
    pub labelled: u32,
    pub taken_out: u32,
    pub went: u32,
    /// Runs that ended with an error where an earlier one did not.
    pub stopped: u32,
}
