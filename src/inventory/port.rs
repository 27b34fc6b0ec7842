//! Service ports, and the protocol that Istio takes them for.

use smol_str::SmolStr;

/// What Istio makes of a port. Only these differences decide which rules apply to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP, HTTP/2 or gRPC: `http` rules apply.
    Http,
    /// Not declared: Istio looks at the bytes, so `http` rules or `tcp` rules apply, connection by connection.
    Sniffed,
    /// Opaque TCP: `tcp` rules apply.
    Tcp,
    /// TLS that passes through: only `tls` rules apply, by SNI.
    Tls,
    /// UDP and SCTP, which Istio does not carry.
    NotCarried,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name; a Service with a single port need not name it.
    pub name: Option<SmolStr>,
    /// Its number.
    pub number: u16,
    /// What Istio takes it for.
    pub protocol: Protocol,
    /// Whether it is TCP for good: its name, its `appProtocol` or its number is that of a database or of another server
    /// that speaks first.
    pub is_server_first: bool,
}

/// Ports that Istio never sniffs, because servers there speak first (Istio's `wellKnownPorts`): SMTP, DNS, MySQL
/// and MongoDB.
const SERVER_FIRST_PORTS: [u16; 4] = [25, 53, 3306, 27017];

/// What the words that ports are declared with mean.
const DECLARED: [(&str, Protocol); 10] = [
    ("http", Protocol::Http),
    ("http2", Protocol::Http),
    ("grpc", Protocol::Http),
    ("https", Protocol::Tls),
    ("tls", Protocol::Tls),
    // The filters for the databases are off by default, and without them they are opaque.
    ("tcp", Protocol::Tcp),
    ("mongo", Protocol::Tcp),
    ("redis", Protocol::Tcp),
    ("mysql", Protocol::Tcp),
    ("udp", Protocol::NotCarried),
];

impl Protocol {
    /// Istio's rule: `appProtocol`, else the port's name up to the first dash, else sniffing
    /// (`pkg/config/kube/conversion.go`, `ConvertProtocol`).
    #[must_use]
    pub fn of(number: u16, transport: Option<&str>, app_protocol: Option<&str>, name: Option<&str>) -> Self {
        if matches!(transport, Some("UDP" | "SCTP")) {
            return Self::NotCarried;
        }
        match app_protocol {
            Some("kubernetes.io/h2c" | "kubernetes.io/ws") => return Self::Http,
            Some("kubernetes.io/wss") => return Self::Tls,
            _ => {}
        }
        let declared = app_protocol.or(name).unwrap_or_default();
        // `grpc-web` is HTTP as `grpc` is.
        let word = declared.split('-').next().unwrap_or_default();
        let known = DECLARED.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        match known {
            Some((_, protocol)) => *protocol,
            None if SERVER_FIRST_PORTS.contains(&number) => Self::Tcp,
            None => Self::Sniffed,
        }
    }

    /// Whether a TCP port that is declared like this belongs to a database or to another server that speaks first, so
    /// that no other name would make it carry HTTP.
    #[must_use]
    pub fn is_server_first(number: u16, app_protocol: Option<&str>, name: Option<&str>) -> bool {
        let word = app_protocol.or(name).and_then(|declared| declared.split('-').next()).unwrap_or_default();
        match DECLARED.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
            Some(("mongo" | "redis" | "mysql", _)) => true,
            Some(("tcp", _)) | None => SERVER_FIRST_PORTS.contains(&number),
            Some(_) => false,
        }
    }

    /// Whether `http` rules may apply.
    #[must_use]
    pub fn may_be_http(self) -> bool {
        matches!(self, Self::Http | Self::Sniffed)
    }

    /// Whether `tcp` rules may apply.
    #[must_use]
    pub fn may_be_tcp(self) -> bool {
        matches!(self, Self::Tcp | Self::Sniffed)
    }
}

#[cfg(test)]
mod tests {
    use super::Protocol;

    fn protocol(number: u16, app_protocol: Option<&str>, name: Option<&str>) -> Protocol {
        Protocol::of(number, None, app_protocol, name)
    }

    #[test]
    fn app_protocol_wins_over_the_name() {
        assert_eq!(protocol(80, Some("tcp"), Some("http")), Protocol::Tcp);
        assert_eq!(protocol(80, Some("kubernetes.io/h2c"), Some("tcp")), Protocol::Http);
        assert_eq!(protocol(80, Some("kubernetes.io/wss"), None), Protocol::Tls);
    }

    #[test]
    fn the_name_counts_up_to_its_first_dash_in_any_case() {
        assert_eq!(protocol(80, None, Some("HTTP-web")), Protocol::Http);
        assert_eq!(protocol(80, None, Some("grpc-web-x")), Protocol::Http);
        assert_eq!(protocol(80, None, Some("https-admin")), Protocol::Tls);
        assert_eq!(protocol(80, None, Some("httpx")), Protocol::Sniffed);
        assert_eq!(protocol(80, None, Some("redis")), Protocol::Tcp);
    }

    #[test]
    fn undeclared_ports_are_sniffed_unless_their_servers_speak_first() {
        assert_eq!(protocol(8080, None, None), Protocol::Sniffed);
        for number in [25, 53, 3306, 27017] {
            assert_eq!(protocol(number, None, Some("main")), Protocol::Tcp);
        }
        assert_eq!(Protocol::of(53, Some("UDP"), None, Some("dns")), Protocol::NotCarried);
    }

    #[test]
    fn a_database_is_told_from_a_port_that_was_only_named_as_tcp() {
        for (number, app_protocol, name) in [
            (1, None, Some("redis")),
            (1, Some("mongo"), Some("http")),
            (1, None, Some("MySQL-main")),
            (3306, None, None),
            (3306, None, Some("tcp")),
        ] {
            assert!(Protocol::is_server_first(number, app_protocol, name), "{number} {app_protocol:?} {name:?}");
        }
        for (number, app_protocol, name) in [(1, None, Some("tcp-service")), (1, Some("tcp"), Some("redis"))] {
            assert!(!Protocol::is_server_first(number, app_protocol, name), "{number} {app_protocol:?} {name:?}");
        }
    }
}
