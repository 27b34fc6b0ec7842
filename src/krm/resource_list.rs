//! The function's input and output: one `ResourceList` document.

use serde::Serialize;

use super::edit::{EditError, NO_ENTRIES, append_entries, insert_field, insert_lines, remove_entries, set_field};
use super::emit::block_field;
use super::error::{InputError, InputProblem};
use super::extent::{behind_trailing_comments, column, last_leaf, line_end, lines_end};
use super::item::{ItemId, Items, Slot, Source};
use super::node::{Kind, NodeRef};
use super::results::FunctionResult;
use super::splice::Splices;
use super::tree::{Shape, Tree};

/// Versions of the contract whose lists have the shape that is read here. What comes in goes out.
const API_VERSIONS: [&str; 3] =
    ["config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1"];

/// The name under which findings speak of what was piped in.
pub const STANDARD_INPUT: &str = "-";

/// A parsed ResourceList.
#[derive(Debug)]
pub struct ResourceList<'s> {
    items: Items<'s>,
}

impl<'s> ResourceList<'s> {
    /// Reads the one document on a function's standard input.
    ///
    /// # Errors
    /// [`InputError`] when it is empty, no YAML, several documents or another kind of document.
    pub fn parse(text: &'s str) -> Result<Self, InputError> {
        let tree = Tree::parse(text).map_err(|error| InputError::of_tree(STANDARD_INPUT, text, error))?;
        let Some(root) = tree.document(0).filter(|root| !root.is_null()) else {
            return Err(InputError::at(STANDARD_INPUT, text, &(0..0), InputProblem::Empty));
        };
        check_is_list(&tree, root)?;
        let nodes: Vec<u32> = match root.get("items") {
            None => Vec::new(),
            Some(items) if items.is_null() => Vec::new(),
            Some(items) if items.kind() == Kind::Sequence => items.elements().map(NodeRef::index).collect(),
            Some(items) => {
                let problem = InputProblem::NotAList("items");
                return Err(InputError::at(STANDARD_INPUT, text, &items.range(), problem));
            }
        };
        let mut items = Items::default();
        let source = items.add_source(Source { name: STANDARD_INPUT.to_owned(), tree });
        for (position, node) in nodes.into_iter().enumerate() {
            items.add(source, node, Slot::Listed { document: 0, position });
        }
        Ok(Self { items })
    }

    /// The objects of the list.
    #[must_use]
    pub fn items(&self) -> &Items<'s> {
        &self.items
    }

    /// The function's configuration, where there is one.
    #[must_use]
    pub fn function_config(&self) -> Option<NodeRef<'_>> {
        self.root()?.get("functionConfig").filter(|config| !config.is_null())
    }

    /// The results of the functions that ran before, those that have the contract's shape.
    #[must_use]
    pub fn results(&self) -> Vec<FunctionResult> {
        let Some(results) = self.root().and_then(|root| root.get("results")) else { return Vec::new() };
        results.elements().filter_map(|result| result.read().ok()).collect()
    }

    /// The list with edited items, without removed ones, with added ones behind the rest and new results behind the
    /// old. `items` is always there afterwards: a list without it is taken for a resource by kustomize.
    ///
    /// # Errors
    /// [`EditError`] for a value without a YAML form.
    pub fn write<T: Serialize>(
        &self,
        mut splices: Splices,
        removed: &[ItemId],
        added: &[T],
        results: &[FunctionResult],
    ) -> Result<String, EditError> {
        let Some(root) = self.root() else { return Ok(String::new()) };
        match root.get("items") {
            Some(list) if list.kind() == Kind::Sequence => {
                self.write_items(&mut splices, root, list, removed, added)?;
            }
            // `items: null`: nothing can be added to a list without Services.
            Some(_) => {}
            None => insert_root_field(&mut splices, root, "items", &NO_ENTRIES)?,
        }
        write_results(&mut splices, root, results)?;
        Ok(splices.apply(root.tree()))
    }

    fn write_items<T: Serialize>(
        &self,
        splices: &mut Splices,
        root: NodeRef<'_>,
        list: NodeRef<'_>,
        removed: &[ItemId],
        added: &[T],
    ) -> Result<(), EditError> {
        let positions: Vec<usize> = removed
            .iter()
            .filter_map(|id| match self.items.entry(*id)?.slot {
                Slot::Listed { position, .. } => Some(position),
                Slot::Document(_) => None,
            })
            .collect();
        let floor = field_line_end(root, "items");
        if !positions.is_empty() && positions.len() == list.elements().count() && added.is_empty() && !list.is_flow() {
            return set_field(splices, root, "items", &NO_ENTRIES);
        }
        remove_entries(splices, list, floor, &positions);
        append_entries(splices, list, floor, added)
    }

    fn root(&self) -> Option<NodeRef<'_>> {
        self.items.sources().first()?.tree.document(0)
    }
}

