//! The server: connections in, one request after another on each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::answer::Tuning;
use super::bench::{self, Canned, Pantry};
use super::control;
use super::delivery::{Body, Severed};
use super::journal::{Exchange, Journal};
use super::respond;
use super::script::{self, Script, Step};
use super::serial::Serial;
use super::vendor::{Dialect, Endpoint, Inquiry, Models, Refusal, Vendor};
use super::wire::{Cutter, Wire};

/// The largest request that is read.
const LARGEST_BODY: usize = 64 * 1024 * 1024;
/// Gateways add headers to what their clients send.
const MOST_HEADERS: usize = 256;

/// What to simulate.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) dialect: Dialect,
    pub(crate) name: String,
    /// The only key to accept; none accepts every request.
    pub(crate) api_key: Option<String>,
    pub(crate) models: Models,
    pub(crate) steps: Vec<Step>,
}

/// Serves `listener` until the future is dropped, and ends every connection then.
pub(crate) async fn serve(options: Options, listener: TcpListener) {
    let simulator = Arc::new(Simulator::new(options));
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                connections.spawn(converse(Arc::clone(&simulator), socket));
            }
            // Out of file descriptors, most likely: wait until some are free.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// One connection. How it ends is in the journal; nobody else needs to know.
async fn converse(simulator: Arc<Simulator>, socket: TcpStream) {
    // Without it small events wait for each other; not worth failing for.
    let _ = socket.set_nodelay(true);
    let cutter = Cutter::default();
    let wire = TokioIo::new(Wire::new(socket, cutter.clone()));
    let service = hyper::service::service_fn(move |request| {
        let (simulator, cutter) = (Arc::clone(&simulator), cutter.clone());
        async move { simulator.handle(request, cutter).await }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .max_headers(MOST_HEADERS)
        .serve_connection(wire, service)
        .await;
}

/// A provider.
#[derive(Debug)]
pub(crate) struct Simulator {
    pub(crate) options: Options,
    pub(crate) script: Script,
    pub(crate) journal: Journal,
    pantry: Pantry,
    requests: AtomicU64,
}

/// A request that has been read, and what is needed to answer it.
pub(crate) struct Turn {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
    pub(crate) serial: Serial,
    pub(crate) exchange: Exchange,
    pub(crate) cutter: Cutter,
}

impl Simulator {
    fn new(mut options: Options) -> Self {
        let script = Script::default();
        script.replace(std::mem::take(&mut options.steps));
        Self {
            options,
            script,
            journal: Journal::default(),
            pantry: Pantry::default(),
            requests: AtomicU64::new(0),
        }
    }

    pub(crate) fn vendor(&self) -> &'static dyn Vendor {
        self.options.dialect.vendor()
    }

    async fn handle(
        &self,
        request: Request<Incoming>,
        cutter: Cutter,
    ) -> Result<Response<Body>, Severed> {
        let serial = Serial(self.requests.fetch_add(1, Ordering::Relaxed) + 1);
        let (head, body) = request.into_parts();
        let body = match Limited::new(body, LARGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(why) if why.is::<LengthLimitError>() => return Ok(self.too_large(serial)),
            Err(_) => return Err(Severed),
        };
        if control::is_control(head.uri.path()) {
            return Ok(self.control(&head, &body));
        }
        if let Some(canned) = self.canned(&head, &body, serial, &cutter) {
            return Ok(canned);
        }
        let exchange = self.journal.open(&head, &body);
        self.answer(Turn {
            head,
            body,
            serial,
            exchange,
            cutter,
        })
        .await
    }

    async fn answer(&self, turn: Turn) -> Result<Response<Body>, Severed> {
        let vendor = self.vendor();
        if let Err(refusal) = self.let_in(&turn.head) {
            return Ok(respond::refuse(vendor, turn, &refusal));
        }
        let path = turn.head.uri.path().to_owned();
        let answer = match vendor.endpoint(&turn.head.method, &path) {
            Endpoint::Chat => return self.chat(turn).await,
            Endpoint::CountTokens => vendor.count_tokens(&self.inquiry(&turn, &Tuning::default())),
            Endpoint::Models => Ok(vendor.models(&self.options.models)),
            Endpoint::Model(name) => vendor.model(name, &self.options.models),
            endpoint => Err(vendor.refuse(&endpoint, &turn.head.method, &path)),
        };
        Ok(match answer {
            Ok(document) => respond::document(vendor, turn, document),
            Err(refusal) => respond::refuse(vendor, turn, &refusal),
        })
    }

    /// The endpoint that scripts are about.
    async fn chat(&self, turn: Turn) -> Result<Response<Body>, Severed> {
        let vendor = self.vendor();
        let step = match self.script.step_for(&turn.head.headers) {
            Ok(step) => step,
            Err(why) => {
                let refusal = Refusal::new(400, "simulate_error", why);
                return Ok(respond::refuse(vendor, turn, &refusal));
            }
        };
        let reply = vendor.answer(&self.inquiry(&turn, &step.tuning()));
        match reply {
            Err(refusal) if step.validate != Some(false) => {
                turn.exchange.refused();
                Ok(respond::refuse(vendor, turn, &refusal))
            }
            reply => respond::scripted(vendor, turn, reply, &step).await,
        }
    }

    fn inquiry<'a>(&'a self, turn: &'a Turn, tuning: &'a Tuning) -> Inquiry<'a> {
        Inquiry {
            headers: &turn.head.headers,
            body: &turn.body,
            tuning,
            serial: turn.serial,
            models: &self.options.models,
        }
    }

    fn let_in(&self, head: &Parts) -> Result<(), Refusal> {
        match &self.options.api_key {
            Some(key) => self.vendor().authenticate(&head.headers, key),
            None => Ok(()),
        }
    }

    /// The answer to a load test's request, unless a script has other plans.
    fn canned(
        &self,
        head: &Parts,
        body: &Bytes,
        serial: Serial,
        cutter: &Cutter,
    ) -> Option<Response<Body>> {
        let spec = bench::spec(body)?;
        let vendor = self.vendor();
        if !self.script.is_empty()
            || script::is_scripted(&head.headers)
            || self.let_in(head).is_err()
            || vendor.endpoint(&head.method, head.uri.path()) != Endpoint::Chat
        {
            return None;
        }
        let canned = self.pantry.answer(vendor, spec)?;
        let exchange = self.journal.count();
        let (body, content_type) = match &*canned {
            Canned::Whole(document) => (Body::whole(document.clone(), exchange), respond::JSON),
            Canned::Events(events) => {
                let pieces = bench::pieces(events, spec.pause_ms);
                (
                    Body::planned(pieces, exchange, cutter.clone()),
                    respond::EVENT_STREAM,
                )
            }
        };
        Some(respond::response(
            vendor,
            serial,
            StatusCode::OK,
            content_type,
            body,
        ))
    }

    fn too_large(&self, serial: Serial) -> Response<Body> {
        let vendor = self.vendor();
        let refusal = vendor.usual_error(413);
        let body = Body::whole(vendor.error_body(&refusal, serial), self.journal.count());
        respond::response(
            vendor,
            serial,
            StatusCode::PAYLOAD_TOO_LARGE,
            respond::JSON,
            body,
        )
    }

    fn control(&self, head: &Parts, body: &Bytes) -> Response<Body> {
        let (status, value) = control::handle(self, &head.method, head.uri.path(), body);
        let mut response = Response::new(Body::whole(
            Bytes::from(value.to_string()),
            Exchange::unseen(),
        ));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(respond::JSON));
        response
    }
}
