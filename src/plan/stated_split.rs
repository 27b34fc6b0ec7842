//! A weighted default: how requests without an override are spread over versions, and who says so.

use super::launchpad::{TargetSplit, Unusable, Workloads};
use crate::config::{Policy, ServicePolicy, Split};
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{Service, VirtualService};

/// How the requests of one Service are spread, as it is stated.
#[derive(Debug, Clone, Copy)]
pub(super) enum StatedSplit<'a> {
    /// In the policy's entry for the Service, over versions that the workloads have.
    Policy(&'a Policy, &'a ServicePolicy, &'a Split),
    /// In a Workload of launchpad's, which also says what the versions are.
    Workload(&'a TargetSplit<'a>),
}

impl<'a> StatedSplit<'a> {
    /// What is stated for a Service.
    pub(super) fn of(
        service: &Service,
        own: Option<&'a ServicePolicy>,
        policy: &'a Policy,
        workloads: &'a Workloads<'a>,
    ) -> Result<Option<Self>, Unusable> {
        if let Some(targets) = workloads.of(service)? {
            return Ok(Some(Self::Workload(targets)));
        }
        Ok(own.and_then(|own| Some(Self::Policy(policy, own, own.split.as_ref()?))))
    }

    /// The versions and their weights, which add up to 100.
    pub(super) fn weights(self) -> Vec<(&'a str, u32)> {
        match self {
            Self::Policy(.., split) => split.weights().collect(),
            Self::Workload(split) => split.targets.iter().map(|target| (target.name, target.weight)).collect(),
        }
    }

    /// What says what the versions are, where it is not the workloads' labels.
    pub(super) fn targets(self) -> Option<&'a TargetSplit<'a>> {
        match self {
            Self::Policy(..) => None,
            Self::Workload(split) => Some(split),
        }
    }

    /// Where it is stated.
    pub(super) fn place(self) -> Place {
        match self {
            Self::Policy(policy, own, _) => policy.place_of(Some(own), "split"),
            Self::Workload(split) => split.workload.host_place(),
        }
    }

    /// A rule of the user's is in charge of requests without an override already.
    pub(super) fn against(self, service: &Service, rule: &VirtualService) -> Finding {
        let who = match self {
            Self::Policy(..) => "the policy".to_owned(),
            Self::Workload(split) => split.workload.object.reference.to_string(),
        };
        let message = format!(
            "{who} splits the traffic of {}, and {} decides about it already",
            service.object.reference, rule.object.reference
        );
        let cure = "Write the weights there, or remove that rule";
        let finding = Finding::new(Code::SplitConflict, self.place(), message, cure);
        finding.with_related(rule.object.place().field("spec.http"), "It is here")
    }

    /// It does nothing where the Service is passed over; `why` is the finding that says so.
    pub(super) fn idle(self, service: &Service, why: &Finding) -> Option<Finding> {
        if why.severity == Severity::Error {
            return None;
        }
        let message =
            format!("this split does nothing, for {} is passed over, see {}", service.object.reference, why.code.id());
        let cure = "Remove it, or what keeps the Service from getting rules";
        let finding = Finding::new(Code::SplitIdle, self.place(), message, cure);
        Some(finding.with_related(service.object.place(), "The Service is here"))
    }
}
