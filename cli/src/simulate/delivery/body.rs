//! The body that hyper asks for frames.

use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

use super::Piece;
use crate::simulate::journal::Exchange;
use crate::simulate::wire::Cutter;

/// A response body.
#[derive(Debug)]
pub(crate) struct Body {
    inner: Inner,
    exchange: Exchange,
}

#[derive(Debug)]
enum Inner {
    Whole(Bytes),
    Planned(Walk),
}

#[derive(Debug)]
struct Walk {
    pieces: std::vec::IntoIter<Piece>,
    cutter: Cutter,
    sleep: Option<Pin<Box<Sleep>>>,
    unflushed: bool,
    hung: bool,
}

impl Body {
    /// All at once.
    pub(crate) fn whole(bytes: Bytes, exchange: Exchange) -> Self {
        Self {
            inner: Inner::Whole(bytes),
            exchange,
        }
    }

    pub(crate) fn planned(pieces: Vec<Piece>, exchange: Exchange, cutter: Cutter) -> Self {
        let pieces = pieces.into_iter();
        let walk = Walk {
            pieces,
            cutter,
            sleep: None,
            unflushed: false,
            hung: false,
        };
        Self {
            inner: Inner::Planned(walk),
            exchange,
        }
    }
}

/// The connection was dropped on purpose.
#[derive(Debug)]
pub(crate) struct Severed;

impl fmt::Display for Severed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the script drops this connection")
    }
}

impl std::error::Error for Severed {}

type NextFrame = Poll<Option<Result<Frame<Bytes>, Severed>>>;

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> NextFrame {
        let Self { inner, exchange } = &mut *self;
        match inner {
            Inner::Whole(bytes) => {
                exchange.end();
                if bytes.is_empty() {
                    return Poll::Ready(None);
                }
                exchange.sent(bytes.len(), true);
                Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes)))))
            }
            Inner::Planned(walk) => walk.next(exchange, context),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.inner, Inner::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Whole(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Inner::Planned(_) => SizeHint::default(),
        }
    }
}

impl Walk {
    fn next(&mut self, exchange: &mut Exchange, context: &mut Context<'_>) -> NextFrame {
        loop {
            if self.hung || self.wait(context).is_pending() {
                return Poll::Pending;
            }
            match self.pieces.next() {
                Some(Piece::Bytes { bytes, ends_event }) => {
                    exchange.sent(bytes.len(), ends_event);
                    self.unflushed = true;
                    if self.pieces.len() == 0 {
                        // Hyper does not ask again once a known length has been sent.
                        exchange.end();
                    }
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Some(Piece::Pause(pause)) => self.sleep = Some(Box::pin(tokio::time::sleep(pause))),
                Some(Piece::Hang) => self.hung = true,
                Some(Piece::Cut(ending)) => {
                    exchange.cut();
                    self.cutter.cut(ending);
                    return Poll::Ready(Some(Err(Severed)));
                }
                None => {
                    exchange.end();
                    return Poll::Ready(None);
                }
            }
        }
    }

    /// Waits for the end of a pause, and lets hyper flush what it has: it does so
    /// whenever the body has nothing for it.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.unflushed && self.pieces.len() > 0 {
            self.unflushed = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(sleep) = &mut self.sleep {
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.sleep = None;
        }
        Poll::Ready(())
    }
}
