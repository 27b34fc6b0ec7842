//! Whether a condition holds, as far as it can be told.

/// What became of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// It cannot be told, for this reason: the rest of "it decides by …".
    Unknown(String),
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Verdict {
    /// Whether all of them hold. One that does not settles it, whatever the others are.
    pub(super) fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut unknown = None;
        for verdict in verdicts {
            match verdict {
                Self::Yes => {}
                Self::No => return Self::No,
                Self::Unknown(_) => unknown = unknown.or(Some(verdict)),
            }
        }
        unknown.unwrap_or(Self::Yes)
    }

    /// Whether any of them holds.
    pub(super) fn any(verdicts: impl IntoIterator<Item = Self>) -> Self {
        Self::all(verdicts.into_iter().map(Self::inverted)).inverted()
    }

    /// The opposite; what cannot be told cannot be told inverted either.
    pub(super) fn inverted(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }
}
