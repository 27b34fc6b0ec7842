//! The way to an API server: a kubeconfig, or a Pod's own credentials.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use super::error::ClusterError;

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A cluster that can be asked.
#[derive(Clone)]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// The namespace that the kubeconfig's context or the Pod is in.
    pub namespace: String,
}

/// Finds the cluster: the kubeconfig that is named, else those of `KUBECONFIG`, else the one in the home folder, else
/// the cluster whose Pod this is. A server that says nothing for `patience` is given up.
///
/// # Errors
/// [`ClusterError`] when there is none, or when it does not say how to reach the cluster.
pub async fn connect(
    kubeconfig: Option<&Path>,
    context: Option<&str>,
    patience: Duration,
) -> Result<Connection, ClusterError> {
    let mut config = configuration(kubeconfig, context).await?;
    config.connect_timeout = Some(patience.min(CONNECT_TIMEOUT));
    config.read_timeout = Some(patience);
    let namespace = config.default_namespace.clone();
    let client = Client::try_from(config).map_err(|error| ClusterError::asking("a connection", error))?;
    Ok(Connection { client, namespace })
}

async fn configuration(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Config, ClusterError> {
    let unusable = |error| ClusterError::Kubeconfig(Box::new(error));
    let read = match kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let file = match read {
        Ok(file) => file,
        Err(error) if is_absent(&error) => {
            if let Some(path) = kubeconfig {
                return Err(ClusterError::NoSuchKubeconfig { path: path.to_owned() });
            }
            return Config::incluster().map_err(|_| ClusterError::NoKubeconfig { path: default_path() });
        }
        Err(error) => return Err(unusable(error)),
    };
    let contexts: Vec<String> = file.contexts.iter().map(|context| context.name.clone()).collect();
    let wanted = context.map(ToOwned::to_owned).or_else(|| file.current_context.clone());
    if let Some(context) = wanted.filter(|wanted| !contexts.contains(wanted)) {
        return Err(ClusterError::NoContext { context, contexts });
    }
    let options = KubeConfigOptions { context: context.map(ToOwned::to_owned), cluster: None, user: None };
    Config::from_custom_kubeconfig(file, &options).await.map_err(unusable)
}

fn is_absent(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(error, _) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn default_path() -> PathBuf {
    let written = std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty());
    written.map_or_else(|| PathBuf::from("~/.kube/config"), PathBuf::from)
}
