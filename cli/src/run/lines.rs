//! What a child says, line by line.

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// Passes on each line that is not empty, until the child closes its end.
pub(super) async fn pass_on(from: impl AsyncRead + Unpin, say: impl Fn(&str)) {
    let mut lines = BufReader::new(from).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line);
        if !line.trim().is_empty() {
            say(&line);
        }
    }
}
