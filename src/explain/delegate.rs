//! Delegates: routes of one VirtualService that stand in another (`pilot/pkg/model/virtualservice.go`,
//! `MergeHTTPRoutes`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::http_match::HttpMatch;
use super::remark::Remark;
use super::string_match::{StringMatch, conflict};
use super::virtual_service::{Action, HttpRoute, VirtualService};

/// Puts the delegates' routes in place of the routes that name them, and notes what Istio leaves out on the way.
pub(super) fn merge(roots: &mut [VirtualService], delegates: &[VirtualService]) {
    for root in roots {
        for route in std::mem::take(&mut root.http) {
            match &route.delegate {
                None => root.http.push(route),
                Some((namespace, name)) => {
                    let from = delegates.iter().find(|delegate| {
                        delegate.object.namespace() == namespace
                            && delegate.object.name() == name
                            && delegate.export_to.reach(namespace, root.object.namespace()).is_some()
                    });
                    expand(root, &route, from);
                }
            }
        }
    }
}

fn expand(root: &mut VirtualService, route: &HttpRoute, delegate: Option<&VirtualService>) {
    let Some(delegate) = delegate else {
        let name = route.delegate.as_ref().map(|(namespace, name)| format!("{namespace}/{name}"));
        let (route, delegate) = (route.id.name.clone(), name.unwrap_or_default());
        root.left_out.push(Remark::DelegateMissing { route, delegate });
        return;
    };
    for leaf in &delegate.http {
        match merged(route, leaf) {
            Some(route) => root.http.push(route),
            None => root.left_out.push(Remark::DelegateConflict {
                route: leaf.id.name.clone(),
                delegate: Arc::clone(&delegate.object),
                root: route.id.name.clone(),
            }),
        }
    }
}

/// The delegate's route under the root's conditions; nothing where they exclude each other.
fn merged(root: &HttpRoute, leaf: &HttpRoute) -> Option<HttpRoute> {
    let matches = match (root.matches.as_slice(), leaf.matches.as_slice()) {
        ([], blocks) | (blocks, []) => blocks.to_vec(),
        (roots, leaves) => {
            let mut blocks = Vec::new();
            for leaf in leaves {
                let mut both =
                    roots.iter().filter(|root| !excludes(root, leaf)).map(|root| merged_block(root, leaf)).peekable();
                both.peek()?;
                blocks.extend(both);
            }
            blocks
        }
    };
    let mut route = leaf.clone();
    route.matches = matches;
    if root.id.named {
        let name = if leaf.id.named { format!("{}-{}", root.id.name, leaf.id.name) } else { root.id.name.clone() };
        route.id.name = name;
        route.id.named = true;
    }
    if !matches!(leaf.action, Action::Redirect(_) | Action::Reply(_)) && matches!(root.action, Action::Reply(_)) {
        route.action = root.action.clone();
    }
    // What the delegate does not say itself it has from the root; here, where both are sentences, both are said.
    route.besides.extend(root.besides.iter().cloned());
    route.delegate = None;
    Some(route)
}

fn merged_block(root: &HttpMatch, leaf: &HttpMatch) -> HttpMatch {
    let both = |root: &BTreeMap<String, StringMatch>, leaf: &BTreeMap<String, StringMatch>| {
        root.iter().chain(leaf).map(|(name, each)| (name.clone(), each.clone())).collect()
    };
    let name = match (&root.name, &leaf.name) {
        (Some(root), Some(leaf)) => Some(format!("{root}-{leaf}")),
        (root, leaf) => leaf.clone().or_else(|| root.clone()),
    };
    HttpMatch {
        name,
        uri: leaf.uri.clone().or_else(|| root.uri.clone()),
        ignore_uri_case: leaf.ignore_uri_case,
        scheme: leaf.scheme.clone().or_else(|| root.scheme.clone()),
        method: leaf.method.clone().or_else(|| root.method.clone()),
        authority: leaf.authority.clone().or_else(|| root.authority.clone()),
        headers: both(&root.headers, &leaf.headers),
        without_headers: both(&root.without_headers, &leaf.without_headers),
        query_params: both(&root.query_params, &leaf.query_params),
        port: leaf.port.or(root.port),
        source_labels: root
            .source_labels
            .iter()
            .chain(&leaf.source_labels)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        source_namespace: leaf.source_namespace.clone().or_else(|| root.source_namespace.clone()),
        gateways: if leaf.gateways.is_empty() { root.gateways.clone() } else { leaf.gateways.clone() },
        others: root.others.iter().chain(&leaf.others).cloned().collect(),
    }
}

/// Whether Istio takes the two blocks for contradictory (`hasConflict`). It does so too where they differ in
/// `ignoreUriCase`, or where only the root says `sourceNamespace`.
fn excludes(root: &HttpMatch, leaf: &HttpMatch) -> bool {
    let texts = [
        (&root.uri, &leaf.uri),
        (&root.scheme, &leaf.scheme),
        (&root.method, &leaf.method),
        (&root.authority, &leaf.authority),
    ];
    let named = [
        (&root.headers, &leaf.headers),
        (&root.without_headers, &leaf.without_headers),
        (&root.query_params, &leaf.query_params),
    ];
    let clash = |(root, leaf): (&BTreeMap<String, StringMatch>, &BTreeMap<String, StringMatch>)| {
        leaf.iter().any(|(name, each)| conflict(root.get(name), Some(each)))
    };
    let labels = |(key, value): (&String, &String)| root.source_labels.get(key).is_some_and(|own| own != value);
    let foreign = |gateway: &String| !root.gateways.contains(gateway);
    texts.into_iter().any(|(root, leaf)| conflict(root.as_ref(), leaf.as_ref()))
        || named.into_iter().any(clash)
        || root.ignore_uri_case != leaf.ignore_uri_case
        || matches!((root.port, leaf.port), (Some(root), Some(leaf)) if root != leaf)
        || (root.source_namespace.is_some() && root.source_namespace != leaf.source_namespace)
        || leaf.source_labels.iter().any(labels)
        || (!root.gateways.is_empty() && leaf.gateways.iter().any(foreign))
}
