//! Network namespaces of Pods on one bridge, and the interception that Istio's init container sets up.

use std::fs::File;
use std::io::Write;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::tools::tool;

/// The bridge: the control plane listens here.
pub const NODE: Ipv4Addr = Ipv4Addr::new(10, 244, 0, 1);
/// The addresses of Services; nothing is ever there, as in a cluster without kube-proxy.
pub const SERVICES: &str = "10.96.0.0/16";
/// Who Envoy runs as, as in Istio's image. What this user sends is not intercepted.
pub const PROXY_USER: u32 = 1337;

/// Where a Pod lives.
#[derive(Clone, Debug)]
pub struct Place {
    pub namespace: String,
    pub address: Ipv4Addr,
}

impl Place {
    /// The place with this number.
    pub fn number(number: u16) -> Self {
        let [high, low] = number.to_be_bytes();
        Self { namespace: format!("pod-{number}"), address: Ipv4Addr::new(10, 244, 1 + high, low) }
    }

    /// Runs something in this place. What it starts, threads and processes, is there as well.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let path = format!("/run/netns/{}", self.namespace);
        thread::scope(|scope| {
            let worker = scope.spawn(|| {
                let namespace = File::open(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
                move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).expect("a namespace");
                work()
            });
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

/// The bridge that all places are on.
pub fn lay_bridge() {
    let commands = format!("link add bridge type bridge\naddr add {NODE}/16 dev bridge\nlink set bridge up\n");
    feed(Command::new(tool("ip")).args(["-batch", "-"]), &commands);
}

/// Lays out places, and in those with a sidecar its interception.
pub fn lay_out(places: &[(Place, bool)]) {
    let plug = |(Place { namespace, .. }, _): &(Place, bool)| {
        let port = namespace.replace("pod-", "port-");
        format!(
            "netns add {namespace}\nlink add {port} type veth peer name eth0 netns {namespace}\n\
             link set {port} master bridge\nlink set {port} up\n"
        )
    };
    feed(Command::new(tool("ip")).args(["-batch", "-"]), &places.iter().map(plug).collect::<String>());
    for (place @ Place { namespace, address }, sidecar) in places {
        let commands =
            format!("link set lo up\naddr add {address}/16 dev eth0\nlink set eth0 up\nroute add default via {NODE}\n");
        feed(Command::new(tool("ip")).args(["-n", namespace, "-batch", "-"]), &commands);
        if *sidecar {
            place.inside(|| feed(Command::new(tool("nft")).args(["-f", "-"]), &interception()));
        }
    }
}

/// What comes in and what is sent to a Service goes through Envoy. What Envoy itself sends to a Service's address would
/// go round for ever in a cluster without kube-proxy: it is refused at once.
fn interception() -> String {
    format!(
        "table ip mesh {{
           chain outbound {{ type nat hook output priority -100;
             ip daddr {SERVICES} meta l4proto tcp meta skuid != {PROXY_USER} redirect to :15001; }};
           chain inbound {{ type nat hook prerouting priority -100;
             meta l4proto tcp tcp dport != 15000-15999 redirect to :15006; }};
           chain astray {{ type filter hook output priority 0;
             ip daddr {SERVICES} meta l4proto tcp meta skuid {PROXY_USER} reject with tcp reset; }};
         }}\n"
    )
}

fn feed(command: &mut Command, input: &str) {
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{command:?}\n{input}\n{}", String::from_utf8_lossy(&output.stderr));
}
