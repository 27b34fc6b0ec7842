//! What to do next for one Service, so that no request ever meets a subset that is not there.
//!
//! Proxies hear of rules from istiod one after the other. A route to a subset that a proxy does not know is 503, so a
//! subset must be there some time before the first route to it, and stay some time after the last. A change is
//! therefore made in up to three steps, each of which follows from what is there: subsets that are needed come first,
//! then routes, then subsets go that nobody needs.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::istio::{DestinationRuleSpec, Subset, VirtualServiceSpec};

/// What a Service is to have, or has.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rules {
    /// The subsets.
    pub(super) subsets: Option<DestinationRuleSpec>,
    /// The routes at sidecars.
    pub(super) routes: Option<VirtualServiceSpec>,
    /// The routes at gateways.
    pub(super) at_gateways: Option<VirtualServiceSpec>,
}

/// What is there, as far as it can be told.
#[derive(Debug, Clone, Default)]
pub(super) struct Observed {
    /// What the objects say. None as well where somebody made something else of them, which `altered` then says.
    pub(super) rules: Rules,
    /// Objects that are there and say something that was not generated.
    pub(super) altered: Altered,
}

/// Which objects are there and must be written again whatever they say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Altered {
    pub(super) subsets: bool,
    pub(super) routes: bool,
    pub(super) at_gateways: bool,
}

/// Which changes are old enough for all proxies to know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settled {
    /// The last subset that came.
    pub(super) subsets: bool,
    /// The last change of routes.
    pub(super) routes: bool,
}

/// One of a Service's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Subsets,
    Routes,
    AtGateways,
}

impl Part {
    /// The kind of the object.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Subsets => "DestinationRule",
            Self::Routes | Self::AtGateways => "VirtualService",
        }
    }
}

/// A write.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// The DestinationRule gets these subsets; `grows` says whether one of them is new.
    WriteSubsets { spec: DestinationRuleSpec, grows: bool },
    /// A VirtualService gets these routes.
    WriteRoutes { part: Part, spec: VirtualServiceSpec },
    /// An object goes.
    Delete(Part),
}

/// What to do now, and whether there will be more to do once proxies know it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Next {
    pub(super) steps: Vec<Step>,
    pub(super) more: bool,
}

/// The next steps of a Service.
pub(super) fn next(wanted: &Rules, observed: &Observed, settled: Settled) -> Next {
    let mut next = Next::default();
    let needed = needed_subsets(wanted, observed);
    let grows = match (&needed, &observed.rules.subsets) {
        (None, _) => false,
        (Some(needed), there) => {
            let there: BTreeSet<&str> = there.iter().flat_map(|spec| &spec.subsets).map(|s| s.name.as_str()).collect();
            needed.subsets.iter().any(|subset| !there.contains(subset.name.as_str()))
                || reaches_further(needed, observed)
        }
    };
    // With all that anybody needs; what nobody needs any more goes last.
    if let Some(spec) = needed.as_ref().filter(|spec| grows || changes(spec, observed)) {
        next.steps.push(Step::WriteSubsets { spec: spec.clone(), grows });
    }
    let parts = [
        (Part::Routes, &wanted.routes, &observed.rules.routes, observed.altered.routes),
        (Part::AtGateways, &wanted.at_gateways, &observed.rules.at_gateways, observed.altered.at_gateways),
    ];
    let mut routes_move = false;
    for (part, wanted, there, altered) in parts {
        let step = match wanted {
            Some(spec) if altered || there.as_ref() != Some(spec) => Step::WriteRoutes { part, spec: spec.clone() },
            None if altered || there.is_some() => Step::Delete(part),
            _ => continue,
        };
        routes_move = true;
        // Routes that go need nothing, and neither do routes to subsets that have been there for some time.
        let may_go = matches!(step, Step::Delete(_)) || (!grows && settled.subsets);
        if may_go {
            next.steps.push(step);
        } else {
            next.more = true;
        }
    }
    let has_surplus = needed.as_ref() != wanted.subsets.as_ref() || (wanted.subsets.is_none() && is_there(observed));
    if has_surplus && !grows {
        if routes_move || !settled.routes {
            next.more = true;
        } else {
            next.steps.retain(|step| !matches!(step, Step::WriteSubsets { .. }));
            next.steps.push(match &wanted.subsets {
                Some(spec) => Step::WriteSubsets { spec: spec.clone(), grows: false },
                None => Step::Delete(Part::Subsets),
            });
        }
    }
    next.more |= has_surplus && grows;
    next
}

fn is_there(observed: &Observed) -> bool {
    observed.rules.subsets.is_some() || observed.altered.subsets
}

