//! The functions that Envoy calls, under the names that the ABI gives them.
//!
//! Envoy skips a callback that a module does not export, and each one that it makes costs a
//! quarter of a microsecond; hence only those that have something to do are here. Notably absent
//! is `proxy_on_done`: a stream of either role ends with `proxy_on_delete`.
#![expect(
    unsafe_code,
    reason = "the ABI wants exports under their own names, and memory without an owner"
)]

use std::alloc::{Layout, alloc};
use std::ptr::{NonNull, null_mut};

use super::contexts;
use super::http::HttpStream;
use crate::role::Flow;

unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Called once for each VM, before any other callback: the reactor's entry point.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    // SAFETY: the host calls `_initialize` exactly once, and constructors must run before
    // anything else does.
    unsafe { __wasm_call_ctors() };
    super::logger::install();
}

/// Says which ABI this is.
#[unsafe(no_mangle)]
extern "C" fn proxy_abi_version_0_2_1() {}

/// Gives memory to the host for what a host call returns; `abi::returned` takes it back.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    match Layout::array::<u8>(size) {
        Ok(_) if size == 0 => NonNull::dangling().as_ptr(),
        // SAFETY: the size is not zero.
        Ok(layout) => unsafe { alloc(layout) },
        Err(_) => null_mut(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_context_create(context: u32, root: u32) {
    contexts::create(context, root);
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_configure(context: u32, size: usize) -> u32 {
    u32::from(contexts::configure(context, size))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_tick(_: u32) {
    super::silence::tick();
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_headers(context: u32, _: usize, end: u32) -> u32 {
    let flow = contexts::with_stream(context, |stream| stream.request_headers(end != 0));
    // A request that no machine looks at must go nowhere.
    number(flow.unwrap_or_else(super::host::refuse))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_body(context: u32, size: usize, end: u32) -> u32 {
    step(context, |stream| stream.request_body(size, end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_trailers(context: u32, _: usize) -> u32 {
    step(context, HttpStream::request_trailers)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_headers(context: u32, _: usize, end: u32) -> u32 {
    step(context, |stream| stream.response_headers(end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_body(context: u32, size: usize, end: u32) -> u32 {
    step(context, |stream| stream.response_body(size, end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_trailers(context: u32, _: usize) -> u32 {
    step(context, HttpStream::response_trailers)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_http_call_response(
    _plugin: u32,
    token: u32,
    _headers: usize,
    size: usize,
    _trailers: usize,
) {
    contexts::answered(token, size);
}

/// The end of a downstream filter, while the access log can still be told something.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_log(context: u32) {
    contexts::with_stream(context, HttpStream::finish);
}

/// The end of an upstream filter, and of a plugin instance.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_delete(context: u32) {
    contexts::delete(context);
}

/// A stream's next callback, after the first.
fn step(context: u32, callback: impl FnOnce(&mut HttpStream) -> Flow) -> u32 {
    number(contexts::with_stream(context, callback).unwrap_or(Flow::Continue))
}

/// The flow, as the host numbers it.
fn number(flow: Flow) -> u32 {
    match flow {
        Flow::Continue => 0,
        Flow::Pause => 1,
    }
}
