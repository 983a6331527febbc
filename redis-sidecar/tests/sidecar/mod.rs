//! Starts the real `tidegate-sidecar` and talks to it as Envoy does.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::UnixStream;

pub(crate) struct Sidecar {
    child: Child,
    pub(crate) folder: TempDir,
}

impl Sidecar {
    /// With changes to the usual configuration.
    pub(crate) async fn start(change: impl FnOnce(&mut Value)) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), change).await
    }

    pub(crate) async fn start_in(folder: TempDir, change: impl FnOnce(&mut Value)) -> Self {
        let mut config = config(folder.path());
        change(&mut config);
        let child = spawn(folder.path(), &config);
        let sidecar = Self { child, folder };
        for _ in 0..200 {
            if UnixStream::connect(sidecar.socket()).await.is_ok() {
                return sidecar;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the sidecar does not listen: {}", sidecar.log());
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("sidecar.sock")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    pub(crate) async fn stream(&self) -> UnixStream {
        UnixStream::connect(self.socket()).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        self.ask("GET", path, String::new()).await
    }

    pub(crate) async fn sync(&self, body: &Value) -> Value {
        let (status, answer) = self.ask("POST", "/v1/sync", body.to_string()).await;
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str(&answer).unwrap()
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: String) -> (StatusCode, String) {
        let stream = TokioIo::new(self.stream().await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = request(method, path, body);
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(crate) async fn ask_h2c(&self, path: &str) -> (StatusCode, hyper::Version) {
        let stream = TokioIo::new(self.stream().await);
        let executor = TokioExecutor::new();
        let shaken = hyper::client::conn::http2::handshake(executor, stream).await;
        let (mut sender, connection) = shaken.unwrap();
        tokio::spawn(connection);
        let request = request("GET", &format!("http://sidecar{path}"), String::new());
        let answer = sender.send_request(request).await.unwrap();
        (answer.status(), answer.version())
    }

    /// Has it read another file, with changes to the usual configuration.
    pub(crate) fn reload(&self, change: impl FnOnce(&mut Value)) {
        let mut config = config(self.folder.path());
        change(&mut config);
        std::fs::write(self.folder.path().join("sidecar.json"), config.to_string()).unwrap();
        self.signal("HUP");
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(killed.unwrap().success());
    }

    /// Waits until it has ended; gives its folder back.
    pub(crate) async fn ended(mut self) -> (TempDir, Option<i32>) {
        for _ in 0..400 {
            if let Some(status) = self.child.try_wait().unwrap() {
                let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
                return (folder, status.code());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the sidecar does not end");
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn request(method: &str, uri: &str, body: String) -> Request<Full<Bytes>> {
    let request = Request::builder().method(method).uri(uri);
    let request = request.header("host", "sidecar");
    request.body(Full::new(Bytes::from(body))).unwrap()
}

fn spawn(folder: &Path, config: &Value) -> Child {
    let file = folder.join("sidecar.json");
    std::fs::write(&file, config.to_string()).unwrap();
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate-sidecar"));
    command.arg("-c").arg(file);
    command.env("TIDEGATE_ADMIN_TOKEN", "admin-token-of-the-tests");
    command.stdin(Stdio::null()).stderr(log).spawn().unwrap()
}

/// Runs it with a configuration that it refuses; returns what it says.
pub(crate) fn refused(change: impl FnOnce(&mut Value)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    change(&mut config);
    let status = spawn(folder.path(), &config).wait().unwrap();
    assert_eq!(status.code(), Some(1));
    std::fs::read_to_string(folder.path().join("log")).unwrap()
}

fn config(folder: &Path) -> Value {
    let counter = |id: &str, measure: &str, limit: u64, window: Value| {
        json!({
            "id": id, "scope": {"kind": "key", "name": "dev"}, "measure": measure,
            "limit": limit, "window": window, "on_unavailable": "deny",
        })
    };
    let day = json!({"calendar": {"period": "day", "time_zone": "Europe/Berlin"}});
    json!({
        "listen": {"unix": folder.join("sidecar.sock")},
        "admin": "127.0.0.1:0",
        "admin_token_env": "TIDEGATE_ADMIN_TOKEN",
        "counters": [
            counter("key/dev/requests/60s", "requests", 100, json!({"sliding": 60_000})),
            counter("key/dev/parallel", "parallel_requests", 2, json!("held")),
            counter("key/dev/cost/day", "cost", 1_000_000_000, day),
        ],
        "database": {"sqlite": folder.join("ledger.db")},
        "retention_days": 30,
    })
}

/// A report on one counter.
pub(crate) fn report(id: &str, lease: u64, settled: u64, need: u64) -> Value {
    json!({
        "id": id, "lease": lease, "settled": settled, "returned": 0,
        "least": need.min(1), "need": need, "want": need,
    })
}
