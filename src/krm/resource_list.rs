//! The function's input and output: one `ResourceList` document.

use serde::Serialize;

use super::additions::Style;
use super::article::with_article;
use super::changes::Changes;
use super::edit::{
    EditError, append_entries, append_written, insert_block_field, insert_field, insert_lines, remove_entries, style_of,
};
use super::emit::{block_entries, flow};
use super::error::{InputError, InputProblem};
use super::excerpt;
use super::extent::{behind_trailing_comments, column, line_end, lines_end};
use super::item::{Items, STANDARD_INPUT, Slot, Source};
use super::node::{Kind, NodeRef};
use super::results::FunctionResult;
use super::splice::{Pieces, Splices};
use super::tree::Tree;
use super::wanted::{Interest, everything};

/// Versions of the contract whose lists have the shape that is read here. What comes in goes out.
const API_VERSIONS: [&str; 3] =
    ["config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1"];

/// A parsed ResourceList.
#[derive(Debug)]
pub struct ResourceList<'s> {
    items: Items<'s>,
    interest: Interest,
}

impl<'s> ResourceList<'s> {
    /// Reads the one document on a function's standard input.
    ///
    /// # Errors
    /// [`InputError`] when it is empty, no YAML, several documents or another kind of document.
    pub fn parse(text: &'s str) -> Result<Self, InputError> {
        Self::parse_wanted(text, everything)
    }

    /// Reads of the one document on a function's standard input what is wanted of its objects.
    ///
    /// # Errors
    /// As [`ResourceList::parse`], but for mistakes in what nobody asks for.
    pub fn parse_wanted(text: &'s str, interest: Interest) -> Result<Self, InputError> {
        let tree =
            Tree::parse_wanted(text, interest).map_err(|error| InputError::of_tree(STANDARD_INPUT, text, error))?;
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
        if let Some(results) =
            root.get("results").filter(|results| !results.is_null() && results.kind() != Kind::Sequence)
        {
            let problem = InputProblem::NotAList("results");
            return Err(InputError::at(STANDARD_INPUT, text, &results.range(), problem));
        }
        let mut items = Items::default();
        let source = items.add_source(Source { name: STANDARD_INPUT.to_owned(), tree });
        for (position, node) in nodes.into_iter().enumerate() {
            items.add(source, node, Slot::Listed { document: 0, position });
        }
        Ok(Self { items, interest })
    }

