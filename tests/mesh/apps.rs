//! Services and their versions in a few words: `app("s1", "shop").versions(&["v1", "v2"]).calls("http://s2")`.

use std::fmt::Write as _;

use crate::support::given::Given;

/// A Service and a Deployment per version.
#[derive(Clone)]
pub struct App {
    name: String,
    namespace: String,
    versions: Vec<String>,
    ports: Vec<String>,
    variables: Vec<(&'static str, String)>,
    sidecar: bool,
    envoy: &'static str,
}

/// A Service with one HTTP port, in v1 and v2, which calls nobody.
pub fn app(name: &str, namespace: &str) -> App {
    App {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        versions: ["v1", "v2"].map(str::to_owned).to_vec(),
        ports: Vec::new(),
        variables: Vec::new(),
        sidecar: false,
        envoy: "",
    }
}

impl App {
    pub fn versions(mut self, versions: &[impl AsRef<str>]) -> Self {
        self.versions = versions.iter().map(|version| version.as_ref().to_owned()).collect();
        self
    }

    /// The URL that it asks before it answers.
    pub fn calls(mut self, url: &str) -> Self {
        self.variables.push(("NEXT", url.to_owned()));
        self.sidecar = true;
        self
    }

    /// The headers that it passes on; by default `x-override, baggage`.
    pub fn forwards(mut self, headers: &str) -> Self {
        self.variables.push(("FORWARDED", headers.to_owned()));
        self
    }

    /// It passes on what OpenTelemetry's SDK for Python passes on by itself, and nothing else.
    pub fn traced(mut self) -> Self {
        self.variables.push(("TRACED_BY", "opentelemetry".to_owned()));
        self
    }

    /// A port of the Service, in flow style without its braces. The first replaces the HTTP port.
    pub fn port(mut self, port: &str) -> Self {
        self.ports.push(port.to_owned());
        self
    }

    /// A sidecar for Pods that call nobody and do not need one.
    pub fn with_sidecar(mut self) -> Self {
        self.sidecar = true;
        self
    }

    /// The version of its sidecars; otherwise the newest.
    pub fn envoy(mut self, version: &'static str) -> Self {
        self.envoy = version;
        self
    }

    fn documents(&self) -> Vec<String> {
        let Self { name, namespace, .. } = self;
        let mut service = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
             spec:\n  selector: {{app: {name}}}\n  ports:\n"
        );
        let default = ["name: http, port: 80, targetPort: 8080".to_owned()];
        for port in if self.ports.is_empty() { &default } else { self.ports.as_slice() } {
            let _ = writeln!(service, "  - {{{port}}}");
        }
        let deployments = self.versions.iter().map(|version| self.deployment(version));
        [service].into_iter().chain(deployments).collect()
    }

    fn deployment(&self, version: &str) -> String {
        let Self { name, namespace, .. } = self;
        let suffix: String = version.to_lowercase().replace(['.', '_'], "-");
        // Two versions may differ in nothing but such a character.
        let suffix = if version.contains(['.', '_']) { format!("{suffix}-x") } else { suffix };
        let mut text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}-{suffix}, namespace: {namespace}}}\n\
             spec:\n  template:\n    metadata:\n      labels:\n        app: {name}\n        version: \"{version}\"\n"
        );
        if !self.sidecar {
            text.push_str("        sidecar.istio.io/inject: \"false\"\n");
        }
        if !self.envoy.is_empty() {
            let _ = writeln!(text, "      annotations: {{mesh/envoy: \"{}\"}}", self.envoy);
        }
        text.push_str("    spec:\n      containers:\n      - name: app\n        env:\n");
        let _ = writeln!(text, "        - {{name: SELF, value: \"{name}:{version}\"}}");
        for (variable, value) in &self.variables {
            let _ = writeln!(text, "        - {{name: {variable}, value: \"{value}\"}}");
        }
        text
    }
}

/// A configuration of these.
pub fn apps(apps: impl IntoIterator<Item = App>) -> Given {
    let documents = apps.into_iter().flat_map(|app| app.documents());
    documents.fold(Given::default(), Given::and)
}

/// Three Services, each of which calls the next.
pub fn chain(namespace: &str) -> Given {
    apps([
        app("s1", namespace).calls("http://s2"),
        app("s2", namespace).calls("http://s3"),
        app("s3", namespace).with_sidecar(),
    ])
}
