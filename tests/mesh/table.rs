//! All scenarios on one mesh, and a table of what came of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::mesh::Mesh;
use crate::sentence::{Scenario, World};

/// Where `make test` looks for the table.
const FILE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/mesh.txt");

/// Plays the scenarios whose names have one of the words in them; all where there are no words.
pub fn play(mut scenarios: Vec<Scenario>, words: &[String]) -> ExitCode {
    scenarios.retain(|scenario| words.is_empty() || words.iter().any(|word| scenario.name.contains(word.as_str())));
    if scenarios.is_empty() {
        eprintln!("No scenario has {words:?} in its name.");
        return ExitCode::FAILURE;
    }
    let begin = Instant::now();
    let worlds = worlds(&scenarios);
    let objects: Vec<_> = worlds.values().flat_map(|world| world.objects.clone()).collect();
    let mesh = Mesh::start(&objects);
    let seconds = begin.elapsed().as_secs_f32();
    let mut table = format!("The mesh was up after {seconds:.1} s, with {} Pods.\n\n", mesh.pods.len());
    print!("{table}");
    let mut failures = 0;
    for scenario in &scenarios {
        let begin = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| scenario.play(&mesh, &worlds[&scenario.key()])));
        let seconds = begin.elapsed().as_secs_f32();
        let line = match outcome {
            Ok(steps) => format!("ok      {:<88} {steps:>4} {seconds:>6.1} s\n", scenario.name),
            Err(_) => format!("FAILED  {:<88}      {seconds:>6.1} s\n", scenario.name),
        };
        failures += usize::from(line.starts_with('F'));
        print!("{line}");
        table.push_str(&line);
    }
    let (count, seconds) = (scenarios.len(), begin.elapsed().as_secs_f32());
    let _ = write!(table, "\n{} of {count} scenarios passed, in {seconds:.1} s.\n", count - failures);
    println!("\n{}", table.lines().last().unwrap_or_default());
    fs::create_dir_all(Path::new(FILE).parent().expect("a folder")).expect("cargo's folder for tests");
    fs::write(FILE, table).expect("the table can be written");
    ExitCode::from(u8::from(failures > 0))
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
