//! Which part of an object a node is, as far as it matters for whether it is read.

use crate::krm::growth::Growth;
use crate::krm::wanted::{Interest, Wanted};

/// A node's part in the objects of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// An object, or a list of them.
    Object,
    /// The `items` of a list: each entry is an object.
    Items,
    /// Something that is wanted, but for what is at the end of this path.
    AllBut(&'static [&'static str]),
    /// Something that is wanted with all that is in it.
    Wanted,
    /// Something that nobody asks for.
    Unread,
}

/// What an object has said of itself so far. What it says of its kind behind other fields comes too late for them.
#[derive(Default)]
pub(super) struct Object<'s> {
    api_version: Option<&'s str>,
    kind: Option<&'s str>,
}

impl<'s> Object<'s> {
    /// Takes note of the value that was just read.
    pub(super) fn learn(&mut self, key: &str, growth: &Growth<'s>) {
        let field = match key {
            "apiVersion" => &mut self.api_version,
            "kind" => &mut self.kind,
            _ => return,
        };
        *field = growth.last_text();
    }
}

impl Part {
    /// The part that the value of a key is. Quoted keys have the name "": what is written in a way that nobody expects is
    /// wanted.
    pub(super) fn below(self, key: &str, object: &Object<'_>, interest: Interest) -> Self {
        let path = match self {
            Self::Object => {
                let (Some(api_version), Some(kind)) = (object.api_version, object.kind) else { return Self::Wanted };
                if kind.ends_with("List") {
                    return if key == "items" { Self::Items } else { Self::Wanted };
                }
                if matches!(key, "" | "apiVersion" | "kind" | "metadata") {
                    return Self::Wanted;
                }
                match interest(api_version, kind) {
                    Wanted::Everything => return Self::Wanted,
                    Wanted::Metadata => return Self::Unread,
                    Wanted::AllBut(path) => path,
                }
            }
            Self::AllBut(path) => path,
            Self::Items | Self::Wanted | Self::Unread => return Self::Wanted,
        };
        match path.split_first() {
            Some((first, [])) if *first == key => Self::Unread,
            Some((first, rest)) if *first == key => Self::AllBut(rest),
            _ => Self::Wanted,
        }
    }

    /// The part that the entries of a list are.
    pub(super) fn entry(self) -> Self {
        if self == Self::Items { Self::Object } else { Self::Wanted }
    }
}
