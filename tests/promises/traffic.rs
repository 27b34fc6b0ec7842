//! Promise one, about requests: what nobody asked for does not change, and an override is followed.

use std::collections::BTreeSet;

use overrides::explain::{Answer, Outcome, Receives, Remark, Request};

use crate::asked::{Part, Run, parts, received, service_of};
use crate::cluster::{Cluster, Protocol, Service};
use crate::tally::Tally;

/// Requests without an override, that take different ways through the rules which there may be.
fn requests(cluster: &Cluster) -> Vec<Request> {
    let mut all = Vec::new();
    for (path, method, user) in
        [("/", "GET", None), ("/api/x", "GET", None), ("/abc", "POST", None), ("/other", "GET", Some("jason"))]
    {
        let request = Request { path: path.to_owned(), method: method.to_owned(), ..Request::default() };
        all.push(user.into_iter().fold(request, |request, user| request.header("end-user", user)));
    }
    // From another namespace, from where Services are called by longer names.
    let far = cluster.services.iter().any(|service| service.lives_in() == "other");
    if far {
        let mut request = Request::default();
        request.from.namespace = Some("clients".to_owned());
        all.push(request);
    }
    // Where there are rules, clients in one namespace may see others than those in another.
    for namespace in ["istio-system", "platform"].iter().filter(|_| !cluster.rules.is_empty()) {
        let mut request = Request::default();
        request.from.namespace = Some((*namespace).to_owned());
        all.push(request);
    }
    all
}

/// A request without an override goes where it went before, but that where any version could get it the default does.
pub fn nothing_changes_unasked(cluster: &Cluster, run: &Run, tally: &mut Tally) {
    for request in requests(cluster) {
        for (before, after) in run.answers(&request) {
            let service = service_of(cluster, &before.service);
            unasked(cluster, run, service, (&before, &after), tally);
        }
    }
}

fn unasked(cluster: &Cluster, run: &Run, service: &Service, answers: (&Answer, &Answer), tally: &mut Tally) {
    let (before, after) = answers;
    let say = || format!("{before:#?}\n{after:#?}");
    let (was, is) = (labelled(run, parts(before)), labelled(run, parts(after)));
    tally.kept += u32::from(was == is);
    if was.is_empty() {
        // Redirects, replies, 404 and what cannot be told.
        assert_eq!(before.outcome, after.outcome, "{}", say());
        return;
    }
    // No subset brings requests to a port that is not there.
    let without_port = after.remarks.iter().filter_map(|remark| match remark {
        Remark::NoPort { service, .. } => Some(service.as_str()),
        _ => None,
    });
    let without_port: Vec<&str> = without_port.collect();
    let expected = pinned(cluster, &was, before.decided_by.is_some(), &without_port);
    let spreads = was.iter().any(|part| matches!(part.receives, Receives::AnyOf(_)));
    let change = changed(&was, &is, &expected, &say);
    if is_http(service, before) && cluster.is_plain(service) {
        assert!(change == Change::Whole, "not pinned to the default, {expected:?}: {}", say());
        tally.split += u32::from(is.len() > 1);
    }
    if change == Change::Whole {
        tally.pinned += u32::from(spreads);
        return;
    }
    // Left as it was, which is said.
    assert!(is_said(cluster, run, service, &was), "left alone, and nobody says so: {:#?}\n{}", run.findings, say());
    tally.left_alone += 1;
}

/// The parts with the version that Pods without one were labelled with, by this Service or another one that selects them.
/// `explain` names such Pods by their workload, as no version can be named.
fn labelled(run: &Run, mut parts: Vec<Part>) -> Vec<Part> {
    for part in parts.iter_mut().filter(|_| !run.labelled.is_empty()) {
        let versions = match &part.receives {
            Receives::Version(version) => std::slice::from_ref(version),
            Receives::AnyOf(versions) => versions,
            Receives::Nobody | Receives::Elsewhere => continue,
        };
        let namespace = part.service.as_ref().and_then(|name| name.namespace.as_deref()).unwrap_or("default");
        let labelled = |version: &String| run.labelled.get(&(namespace.to_owned(), version.clone()));
        let versions: BTreeSet<String> =
            versions.iter().map(|version| labelled(version).unwrap_or(version).clone()).collect();
        let mut versions: Vec<String> = versions.into_iter().collect();
        part.receives = match versions.as_mut_slice() {
            [only] => Receives::Version(std::mem::take(only)),
            _ => Receives::AnyOf(versions),
        };
    }
    parts
}

