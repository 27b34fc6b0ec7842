//! Everything that is to be done to an input, gathered before anything is written.

use foldhash::HashSet;
use serde::Serialize;

use super::additions::{Additions, Style};
use super::edit::EditError;
use super::error::InputError;
use super::item::{Item, ItemId, Items};
use super::splice::Splices;
use super::verify;
use super::wanted::{Interest, everything};
use crate::value::Value;

/// What is to be done to the items of an input.
#[derive(Debug, Clone)]
pub struct Changes {
    /// Edits of the texts, by source.
    pub(super) splices: Vec<Splices>,
    /// Items that the edits are in.
    pub(super) edited: Vec<ItemId>,
    /// Items that go.
    pub(super) removed: Vec<ItemId>,
    /// What lists below `spec` of edited items are to say afterwards.
    pub(super) expected: Vec<Expected>,
    /// Items that come.
    pub(super) added: Additions,
}

/// What a list of an edited item is to say afterwards.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) item: ItemId,
    /// The field below `spec` that has the list.
    pub(super) list: &'static str,
    pub(super) entries: Vec<Value>,
}

impl Changes {
    /// No changes yet to an input where new items are written in this style.
    pub(super) fn in_style(style: Style) -> Self {
        let added = Additions::new(style);
        Self { splices: Vec::new(), edited: Vec::new(), removed: Vec::new(), expected: Vec::new(), added }
    }

    /// Takes everything back.
    pub fn clear(&mut self) {
        *self = Self::in_style(self.added.style);
    }

    /// Adds a new item. It is written at once, for a large configuration gets many.
    ///
    /// # Errors
    /// [`EditError`] for a value without a YAML form.
    pub fn add(&mut self, value: &impl Serialize) -> Result<(), EditError> {
        Ok(self.added.push(value)?)
    }

    /// Removes an item.
    pub fn remove(&mut self, item: ItemId) {
        self.removed.push(item);
    }

    /// Notes what a list below `spec` of an item is to say after the edit. Nothing is written unless it does.
    pub fn expect(&mut self, item: ItemId, list: &'static str, entries: Vec<Value>) {
        self.expected.push(Expected { item, list, entries });
    }

    /// Edits an item where it stands.
    ///
    /// # Errors
    /// Whatever `edit` says.
    pub fn edit(
        &mut self,
        items: &Items<'_>,
        item: ItemId,
        edit: impl FnOnce(&mut Splices, Item<'_>) -> Result<(), EditError>,
    ) -> Result<(), EditError> {
        self.splices.resize_with(items.sources().len(), Splices::default);
        let Some((source, _)) = items.source_of(item) else { return Ok(()) };
        let (Some(splices), Some(found)) = (self.splices.get_mut(source), items.get(item)) else { return Ok(()) };
        self.edited.push(item);
        edit(splices, found)
    }

    /// Whether the outcome must be read again: the input is unusual, or something in it is edited or removed.
    pub(super) fn want_a_second_look(&self, items: &Items<'_>) -> bool {
        !items.are_ordinary() || !self.edited.is_empty() || !self.removed.is_empty()
    }

    /// Reads what was written, and compares what was not touched before and after. Where the two cannot be read in the same
    /// way, both are read whole.
    pub(super) fn verify<'b, 'a>(
        &self,
        before: &Items<'_>,
        interest: Interest,
        read_before: impl FnOnce() -> Result<Items<'b>, InputError>,
        read_after: impl Fn(Interest) -> Result<Items<'a>, InputError>,
    ) -> Result<(), EditError> {
        let unreadable = |error: InputError| EditError::WouldChange(error.to_string());
        let after = read_after(interest).map_err(unreadable)?;
        if before.are_read_like(&after) {
            return self.compare(before, &after);
        }
        let whole = read_before().map_err(unreadable)?;
        self.compare(&whole, &read_after(everything).map_err(unreadable)?)
    }

    fn compare(&self, before: &Items<'_>, after: &Items<'_>) -> Result<(), EditError> {
        let removed: HashSet<_> = self.removed.iter().collect();
        let kept: Vec<Item<'_>> = before.iter().filter(|item| !removed.contains(&item.id)).collect();
        let found: Vec<Item<'_>> = after.iter().collect();
        verify::check(&kept, &found, &self.edited, self.added.count())?;
        verify::check_lists(&kept, &found, &self.expected)
    }
}
