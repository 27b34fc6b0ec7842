//! All scenarios on one mesh, and a table of what came of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::analysis::{analyzers_see_planted_faults, analyzers_stay_silent, validation_accepts};
use crate::explained::compared;
use crate::kept::{is_as_it_was_written, is_ours};
use crate::mesh::Mesh;
use crate::sentence::{Scenario, World};

/// Where `make test` looks for the table.
const FILE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/mesh.txt");

/// Judges scenarios without a mesh, and returns how many.
type Check = fn(&[Scenario]) -> usize;

/// What needs no mesh, over the configurations of all scenarios.
const CHECKS: [(&str, Check); 3] = [
    ("Istio's analyzers have nothing to say of any output that they did not say of the input", analyzers_stay_silent),
    ("Istio's analyzers say it when a fault is planted", analyzers_see_planted_faults),
    ("istioctl validate accepts every output", validation_accepts),
];

/// What is checked on every mesh, before anything is changed on it.
const KEPT: &str = "the API server keeps what was written as it is, and applying it again changes nothing";

/// What could be played, as cargo's tools ask for it.
pub fn list(scenarios: &[Scenario]) -> ExitCode {
    let names = CHECKS
        .iter()
        .map(|(name, _)| *name)
        .chain([KEPT])
        .chain(scenarios.iter().map(|scenario| scenario.name.as_str()));
    names.for_each(|name| println!("{name}: test"));
    ExitCode::SUCCESS
}

/// Plays the scenarios whose names have one of the words in them; all where there are no words.
pub fn play(mut scenarios: Vec<Scenario>, wanted: &[String]) -> ExitCode {
    let chosen = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    let mut table = Table::default();
    for (name, check) in CHECKS.into_iter().filter(|(name, _)| chosen(name)) {
        table.row(name, || check(&scenarios));
    }
    scenarios.retain(|scenario| chosen(&scenario.name));
    if !scenarios.is_empty() {
        let worlds = worlds(&scenarios);
        let objects: Vec<_> = worlds.values().flat_map(|world| world.objects.clone()).collect();
        let begin = Instant::now();
        let mesh = Mesh::start(&objects);
        let seconds = begin.elapsed().as_secs_f32();
        table.print(&format!("        The mesh was up after {seconds:.1} s, with {} Pods.\n", mesh.pods.len()));
        // The operator's scenario alone is one in which the function writes nothing.
        if scenarios.len() > 1 || objects.iter().any(is_ours) {
            table.row(KEPT, || is_as_it_was_written(&mesh, &objects));
        }
        for scenario in &scenarios {
            table.row(&scenario.name, || scenario.play(&mesh, &worlds[&scenario.key()]));
        }
    }
    table.finish()
}

/// Grows while the scenarios are played.
struct Table {
    begin: Instant,
    text: String,
    rows: usize,
    failures: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { begin: Instant::now(), text: String::new(), rows: 0, failures: 0 }
    }
}

impl Table {
    /// Plays something that returns how much it did, and adds a row.
    fn row(&mut self, name: &str, play: impl FnOnce() -> usize) {
        let begin = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(play));
        let seconds = begin.elapsed().as_secs_f32();
        let (state, count) = outcome.map_or(("FAILED", String::new()), |count| ("ok", count.to_string()));
        self.rows += 1;
        self.failures += usize::from(state == "FAILED");
        self.print(&format!("{state:<7} {name:<88} {count:>4} {seconds:>6.1} s\n"));
    }

    fn print(&mut self, line: &str) {
        print!("{line}");
        self.text.push_str(line);
    }

    fn finish(mut self) -> ExitCode {
        let (passed, seconds) = (self.rows - self.failures, self.begin.elapsed().as_secs_f32());
        let compared = compared();
        self.print(&format!("\n{passed} of {} scenarios passed, in {seconds:.1} s.\n", self.rows));
        self.print(&format!("`explain` was asked about {compared} of the requests.\n"));
        fs::create_dir_all(Path::new(FILE).parent().expect("a folder")).expect("cargo's folder for tests");
        fs::write(FILE, &self.text).expect("the table can be written");
        ExitCode::from(u8::from(self.failures > 0))
    }
}

/// The configurations of the scenarios, each once.
fn worlds(scenarios: &[Scenario]) -> BTreeMap<String, World> {
    let mut worlds = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for scenario in scenarios {
        if worlds.contains_key(&scenario.key()) {
            continue;
        }
        let world = scenario.world();
        let namespaces: BTreeSet<String> = world.namespaces().map(str::to_owned).collect();
        for namespace in namespaces {
            assert!(taken.insert(namespace.clone()), "{}: {namespace} is another scenario's", scenario.name);
        }
        worlds.insert(scenario.key(), world);
    }
    worlds
}
