//! A server that forgets a list while it is read, which a real one does only after minutes.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::parts::users::write_kubeconfig;
use crate::support::overrides;

/// Serves one namespace with two Services on two pages, of which the second is never to be had. Returns its address,
/// and the paths that it was asked for.
fn serve() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let log = Arc::clone(&log);
            thread::spawn(move || answer(connection, &log));
        }
    });
    (address, asked)
}

fn answer(mut connection: TcpStream, log: &Mutex<Vec<String>>) {
    let lines = BufReader::new(&connection).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let lines: Vec<String> = lines.collect();
    let path = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let (status, body) = body_of(&path);
    log.lock().expect("no panic").push(path);
    let body = body.to_string();
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n");
    let _ = write!(connection, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
}

fn body_of(path: &str) -> (u16, Value) {
    let version = json!({"groupVersion": "networking.istio.io/v1", "version": "v1"});
    let kind = |kind: &str| json!({"name": format!("{}s", kind.to_lowercase()), "kind": kind, "singularName": "", "namespaced": true, "verbs": ["list"]});
    let kinds = |version: &str, names: [&str; 2]| json!({"kind": "APIResourceList", "groupVersion": version, "resources": names.map(kind)});
    let list = |items: Vec<Value>, next: &str| json!({"kind": "List", "apiVersion": "v1", "metadata": {"continue": next}, "items": items});
    let service = |name: &str| json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {"selector": {"app": "x"}, "ports": [{"name": "http", "port": 80}]}});
    let pod = |version: &str| json!({"metadata": {"name": version, "namespace": "shop", "labels": {"app": "x", "version": version}}});
    match path {
        "/apis" => {
            let group = json!({"name": "networking.istio.io", "versions": [version], "preferredVersion": version});
            (200, json!({"kind": "APIGroupList", "groups": [group]}))
        }
        "/api/v1" => (200, kinds("v1", ["Service", "Pod"])),
        "/apis/networking.istio.io/v1" => (200, kinds("networking.istio.io/v1", ["DestinationRule", "VirtualService"])),
        path if path.contains("continue=") => {
            (410, json!({"kind": "Status", "status": "Failure", "code": 410, "reason": "Expired", "message": "gone"}))
        }
        path if path.contains("/services") && path.contains("limit=") => (200, list(vec![service("one")], "more")),
        path if path.contains("/services") => (200, list(vec![service("one"), service("two")], "")),
        path if path.contains("/pods") => (200, list(vec![pod("v1"), pod("v2")], "")),
        _ => (200, list(Vec::new(), "")),
    }
}

#[test]
fn a_list_that_the_server_forgot_half_way_is_read_anew_in_one_piece() {
    let (address, asked) = serve();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kubeconfig");
    write_kubeconfig(&path, &address, None, "token", "shop");
    let run = overrides(&["generate", "--kubeconfig", &path.to_string_lossy()], b"");
    let asked = asked.lock().expect("no panic").clone();
    let printed = run.printed();
    assert_eq!(printed.matches("kind: VirtualService").count(), 2, "{printed}{asked:#?}");
    assert_eq!(asked.iter().filter(|path| path.contains("/services")).count(), 3, "{asked:#?}");
}
