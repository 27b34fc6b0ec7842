//! The port that a request is for, where it names none.

use super::Mesh;
use super::answer::Way;
use super::outcome::{Answer, Outcome};
use super::remark::Remark;
use super::request::Request;
use super::service::{Port, Protocol, Service};

/// How many Services a remark names.
const MOST_NAMED: usize = 5;

/// The answer where no port is named: of the only port, or of all ports for HTTP, which is what has headers. Ports that
/// differ have no answer in common.
pub(super) fn answer_without_port(way: &Way<'_>) -> Answer {
    let carried: Vec<&Port> = carried(way.service).collect();
    let is_http = |port: &&&Port| matches!(port.protocol, Protocol::Http | Protocol::Detected);
    let http: Vec<&Port> = carried.iter().filter(is_http).copied().collect();
    let chosen = if http.is_empty() { &carried } else { &http };
    let (Some(first), [_, _, ..]) = (chosen.first(), carried.as_slice()) else {
        return way.answer(carried.first().copied().or_else(|| way.service.ports.first()));
    };
    let answers: Vec<(u16, Answer)> = chosen.iter().map(|port| (port.number, way.answer(Some(port)))).collect();
    let mut answer = way.answer(Some(first));
    if answers.iter().all(|(_, each)| each.outcome == answer.outcome) {
        let answered = list(chosen.iter().map(|port| port.number));
        let all = list(carried.iter().map(|port| port.number));
        answer.remarks.push(Remark::SeveralPorts { all, answered });
        return answer;
    }
    let each: Vec<String> = answers.iter().map(|(port, each)| format!("{port} gives {}", each.outcome)).collect();
    let why = format!(
        "no port is named, and the answer depends on it: {}. Name one with --port, or in a chain like s1:8080",
        each.join(", ")
    );
    Answer { port: None, outcome: Outcome::NotEvaluated { why }, decided_by: None, remarks: Vec::new(), ..answer }
}

/// The answer where a Service has not the port that is called.
pub(super) fn no_such_port(service: &Service, number: u16) -> Answer {
    let ports = list(service.ports.iter().map(|port| port.number));
    let why = if ports.is_empty() {
        format!("{} has no port {number}, nor any other", service.name)
    } else {
        format!("{} has no port {number}; it has {ports}", service.name)
    };
    Answer {
        service: service.name.clone(),
        port: None,
        outcome: Outcome::NotEvaluated { why },
        decided_by: None,
        remarks: Vec::new(),
    }
}

/// The Services about which nothing is said, because they have not the port that the request names.
pub(super) fn left_out(mesh: &Mesh, request: &Request) -> Option<Remark> {
    let port = request.port?;
    let without = |service: &&Service| !carried(service).any(|each| each.number == port);
    let names: Vec<String> = mesh.services.iter().filter(without).map(|service| service.name.to_string()).collect();
    let services = match names.get(..MOST_NAMED) {
        _ if names.is_empty() || names.len() == mesh.services.len() => return None,
        Some(some) if names.len() > MOST_NAMED => {
            format!("{} and {} more", some.join(", "), names.len() - MOST_NAMED)
        }
        _ => names.join(", "),
    };
    Some(Remark::LeftOut { port, services })
}

fn carried(service: &Service) -> impl Iterator<Item = &Port> {
    service.ports.iter().filter(|port| port.protocol != Protocol::NotCarried)
}

fn list(ports: impl Iterator<Item = u16>) -> String {
    let ports: Vec<String> = ports.map(|port| port.to_string()).collect();
    ports.join(", ")
}