fn check_is_list(tree: &Tree<'_>, root: NodeRef<'_>) -> Result<(), InputError> {
    let text = tree.text();
    let refuse = |range, found| {
        let problem = InputProblem::NotAResourceList(found);
        Err(InputError::at(STANDARD_INPUT, text, &range, problem))
    };
    let field = |name| root.get(name).and_then(NodeRef::as_text).unwrap_or_default();
    let (api_version, kind) = (field("apiVersion"), field("kind"));
    if root.kind() != Kind::Mapping {
        return refuse(root.range(), "no Kubernetes object at all".to_owned());
    }
    if tree.document_count() > 1 && kind != "ResourceList" {
        return refuse(root.range(), format!("a stream of {} documents", tree.document_count()));
    }
    if kind != "ResourceList" {
        let found = if kind.is_empty() { "an object without a kind".to_owned() } else { format!("a {kind}") };
        return refuse(root.range(), found);
    }
    if !API_VERSIONS.contains(&api_version) {
        return refuse(root.range(), format!("a ResourceList of the unknown version `{api_version}`"));
    }
    if tree.document_count() > 1 {
        let second = tree.document_range(1).unwrap_or_default();
        return refuse(second, format!("a stream of {} documents", tree.document_count()));
    }
    Ok(())
}

fn write_results(splices: &mut Splices, root: NodeRef<'_>, results: &[FunctionResult]) -> Result<(), EditError> {
    if results.is_empty() {
        return Ok(());
    }
    match root.get("results") {
        None => insert_root_field(splices, root, "results", results),
        Some(list) if list.elements().next().is_some() => {
            append_entries(splices, list, field_line_end(root, "results"), results)
        }
        Some(_) => set_field(splices, root, "results", &results),
    }
}

/// The end of the line on which the key of a top-level field stands.
fn field_line_end(root: NodeRef<'_>, field: &str) -> usize {
    let key = root.own_entries().find(|(key, _)| key.scalar_text() == Some(field)).map(|(key, _)| key);
    key.map_or(0, |key| line_end(root.tree().text(), key.range().end))
}

/// Adds a field behind everything else of the document, the comments at its end included: items may be added there
/// too, and the field must not part them.
fn insert_root_field<T: Serialize + ?Sized>(
    splices: &mut Splices,
    root: NodeRef<'_>,
    key: &str,
    value: &T,
) -> Result<(), EditError> {
    if root.is_flow() {
        return insert_field(splices, root, key, &value);
    }
    let text = root.tree().text();
    let first_key = root.own_entries().next().map_or(0, |(key, _)| key.range().start);
    let indent = column(text, first_key);
    let margin = " ".repeat(indent);
    let field = block_field(key, &value, indent)?;
    let leaf = last_leaf(root);
    if leaf.shape() == Shape::Block && !text.ends_with('\n') && lines_end(root) == text.len() {
        // A block scalar that ends the text without a line break keeps its value only if nothing follows.
        splices.insert(first_key, format!("{field}{margin}"));
        return Ok(());
    }
    let position = behind_trailing_comments(text, lines_end(root), indent);
    insert_lines(splices, text, position, &format!("{margin}{field}"));
    Ok(())
}
