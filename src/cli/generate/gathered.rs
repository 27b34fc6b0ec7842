//! What the parts of a cluster come to: every object once, in an order that depends on nothing but the objects.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use overrides::cluster::Part;
use overrides::finding::ObjectReference;
use overrides::krm::{Item, Manifests};
use overrides::transform::{self, Transformed};

/// What generated objects are sorted by: namespace, Service, kind and name.
type Place = (String, String, String, String);

/// The objects to be printed.
#[derive(Default)]
pub(super) struct Gathered {
    /// Objects of users that are edited, DestinationRules before VirtualServices: routes need the subsets.
    edited: BTreeMap<(String, String, String), String>,
    generated: BTreeMap<Place, String>,
    /// Generated objects that nobody wants any more, VirtualServices first.
    stale: BTreeSet<(std::cmp::Reverse<String>, String, String)>,
    /// Edited objects of which two policies say two things.
    disputed: Option<(String, String, String)>,
}

/// Whether a part says what becomes of an object.
pub(super) fn decides(part: &Part<'_>, object: &ObjectReference) -> bool {
    part.decides(&object.kind, object.namespace.as_deref().unwrap_or_default(), &object.name)
}

impl Gathered {
    /// Adds what came of a part.
    pub(super) fn add(&mut self, part: &Part<'_>, before: &Manifests<'_>, outcome: &Transformed) -> Result<()> {
        let after = Manifests::parse([(String::new(), outcome.output.as_str())])?;
        let ours = |item: &Item<'_>| decides(part, &item.reference());
        let edited: BTreeSet<_> = outcome.edited.iter().map(key).collect();
        let mut left = BTreeSet::new();
        for item in after.items().iter().filter(ours) {
            let reference = item.reference();
            let Some(text) = after.items().text_of(item.id) else { continue };
            if let Some(service) = transform::generated_for(item) {
                left.insert(key(&reference));
                let (kind, namespace, name) = key(&reference);
                self.generated.insert((namespace, service.to_owned(), kind, name), text);
            } else if edited.contains(&key(&reference)) {
                let other = self.edited.insert(key(&reference), text.clone());
                if other.is_some_and(|other| other != text) {
                    self.disputed.get_or_insert(key(&reference));
                }
            }
        }
        let was_generated = before.items().iter().filter(ours).filter(|item| transform::is_generated(*item));
        let gone = was_generated.map(|item| key(&item.reference())).filter(|key| !left.contains(key));
        self.stale.extend(gone.map(|(kind, namespace, name)| (std::cmp::Reverse(kind), namespace, name)));
        Ok(())
    }

    /// What has to be deleted by hand: nobody prunes what is printed.
    pub(super) fn notes(&self) -> Vec<String> {
        let note = |(kind, namespace, name): &(std::cmp::Reverse<String>, String, String)| {
            let kind = &kind.0;
            format!(
                "{kind} {namespace}/{name} was generated and has no reason any more: kubectl delete {}.{} {name} -n \
                 {namespace}",
                kind.to_lowercase(),
                overrides::istio::GROUP,
            )
        };
        self.stale.iter().map(note).collect()
    }

    /// All of it as a stream of documents.
    pub(super) fn stream(&self) -> Result<String> {
        if let Some((kind, namespace, name)) = &self.disputed {
            bail!(
                "{kind} {namespace}/{name} is about Services of several namespaces whose policies want different things \
                 of it. Give it one policy with --config, or make a rule for each namespace"
            );
        }
        let documents: Vec<&str> = self.edited.values().chain(self.generated.values()).map(String::as_str).collect();
        Ok(documents.join("---\n"))
    }
}

fn key(reference: &ObjectReference) -> (String, String, String) {
    let namespace = reference.namespace.as_deref().unwrap_or_default();
    (reference.kind.to_string(), namespace.to_owned(), reference.name.to_string())
}
