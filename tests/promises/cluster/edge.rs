//! Services at gateways.

use serde_json::{Value, json};

use super::{Choices, Policy, Protocol, Service};

/// Where the policy's gateways may be: in the Service's own namespace, and in Istio's.
const GATEWAYS: [&[&str]; 3] = [&["edge"], &["istio-system/ingress"], &["edge", "istio-system/ingress"]];

/// Exposes some Services, and gives the Gateways for that which are in the input.
pub fn some(choices: &mut Choices<'_>, policy: &mut Policy, services: &[Service]) -> Vec<Value> {
    let mut gateways: Vec<Value> = Vec::new();
    for service in services.iter().filter(|_| choices.chance(20)).collect::<Vec<_>>() {
        let names = choices.of(&GATEWAYS);
        policy.entry_mut(service).expose = Some(expose(choices, service, names));
        for name in names {
            let (namespace, name) = name.split_once('/').unwrap_or((service.lives_in(), name));
            let gateway = gateway(choices, namespace, name);
            let is_it = |other: &Value| other["metadata"] == gateway["metadata"];
            if choices.chance(70) && !gateways.iter().any(is_it) {
                gateways.push(gateway);
            }
        }
    }
    gateways
}

fn expose(choices: &mut Choices<'_>, service: &Service, gateways: &[&str]) -> Value {
    let mut hosts = vec![format!("{}.{}.example.com", service.name, service.lives_in())];
    if choices.chance(10) {
        hosts.push("shop.example.com".to_owned());
    }
    let mut expose = json!({"gateways": gateways, "hosts": hosts});
    let is_http = |protocol: Protocol| matches!(protocol, Protocol::Http | Protocol::Detected);
    let http: Vec<u16> = service.ports.iter().filter(|port| is_http(port.protocol)).map(|port| port.number).collect();
    let is_said = http.len() > 1 || choices.chance(20);
    if is_said && !http.is_empty() {
        expose["port"] = json!(choices.of(&http));
    }
    expose
}

fn gateway(choices: &mut Choices<'_>, namespace: &str, name: &str) -> Value {
    let hosts =
        if choices.chance(10) { "other.example.com" } else { choices.of(&["*", "*.example.com", "*/*.example.com"]) };
    json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"istio": "ingressgateway"},
            "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": [hosts]}],
        },
    })
}
