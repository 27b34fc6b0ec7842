//! What all objects have: an identity, labels, annotations.

use std::fmt;

use litemap::LiteMap;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use smol_str::SmolStr;

use crate::finding::{ObjectReference, Place};
use crate::krm::{INDEX_ANNOTATIONS, Item, ItemId, Location, PACKAGE_PATH_ANNOTATION, PATH_ANNOTATIONS, ReadError};

/// Names that kustomize gave up, as it hands them to functions.
const PREVIOUS_NAMES: &str = "internal.config.kubernetes.io/previousNames";
const PREVIOUS_NAMESPACES: &str = "internal.config.kubernetes.io/previousNamespaces";

/// How many previous names are read. kustomize adds one per layer that changes them, and every name counts in every
/// namespace.
const MOST_PREVIOUS: usize = 64;

/// An object's identity, and where it is.
#[derive(Debug, Clone)]
pub struct Object {
    /// The item of the input; none for an object of a live cluster.
    pub item: Option<ItemId>,
    /// Version, kind, namespace and name.
    pub reference: ObjectReference,
    /// The file it came from.
    pub location: Option<Location>,
}

impl Object {
    /// `metadata.name`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.reference.name
    }

    /// `metadata.namespace`, comparable.
    #[must_use]
    pub fn namespace(&self) -> Namespace<'_> {
        Namespace(self.reference.namespace.as_deref())
    }

    /// The object as the place of a finding.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            item: self.item,
            object: Some(self.reference.clone()),
            field: None,
            location: self.location.clone(),
            position: None,
        }
    }
}

/// A namespace as it is written. An absent one equals `default`, as it does to kustomize.
#[derive(Debug, Clone, Copy)]
pub struct Namespace<'a>(pub Option<&'a str>);

impl<'a> Namespace<'a> {
    /// The name, `default` where none is written.
    #[must_use]
    pub fn effective(self) -> &'a str {
        self.0.unwrap_or("default")
    }

    /// The name, where one is written.
    #[must_use]
    pub fn written(self) -> Option<&'a str> {
        self.0
    }
}

impl PartialEq for Namespace<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.effective() == other.effective()
    }
}

impl Eq for Namespace<'_> {}

/// Labels or annotations by key.
pub type Labels = LiteMap<SmolStr, LabelValue>;

/// A label's value. Kubernetes takes text only, and YAML makes other things of `1.0` or `on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelValue {
    /// Text.
    Text(SmolStr),
    /// Something else; the phrase says what, such as "the number 1".
    NotText(String),
}

impl LabelValue {
    /// The text, where it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::NotText(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for LabelValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyScalar;
        impl Visitor<'_> for AnyScalar {
            type Value = LabelValue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_str<E>(self, text: &str) -> Result<LabelValue, E> {
                Ok(LabelValue::Text(text.into()))
            }
            fn visit_bool<E>(self, value: bool) -> Result<LabelValue, E> {
                Ok(LabelValue::NotText(format!("the boolean {value}")))
            }
            fn visit_u64<E>(self, value: u64) -> Result<LabelValue, E> {
                Ok(LabelValue::NotText(format!("the number {value}")))
            }
            fn visit_i64<E>(self, value: i64) -> Result<LabelValue, E> {
                Ok(LabelValue::NotText(format!("the number {value}")))
            }
            fn visit_f64<E>(self, value: f64) -> Result<LabelValue, E> {
                Ok(LabelValue::NotText(format!("the number {value}")))
            }
            // `version:` with nothing behind it is an empty value, which is no version.
            fn visit_unit<E>(self) -> Result<LabelValue, E> {
                Ok(LabelValue::Text(SmolStr::default()))
            }
        }
        deserializer.deserialize_any(AnyScalar)
    }
}

/// The names and namespaces that an object had before kustomize changed them, oldest first. Rules that kustomize does
/// not know how to rename still say one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviousIdentity {
    /// Former names.
    pub names: Vec<String>,
    /// Former namespaces.
    pub namespaces: Vec<String>,
}

impl PreviousIdentity {
    pub(super) fn read(item: Item<'_>) -> Result<Self, ReadError> {
        let list = |annotation| {
            let written = item.annotation(annotation).unwrap_or_default();
            let names = written.split(',').map(str::trim).filter(|name| !name.is_empty());
            let names: Vec<String> = names.take(MOST_PREVIOUS + 1).map(ToOwned::to_owned).collect();
            if names.len() <= MOST_PREVIOUS {
                return Ok(names);
            }
            let error = ReadError::custom(format!("more than {MOST_PREVIOUS} previous names cannot be followed"));
            Err(error.below_keys(&["metadata", "annotations", annotation]))
        };
        Ok(Self { names: list(PREVIOUS_NAMES)?, namespaces: list(PREVIOUS_NAMESPACES)? })
    }
}

/// Where kpt keeps an object, and the annotations by which it says so. What is generated for the object goes beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagePlace {
    /// The folder of the object's file, with a slash at the end; empty for the root.
    pub folder: SmolStr,
    /// Which of the path annotations the object has: some tools set the new one, some the old, some both.
    pub said_by: [bool; PATH_ANNOTATIONS.len()],
    /// The (sub)package, where kpt names it.
    pub package_path: Option<SmolStr>,
}

impl PackagePlace {
    pub(super) fn read(item: Item<'_>) -> Option<Self> {
        let path = item.annotated_path()?;
        let name_begins = path.rfind('/').map_or(0, |slash| slash + 1);
        let said_by = PATH_ANNOTATIONS.map(|annotation| item.annotation(annotation).is_some());
        let package_path = item.annotation(PACKAGE_PATH_ANNOTATION).map(SmolStr::from);
        Some(Self { folder: path.get(..name_begins)?.into(), said_by, package_path })
    }

    /// The annotations by which an object in the same package says that it is at this place of a file.
    pub fn annotations_at<'a>(
        &'a self,
        path: &'a str,
        index: &'a str,
    ) -> impl Iterator<Item = (&'static str, &'a str)> {
        let pairs =
            PATH_ANNOTATIONS.into_iter().zip(INDEX_ANNOTATIONS).zip(self.said_by).filter(|(_, is_said)| *is_said);
        let places = pairs.flat_map(move |((path_name, index_name), _)| [(path_name, path), (index_name, index)]);
        let package = self.package_path.as_deref().map(|package| (PACKAGE_PATH_ANNOTATION, package));
        places.chain(package)
    }
}
