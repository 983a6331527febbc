//! With a shell script in the sidecar's place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use super::*;

/// A sidecar that runs these lines; somebody else answers on its socket.
async fn command(directory: &Path, script: &str) -> Command {
    let program = directory.join("tidegate-sidecar");
    fs::write(
        &program,
        format!("#!/bin/sh\ncd {}\n{script}\n", directory.display()),
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let socket = directory.join("sidecar.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            let _ = stream.write_all(answer).await;
        }
    });
    Command {
        program,
        config: directory.join("sidecar.json"),
        listen: Listen::Unix(socket),
        environment: vec![("SAID".into(), "more".into())],
    }
}

async fn until(is_true: impl Fn() -> bool) {
    let waited = timeout(Duration::from_secs(20), async {
        while !is_true() {
            sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.unwrap();
}

fn lines(file: &Path) -> usize {
    fs::read_to_string(file).unwrap_or_default().lines().count()
}

#[tokio::test]
async fn it_gets_its_file_and_environment_and_is_asked_to_end() {
    let directory = tempfile::tempdir().unwrap();
    let script = "trap 'sleep 0.2; echo done > ended; exit' TERM\n\
                  echo \"$@ $SAID\" > began\nwhile :; do sleep 0.05; done";
    let command = command(directory.path(), script).await;
    let expected = format!("-c {} more\n", command.config.display());
    let sidecar = Sidecar::start(command).await.unwrap();
    let began = directory.path().join("began");
    until(|| began.exists() && lines(&began) == 1).await;
    assert_eq!(fs::read_to_string(&began).unwrap(), expected);
    sidecar.stop().await;
    assert!(
        directory.path().join("ended").exists(),
        "it was killed instead"
    );
}

#[tokio::test]
async fn one_that_dies_is_started_again() {
    let directory = tempfile::tempdir().unwrap();
    let script = "echo life >> lives\nsleep 0.1\n[ $(wc -l < lives) -ge 3 ] && sleep 60\nexit 7";
    let lives = directory.path().join("lives");
    let sidecar = Sidecar::start(command(directory.path(), script).await)
        .await
        .unwrap();
    until(|| lines(&lives) == 3).await;
    sidecar.stop().await;
    assert_eq!(lines(&lives), 3);
}

#[tokio::test]
async fn one_that_ends_before_it_answers_did_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path(), "exit 1").await;
    command.listen = Listen::Unix(directory.path().join("nobody"));
    let error = Sidecar::start(command).await.err().unwrap().to_string();
    assert!(error.contains("did not start"), "{error}");
}

#[test]
fn pauses_grow_and_begin_anew_after_a_steady_life() {
    let mut pause = Pause::new();
    let short: Vec<_> = (0..8)
        .map(|_| pause.after(Duration::from_secs(1)).as_millis())
        .collect();
    assert_eq!(short, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    assert_eq!(pause.after(Duration::from_secs(60)).as_millis(), 200);
}
