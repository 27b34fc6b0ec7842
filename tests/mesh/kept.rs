//! What the API server keeps of what the function writes: all of it, and nothing else. A field that it dropped, defaulted
//! or wrote differently would be a difference that GitOps tools find for ever.

use serde_json::Value;

use crate::mesh::Mesh;
use crate::parts::cluster::{in_namespace, is_istio, text};

/// Whether the function wrote an object, or something in it.
pub fn is_ours(object: &Value) -> bool {
    let annotations = object["metadata"]["annotations"].as_object();
    is_istio(object) && annotations.is_some_and(|all| all.keys().any(|key| key.starts_with("overrides.dev/")))
}

/// What is read back is what was written, and applying it again changes nothing. Returns the number of objects.
pub fn is_as_it_was_written(mesh: &Mesh, objects: &[Value]) -> usize {
    let api = &mesh.cluster.api;
    let ours = objects.iter().filter(|object| is_ours(object));
    let written: Vec<Value> = ours.map(|object| in_namespace(object, "default")).collect();
    for object in &written {
        let name = text(&object["metadata"]["name"]);
        let kept = api.read(object);
        assert_eq!(kept["spec"], object["spec"], "{name}");
        for field in ["labels", "annotations"] {
            assert_eq!(kept["metadata"][field], object["metadata"][field], "{field} of {name}");
        }
        let again = api.apply(object);
        for field in ["resourceVersion", "generation"] {
            assert_eq!(
                again["metadata"][field], kept["metadata"][field],
                "{field} of {name} after it was applied again"
            );
        }
    }
    assert!(!written.is_empty(), "something was written");
    written.len()
}
