//! Who may ask the API server. What they may do is up to the objects of RBAC that a test applies.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

/// Who may do everything.
pub const ADMIN: &str = "admin";
/// The operator, whose user is that of its ServiceAccount in `deploy/`.
pub const OPERATOR: &str = "operator";
/// The user's name, by which rights are given.
pub const OPERATORS_ACCOUNT: &str = "system:serviceaccount:overrides-system:overrides-operator";
/// All users. Their token is their name; nobody but the admin may do anything at first.
pub const USERS: [&str; 7] = [ADMIN, "reader", "shopper", "clerk", "stranger", "neighbour", OPERATOR];

/// Writes the file from which the API server knows them.
pub fn write_tokens(folder: &Path) -> PathBuf {
    let group = |user: &str| if user == ADMIN { "system:masters" } else { "people" };
    let name = |user: &'static str| if user == OPERATOR { OPERATORS_ACCOUNT } else { user };
    let lines: Vec<String> = USERS.iter().map(|user| format!("{user},{},{user},{}", name(user), group(user))).collect();
    let path = folder.join("tokens.csv");
    fs::write(&path, lines.join("\n")).expect("a new file");
    path
}

/// Writes a kubeconfig with two contexts, `here` in the namespace and `elsewhere`.
pub fn write_kubeconfig(path: &Path, server: &str, authority: Option<&Path>, token: &str, namespace: &str) {
    let trust = match authority {
        Some(path) => json!({"server": server, "certificate-authority": path}),
        None => json!({"server": server, "insecure-skip-tls-verify": true}),
    };
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{"name": "test", "cluster": trust}],
        "users": [{"name": "user", "user": {"token": token}}],
        "contexts": [
            {"name": "here", "context": {"cluster": "test", "user": "user", "namespace": namespace}},
            {"name": "elsewhere", "context": {"cluster": "test", "user": "user", "namespace": "elsewhere"}},
        ],
    });
    fs::write(path, config.to_string()).expect("a file that can be written");
}
