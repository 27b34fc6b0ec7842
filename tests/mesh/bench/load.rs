//! Load from a client's Pod, made by fortio, which Istio measures itself with.

use std::process::Command;

use serde_json::Value;

use super::proxy::processor_time;
use crate::parts::cluster::Pod;
use crate::parts::tools::tool;

/// Connections that are open at once.
const CONNECTIONS: &str = "4";
/// The finest difference of latencies that is told, in seconds.
const RESOLUTION: &str = "0.00001";

/// What came of a load.
pub struct Load {
    /// Requests per second.
    pub rate: f64,
    /// Latency that half of the requests keep to, in seconds.
    pub p50: f64,
    /// Latency that 99 of 100 requests keep to.
    pub p99: f64,
    /// Seconds of the client's Envoy's processor time for each request; none without an Envoy.
    pub processor: Option<f64>,
    /// The part of one core that this Envoy had meanwhile.
    pub share: f64,
}

/// Who is asked, and with what.
pub struct Target<'a> {
    /// Host and path, the host being an address.
    pub url: &'a str,
    /// The host that the request names.
    pub host: &'a str,
    /// Header lines.
    pub lines: &'a str,
}

/// Sends as many requests as answers come, for some seconds.
pub fn full(client: &Pod, target: &Target<'_>, seconds: f32) -> Load {
    run(client, target, "0", seconds)
}

/// Sends so many requests in each second, for some seconds: so many that nobody has to queue.
pub fn modest(client: &Pod, target: &Target<'_>, seconds: f32) -> Load {
    run(client, target, "1000", seconds)
}

fn run(client: &Pod, target: &Target<'_>, rate: &str, seconds: f32) -> Load {
    let mut command = Command::new(tool("fortio"));
    command.args(["load", "-json", "-", "-quiet", "-c", CONNECTIONS, "-qps", rate, "-r", RESOLUTION, "-p", "50,99"]);
    command.args(["-nocatchup", "-uniform", "-t", &format!("{seconds}s"), "-H", &format!("Host: {}", target.host)]);
    command.args(target.lines.lines().flat_map(|line| ["-H", line]));
    command.arg(target.url);
    let before = client.proxy.as_ref().map(|_| processor_time(client));
    let output = client.place.inside(|| command.output().expect("fortio starts"));
    let busy = before.map(|before| processor_time(client) - before);
    let said = String::from_utf8_lossy(&output.stderr);
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("fortio: {error}\n{said}"));
    let requests = report["DurationHistogram"]["Count"].as_f64().unwrap_or_default();
    assert!(
        requests > 0.0 && report["RetCodes"]["200"].as_f64() == Some(requests),
        "not all is well: {report:#}\n{said}"
    );
    let percentiles = report["DurationHistogram"]["Percentiles"].as_array().expect("they were asked for");
    let percentile = |number: usize| percentiles[number]["Value"].as_f64().expect("a number");
    Load {
        rate: report["ActualQPS"].as_f64().expect("a number"),
        p50: percentile(0),
        p99: percentile(1),
        processor: busy.map(|busy| busy / requests),
        share: busy.unwrap_or_default() / (report["ActualDuration"].as_f64().expect("a number") / 1e9),
    }
}
