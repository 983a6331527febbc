//! The provider: answers each request with the script that lies on its seat.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::message::Message;
use crate::seats::{Seat, Seats};

/// Serves connections for ever. One that breaks is closed: its client will notice.
pub(crate) async fn accept(listener: TcpListener, seats: Arc<Seats>) {
    while let Ok((socket, _)) = listener.accept().await {
        let seats = Arc::clone(&seats);
        tokio::spawn(async move { serve(socket, &seats).await });
    }
}

async fn serve(mut socket: TcpStream, seats: &Seats) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut request = Message::default();
    loop {
        request.clear();
        while !request.is_complete() {
            if socket.read_buf(&mut request.bytes).await? == 0 {
                return Ok(());
            }
        }
        let seat = seats
            .named_in(&request.bytes)
            .ok_or(io::ErrorKind::InvalidData)?;
        answer(&mut socket, seat).await?;
    }
}

async fn answer(socket: &mut TcpStream, seat: &Seat) -> io::Result<()> {
    let script = seat.script().ok_or(io::ErrorKind::InvalidData)?;
    let Some((first, others)) = script.chunks.split_first() else {
        return socket.write_all(script.answer.as_bytes()).await;
    };
    socket
        .write_all([script.answer.as_str(), first].concat().as_bytes())
        .await?;
    for (written, chunk) in (1..).zip(others) {
        seat.until_received(written).await;
        socket.write_all(chunk.as_bytes()).await?;
    }
    Ok(())
}
