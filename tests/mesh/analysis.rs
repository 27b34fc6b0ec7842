//! What Istio's own analyzers and its validation say of what the function writes: nothing that they did not say of the
//! input already. All configurations go to each of the two at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use overrides::config::{Existing, Policy};
use overrides::finding::{Code, Severity};
use overrides::krm::Manifests;
use overrides::transform;
use serde::Deserialize;
use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::parts::cluster::{is_istio, namespace_of, text};
use crate::parts::tools::{shared, shared_files, tool};
use crate::sentence::{Scenario, objects};
use crate::support::golden;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
const GENERATED: &str = "overrides.dev/generated-for";

/// What an analyzer says.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Message {
    code: String,
    object: String,
    text: String,
}

/// A configuration after the function, and what it was before.
struct Output {
    name: String,
    input: Vec<Value>,
    objects: Vec<Value>,
}

impl Output {
    fn new(name: &str, objects: Vec<Value>) -> Self {
        Self { name: name.to_owned(), input: before(&objects), objects }
    }
}

/// What a configuration was before the function: nothing generated, and what was merged taken out again.
fn before(objects: &[Value]) -> Vec<Value> {
    let own: Vec<String> = objects.iter().filter(|object| !is_generated(object)).map(Value::to_string).collect();
    let mut nothing = Policy { existing: Existing::Skip, ..Policy::default() };
    nothing.select.match_labels.insert("no".to_owned(), "such".to_owned());
    rendered(&own.join("\n---\n"), &nothing)
}

/// The function's output over a stream.
fn rendered(stream: &str, policy: &Policy) -> Vec<Value> {
    let manifests = Manifests::parse([("-".to_owned(), stream)]).expect("it is YAML");
    let outcome = transform::render(&manifests, policy).expect("it can be written");
    // Istio's documentation routes to subsets that another of its files defines: that run stops, and nothing is written.
    let stops = outcome
        .findings
        .iter()
        .all(|finding| finding.severity != Severity::Error || finding.code == Code::UnknownSubset);
    assert!(stops, "{:#?}", outcome.findings);
    if outcome.failed() { sources(&manifests) } else { objects(&outcome.output) }
}

fn sources(manifests: &Manifests<'_>) -> Vec<Value> {
    manifests.items().iter().map(|item| item.node.read().expect("an object")).collect()
}

/// The analyzers have nothing to say that they did not say before. Returns the number of configurations.
pub fn analyzers_stay_silent(scenarios: &[Scenario]) -> usize {
    let outputs = outputs(scenarios);
    let all = outputs.iter().map(|output| &output.input).chain(outputs.iter().map(|output| &output.objects));
    let messages = analyze(&all.map(Vec::as_slice).collect::<Vec<_>>());
    let (before, after) = messages.split_at(outputs.len());
    for (number, output) in outputs.iter().enumerate() {
        assert!(output.objects != output.input, "{}: nothing is generated", output.name);
        let new: Vec<_> = after[number].difference(&before[number]).collect();
        assert!(new.is_empty(), "{}: {new:#?}", output.name);
    }
    outputs.len()
}

/// Every message that the output could cause does come, where a fault is planted.
pub fn analyzers_see_planted_faults(_: &[Scenario]) -> usize {
    let sound = objects(&golden::two_versions().run().rendered);
    let two_ports = objects(&golden::guard_on_every_port().run().rendered);
    let faults = [
        ("IST0101", plant(&sound, "/spec/http/1/route/0/destination/subset", json!("v9"))),
        ("IST0109", with_second_rule(&sound, "reviews", None)),
        ("IST0112", plant(&two_ports, "/spec/http/0/route/0/destination", json!({"host": "reviews", "subset": "v9"}))),
        ("IST0140", with_second_rule(&sound, "reviews", Some("mesh"))),
        ("IST0173", plant(&sound, "/spec/subsets/0/labels/version", json!("v9"))),
    ];
    let messages = analyze(
        &[&sound, &two_ports]
            .into_iter()
            .chain(faults.iter().map(|(_, fault)| fault))
            .map(Vec::as_slice)
            .collect::<Vec<_>>(),
    );
    for (number, (code, _)) in faults.iter().enumerate() {
        let says = |messages: &BTreeSet<Message>| messages.iter().any(|message| message.code == *code);
        assert!(!says(&messages[0]) && !says(&messages[1]), "{code} comes without a fault");
        assert!(says(&messages[number + 2]), "{code} does not come: {:#?}", messages[number + 2]);
    }
    faults.len()
}

