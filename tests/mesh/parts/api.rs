//! The API server's REST interface, as far as the mesh needs it: objects are applied, and deleted.

use std::io::BufReader;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde_json::Value;

use super::http::Message;
use super::tools::tool;

/// Who may do everything.
pub const TOKEN: &str = "mesh";

/// Kinds whose plural is not their name and an `s`, and those without a namespace.
const PLURALS: [(&str, &str); 3] =
    [("PeerAuthentication", "peerauthentications"), ("ServiceEntry", "serviceentries"), ("Telemetry", "telemetries")];
const GLOBAL: [&str; 2] = ["Namespace", "CustomResourceDefinition"];

/// A client. The API server speaks nothing but TLS, and `openssl` does that part.
pub struct Api {
    address: String,
    connection: Mutex<Option<Connection>>,
}

struct Connection {
    tls: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Connection {
    /// Asks, and gives the connection back with the answer.
    fn exchange(mut self, request: &Message) -> std::io::Result<(Self, Message)> {
        request.write(&mut self.to)?;
        let answer = Message::read(&mut self.from)?.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        Ok((self, answer))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.tls.kill();
        let _ = self.tls.wait();
    }
}

impl Api {
    pub fn at(address: &str) -> Self {
        Self { address: address.to_owned(), connection: Mutex::new(None) }
    }

    /// Applies an object as it is; what others set in it stays. Returns what became of it.
    #[track_caller]
    pub fn apply(&self, object: &Value) -> Value {
        self.apply_at(object, "")
    }

    /// Applies an object's status.
    #[track_caller]
    pub fn apply_status(&self, object: &Value) -> Value {
        self.apply_at(object, "/status")
    }

    #[track_caller]
    fn apply_at(&self, object: &Value, subresource: &str) -> Value {
        let path = format!("{}{subresource}?fieldManager=mesh&force=true", path_of(object));
        let answer = self.ask("PATCH", &path, "application/apply-patch+yaml", &object.to_string());
        let answer = answer.unwrap_or_else(|error| panic!("the API server does not answer: {error}"));
        assert!(matches!(answer.status(), 200 | 201), "{path}: {}\n{}\n{object}", answer.start, answer.body);
        serde_json::from_str(&answer.body).expect("the API server answers in JSON")
    }

    /// Deletes an object, if it is there.
    #[track_caller]
    pub fn delete(&self, object: &Value) {
        self.delete_at(&path_of(object));
    }

    /// Deletes an object without waiting for a machine to agree.
    #[track_caller]
    pub fn delete_now(&self, object: &Value) {
        self.delete_at(&format!("{}?gracePeriodSeconds=0", path_of(object)));
    }

    #[track_caller]
    fn delete_at(&self, path: &str) {
        let answer = self.ask("DELETE", path, "application/json", "");
        let answer = answer.unwrap_or_else(|error| panic!("the API server does not answer: {error}"));
        assert!(matches!(answer.status(), 200 | 202 | 404), "{}", answer.body);
    }

    /// An object as it is kept.
    #[track_caller]
    pub fn read(&self, object: &Value) -> Value {
        let path = path_of(object);
        let body = self.get(&path).unwrap_or_else(|| panic!("{path} is not there"));
        serde_json::from_str(&body).expect("the API server answers in JSON")
    }

    /// The body of an answer with status 200.
    pub fn get(&self, path: &str) -> Option<String> {
        let answer = self.ask("GET", path, "application/json", "").ok()?;
        (answer.status() == 200).then_some(answer.body)
    }

    fn ask(&self, method: &str, path: &str, content: &str, body: &str) -> std::io::Result<Message> {
        let mut slot = self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let headers = [("Host", "mesh"), ("Authorization", &format!("Bearer {TOKEN}")), ("Content-Type", content)];
        let request = Message {
            start: format!("{method} {path} HTTP/1.1"),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: body.to_owned(),
        };
        // A server may close a connection that it has kept long enough: whatever is asked here can be asked again.
        let kept = slot.take().and_then(|connection| connection.exchange(&request).ok());
        let (connection, answer) = match kept {
            Some(exchanged) => exchanged,
            None => self.connect()?.exchange(&request)?,
        };
        // One that is broken is not kept.
        *slot = Some(connection);
        Ok(answer)
    }

    fn connect(&self) -> std::io::Result<Connection> {
        let mut command = Command::new(tool("openssl"));
        command.args(["s_client", "-quiet", "-connect", &self.address]);
        let mut tls = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (to, from) = (tls.stdin.take().expect("a pipe"), tls.stdout.take().expect("a pipe"));
        Ok(Connection { tls, to, from: BufReader::new(from) })
    }
}

fn path_of(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let root = if version.contains('/') { "apis" } else { "api" };
    let plural = PLURALS.iter().find(|(name, _)| *name == kind);
    let plural = plural.map_or_else(|| format!("{}s", kind.to_lowercase()), |(_, plural)| (*plural).to_owned());
    let namespace = match text(&object["metadata"]["namespace"]) {
        _ if GLOBAL.contains(&kind.as_str()) => String::new(),
        namespace => format!("/namespaces/{namespace}"),
    };
    format!("/{root}/{version}{namespace}/{plural}/{}", text(&object["metadata"]["name"]))
}