/// Whether anything is said about the Service that is called, or about one that its requests reach.
fn is_said(cluster: &Cluster, run: &Run, called: &Service, parts: &[Part]) -> bool {
    let reached = parts.iter().filter_map(|part| part.service.as_ref()).map(|name| service_of(cluster, name));
    std::iter::once(called).chain(reached).any(|service| run.speaks_of(service))
}

/// How much of what was to be expected has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Whole,
    /// Of one Service at least it has not.
    NotWhole,
}

/// Compares who gets requests, Service by Service: all that was expected of one, or nothing changed for it.
fn changed(was: &[Part], is: &[Part], expected: &[Part], say: &dyn Fn() -> String) -> Change {
    let of = |parts: &[Part], host: &str| {
        received(&parts.iter().filter(|part| part.host == host).cloned().collect::<Vec<_>>())
    };
    let mut change = Change::Whole;
    for host in was.iter().chain(is).map(|part| part.host.as_str()) {
        let (was, is, expected) = (of(was, host), of(is, host), of(expected, host));
        if is != expected {
            assert_eq!(is, was, "neither as before nor {expected:?}: {}", say());
            change = Change::NotWhole;
        }
    }
    change
}

/// The parts, with the default or the split of its Service for each that any version could get; some Services do not have
/// the port that requests come to them on.
fn pinned(cluster: &Cluster, was: &[Part], ruled: bool, without_port: &[&str]) -> Vec<Part> {
    let mut all = Vec::new();
    for part in was {
        let service = part.service.as_ref().map(|name| service_of(cluster, name));
        let Some((service, default)) = service.and_then(|service| Some((service, cluster.default_of(service)?))) else {
            all.push(part.clone());
            continue;
        };
        let split = cluster.policy.entry_of(service).map(|entry| entry.split.clone()).unwrap_or_default();
        let shares = || split.iter().filter(|(_, weight)| *weight > 0);
        let has_port = part.service.as_ref().is_some_and(|name| !without_port.contains(&name.to_string().as_str()));
        match (&part.receives, &part.subset) {
            // One that gives all to one version is a default, which routes of the user's are pinned to as well.
            (Receives::AnyOf(_), None) if shares().count() == 1 || (!ruled && !split.is_empty()) => {
                for (version, weight) in shares() {
                    let receives = Receives::Version((*version).to_owned());
                    let percent = part.percent * f64::from(*weight) / 100.0;
                    all.push(Part { percent, receives, ..part.clone() });
                }
            }
            (Receives::AnyOf(_), None) => {
                all.push(Part { receives: Receives::Version(default.to_owned()), ..part.clone() });
            }
            // A subset that nobody defined for this client is there now.
            (Receives::Nobody, Some(subset)) if has_port => {
                let version = cluster.version_meant(service, subset).map(ToOwned::to_owned);
                all.push(Part { receives: version.map_or(Receives::Nobody, Receives::Version), ..part.clone() });
            }
            _ => all.push(part.clone()),
        }
    }
    all
}

fn is_http(service: &Service, answer: &Answer) -> bool {
    let protocol = answer.port.and_then(|port| service.ports.iter().find(|each| each.number == port.number));
    protocol.is_some_and(|port| matches!(port.protocol, Protocol::Http | Protocol::Detected))
}

/// How an override rides: in the policy's header, in baggage or in tracestate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Header,
    Baggage,
    Tracestate,
}

impl Carrier {
    fn is_on(self, cluster: &Cluster) -> bool {
        match self {
            Self::Header => true,
            Self::Baggage => cluster.policy.baggage,
            Self::Tracestate => cluster.policy.tracestate,
        }
    }

    fn carry(self, cluster: &Cluster, request: Request, service: &str, version: &str) -> Request {
        match self {
            Self::Header => request.header(cluster.policy.header, &format!("{service}:{version}")),
            Self::Baggage => request.header("baggage", &format!("user=7, override-{service} = {version};ttl=1")),
            Self::Tracestate => request.header("tracestate", &format!("a=1,ov={service}:{version};x:y")),
        }
    }

