//! Wrong usage: exit code 2, and a sentence that helps.

use std::path::Path;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use overrides::config::{self, Policy};

/// The exit code of wrong usage, as clap and most commands have it.
pub(super) const EXIT_CODE: u8 = 2;

/// What a build without the feature says of commands that take it.
const LEFT_OUT: &str = "`generate`, `operator` and `crd` are not in this build, which cannot talk to a cluster. Build it \
with `cargo install --path . --features cluster`, or use the image of the operator.";

/// What is said of kubectl's flag for a folder with a kustomization.
const KUSTOMIZE: &str = "kustomizations are not built here; `kustomize build DIR | overrides render -` reads what one \
builds";

/// Wrong usage that clap cannot know of.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(String);

impl Usage {
    /// As an error of a command.
    pub(super) fn error(sentence: impl Into<String>) -> anyhow::Error {
        Self(sentence.into()).into()
    }
}

/// Wrong usage, as it is told. A command that is in another build only is not just unknown, and neither is a file where a
/// command has to be. clap's tip to put `--` before what looks like a flag is left out: nobody means a file of that name.
pub(super) fn explained(mut error: clap::Error, command: &mut Command) -> clap::Error {
    if let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand) {
        if matches!(name.as_str(), "generate" | "operator" | "crd") {
            return command.error(ErrorKind::InvalidSubcommand, LEFT_OUT);
        }
        if is_path(name) {
            let sentence = format!("`{name}` is not a command; `overrides render {name}` reads manifests");
            return command.error(ErrorKind::InvalidSubcommand, sentence);
        }
    }
    if let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg)
        && (flag == "-k" || flag == "--kustomize")
    {
        return command.error(ErrorKind::UnknownArgument, KUSTOMIZE);
    }
    if let Some(ContextValue::StyledStrs(tips)) = error.remove(ContextKind::Suggested) {
        let tips = tips.into_iter().filter(|tip| !tip.to_string().contains("'-- ")).collect::<Vec<_>>();
        if !tips.is_empty() {
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
        }
    }
    error
}

/// Whether something looks like a file or a folder.
fn is_path(name: &str) -> bool {
    name == "-" || name.contains(['/', '.']) || Path::new(name).exists()
}

/// One setting of `--set`, checked as far as that is possible without the policy that it changes.
pub(super) fn setting(text: &str) -> Result<String, String> {
    match config::set(&mut Policy::default(), text) {
        Ok(()) => Ok(text.to_owned()),
        Err(finding) => Err(finding.sentences()),
    }
}
