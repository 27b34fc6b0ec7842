//! What was read of a cluster, and the parts of it that one run is about.

use std::collections::BTreeSet;

use kube::Client;
use serde_json::{Value, json};

use super::Scope;
use super::catalogue::{Catalogue, ListedKind};
use super::document::{Detail, document, key};
use super::error::ClusterError;
use super::list::{Listed, Reach, list};
use super::mention::{is_rule, namespaces_of};
use crate::config;
use crate::inventory::{ADDED_ANNOTATION, GENERATED_FOR};

/// A cluster's objects.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The objects, in an order that depends on nothing but them.
    objects: Vec<Value>,
    /// What the user should know of what was not read.
    pub notes: Vec<String>,
}

/// What one run is about: the Services of some namespaces, under one policy.
#[derive(Debug)]
pub struct Part<'a> {
    /// The namespaces whose Services get rules.
    namespaces: BTreeSet<&'a str>,
    /// Those, and the namespaces whose Services share a rule with them: without them that rule cannot be understood.
    known: BTreeSet<&'a str>,
    /// What is read, a document per object.
    pub documents: Vec<String>,
    /// The rules of users that are about the Services of these namespaces: kind, namespace, name.
    own_rules: BTreeSet<(&'a str, &'a str, &'a str)>,
}

/// Reads what matters to routing. `progress` hears the kind that is read, and how many of it there are so far.
///
/// # Errors
/// [`ClusterError`] when the server cannot be asked, when the user may not read what is needed, or when Istio is not
/// installed.
pub async fn read(client: &Client, scope: &Scope, progress: impl Fn(&str, usize)) -> Result<Snapshot, ClusterError> {
    let catalogue = Catalogue::read(client).await?;
    catalogue.require_istio()?;
    let mut snapshot = Snapshot::default();
    let mut out_of_reach = Vec::new();
    for kind in catalogue.kinds() {
        let report = |count| progress(&kind.resource.plural, count);
        let Listed { objects, out_of_reach: forbidden } = list(client, kind, &Reach::of(scope, kind), report).await?;
        snapshot.objects.extend(objects);
        out_of_reach.extend(forbidden);
    }
    if let Scope::Namespace(namespace) = scope {
        if !out_of_reach.is_empty() {
            snapshot.notes.push(format!(
                "this user may read {} of the namespace `{namespace}` only: those of others that are about its \
                 Services are not known",
                out_of_reach.join(", ")
            ));
        }
        snapshot.read_neighbours(client, &catalogue, namespace, progress).await?;
    }
    let rank = |object: &Value| catalogue.kinds().position(|kind| is_of(object, kind));
    snapshot.objects.sort_by_cached_key(|object| {
        let (namespace, name) = key(object);
        (rank(object), namespace.to_owned(), name.to_owned())
    });
    Ok(snapshot)
}

fn is_of(object: &Value, kind: &ListedKind) -> bool {
    let is = |field: &str, value: &str| object.get(field).and_then(Value::as_str) == Some(value);
    is("kind", &kind.resource.kind) && is("apiVersion", &kind.resource.api_version)
}

