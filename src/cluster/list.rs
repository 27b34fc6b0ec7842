//! Lists of objects, page by page, of one namespace or of all.

use kube::Client;
use kube::api::{Api, DynamicObject, ListParams, PartialObjectMeta};
use kube::core::ObjectList;
use serde_json::Value;

use super::Scope;
use super::catalogue::ListedKind;
use super::error::ClusterError;

/// Objects per page: enough for speed, and little for a server.
const PAGE: u32 = 500;
/// What a server answers to whoever wants to go on with a list that it no longer knows.
const GONE: u16 = 410;
/// Pods that are done serve nobody, and metadata alone does not say so.
pub(super) const LIVE_PODS: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// Which objects of a kind are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Those of a namespace.
    Namespace(String),
    /// Those of all.
    All,
    /// Those of all if the user may read them, else those of a namespace.
    AllOrNamespace(String),
}

impl Reach {
    /// Rules may be anywhere, whatever namespace the Services are in.
    #[must_use]
    pub fn of(scope: &Scope, kind: &ListedKind) -> Self {
        match scope {
            Scope::All => Self::All,
            Scope::Namespace(namespace) if kind.known.everywhere => Self::AllOrNamespace(namespace.clone()),
            Scope::Namespace(namespace) => Self::Namespace(namespace.clone()),
        }
    }
}

/// The objects of a kind.
#[derive(Debug, Default)]
pub struct Listed {
    /// The objects; of Pods nothing but metadata.
    pub objects: Vec<Value>,
    /// The name of the kind, where only the objects of one namespace could be read.
    pub out_of_reach: Option<String>,
}

/// Lists the objects of a kind.
///
/// # Errors
/// [`ClusterError`] when the server cannot be asked, or the user may not list them.
pub async fn list(
    client: &Client,
    kind: &ListedKind,
    reach: &Reach,
    progress: impl Fn(usize),
) -> Result<Listed, ClusterError> {
    let namespace = match reach {
        Reach::Namespace(namespace) => Some(namespace),
        Reach::All | Reach::AllOrNamespace(_) => None,
    };
    let first = pages(client, kind, namespace.map(String::as_str), &progress).await;
    let resource = resource_name(kind);
    match (first, reach) {
        (Ok(objects), _) => Ok(Listed { objects, out_of_reach: None }),
        (Err(error), Reach::AllOrNamespace(namespace)) if ClusterError::is_forbidden(&error) => {
            let objects = pages(client, kind, Some(namespace), &progress).await;
            let objects = objects.map_err(|error| meaning(kind, Some(namespace), error))?;
            Ok(Listed { objects, out_of_reach: Some(resource) })
        }
        (Err(error), _) => Err(meaning(kind, namespace.map(String::as_str), error)),
    }
}

fn resource_name(kind: &ListedKind) -> String {
    match kind.known.group {
        "" => kind.resource.plural.clone(),
        group => format!("{}.{group}", kind.resource.plural),
    }
}

fn meaning(kind: &ListedKind, namespace: Option<&str>, error: kube::Error) -> ClusterError {
    let place = namespace.map_or("in all namespaces".to_owned(), |name| format!("in the namespace {name}"));
    match error {
        kube::Error::Api(status) if status.code == 403 => {
            ClusterError::Forbidden { verb: "list", resource: resource_name(kind), place, message: status.message }
        }
        error => ClusterError::asking(&format!("{} {place}", resource_name(kind)), error),
    }
}

async fn pages(
    client: &Client,
    kind: &ListedKind,
    namespace: Option<&str>,
    progress: &impl Fn(usize),
) -> kube::Result<Vec<Value>> {
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &kind.resource),
        None => Api::all_with(client.clone(), &kind.resource),
    };
    let is_pod = kind.known.kind == "Pod";
    let mut parameters = ListParams::default().limit(PAGE);
    if is_pod {
        parameters = parameters.fields(LIVE_PODS);
    }
    let mut objects = Vec::new();
    loop {
        let before = objects.len();
        let page = page(&api, is_pod, &parameters, &mut objects).await;
        let next = match page {
            // The list took so long that the server forgot where it was: all over again, in one piece.
            Err(kube::Error::Api(status)) if status.code == GONE && parameters.continue_token.is_some() => {
                objects.clear();
                parameters = ListParams { limit: None, continue_token: None, ..parameters };
                continue;
            }
            page => page?,
        };
        for object in objects.iter_mut().skip(before).filter_map(Value::as_object_mut) {
            // Entries of a list do not say what they are.
            object.insert("apiVersion".to_owned(), Value::from(kind.resource.api_version.clone()));
            object.insert("kind".to_owned(), Value::from(kind.resource.kind.clone()));
        }
        progress(objects.len());
        match next {
            Some(token) => parameters = parameters.continue_token(&token),
            None => return Ok(objects),
        }
    }
}

async fn page(
    api: &Api<DynamicObject>,
    is_pod: bool,
    parameters: &ListParams,
    objects: &mut Vec<Value>,
) -> kube::Result<Option<String>> {
    if is_pod {
        let pods: ObjectList<PartialObjectMeta<DynamicObject>> = api.list_metadata(parameters).await?;
        return take(pods, objects, serde_json::to_value);
    }
    take(api.list(parameters).await?, objects, serde_json::to_value)
}

/// Takes over a page's objects. Returns where the next one begins.
fn take<T: Clone>(
    page: ObjectList<T>,
    objects: &mut Vec<Value>,
    value: impl Fn(T) -> serde_json::Result<Value>,
) -> kube::Result<Option<String>> {
    for object in page.items {
        objects.push(value(object).map_err(kube::Error::SerdeError)?);
    }
    Ok(page.metadata.continue_.filter(|token| !token.is_empty()))
}