    /// The objects of the list.
    #[must_use]
    pub fn items(&self) -> &Items<'s> {
        &self.items
    }

    /// The list without what its items say, to which items can only be added. A plan for a large configuration finds room
    /// where they were. A list in brackets keeps them: what stands between two of them goes in front of a new one.
    #[must_use]
    pub fn without_items(self) -> Self {
        let list = self.root().and_then(|root| root.get("items")).filter(|list| !list.is_flow());
        let Some(list) = list.map(NodeRef::index) else { return self };
        Self { items: self.items.forget(list), interest: self.interest }
    }

    /// No changes yet to this list.
    #[must_use]
    pub fn changes(&self) -> Changes {
        let items = self.root().and_then(|root| Some((root, root.get("items")?)));
        let style = items.map(|(root, list)| style_of(list, field_line_end(root, "items")));
        Changes::in_style(style.unwrap_or(Style::Document))
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
    /// old. `items` is always there afterwards: a list without it is taken for a resource by kustomize. The texts are taken
    /// out of `changes`, which are of no further use.
    ///
    /// # Errors
    /// [`EditError`] when the input is written in a way in which that cannot be done.
    pub fn write(&self, changes: &mut Changes, results: &[FunctionResult]) -> Result<Pieces<'s>, EditError> {
        let (Some(tree), Some(root)) = (self.tree(), self.root()) else { return Ok(Pieces::default()) };
        let mut splices = std::mem::take(&mut changes.splices).into_iter().next().unwrap_or_default();
        let wants_a_second_look = changes.want_a_second_look(&self.items);
        let list = root.get("items").filter(|_| wants_a_second_look);
        let shown = list.and_then(|list| excerpt::shows(list, &self.items, changes, &mut splices, self.interest));
        match root.get("items") {
            Some(list) if list.kind() == Kind::Sequence => self.write_items(&mut splices, root, list, changes)?,
            // `items: null`: nothing can be added to a list without Services.
            Some(_) => {}
            None => insert_root_field(&mut splices, root, "items", &Vec::<()>::new())?,
        }
        write_results(&mut splices, root, results)?;
        if splices.is_empty() {
            return Ok(Pieces::from(tree.text()));
        }
        let output = splices.pieces(tree)?;
        if wants_a_second_look && shown != Some(true) {
            let written = output.joined();
            let read = |text, interest| ResourceList::parse_wanted(text, interest).map(|list| list.items);
            let before = || read(tree.text(), everything);
            changes.verify(&self.items, self.interest, before, |interest| read(&written, interest))?;
        }
        Ok(output)
    }

    fn write_items(
        &self,
        splices: &mut Splices,
        root: NodeRef<'_>,
        list: NodeRef<'_>,
        changes: &mut Changes,
    ) -> Result<(), EditError> {
        let positions: Vec<usize> = changes
            .removed
            .iter()
            .filter_map(|id| match self.items.entry(*id)?.slot {
                Slot::Listed { position, .. } => Some(position),
                Slot::Document(_) => None,
            })
            .collect();
        remove_entries(splices, root, "items", &positions)?;
        append_written(splices, list, field_line_end(root, "items"), changes.added.take())
    }

    fn tree(&self) -> Option<&Tree<'s>> {
        Some(&self.items.sources().first()?.tree)
    }

    fn root(&self) -> Option<NodeRef<'_>> {
        self.tree()?.document(0)
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
        let found = if kind.is_empty() { "an object without a kind".to_owned() } else { with_article(kind) };
        return refuse(root.range(), found);
    }
    if !API_VERSIONS.contains(&api_version) {
        let found = match api_version {
            "" => "a ResourceList without an `apiVersion`".to_owned(),
            _ => format!("a ResourceList of the unknown version `{api_version}`"),
        };
        return refuse(root.range(), found);
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
        None => insert_root_field(splices, root, "results", &results),
        Some(list) if list.elements().next().is_some() => {
            append_entries(splices, list, field_line_end(root, "results"), results)
        }
        Some(list) if list.is_shared() => Err(EditError::Shared("results".to_owned())),
        Some(list) if list.is_flow() => append_entries(splices, list, 0, results),
        Some(null) if !null.range().is_empty() => {
            splices.replace(null.range(), flow(&results)?);
            Ok(())
        }
        Some(_) => {
            let indent = root.own_entries().next().map_or(0, |(key, _)| column(root.tree().text(), key.range().start));
            let entries = block_entries(results, indent)?;
            insert_lines(splices, root.tree().text(), field_line_end(root, "results"), entries);
            Ok(())
        }
    }
}

/// The end of the line on which the key of a top-level field stands.
fn field_line_end(root: NodeRef<'_>, field: &str) -> usize {
    let key = root.own_entries().find(|(key, _)| key.scalar_text() == Some(field)).map(|(key, _)| key);
    key.map_or(0, |key| line_end(root.tree().text(), key.range().end))
}

/// Adds a field behind everything else of the document, the comments at its end included: items may be added there
/// too, and the field must not part them.
fn insert_root_field<T: Serialize>(
    splices: &mut Splices,
    root: NodeRef<'_>,
    key: &str,
    value: &T,
) -> Result<(), EditError> {
    if root.is_flow() {
        return insert_field(splices, root, key, value);
    }
    let text = root.tree().text();
    insert_block_field(splices, root, key, value, |indent| behind_trailing_comments(text, lines_end(root), indent))
}