impl Snapshot {
    /// Reads the Services and workloads that share a rule with those of a namespace.
    async fn read_neighbours(
        &mut self,
        client: &Client,
        catalogue: &Catalogue,
        namespace: &str,
        progress: impl Fn(&str, usize),
    ) -> Result<(), ClusterError> {
        let mut neighbours = self.neighbours(&BTreeSet::from([namespace]));
        neighbours.remove(namespace);
        let neighbours: Vec<String> = neighbours.into_iter().map(ToOwned::to_owned).collect();
        'neighbours: for neighbour in neighbours {
            for kind in catalogue.kinds().filter(|kind| !kind.known.everywhere && kind.known.kind != config::KIND) {
                let report = |count| progress(&kind.resource.plural, count);
                match list(client, kind, &Reach::Namespace(neighbour.clone()), report).await {
                    Ok(listed) => self.objects.extend(listed.objects),
                    // What an earlier run added for them would be taken out.
                    Err(error @ ClusterError::Forbidden { .. }) if self.has_additions(namespace, &neighbour) => {
                        return Err(error);
                    }
                    Err(ClusterError::Forbidden { .. }) => {
                        self.notes.push(format!(
                            "this user may not read the namespace `{neighbour}`, so overrides for its Services are not \
                             added to the rules that it shares with `{namespace}`"
                        ));
                        continue 'neighbours;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Whether an earlier run added something to a rule that two namespaces share.
    fn has_additions(&self, one: &str, other: &str) -> bool {
        self.users_rules().any(|rule| {
            let about = namespaces_of(rule);
            about.contains(one) && about.contains(other) && annotation(rule, ADDED_ANNOTATION).is_some()
        })
    }

    fn users_rules(&self) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(|object| is_rule(object) && annotation(object, GENERATED_FOR).is_none())
    }

    /// Some namespaces, and those whose Services share a rule with theirs.
    fn neighbours<'a>(&'a self, namespaces: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let shared = self.users_rules().map(namespaces_of).filter(|about| !about.is_disjoint(namespaces));
        let shared: BTreeSet<&str> = shared.flatten().collect();
        &shared | namespaces
    }

    /// The namespaces with a Service, in order.
    fn namespaces(&self) -> BTreeSet<&str> {
        self.objects.iter().filter(|object| is_service(object)).map(|object| key(object).0).collect()
    }

    /// The parts of a scope: the namespaces that have a policy of their own, each by itself, and all the others. With
    /// `one_policy` for all there is one part.
    #[must_use]
    pub fn parts<'a>(&'a self, scope: &'a Scope, one_policy: bool) -> Vec<Part<'a>> {
        let mut others = match scope {
            Scope::Namespace(namespace) => return vec![self.part(BTreeSet::from([namespace.as_str()]))],
            Scope::All => self.objects.iter().map(|object| key(object).0).collect::<BTreeSet<_>>(),
        };
        if one_policy {
            return vec![self.part(others)];
        }
        let policies = self.objects.iter().filter(|object| is_policy(object)).map(|object| key(object).0);
        let policies: BTreeSet<&str> = policies.collect();
        others.retain(|namespace| !policies.contains(namespace));
        let parts = policies.into_iter().map(|namespace| BTreeSet::from([namespace]));
        parts.chain([others]).map(|namespaces| self.part(namespaces)).collect()
    }

    fn part<'a>(&'a self, namespaces: BTreeSet<&'a str>) -> Part<'a> {
        let known = self.neighbours(&namespaces);
        let mut part = Part { namespaces, known, documents: Vec::new(), own_rules: BTreeSet::new() };
        for object in &self.objects {
            if !part.reads(object) {
                part.documents.extend(as_neighbour(object));
                continue;
            }
            part.documents.extend(document(object, Detail::Whole));
            if is_rule(object) && !namespaces_of(object).is_disjoint(&part.namespaces) {
                let (namespace, name) = key(object);
                let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
                part.own_rules.insert((kind, namespace, name));
            }
        }
        part
    }

    /// Whether a part has a Service that could get rules.
    #[must_use]
    pub fn has_services(&self, part: &Part<'_>) -> bool {
        self.namespaces().iter().any(|namespace| part.namespaces.contains(namespace))
    }
}

impl Part<'_> {
    /// Whether there are rules about these namespaces, from which something may have to go.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        !self.own_rules.is_empty()
    }

    fn reads(&self, object: &Value) -> bool {
        let (namespace, _) = key(object);
        if is_policy(object) {
            return self.namespaces.contains(namespace);
        }
        if is_rule(object) && annotation(object, GENERATED_FOR).is_none() {
            let about = namespaces_of(object);
            return about.is_empty() || !about.is_disjoint(&self.known);
        }
        // What other tools say is about Services that they name, wherever they are.
        self.known.contains(namespace) || is_about_any(object)
    }

