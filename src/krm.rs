//! Kubernetes objects in the bytes they came in: reading a field, and changing a place, with nothing else touched.
//!
//! This room knows YAML, JSON, the `ResourceList` of KRM functions and streams of manifests. It knows nothing of
//! Services or Istio. A text becomes a [`Tree`] of byte spans; [`Items`] are the objects in it; what is to change is
//! gathered as [`Splices`] and applied once.

mod additions;
#[cfg(any(test, fuzzing))]
mod agreement;
mod around;
mod article;
mod aside;
mod byte_set;
mod changes;
mod edit;
mod emit;
mod error;
mod events;
mod excerpt;
mod extent;
mod field;
mod growth;
mod item;
mod lenient;
mod lines;
mod manifests;
mod node;
mod parse;
mod read;
mod resource_list;
mod results;
mod scalar;
mod splice;
mod tree;
mod verify;
mod wanted;

#[cfg(fuzzing)]
pub use agreement::readers_agree;
pub use article::with_article;
pub use aside::{About, Aside};
pub use changes::Changes;
pub use edit::{
    EditError, append_entries_plainly, insert_entries, insert_field, remove_entries, remove_field, set_field, set_text,
};
pub use emit::{EmitError, block};
pub use error::{InputError, InputProblem, line_and_column, text_of};
pub use field::field_path;
pub use item::{
    INDEX_ANNOTATIONS, Item, ItemId, Items, Location, PACKAGE_PATH_ANNOTATION, PATH_ANNOTATIONS, STANDARD_INPUT, Source,
};
pub use manifests::{Manifests, Written};
pub use node::{Kind, NodeRef, Scalar};
pub use read::{Problem, ReadError};
pub use resource_list::ResourceList;
pub use results::{FieldReference, FileReference, FunctionResult, ObjectReference};
pub use splice::{Overlap, Pieces, Splices};
pub use tree::{Tree, TreeError};
pub use wanted::{Interest, Wanted, everything};