    /// Several overrides, in one header.
    fn carry_all(self, cluster: &Cluster, request: Request, overrides: &[(&str, &str)]) -> Request {
        let joined = |each: fn(&str, &str) -> String, with: &str| {
            overrides.iter().map(|(service, version)| each(service, version)).collect::<Vec<_>>().join(with)
        };
        let colon = |service: &str, version: &str| format!("{service}:{version}");
        match self {
            Self::Header => request.header(cluster.policy.header, &joined(colon, ", ")),
            Self::Baggage => {
                let member = |service: &str, version: &str| format!("override-{service}={version}");
                request.header("baggage", &joined(member, ","))
            }
            Self::Tracestate => request.header("tracestate", &format!("ov={}", joined(colon, ";"))),
        }
    }
}

/// Several overrides ride together: where no rules of the user's lead from one Service to another, a request to a Service
/// goes where it would with those alone that name the Service.
pub fn overrides_ride_together(cluster: &Cluster, run: &Run, tally: &mut Tally) {
    if !cluster.rules.is_empty() {
        return;
    }
    let mut last = Vec::new();
    for service in &cluster.services {
        last.extend(cluster.versions_of(service).last().map(|version| (service.name, *version)));
    }
    last.push(("nobody", "v9"));
    let all: Vec<(&str, &str)> = last.iter().chain([("reviews", "v99")].iter()).copied().collect();
    for carrier in [Carrier::Header, Carrier::Baggage, Carrier::Tracestate] {
        for overrides in [&last, &all] {
            let together = carrier.carry_all(cluster, Request::default(), overrides);
            for asked in run.after.mesh.explain(&together) {
                let service = service_of(cluster, &asked.service);
                let own: Vec<_> = overrides.iter().filter(|(name, _)| *name == service.name).copied().collect();
                let alone = carrier.carry_all(cluster, Request::default(), &own);
                let alone = run.after.mesh.explain(&alone);
                let is_it = |other: &&Answer| other.service == asked.service && other.port == asked.port;
                let alone = alone.iter().find(is_it).expect("the same Services and ports answer");
                assert_eq!(asked.outcome, alone.outcome, "{overrides:?} by {carrier:?}: {asked:#?}");
                tally.together += u32::from(carrier.is_on(cluster) && asked.version().is_some());
            }
        }
    }
}

/// A request with an override goes to exactly that version wherever the Service has it; everything else about it stays.
pub fn overrides_are_followed(cluster: &Cluster, run: &Run, tally: &mut Tally) {
    let plain = requests(cluster);
    for (turn, service) in cluster.services.iter().enumerate() {
        for (number, version) in cluster.versions_of(service).into_iter().enumerate() {
            let carrier = [Carrier::Header, Carrier::Baggage, Carrier::Tracestate][(turn + number) % 3];
            let qualified = (turn + number) % 2 == 1 && service.namespace.is_some();
            let name =
                if qualified { format!("{}.{}", service.name, service.lives_in()) } else { service.name.to_owned() };
            for request in [&plain[number % plain.len()], &plain[1]] {
                let overridden = carrier.carry(cluster, request.clone(), &name, version);
                let answers = run.after.mesh.explain(request).into_iter().zip(run.after.mesh.explain(&overridden));
                for (base, asked) in answers {
                    if !carrier.is_on(cluster) {
                        assert_eq!(base.outcome, asked.outcome, "{carrier:?} is switched off:");
                        tally.switched_off += 1;
                        continue;
                    }
                    // Without a namespace, the override is for all Services of the name.
                    let is_meant = |name: &overrides::explain::ServiceName| {
                        let other = service_of(cluster, name);
                        other.name == service.name && (!qualified || other.lives_in() == service.lives_in())
                    };
                    followed(cluster, run, (&base, &asked), version, &is_meant, tally);
                }
            }
        }
    }
}

