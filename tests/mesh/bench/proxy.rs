//! What an Envoy takes, and what it has been told.

use std::fs;
use std::time::Duration;

use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};
use serde_json::Value;

use crate::parts::cluster::Pod;
use crate::parts::envoy::admin;
use crate::parts::process::{Process, poll};

/// An Envoy at rest allocates a little now and then.
const AT_REST: f64 = 0.001;

/// Memory of an Envoy, in bytes.
#[derive(Clone, Copy)]
pub struct Memory {
    /// What it has allocated and not given back.
    pub allocated: f64,
    /// What the kernel has given it.
    pub resident: f64,
}

pub fn process(pod: &Pod) -> &Process {
    pod.proxy.as_ref().expect("the Pod has an Envoy")
}

/// Seconds of processor time so far, over all threads.
pub fn processor_time(pod: &Pod) -> f64 {
    let threads = fs::read_dir(format!("/proc/{}/task", process(pod).id())).expect("it runs").flatten();
    let of_thread = |folder: fs::DirEntry| {
        let text = fs::read_to_string(folder.path().join("schedstat")).expect("the kernel counts the time of threads");
        text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).expect("a number") / 1e9
    };
    threads.map(of_thread).sum()
}

/// Keeps a process on one core, with the threads that it has and those that they start.
pub fn keep_on(core: usize, process: u32) {
    let mut cores = CpuSet::new();
    cores.set(core);
    for thread in fs::read_dir(format!("/proc/{process}/task")).expect("it runs").flatten() {
        let number = thread.file_name().to_string_lossy().parse().ok().and_then(Pid::from_raw);
        sched_setaffinity(number, &cores).expect("a thread may be moved");
    }
}

/// The cores that this process may use.
pub fn cores() -> Vec<usize> {
    let cores = sched_getaffinity(None).expect("the kernel says it");
    (0..CpuSet::MAX_CPU).filter(|core| cores.is_set(*core)).collect()
}

/// Its memory, as soon as two looks in a row see the same.
pub fn memory(pod: &Pod) -> Memory {
    let mut last = f64::MAX;
    let at_rest = || {
        let before = std::mem::replace(&mut last, allocated(pod));
        (before - last).abs() < AT_REST * last
    };
    assert!(poll(Duration::from_secs(30), at_rest, || false), "the memory of {} does not come to rest", pod.name);
    let status = fs::read_to_string(format!("/proc/{}/status", process(pod).id())).expect("it runs");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel says it");
    let kilobytes: f64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
    Memory { allocated: last, resident: kilobytes * 1024.0 }
}

fn allocated(pod: &Pod) -> f64 {
    let answer: Value = serde_json::from_str(&ask(pod, "/memory")).expect("it is JSON");
    answer["allocated"].as_str().and_then(|bytes| bytes.parse().ok()).expect("a number")
}

/// How many clusters it has, its own for istiod included.
pub fn clusters(pod: &Pod) -> usize {
    let text = ask(pod, "/stats?filter=^cluster_manager.active_clusters$");
    text.trim().rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// How many regular expressions are in its routes.
pub fn expressions(pod: &Pod) -> usize {
    ask(pod, "/config_dump?resource=dynamic_route_configs").matches("\"safe_regex\"").count()
}

fn ask(pod: &Pod, path: &str) -> String {
    admin(&pod.place, path).unwrap_or_else(|| panic!("{} does not say {path}", pod.name))
}
