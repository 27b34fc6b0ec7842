//! What users write on workloads: which is the default's, and what says nothing.

use super::versions::Version;
use crate::config::nearest;
use crate::finding::{Code, Finding};
use crate::inventory::{
    DEFAULT_ANNOTATION, DEFAULT_VERSION_ANNOTATION, IGNORE_ANNOTATION, SERVICE_ANNOTATIONS, Service, Workload,
};

/// All annotations of this tool that users write, a workload's first.
const KNOWN: [&str; 3] = [DEFAULT_ANNOTATION, DEFAULT_VERSION_ANNOTATION, IGNORE_ANNOTATION];

/// The version whose workloads are marked as the default's, where some are.
///
/// # Errors
/// A finding where the workloads of several versions are.
pub(super) fn marked(service: &Service, versions: &[Version<'_>]) -> Result<Option<usize>, Box<Finding>> {
    let place = |version: &Version<'_>| version.workloads().find_map(|each| each.marks.default_place(&each.object));
    let mut found =
        versions.iter().enumerate().filter_map(|(position, version)| Some((position, version, place(version)?)));
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some((position, ..)), None) => Ok(Some(position)),
        (Some((_, first, first_place)), Some((_, second, second_place))) => {
            let message = format!(
                "the workloads of two versions of {} are marked as its default, `{}` and `{}`",
                service.object.reference, first.value, second.value
            );
            let cure = "Mark those of one version only";
            let finding = Finding::new(Code::SeveralDefaults, second_place, message, cure);
            Err(Box::new(finding.with_related(first_place, "The other one is marked here")))
        }
    }
}

/// The annotation of this tool that is most like a name, if one is much like it. What all have in front makes none alike.
pub(super) fn nearest_annotation(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let end = |name: &'static str| name.rsplit('/').next().unwrap_or_default();
    let own = name.rsplit('/').next().unwrap_or_default();
    let nearest = nearest(own, known.iter().map(|known| end(known)))?;
    known.iter().copied().find(|known| end(known) == nearest)
}

/// Annotations of a workload that look like this tool's and say nothing.
pub(super) fn strange_annotations(workload: &Workload) -> impl Iterator<Item = Finding> {
    workload.marks.strange.iter().map(|strange| {
        let name = &strange.name;
        let (message, cure) = if strange.is_no_text {
            let message =
                format!("the value of the annotation `{name}` is not text, so the API server refuses the workload");
            (message, "Put quotes around it".to_owned())
        } else if let Some(value) = &strange.value {
            let message = format!(
                "the annotation `{name}` is `{value}`, which is neither `true` nor `false`, so it does nothing"
            );
            (message, "Write \"true\", in quotes, on the workloads of the default version, or remove it".to_owned())
        } else if SERVICE_ANNOTATIONS.contains(&name.as_str()) {
            (format!("the annotation `{name}` does nothing on a workload"), "Write it on the Service".to_owned())
        } else {
            let cure = match nearest_annotation(name, &KNOWN) {
                Some(nearest) if nearest == DEFAULT_ANNOTATION => format!("Did you mean `{nearest}`?"),
                Some(nearest) => format!("Did you mean `{nearest}`, which goes on the Service?"),
                None => "Remove it".to_owned(),
            };
            (format!("the annotation `{name}` does not exist, so it does nothing"), cure)
        };
        Finding::new(Code::UnknownAnnotation, strange.place(&workload.object), message, cure)
    })
}
