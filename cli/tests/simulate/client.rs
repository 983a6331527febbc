//! The program under test, and an HTTP client that shows every byte and how the
//! connection ended.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running simulator; it ends with its test.
pub(crate) struct Simulator {
    child: Child,
    pub(crate) announcement: String,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// FIN.
    Closed,
    /// RST.
    Reset,
    /// Still open when the client lost its patience.
    Open,
}

/// Everything that came back on a connection.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
}

impl Simulator {
    pub(crate) fn start(options: &[&str]) -> Self {
        let mut child = command(options).stdout(Stdio::piped()).spawn().unwrap();
        let mut announcement = String::new();
        let mut output = BufReader::new(child.stdout.as_mut().unwrap());
        output.read_line(&mut announcement).unwrap();
        Self {
            child,
            announcement: announcement.trim_end().to_owned(),
        }
    }

    pub(crate) fn openai() -> Self {
        Self::start(&[])
    }

    pub(crate) fn anthropic() -> Self {
        Self::start(&["--dialect", "anthropic"])
    }

    pub(crate) fn with_script(script: &str) -> Self {
        let simulator = Self::openai();
        let answer = simulator.send("PUT", "/_simulate/script", &[], script.as_bytes());
        assert_eq!(answer.status(), 200, "{answer:?}");
        simulator
    }

    /// Connects, with a limit to the wait for an answer.
    pub(crate) fn connect(&self) -> TcpStream {
        let (_, address) = self.announcement.split_once("http://").unwrap();
        let connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection
    }

    /// Sends a request on a connection of its own and reads it to its end.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Received {
        let mut connection = self.connect();
        write_request(&mut connection, method, path, headers, body);
        read(&mut connection)
    }

    /// Asks for a completion or a message.
    pub(crate) fn ask(&self, headers: &[&str], request: &Value) -> Received {
        self.send("POST", self.path(), headers, request.to_string().as_bytes())
    }

    /// Asks, and returns the connection for the test to read from.
    pub(crate) fn begin(&self, headers: &[&str], request: &Value) -> TcpStream {
        let mut connection = self.connect();
        write_request(
            &mut connection,
            "POST",
            self.path(),
            headers,
            request.to_string().as_bytes(),
        );
        connection
    }

    pub(crate) fn control(&self, path: &str) -> Value {
        self.send("GET", &format!("/_simulate/{path}"), &[], b"")
            .json()
    }

    /// The journal, once its last entry has ended.
    pub(crate) fn last_request(&self) -> Value {
        let start = Instant::now();
        loop {
            let entry = self
                .control("requests")
                .as_array()
                .unwrap()
                .last()
                .unwrap()
                .clone();
            if entry["ended"] == true {
                return entry;
            }
            assert!(start.elapsed() < PATIENCE, "{entry}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks the process to end, and returns how it did.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let kill = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(kill.success());
        self.child.wait().unwrap().code()
    }

    fn path(&self) -> &'static str {
        match self.announcement.contains("anthropic") {
            true => "/v1/messages",
            false => "/v1/chat/completions",
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `tidegate simulate` with these options.
pub(crate) fn command(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.arg("simulate").args(options);
    command
}

fn write_request(
    connection: &mut TcpStream,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &[u8],
) {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: simulator\r\nconnection: close\r\n\
         content-type: application/json\r\nanthropic-version: 2023-06-01\r\ncontent-length: {}\r\n",
        body.len()
    );
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(body).unwrap();
}

/// Reads until the connection ends.
pub(crate) fn read(connection: &mut TcpStream) -> Received {
    let mut bytes = Vec::new();
    let end = match connection.read_to_end(&mut bytes) {
        Ok(_) => End::Closed,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => End::Reset,
        Err(error) if error.kind() == ErrorKind::WouldBlock => End::Open,
        Err(error) => panic!("{error}"),
    };
    Received { bytes, end }
}

impl Received {
    pub(crate) fn status(&self) -> u16 {
        self.head().split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self
            .head()
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The body; if it is chunked, what has arrived of it.
    pub(crate) fn body(&self) -> Vec<u8> {
        match self.header("transfer-encoding") {
            Some(_) => self.chunks().concat(),
            None => self.after_head().to_vec(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body()).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body()).unwrap()
    }

    /// The chunks of a chunked body without the last, empty one.
    pub(crate) fn chunks(&self) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        let mut rest = self.after_head();
        while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
            let size = std::str::from_utf8(&rest[..end]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            if size == 0 {
                break;
            }
            chunks.push(rest[end + 2..end + 2 + size].to_vec());
            rest = &rest[end + 2 + size + 2..];
        }
        chunks
    }

    /// Whether a chunked body has come to its end.
    pub(crate) fn is_complete(&self) -> bool {
        self.bytes.ends_with(b"\r\n0\r\n\r\n")
    }

    fn head(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.head_length()]).unwrap()
    }

    fn after_head(&self) -> &[u8] {
        &self.bytes[self.head_length()..]
    }

    fn head_length(&self) -> usize {
        let end = self
            .bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n");
        end.unwrap_or_else(|| panic!("no head: {self:?}")) + 4
    }
}
