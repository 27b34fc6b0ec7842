//! How objects are written: in block style, with comments, in flow style.

use serde_json::Value;

use super::Choices;

/// An object in one of the styles that people and tools write.
pub fn text(choices: &mut Choices<'_>, object: &Value) -> String {
    if choices.chance(8) {
        return format!("{object}\n");
    }
    let block = overrides::krm::block(object, 0).expect("an object can be written");
    if !choices.chance(15) {
        return block;
    }
    let mut commented = String::new();
    for line in block.lines() {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().starts_with("- ") {
            commented.push_str(&" ".repeat(indent));
            commented.push_str("# what comes next\n");
        }
        commented.push_str(line);
        commented.push('\n');
    }
    commented
}

pub fn stream(documents: &[String]) -> String {
    documents.iter().flat_map(|document| ["---\n", document]).collect()
}

/// A ResourceList with a function's configuration.
pub fn list(config: &Value, documents: &[String]) -> String {
    let mut list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n".to_owned();
    list.push_str(if documents.is_empty() { "items: []\n" } else { "items:\n" });
    for document in documents {
        for (number, line) in document.lines().enumerate() {
            list.push_str(if number == 0 { "- " } else { "  " });
            list.push_str(line);
            list.push('\n');
        }
    }
    list + &format!("functionConfig: {config}\n")
}