/// `istioctl validate` accepts every rule that is written, without a warning.
pub fn validation_accepts(scenarios: &[Scenario]) -> usize {
    let folder = tempfile::tempdir().expect("a new folder");
    let outputs = outputs(scenarios);
    // Of the users' Services it says that some port has no prefix, which is as it shall be.
    let rules = |output: &Output| output.objects.iter().filter(|object| is_generated(object)).cloned().collect();
    let write = |name: &str, objects: Vec<Value>| write(&folder.path().join(name), &objects);
    let files = outputs.iter().enumerate().map(|(number, output)| write(&format!("{number}.yaml"), rules(output)));
    let files: Vec<PathBuf> = files.collect();
    let (accepted, said) = validate(&files);
    assert!(accepted && !said.to_lowercase().contains("warning"), "{said}");
    let wrong = plant(&objects(&golden::two_versions().run().rendered), "/spec/subsets/0/name", json!("v1.0"));
    let (accepted, said) = validate(&[write("wrong.yaml", wrong)]);
    assert!(!accepted && said.contains("v1.0"), "a subset name with a dot is refused: {said}");
    outputs.len()
}

fn validate(files: &[PathBuf]) -> (bool, String) {
    let mut command = Command::new(tool("istioctl"));
    command.arg("validate");
    command.args(files.iter().flat_map(|file| [Path::new("-f"), file.as_path()]));
    let output = command.output().expect("istioctl starts");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// The messages of each configuration, in order.
fn analyze(configurations: &[&[Value]]) -> Vec<BTreeSet<Message>> {
    let folder = tempfile::tempdir().expect("a new folder");
    let write = |(number, objects): (usize, &&[Value])| {
        write(&folder.path().join(format!("{number:04}.yaml")), &as_in_cluster(objects))
    };
    let files: Vec<PathBuf> = configurations.iter().enumerate().map(write).collect();
    let output = Command::new(tool("analyzers")).args(&files).output().expect("the analyzers start");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages: BTreeMap<PathBuf, Vec<Message>> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(messages.len(), files.len(), "an answer for each file");
    let without_file = |mut message: Message| {
        // Where in the file the object stands.
        message.text = message.text.split_once(") ").map_or(message.text.clone(), |(_, text)| text.to_owned());
        message
    };
    messages.into_values().map(|messages| messages.into_iter().map(without_file).collect()).collect()
}

/// As the analyzers would find it in a cluster: with Pods, which they look at and not at templates, with namespaces that
/// are meshed, and nothing without a namespace, which is not `default` to them.
fn as_in_cluster(objects: &[Value]) -> Vec<Value> {
    let mut objects = objects.to_vec();
    for object in &mut objects {
        if namespace_of(object).is_empty() {
            object["metadata"]["namespace"] = json!("default");
        }
    }
    let namespaces: BTreeSet<String> = objects.iter().map(|object| namespace_of(object).to_owned()).collect();
    let pods: Vec<Value> = objects.iter().filter_map(pod_of).collect();
    let namespace = |name: String| {
        let metadata = json!({"name": name, "labels": {"istio-injection": "enabled"}});
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    };
    objects.extend(namespaces.into_iter().map(namespace));
    objects.extend(pods);
    objects
}

fn pod_of(workload: &Value) -> Option<Value> {
    let labels = workload.pointer("/spec/template/metadata/labels")?;
    let name = format!("{}-0", text(&workload["metadata"]["name"]));
    let metadata = json!({"name": name, "namespace": namespace_of(workload), "labels": labels});
    let containers = json!([{"name": "app", "image": "app"}, {"name": "istio-proxy", "image": "istio/proxyv2:1.32.0"}]);
    Some(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}}))
}

fn write(file: &Path, objects: &[Value]) -> PathBuf {
    let text: String = objects.iter().map(|object| format!("---\n{object}\n")).collect();
    fs::write(file, text).expect("a new file");
    file.to_owned()
}

