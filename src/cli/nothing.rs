//! What is said of a run that generated nothing, which is right and looks like a failure.

use overrides::finding::{Finding, ObjectReference, Severity};
use overrides::inventory::{ADDED_ANNOTATION, GENERATED_FOR};
use overrides::krm::{Item, Items};

/// A sentence, where nothing was generated, nor merged into existing rules, now or by an earlier run.
pub(super) fn note(
    output: &str,
    edited: &[ObjectReference],
    items: &Items<'_>,
    findings: &[Finding],
    verbose: bool,
) -> Option<String> {
    if !edited.is_empty() || output.contains(GENERATED_FOR) || output.contains(ADDED_ANNOTATION) {
        return None;
    }
    let services = items.iter().filter(|item| is_service(*item)).count();
    Some(format!("nothing was generated: {}", why(services, findings, verbose)))
}

/// Why nothing was generated for so many Services.
pub(super) fn why(services: usize, findings: &[Finding], verbose: bool) -> String {
    // Warnings and errors are shown anyway.
    let is_info = |finding: &Finding| finding.severity == Severity::Info;
    let is_hidden = !verbose && findings.iter().any(is_info);
    let reasons = match (is_hidden, findings.iter().all(is_info)) {
        (false, _) => "and the reasons are above",
        (true, true) => "and `-v` says why",
        (true, false) => "and the reasons are above, with `-v` all of them",
    };
    match services {
        0 => "there is no Service in the input".to_owned(),
        _ if findings.is_empty() => format!("{} no rules", plural(services, "needs", "need")),
        _ => format!("{} skipped, {reasons}", plural(services, "was", "were")),
    }
}

/// Whether an object is a Service of Kubernetes'.
pub(super) fn is_service(item: Item<'_>) -> bool {
    item.api_version() == "v1" && item.kind() == "Service"
}

fn plural(services: usize, one: &str, many: &str) -> String {
    match services {
        1 => format!("the Service in the input {one}"),
        _ => format!("the {services} Services in the input {many}"),
    }
}
