//! HTTP/1.1 with the header lines exactly as they were written: no library would send `X-Override` twice, or keep its
//! blanks.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(8);

/// A request or a response.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The first line.
    pub start: String,
    /// Names as they came, with values.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Message {
    /// The status of a response.
    pub fn status(&self) -> u16 {
        self.start.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// The path of a request.
    pub fn path(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or("/")
    }

    /// The values of a header, in order.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Reads one; none when the other side has closed.
    pub fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut message = Self { start: line(from)?, ..Self::default() };
        if message.start.is_empty() {
            return Ok(None);
        }
        loop {
            let header = line(from)?;
            let Some((name, value)) = header.split_once(':') else { break };
            message.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let length = message.values("content-length").next().and_then(|length| length.parse().ok());
        let chunked = message.values("transfer-encoding").any(|coding| coding.eq_ignore_ascii_case("chunked"));
        message.body = match length {
            _ if chunked => chunks(from)?,
            Some(length) => text(from, length)?,
            None if message.start.starts_with("HTTP/") && message.status() != 204 => {
                let mut rest = String::new();
                from.read_to_string(&mut rest)?;
                rest
            }
            None => String::new(),
        };
        Ok(Some(message))
    }

    /// Writes it, with the length of its body.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut text = format!("{}\r\n", self.start);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{}", self.body.len(), self.body));
        to.write_all(text.as_bytes())?;
        to.flush()
    }
}

/// Asks once, on a connection of its own. The lines of headers are sent as they are.
pub fn ask(address: SocketAddr, host: &str, path: &str, lines: &str) -> io::Result<Message> {
    let mut stream = connect(address)?;
    let lines: String = lines.lines().map(|line| format!("{line}\r\n")).collect();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}Connection: close\r\n\r\n").as_bytes())?;
    Message::read(&mut BufReader::new(stream))?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// A connection that does not wait for ever.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn text(from: &mut impl Read, length: usize) -> io::Result<String> {
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn chunks(from: &mut impl BufRead) -> io::Result<String> {
    let mut body = String::new();
    loop {
        let length = usize::from_str_radix(&line(from)?, 16).map_err(io::Error::other)?;
        body.push_str(&text(from, length)?);
        line(from)?;
        if length == 0 {
            return Ok(body);
        }
    }
}