/// The same with a field of the first rule that has it changed.
fn plant(objects: &[Value], field: &str, value: Value) -> Vec<Value> {
    let mut objects = objects.to_vec();
    let mut rules = objects.iter_mut().filter(|object| is_istio(object));
    let place = rules.find_map(|rule| rule.pointer_mut(field)).unwrap_or_else(|| panic!("no rule has {field}"));
    *place = value;
    objects
}

/// The same with one more VirtualService for a host.
fn with_second_rule(objects: &[Value], host: &str, gateway: Option<&str>) -> Vec<Value> {
    let mut spec = json!({"hosts": [host], "http": [{"route": [{"destination": {"host": host}}]}]});
    if let Some(gateway) = gateway {
        spec["gateways"] = json!([gateway]);
    }
    let rule = json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
        "metadata": {"name": "second"}, "spec": spec,
    });
    objects.iter().cloned().chain([rule]).collect()
}

/// Everything that the function is seen to write: in the examples, in the golden tests, and on the mesh.
fn outputs(scenarios: &[Scenario]) -> Vec<Output> {
    let goldens = golden::all().map(|(name, given)| Output::new(name, objects(&given.run().rendered)));
    let played = scenarios.iter().map(|scenario| (scenario.key(), scenario));
    let played: BTreeMap<_, _> = played.collect();
    let played = played.into_values().map(|scenario| (scenario.name.clone(), scenario.world().objects));
    let played = played.map(|(name, objects)| Output::new(&name, objects));
    let outputs: Vec<Output> = examples().into_iter().chain(goldens).chain(played).chain(bookinfo()).collect();
    outputs.into_iter().filter(|output| output.objects != output.input).collect()
}

/// Istio's own rules for Bookinfo, one file at a time: users have the like.
fn bookinfo() -> Vec<Output> {
    let services = fs::read_to_string(shared("istio-bookinfo.yaml")).expect("a text");
    let files = shared_files("istio-bookinfo-");
    assert!(files.len() > 15, "Istio's rules for Bookinfo are there: {files:?}");
    let output = |file: PathBuf| {
        let rules = fs::read_to_string(&file).expect("a text");
        let stream = format!("{services}\n---\n{rules}");
        let objects = rendered(&stream, &Policy::default());
        let manifests = Manifests::parse([("-".to_owned(), stream.as_str())]).expect("it is YAML");
        let input = sources(&manifests);
        Output { name: name(&file), input, objects }
    };
    files.into_iter().map(output).collect()
}

/// What the READMEs of the examples promise: a file, or a folder whose name says so.
fn examples() -> Vec<Output> {
    let mut outputs: BTreeMap<PathBuf, String> = BTreeMap::new();
    for entry in WalkDir::new(EXAMPLES).sort_by_file_name() {
        let entry = entry.expect("the examples can be read");
        let path = entry.path();
        if !path.extension().is_some_and(|extension| extension == "yaml" || extension == "out") {
            continue;
        }
        let text = fs::read_to_string(path).expect("a text");
        let whole = path.ancestors().find(|folder| folder.is_dir() && name(folder).starts_with("expected"));
        // Only what was generated, and the input is elsewhere.
        let part = !text.contains("kind: Service\n");
        let is_output = text.contains(GENERATED) || text.contains("overrides.dev/added");
        if whole.is_none() && (part || !is_output) {
            continue;
        }
        outputs.entry(whole.unwrap_or(path).to_owned()).or_default().push_str(&format!("---\n{text}"));
    }
    let seen: BTreeSet<_> = outputs.keys().map(|path| example_of(path)).collect();
    let folders = fs::read_dir(EXAMPLES).expect("a folder").flatten().filter(|entry| entry.path().is_dir());
    for folder in folders {
        assert!(seen.contains(&name(&folder.path())), "{}: no output was found", folder.path().display());
    }
    let output = |(path, text): (PathBuf, String)| Output::new(&path.display().to_string(), objects(&text));
    outputs.into_iter().map(output).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn example_of(path: &Path) -> String {
    let inside = path.strip_prefix(EXAMPLES).expect("it is an example");
    inside.iter().next().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_generated(object: &Value) -> bool {
    !text(&object["metadata"]["annotations"][GENERATED]).is_empty()
}