/// Whether writing these subsets would change anything but take surplus ones away.
fn changes(spec: &DestinationRuleSpec, observed: &Observed) -> bool {
    observed.altered.subsets || observed.rules.subsets.as_ref() != Some(spec)
}

/// Whether clients see these subsets who do not see those that are there.
fn reaches_further(needed: &DestinationRuleSpec, observed: &Observed) -> bool {
    let there = observed.rules.subsets.as_ref().map(|spec| spec.export_to.as_slice()).unwrap_or_default();
    !there.is_empty() && needed.export_to.as_slice() != there
}

/// The namespaces that see either of two rules.
fn either(one: &[SmolStr], other: &[SmolStr]) -> Vec<SmolStr> {
    if one.is_empty() || other.is_empty() {
        return Vec::new();
    }
    let all: BTreeSet<&SmolStr> = one.iter().chain(other).collect();
    all.into_iter().cloned().collect()
}

/// The subsets that are wanted, and behind them those that are there and not wanted: routes may still lead to them. All who
/// see them now see them until no route leads there any more.
fn needed_subsets(wanted: &Rules, observed: &Observed) -> Option<DestinationRuleSpec> {
    let there = observed.rules.subsets.as_ref();
    let Some(spec) = &wanted.subsets else { return there.cloned() };
    let names: BTreeSet<&str> = spec.subsets.iter().map(|subset| subset.name.as_str()).collect();
    let surplus = there.into_iter().flat_map(|spec| &spec.subsets);
    let surplus: Vec<Subset> = surplus.filter(|subset| !names.contains(subset.name.as_str())).cloned().collect();
    let subsets = spec.subsets.iter().cloned().chain(surplus).collect();
    let export_to = there.map_or_else(|| spec.export_to.clone(), |there| either(&spec.export_to, &there.export_to));
    Some(DestinationRuleSpec { export_to, subsets, ..spec.clone() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::istio::{Destination, HttpRoute, RouteDestination};

    const OLD: Settled = Settled { subsets: true, routes: true };
    const NEW_SUBSETS: Settled = Settled { subsets: false, routes: true };
    const NEW_ROUTES: Settled = Settled { subsets: true, routes: false };

    fn subsets(names: &[&str]) -> DestinationRuleSpec {
        let subset =
            |name: &&str| Subset { name: (*name).into(), labels: BTreeMap::from([("version".into(), (*name).into())]) };
        DestinationRuleSpec {
            host: "reviews".into(),
            export_to: Vec::new(),
            traffic_policy: None,
            subsets: names.iter().map(subset).collect(),
        }
    }

    fn routes(names: &[&str]) -> VirtualServiceSpec {
        let route = |name: &&str| HttpRoute {
            name: (*name).into(),
            matches: Vec::new(),
            headers: None,
            route: vec![RouteDestination {
                destination: Destination { host: "reviews".into(), subset: (*name).into(), port: None },
                weight: None,
            }],
            direct_response: None,
        };
        VirtualServiceSpec { http: names.iter().map(route).collect(), ..VirtualServiceSpec::default() }
    }

    fn rules(names: &[&str]) -> Rules {
        Rules { subsets: Some(subsets(names)), routes: Some(routes(names)), at_gateways: None }
    }

    fn there(rules: Rules) -> Observed {
        Observed { rules, altered: Altered::default() }
    }

    fn write(names: &[&str], grows: bool) -> Step {
        Step::WriteSubsets { spec: subsets(names), grows }
    }

    fn route(names: &[&str]) -> Step {
        Step::WriteRoutes { part: Part::Routes, spec: routes(names) }
    }

    #[test]
    fn nothing_is_done_where_all_is_as_wanted() {
        assert_eq!(next(&rules(&["v1"]), &there(rules(&["v1"])), OLD), Next::default());
        assert_eq!(next(&Rules::default(), &Observed::default(), OLD), Next::default());
    }

    #[test]
    fn subsets_come_before_the_routes_to_them() {
        let wanted = rules(&["v1", "v2"]);
        let first = next(&wanted, &there(rules(&["v1"])), OLD);
        assert_eq!(first, Next { steps: vec![write(&["v1", "v2"], true)], more: true });
        let between = there(Rules { subsets: Some(subsets(&["v1", "v2"])), ..rules(&["v1"]) });
        assert_eq!(next(&wanted, &between, NEW_SUBSETS), Next { steps: vec![], more: true }, "proxies are still told");
        assert_eq!(next(&wanted, &between, OLD), Next { steps: vec![route(&["v1", "v2"])], more: false });
    }

    #[test]
    fn routes_go_before_the_subsets_that_they_lead_to() {
        let wanted = rules(&["v1"]);
        let first = next(&wanted, &there(rules(&["v1", "v2"])), OLD);
        assert_eq!(first, Next { steps: vec![route(&["v1"])], more: true });
        let between = there(Rules { subsets: Some(subsets(&["v1", "v2"])), ..rules(&["v1"]) });
        assert_eq!(next(&wanted, &between, NEW_ROUTES), Next { steps: vec![], more: true });
        assert_eq!(next(&wanted, &between, OLD), Next { steps: vec![write(&["v1"], false)], more: false });
    }

    #[test]
    fn a_version_that_replaces_another_takes_three_steps() {
        let wanted = rules(&["v2"]);
        let first = next(&wanted, &there(rules(&["v1"])), OLD);
        assert_eq!(first, Next { steps: vec![write(&["v2", "v1"], true)], more: true });
        let second = there(Rules { subsets: Some(subsets(&["v2", "v1"])), ..rules(&["v1"]) });
        assert_eq!(next(&wanted, &second, NEW_SUBSETS), Next { steps: vec![], more: true });
        assert_eq!(next(&wanted, &second, OLD), Next { steps: vec![route(&["v2"])], more: true });
        let third = there(Rules { subsets: Some(subsets(&["v2", "v1"])), ..rules(&["v2"]) });
        assert_eq!(next(&wanted, &third, OLD), Next { steps: vec![write(&["v2"], false)], more: false });
    }

    #[test]
    fn subsets_are_seen_by_all_who_see_the_routes_at_every_step() {
        let to = |namespaces: &[&str]| namespaces.iter().map(|name| (*name).into()).collect::<Vec<SmolStr>>();
        let rules = |subsets_to: &[&str], routes_to: &[&str]| Rules {
            subsets: Some(DestinationRuleSpec { export_to: to(subsets_to), ..subsets(&["v1"]) }),
            routes: Some(VirtualServiceSpec { export_to: to(routes_to), ..routes(&["v1"]) }),
            at_gateways: None,
        };
        let subsets_of = |rules: &Rules, grows| Step::WriteSubsets { spec: rules.subsets.clone().unwrap(), grows };
        let routes_of = |rules: &Rules| Step::WriteRoutes { part: Part::Routes, spec: rules.routes.clone().unwrap() };
        let (all, home, between) = (rules(&[], &[]), rules(&["."], &["."]), rules(&[], &["."]));
        let narrower = next(&home, &there(all.clone()), OLD);
        assert_eq!(narrower, Next { steps: vec![routes_of(&home)], more: true });
        assert_eq!(next(&home, &there(between.clone()), NEW_ROUTES), Next { steps: vec![], more: true });
        assert_eq!(next(&home, &there(between.clone()), OLD).steps, [subsets_of(&home, false)]);
        let wider = next(&all, &there(home.clone()), OLD);
        assert_eq!(wider, Next { steps: vec![subsets_of(&all, true)], more: true });
        assert_eq!(next(&all, &there(between), OLD), Next { steps: vec![routes_of(&all)], more: false });
        let moved = next(&rules(&["web"], &["web"]), &there(home), OLD);
        assert_eq!(moved.steps, [subsets_of(&rules(&[".", "web"], &[]), true)], "both, until the routes have moved");
    }

    #[test]
    fn what_was_deleted_or_edited_is_back_at_once() {
        let wanted = rules(&["v1", "v2"]);
        let no_routes = there(Rules { routes: None, ..wanted.clone() });
        assert_eq!(next(&wanted, &no_routes, OLD), Next { steps: vec![route(&["v1", "v2"])], more: false });
        let no_subsets = there(Rules { subsets: None, ..wanted.clone() });
        assert_eq!(next(&wanted, &no_subsets, OLD), Next { steps: vec![write(&["v1", "v2"], true)], more: false });
        let edited = Observed {
            rules: Rules { routes: None, ..wanted.clone() },
            altered: Altered { routes: true, ..Altered::default() },
        };
        assert_eq!(next(&wanted, &edited, OLD).steps, [route(&["v1", "v2"])]);
    }

    #[test]
    fn what_nobody_wants_any_more_goes_routes_first() {
        let nothing = Rules::default();
        let first = next(&nothing, &there(rules(&["v1"])), OLD);
        assert_eq!(first, Next { steps: vec![Step::Delete(Part::Routes)], more: true });
        let between = there(Rules { routes: None, ..rules(&["v1"]) });
        assert_eq!(next(&nothing, &between, NEW_ROUTES), Next { steps: vec![], more: true });
        assert_eq!(next(&nothing, &between, OLD), Next { steps: vec![Step::Delete(Part::Subsets)], more: false });
    }
}