fn followed(
    cluster: &Cluster,
    run: &Run,
    (base, asked): (&Answer, &Answer),
    version: &str,
    is_meant: &dyn Fn(&overrides::explain::ServiceName) -> bool,
    tally: &mut Tally,
) {
    let say = || format!("{version}:\n{base:#?}\n{asked:#?}");
    let (was, is) = (parts(base), parts(asked));
    let service = service_of(cluster, &base.service);
    let has =
        |name: &overrides::explain::ServiceName| cluster.versions_of(service_of(cluster, name)).contains(&version);
    let reaches = |part: &Part| {
        part.receives != Receives::Nobody && part.service.as_ref().is_some_and(|name| is_meant(name) && has(name))
    };
    let goes = |part: &Part| Part {
        receives: if reaches(part) { Receives::Version(version.to_owned()) } else { part.receives.clone() },
        ..part.clone()
    };
    let expected: Vec<Part> = was.iter().map(goes).collect();
    if cluster.is_plain(service) && is_http(service, base) && is_meant(&base.service) && has(&base.service) {
        assert_eq!(asked.version(), Some(version), "an override is followed: {}", say());
        tally.followed += 1;
        return;
    }
    if was.is_empty() {
        assert!(base.outcome == asked.outcome || is_reject(cluster, asked), "{}", say());
        return;
    }
    // Where the Service that is called, or one that a rule leads to, has no such version, its guard may answer.
    let destinations = was.iter().filter_map(|part| part.service.as_ref());
    if std::iter::once(&base.service).chain(destinations).any(|name| is_meant(name) && !has(name))
        && is_reject(cluster, asked)
    {
        return;
    }
    if changed(&was, &is, &expected, &say) == Change::Whole {
        tally.followed_through_rules += u32::from(was.iter().any(reaches) && received(&was) != received(&is));
        return;
    }
    // Where the route cannot be cloned, or the Service is passed over, nothing changes, and that is said.
    let carried = is_http(service, base);
    assert!(!carried || is_said(cluster, run, service, &was), "not followed, and nobody says so: {}", say());
    tally.not_followed += 1;
}

fn is_reject(cluster: &Cluster, answer: &Answer) -> bool {
    cluster.policy.unknown_version == "reject" && answer.outcome == Outcome::Reply { status: 404 }
}

/// An override for a version that does not exist takes the default, or is answered as the policy says.
pub fn unknown_versions_are_guarded(cluster: &Cluster, run: &Run, tally: &mut Tally) {
    for (service, request) in cluster.services.iter().zip(requests(cluster).into_iter().cycle()) {
        let unknown = Carrier::Header.carry(cluster, request.clone(), service.name, "v99");
        for (base, asked) in run.after.mesh.explain(&request).into_iter().zip(run.after.mesh.explain(&unknown)) {
            let own = service_of(cluster, &base.service);
            if own.name == service.name && cluster.is_plain(own) && is_http(own, &base) && is_rejecting(cluster) {
                assert_eq!(asked.outcome, Outcome::Reply { status: 404 }, "{base:#?}");
                tally.rejected += 1;
            } else if base.outcome != asked.outcome {
                assert!(is_reject(cluster, &asked), "{base:#?}\n{asked:#?}");
                tally.rejected += 1;
            } else {
                tally.took_the_default += 1;
            }
        }
    }
}

fn is_rejecting(cluster: &Cluster) -> bool {
    cluster.policy.unknown_version == "reject"
}

/// No request, with an override or without, ends at a subset without Pods where it did not before.
pub fn nothing_leads_to_nobody(cluster: &Cluster, run: &Run) {
    let nobody = |answer: &Answer| parts(answer).iter().any(|part| part.receives == Receives::Nobody);
    for request in requests(cluster) {
        let mut asked = vec![request.clone()];
        for service in &cluster.services {
            let versions = cluster.versions_of(service).into_iter().chain(["v99"]);
            asked
                .extend(versions.map(|version| Carrier::Header.carry(cluster, request.clone(), service.name, version)));
        }
        let before: Vec<bool> = run.before.mesh.explain(&request).iter().map(nobody).collect();
        for request in asked {
            for (answer, before) in run.after.mesh.explain(&request).iter().zip(&before) {
                assert!(*before || !nobody(answer), "{request:?} ends at nobody: {answer:#?}");
            }
        }
    }
}