    /// Whether this part says what becomes of an object: one of its namespaces, or a rule about its Services.
    #[must_use]
    pub fn decides(&self, kind: &str, namespace: &str, name: &str) -> bool {
        self.namespaces.contains(namespace) || self.own_rules.contains(&(kind, namespace, name))
    }
}

/// What a user's rule at gateways means for others there, whatever Services it is about: routes of both may stand in one
/// list of a proxy. Without its routes nothing is ever done to it.
fn as_neighbour(object: &Value) -> Option<String> {
    let is_users = is_rule(object) && annotation(object, GENERATED_FOR).is_none();
    let spec = object.get("spec").filter(|_| is_users)?;
    let gateways = spec.get("gateways")?.as_array()?.iter().filter(|gateway| gateway.as_str() != Some("mesh"));
    let gateways: Vec<&Value> = gateways.collect();
    let hosts = spec.get("hosts").filter(|_| !gateways.is_empty())?;
    let (namespace, name) = key(object);
    let known = json!({
        "apiVersion": object.get("apiVersion")?,
        "kind": object.get("kind")?,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"hosts": hosts, "gateways": gateways},
    });
    document(&known, Detail::Whole)
}

/// Gateways, and routes of the Gateway API.
fn is_about_any(object: &Value) -> bool {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    kind == "Gateway" || kind.ends_with("Route")
}

fn is_policy(object: &Value) -> bool {
    let is = |field: &str, value: &str| object.get(field).and_then(Value::as_str) == Some(value);
    is("apiVersion", config::API_VERSION) && is("kind", config::KIND)
}

fn is_service(object: &Value) -> bool {
    let is = |field: &str, value: &str| object.get(field).and_then(Value::as_str) == Some(value);
    is("apiVersion", "v1") && is("kind", "Service")
}

fn annotation<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get("metadata")?.get("annotations")?.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Snapshot;
    use crate::cluster::Scope;
    use crate::config::Policy;
    use crate::finding::Code;
    use crate::krm::Manifests;
    use crate::transform::render;

    fn object(api_version: &str, kind: &str, namespace: &str, name: &str, spec: &Value) -> Value {
        let metadata = json!({"name": name, "namespace": namespace});
        json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})
    }

    fn rule(kind: &str, namespace: &str, name: &str, spec: &Value) -> Value {
        object("networking.istio.io/v1", kind, namespace, name, spec)
    }

    #[test]
    fn a_rule_of_another_namespace_at_the_same_gateway_is_known() {
        let selector = json!({"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]});
        let version = |version: &str| {
            let spec = json!({"template": {"metadata": {"labels": {"app": "web", "version": version}}}});
            object("apps/v1", "Deployment", "shop", &format!("web-{version}"), &spec)
        };
        let at = |namespace: &str, route: Value| {
            let spec = json!({"gateways": ["edge/ingress"], "hosts": ["shop.example.com"], "http": [route]});
            rule("VirtualService", namespace, "edge", &spec)
        };
        let all = at("shop", json!({"route": [{"destination": {"host": "web"}}]}));
        let one = json!({"match": [{"uri": {"prefix": "/cart"}}], "route": [{"destination": {"host": "cart"}}]});
        let web = object("v1", "Service", "shop", "web", &selector);
        let mut objects = vec![web, version("v1"), version("v2"), all];
        let codes = |objects: &[Value]| {
            let snapshot = Snapshot { objects: objects.to_vec(), notes: Vec::new() };
            let scope = Scope::Namespace("shop".to_owned());
            let [part] = snapshot.parts(&scope, false).try_into().unwrap();
            let texts: Vec<(String, &str)> = part.documents.iter().map(|text| (String::new(), text.as_str())).collect();
            let outcome = render(&Manifests::parse(texts).unwrap(), &Policy::default()).unwrap();
            outcome.findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert!(!codes(&objects).contains(&Code::NotCloned));
        objects.push(at("cart", one));
        assert!(codes(&objects).contains(&Code::NotCloned));
    }
}
