//! Objects that an API server takes, in a few words: it wants selectors and containers, which routing does not read.

/// A Service of one HTTP port that selects `app: <its name>`.
pub fn service(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{selector: {{app: {name}}}, ports: [{{name: http, port: 80}}]}}\n---\n"
    )
}

/// A Deployment of one version of an app.
pub fn deployment(namespace: &str, app: &str, version: &str) -> String {
    let labels = format!("{{app: {app}, version: {version}}}");
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {app}-{version}, namespace: {namespace}}}\n\
         spec:\n  selector: {{matchLabels: {labels}}}\n  template:\n    metadata: {{labels: {labels}}}\n    \
         spec: {{containers: [{{name: app, image: app}}]}}\n---\n"
    )
}

/// A running Pod of one version of an app.
pub fn pod(namespace: &str, app: &str, version: &str) -> String {
    pod_with(namespace, &format!("{app}-{version}-pod"), app, version, "", "Running")
}

/// A Pod with more lines of metadata, in a phase.
pub fn pod_with(namespace: &str, name: &str, app: &str, version: &str, metadata: &str, phase: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  \
         labels: {{app: {app}, version: {version}}}\n{metadata}spec: {{containers: [{{name: app, image: app}}]}}\n\
         status: {{phase: {phase}}}\n---\n"
    )
}

/// A Service in two versions, as Deployments.
pub fn two_versions(namespace: &str, app: &str) -> String {
    service(namespace, app) + &deployment(namespace, app, "v1") + &deployment(namespace, app, "v2")
}
