//! `tidegate health`, and what `tidegate drain` says where there is no Envoy.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::process::Output;
use std::thread;

use command::{text, tidegate};

/// Answers one request, and returns its first line.
fn answer(mut stream: impl Read + Write, status: &str) -> String {
    let mut first = String::new();
    BufReader::new(&mut stream).read_line(&mut first).unwrap();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 3\r\n\r\nok\n");
    stream.write_all(answer.as_bytes()).unwrap();
    first
}

/// What the command says of a server that answers so, and what the server was asked.
fn health_of(status: &'static str) -> (Output, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/readyz", listener.local_addr().unwrap());
    let server = thread::spawn(move || answer(listener.accept().unwrap().0, status));
    let output = tidegate(&["health", &url]);
    (output, server.join().unwrap())
}

#[test]
fn one_that_is_well_is_0() {
    let (output, asked) = health_of("200 OK");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(asked, "GET /readyz HTTP/1.1\r\n");
}

#[test]
fn another_answer_is_1_and_told() {
    let (output, _) = health_of("503 Service Unavailable");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("answers 503"));
}

#[test]
fn a_sidecar_is_asked_on_its_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sidecar.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || answer(listener.accept().unwrap().0, "200 OK"));
    let path = path.to_str().unwrap();
    let output = tidegate(&["health", "--unix-socket", path, "http://sidecar/healthz"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(server.join().unwrap(), "GET /healthz HTTP/1.1\r\n");
}

#[test]
fn who_does_not_answer_is_not_well() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}/readyz");
    let output = tidegate(&["health", "--seconds", "1", &url]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is silent"));
    drop(listener);
    let output = tidegate(&["health", &url]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("does not answer"));
}

#[test]
fn draining_stands_in_the_way_of_no_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let output = tidegate(&["drain", "--admin", &address]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("refused"));
}
