//! Real Redis servers for tests, each on a free port and in a folder of its own.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// What a server says to `PING` once it works, with and without a password.
const ALIVE: [&str; 2] = ["+PONG", "-NOAUTH Authentication required."];

/// A `redis-server`, killed when it goes out of scope.
pub(crate) struct RedisServer {
    child: Child,
    folder: TempDir,
    port: u16,
    options: Vec<String>,
}

impl RedisServer {
    /// With nothing on disk, and these options on top.
    pub(crate) fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        let child = spawn(&folder, port, &options);
        let server = Self {
            child,
            folder,
            port,
            options,
        };
        server.wait();
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// As `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops or continues it, by `STOP` and `CONT`: it answers nothing, and nothing is refused.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(status.unwrap().success());
    }

    /// After [`kill`](Self::kill): the same port, and what is left in the folder.
    pub(crate) fn start_again(&mut self) {
        self.child = spawn(&self.folder, self.port, &self.options);
        self.wait();
    }

    /// Sends an inline command; returns the first line of the answer.
    pub(crate) fn say(&self, command: &str) -> String {
        first_line(&self.say_all(command))
    }

    /// Sends an inline command; returns what comes first of the answer, as it is.
    pub(crate) fn say_all(&self, command: &str) -> String {
        try_say(self.port, command).unwrap()
    }

    fn wait(&self) {
        for _ in 0..400 {
            if try_say(self.port, "PING").is_ok_and(|answer| ALIVE.contains(&&*first_line(&answer)))
            {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("redis-server does not answer on port {}", self.port);
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(folder: &TempDir, port: u16, options: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
    command.arg("--dir").arg(folder.path());
    command.args(["--save", "", "--appendonly", "no"]);
    command.args(options).stdout(Stdio::null());
    let spawned = command.spawn();
    spawned.unwrap_or_else(|error| {
        panic!("redis-server: {error}. Install Redis 7: scripts/apt-install.sh redis-server")
    })
}

/// Low enough for the port of a cluster's bus, 10,000 above it.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if port < 55_000 {
            return port;
        }
    }
}

fn try_say(port: u16, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = [0; 4096];
    let read = stream.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..read]).into_owned())
}

fn first_line(answer: &str) -> String {
    answer.lines().next().unwrap_or_default().to_owned()
}
