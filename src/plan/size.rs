//! Objects that are too large for the way to a cluster.
//!
//! A client-side `kubectl apply` writes the whole object into an annotation, and the annotations of an object take 256 KiB
//! at most (`k8s.io/apimachinery/pkg/api/validation`, `TotalAnnotationSizeLimitB`). A server-side one does without. An
//! object above 1.5 MiB is stored by no cluster (`--max-request-bytes` of etcd).

use std::io::{self, Write};

use serde::Serialize;

use super::Outcome;
use super::merge::MergedRoutes;
use crate::finding::{Code, Finding, Place};
use crate::inventory::VirtualService;

/// The largest object that is left to a client-side `kubectl apply`: what else is in the annotations needs some room.
const MOST_APPLIED: usize = 250 << 10;
/// The largest object that is left to a cluster, with room for what the server adds.
const MOST_STORED: usize = (14 << 20) / 10;
/// What an object says besides its routes and hosts, about.
const REST: usize = 1000;
/// Fewer rules than this take less room than any limit, whatever they look like: an expression has 1 KiB at most, and a
/// rule three.
const FEW_RULES: usize = 64;

/// What is to be said of a rule of the user's that gets clones.
pub(super) fn of_merged(rule: &VirtualService, merged: &MergedRoutes) -> Option<Finding> {
    if merged.added.is_empty() || merged.at_most < MOST_APPLIED / 2 {
        return None;
    }
    // The note is an annotation itself, and stands in the other one once more.
    let note = length(&merged.added).saturating_mul(2);
    let hosts: usize = rule.hosts.iter().map(|host| host.len() + 3).sum();
    let size = [length(&merged.routes), note, hosts, REST].into_iter().fold(0, usize::saturating_add);
    let cure = "Put its routes into several VirtualServices, each for some of the hosts, or remove versions that nobody asks \
                for";
    finding(rule.object.place().field("spec.http"), "with what is added to it, this rule", size, cure)
}

/// What is to be said of the objects that are generated for a Service.
pub(super) fn of_generated(outcome: &Outcome<'_, '_>) -> Option<Finding> {
    let Outcome { table, present, exposure, .. } = outcome;
    if table.count() < FEW_RULES {
        return None;
    }
    let routes = present.virtual_service.is_none().then(|| length(&table.virtual_service()));
    let at_gateways = exposure.as_ref().map(|exposure| length(&table.at_gateways(exposure)));
    let size = routes.max(at_gateways)?.saturating_add(REST);
    let cure = "Remove versions that nobody asks for, or put the ports, or the versions, behind several Services";
    finding(table.service().object.place(), "the VirtualService that is generated for this Service", size, cure)
}

fn finding(place: Place, what: &str, size: usize, how_to_split: &str) -> Option<Finding> {
    let kib = size >> 10;
    if size > MOST_STORED {
        let message = format!(
            "{what} would have about {kib} KiB, and no more than {} KiB are written, for a cluster stores objects of 1.5 \
             MiB at most",
            MOST_STORED >> 10
        );
        return Some(Finding::new(Code::TooLargeToStore, place, message, how_to_split));
    }
    if size <= MOST_APPLIED {
        return None;
    }
    let message =
        format!("{what} has about {kib} KiB, and `kubectl apply` takes 256 KiB unless it applies on the server");
    let cure =
        "Use `kubectl apply --server-side`, or the sync option `ServerSideApply=true` of Argo CD; Flux does so already";
    Some(Finding::new(Code::TooLargeToApply, place, message, cure))
}

/// How many bytes something takes as JSON.
fn length(said: &impl Serialize) -> usize {
    struct Count(usize);
    impl Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.saturating_add(bytes.len());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // What has no form in JSON is not written either.
    let _ = serde_json::to_writer(&mut count, said);
    count.0
}
