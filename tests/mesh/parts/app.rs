//! What a Pod runs: it answers with its own name and version, then with what the next one said, as in the example of
//! the chain. HTTP on any port; what is not HTTP is taken for a line of text and answered with the name and version.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::http::{self, Message};

/// A path that has this in it is answered late.
pub const SLOW: &str = "/slow";
/// How late: longer than any timeout that a scenario sets.
const LATE: Duration = Duration::from_secs(1);

/// The addresses of Services, as the cluster's DNS knows them.
#[derive(Default)]
pub struct Names(Mutex<HashMap<String, IpAddr>>);

impl Names {
    pub fn add(&self, service: &str, namespace: &str, address: Ipv4Addr) {
        self.0.lock().expect("no panic").insert(format!("{service}.{namespace}"), address.into());
    }

    /// The address of a host as a Pod in the namespace `home` asks for it: `reviews`, `reviews.shop`, or longer.
    pub fn resolve(&self, host: &str, home: &str) -> Option<IpAddr> {
        if let Ok(address) = host.parse() {
            return Some(address);
        }
        let mut labels = host.split('.');
        let (service, namespace) = (labels.next()?, labels.next().unwrap_or(home));
        self.0.lock().expect("no panic").get(&format!("{service}.{namespace}")).copied()
    }
}

/// An app, and whom it calls.
pub struct App {
    /// `reviews:v2`.
    pub identity: String,
    /// The URL that it asks before it answers.
    pub next: Option<String>,
    /// Whether OpenTelemetry does the calling, in a program of its own.
    pub traced: bool,
    /// The headers that it passes on, each line as it came.
    pub forwarded: Vec<String>,
    /// Its namespace.
    pub home: String,
    pub names: Arc<Names>,
}

impl App {
    /// Serves a port, in the network of the calling thread.
    pub fn serve(self: &Arc<Self>, port: u16) {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port));
        let listener = listener.unwrap_or_else(|error| panic!("{} cannot have port {port}: {error}", self.identity));
        let app = Arc::clone(self);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let app = Arc::clone(&app);
                // A client that goes away early is in its right.
                thread::spawn(move || drop(app.talk(&connection)));
            }
        });
    }

    fn talk(&self, connection: &TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let (mut to, mut from) = (connection, BufReader::new(connection));
        if !from.fill_buf()?.starts_with(b"GET ") {
            let mut line = String::new();
            while from.read_line(&mut line)? > 0 {
                writeln!(to, "{}", self.identity)?;
            }
            return Ok(());
        }
        while let Some(request) = Message::read(&mut from)? {
            let mut answer = Message { start: "HTTP/1.1 200 OK".to_owned(), ..Message::default() };
            answer.headers.push(("content-type".to_owned(), "text/plain".to_owned()));
            answer.body = self.answer(&request);
            answer.write(&mut to)?;
        }
        Ok(())
    }

    /// At `/headers` with the headers that came, below `/echo` with the path that came, everywhere else without.
    fn answer(&self, request: &Message) -> String {
        if request.path().contains(SLOW) {
            thread::sleep(LATE);
        }
        let next = self.next.as_ref().map(|next| self.call(next, request));
        let rest = next.iter().map(|answer| answer.trim_end());
        if request.path() != "/headers" {
            let path = Some(request.path()).filter(|path| path.starts_with("/echo"));
            return format!(
                "{}\n",
                [self.identity.as_str()].into_iter().chain(path).chain(rest).collect::<Vec<_>>().join(" ")
            );
        }
        let headers: String = request.headers.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect();
        format!("{}\n{headers}{}\n", self.identity, rest.collect::<String>()).replace("\n\n", "\n")
    }

    fn call(&self, url: &str, request: &Message) -> String {
        let forwards = |name: &str| self.forwarded.iter().any(|forwarded| forwarded.eq_ignore_ascii_case(name));
        let lines = request.headers.iter().filter(|(name, _)| forwards(name));
        let lines: String = lines.map(|(name, value)| format!("{name}: {value}\n")).collect();
        match get(&self.names, &self.home, url, request.path(), &lines) {
            Ok(answer) => summary(&answer),
            Err(error) => error.to_string(),
        }
    }
}

/// The headers that an app passes on when nothing else is said.
pub const FORWARDED: &str = "x-override, baggage";

/// The body of an answer, with the status in front where that is not 200.
pub fn summary(answer: &Message) -> String {
    let body = answer.body.trim_end();
    match answer.status() {
        200 => body.to_owned(),
        status => format!("{status} {body}").trim_end().to_owned(),
    }
}

/// Asks a URL once, in the network of the calling thread.
pub fn get(names: &Names, home: &str, url: &str, path: &str, lines: &str) -> io::Result<Message> {
    let (address, authority) = locate(names, home, url)?;
    http::ask(address, &authority, path, lines)
}

/// The address that a URL leads to, and what stands in `Host` for it.
pub fn locate(names: &Names, home: &str, url: &str) -> io::Result<(SocketAddr, String)> {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or(url);
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let port: u16 = port.parse().map_err(io::Error::other)?;
    let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("there is no Service {host}"));
    let address = names.resolve(host, home).ok_or_else(unknown)?;
    Ok(((address, port).into(), authority.to_owned()))
}
