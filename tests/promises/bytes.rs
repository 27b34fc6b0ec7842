//! Promises two and three, about bytes: what was not touched comes back as it was, and a second run changes nothing.

use overrides::config::Policy;
use overrides::finding::Code;
use overrides::inventory::ADDED_ANNOTATION;
use overrides::krm::{Item, Items, Manifests, ResourceList, STANDARD_INPUT};
use overrides::transform::{self, Transformed};

/// Holds of a list that could be read, and of what the function made of it.
pub fn hold_of_list(input: &str, outcome: &Transformed) {
    let output = &outcome.output;
    // A mistake in what is not read passes, and comes back with the rest.
    let read = |text| ResourceList::parse_wanted(text, transform::wanted);
    let before = read(input).expect("what has an output can be read");
    let after = read(output).unwrap_or_else(|error| panic!("the output is no list: {error}\n{output}"));
    if ResourceList::parse(input).is_ok() {
        ResourceList::parse(output).unwrap_or_else(|error| panic!("the output is no YAML: {error}\n{output}"));
    }
    let touched = keep(before.items(), after.items(), outcome);
    if !touched {
        assert!(is_contained(input, output), "bytes between the objects changed:\n{input}\n=====\n{output}");
    }
    let again = transform::function(output.as_bytes()).expect("what is generated can be written");
    assert_eq!(again.failed(), outcome.failed(), "a second run ends as the first:\n{output}");
    assert_eq!(again.output, *output, "a second run changes something");
}

/// Every object that is not ours is there in its order, and byte for byte unless the run says that it edited it.
/// Returns whether anything that was there was edited, replaced or removed.
fn keep(before: &Items<'_>, after: &Items<'_>, outcome: &Transformed) -> bool {
    let mut kept = after.iter();
    let mut touched = false;
    for item in before.iter() {
        if is_ours(item) && !outcome.failed() {
            touched = true;
            continue;
        }
        let same = kept.find(|other| outcome.failed() || !is_ours(*other));
        let same = same.unwrap_or_else(|| panic!("{} is gone", item.reference()));
        // Line breaks at the end of an object whose input ends without one are not looked at.
        let (was, is) = (text(before, item), text(after, same));
        let (was, is) = (was.trim_end(), is.trim_end());
        if was != is {
            assert!(may_be_edited(item, outcome), "{was} changed to\n{is}");
            assert_eq!(same.reference(), item.reference(), "an edited object is still the same");
            touched = true;
        }
    }
    assert!(kept.all(is_ours), "an object came from nowhere");
    touched
}

fn is_ours(item: Item<'_>) -> bool {
    transform::is_generated(item)
}

fn may_be_edited(item: Item<'_>, outcome: &Transformed) -> bool {
    let is_rule = item.group() == "networking.istio.io" && ["DestinationRule", "VirtualService"].contains(&item.kind());
    let labels = outcome.findings.iter().any(|finding| finding.code == Code::Labelled);
    outcome.edited.contains(&item.reference()) && (is_rule || labels) && !outcome.failed()
}

/// An item's own text: what lies between brackets or behind an alias's star, or else its lines.
fn text(items: &Items<'_>, item: Item<'_>) -> String {
    let range = item.node.range();
    let lines = || items.text_of(item.id).expect("an item has a text");
    if range.is_empty() { lines() } else { items.sources()[0].tree.text()[range].to_owned() }
}

/// Whether `output` is `input` with no more than two pieces put in.
fn is_contained(input: &str, output: &str) -> bool {
    let same = |(a, b): &(&u8, &u8)| a == b;
    let (input, output) = (input.as_bytes(), output.as_bytes());
    let prefix = input.iter().zip(output).take_while(same).count();
    let (input, output) = (&input[prefix..], &output[prefix..]);
    let suffix = input.iter().rev().zip(output.iter().rev()).take_while(same).count();
    let (input, output) = (&input[..input.len() - suffix], &output[..output.len() - suffix]);
    input.is_empty() || output.windows(input.len()).any(|part| part == input)
}

/// Manifests to which nothing is to be added come back equal, as a stream and, where nothing is said about them, as a
/// list.
pub fn identity(text: &str) {
    let stream = || [(STANDARD_INPUT.to_owned(), text)];
    // Read whole, and around what matters to nobody.
    let ways = [Manifests::parse(stream()), Manifests::parse_wanted(stream(), transform::wanted)];
    for manifests in ways.into_iter().flatten() {
        let idle = |item: Item<'_>| {
            !is_ours(item)
                && item.annotation(ADDED_ANNOTATION).is_none()
                && !item.is_local_config()
                && item.api_version() != "overrides.dev/v1alpha1"
        };
        let mut nobody = Policy::default();
        nobody.select.match_labels.insert("selected".to_owned(), "by-nobody".to_owned());
        let outcome = transform::render(&manifests, &nobody).expect("nothing has to be written");
        if !outcome.failed() && manifests.items().iter().all(idle) {
            assert_eq!(outcome.output, text, "a stream changed");
        }
    }
    if let Ok(list) = ResourceList::parse(text) {
        if let Ok(output) = list.write(&mut list.changes(), &[]) {
            let output = output.joined();
            assert!(is_contained(text, &output), "a list changed:\n{text}\n=====\n{output}");
        }
        let has_items = list.items().iter().next().is_some();
        let is_service = |item: Item<'_>| item.kind() == "Service" || is_ours(item);
        let outcome = transform::function(text.as_bytes()).expect("nothing has to be written");
        if has_items && outcome.findings.is_empty() && outcome.edited.is_empty() && !list.items().iter().any(is_service)
        {
            assert_eq!(outcome.output, text, "a list without Services changed");
        }
    }
}
