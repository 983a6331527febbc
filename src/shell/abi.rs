//! The host calls that this filter makes, as safe and fallible functions.
//!
//! Names and signatures are those of the proxy-wasm ABI 0.2.1
//! (<https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1>, checked 2026-11-21).
#![expect(unsafe_code, reason = "host calls are foreign functions")]

use std::ptr::{null, null_mut};
use std::time::Duration;

/// The status of a host call that did not succeed, as the host numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failed(pub(super) u32);

/// Which header map is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Map {
    Request = 0,
    Response = 2,
    CalloutResponse = 6,
}

/// Which buffer is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Buffer {
    RequestBody = 0,
    ResponseBody = 1,
    CalloutResponseBody = 4,
    PluginConfiguration = 7,
}

/// How the host keeps a statistic.
#[derive(Debug, Clone, Copy)]
pub(super) enum Metric {
    Counter = 0,
    Gauge = 1,
}

/// How urgent a log line is, as the host numbers it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Level {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
    Critical = 5,
}

mod raw {
    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        pub(super) fn proxy_log(level: u32, message: *const u8, size: usize) -> u32;
        pub(super) fn proxy_get_header_map_pairs(
            map: u32,
            data: *mut *mut u8,
            size: *mut usize,
        ) -> u32;
        pub(super) fn proxy_set_header_map_pairs(map: u32, data: *const u8, size: usize) -> u32;
        pub(super) fn proxy_get_header_map_value(
            map: u32,
            name: *const u8,
            name_size: usize,
            data: *mut *mut u8,
            size: *mut usize,
        ) -> u32;
        pub(super) fn proxy_add_header_map_value(
            map: u32,
            name: *const u8,
            name_size: usize,
            value: *const u8,
            value_size: usize,
        ) -> u32;
        pub(super) fn proxy_remove_header_map_value(
            map: u32,
            name: *const u8,
            name_size: usize,
        ) -> u32;
        pub(super) fn proxy_get_buffer_bytes(
            buffer: u32,
            start: usize,
            max_size: usize,
            data: *mut *mut u8,
            size: *mut usize,
        ) -> u32;
        pub(super) fn proxy_set_buffer_bytes(
            buffer: u32,
            start: usize,
            size: usize,
            data: *const u8,
            data_size: usize,
        ) -> u32;
        pub(super) fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
        pub(super) fn proxy_get_property(
            path: *const u8,
            path_size: usize,
            data: *mut *mut u8,
            size: *mut usize,
        ) -> u32;
        pub(super) fn proxy_set_property(
            path: *const u8,
            path_size: usize,
            value: *const u8,
            value_size: usize,
        ) -> u32;
        pub(super) fn proxy_get_shared_data(
            key: *const u8,
            key_size: usize,
            data: *mut *mut u8,
            size: *mut usize,
            version: *mut u32,
        ) -> u32;
        pub(super) fn proxy_set_shared_data(
            key: *const u8,
            key_size: usize,
            value: *const u8,
            value_size: usize,
            version: u32,
        ) -> u32;
        pub(super) fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
        pub(super) fn proxy_set_effective_context(context: u32) -> u32;
        pub(super) fn proxy_http_call(
            cluster: *const u8,
            cluster_size: usize,
            headers: *const u8,
            headers_size: usize,
            body: *const u8,
            body_size: usize,
            trailers: *const u8,
            trailers_size: usize,
            timeout: u32,
            token: *mut u32,
        ) -> u32;
        pub(super) fn proxy_define_metric(
            kind: u32,
            name: *const u8,
            name_size: usize,
            metric: *mut u32,
        ) -> u32;
        pub(super) fn proxy_increment_metric(metric: u32, by: i64) -> u32;
        pub(super) fn proxy_record_metric(metric: u32, value: u64) -> u32;
        pub(super) fn proxy_close_stream(stream: u32) -> u32;
        pub(super) fn proxy_continue_stream(stream: u32) -> u32;
        pub(super) fn proxy_send_local_response(
            status: u32,
            details: *const u8,
            details_size: usize,
            body: *const u8,
            body_size: usize,
            headers: *const u8,
            headers_size: usize,
            grpc_status: i32,
        ) -> u32;
    }
}

/// Writes a line to Envoy's log; there is nobody to tell of a failure.
pub(super) fn log(level: Level, message: &str) {
    // SAFETY: the host only reads, and only for the length of the call.
    let _ = unsafe { raw::proxy_log(level as u32, message.as_ptr(), message.len()) };
}

/// All headers of a map, in the host's encoding.
pub(super) fn header_map(map: Map) -> Result<Vec<u8>, Failed> {
    // SAFETY: the host writes an address that it got from `proxy_on_memory_allocate` and the
    // size that it asked for, both to locals that outlive the call.
    returned(|data, size| unsafe { raw::proxy_get_header_map_pairs(map as u32, data, size) })
}

/// Replaces all headers of a map by those in the host's encoding.
pub(super) fn set_header_map(map: Map, encoded: &[u8]) -> Result<(), Failed> {
    // SAFETY: the host only reads, and only for the length of the call.
    status(unsafe { raw::proxy_set_header_map_pairs(map as u32, encoded.as_ptr(), encoded.len()) })
}

/// The value of one header.
pub(super) fn header(map: Map, name: &str) -> Result<Vec<u8>, Failed> {
    // SAFETY: as in `header_map`; the name is only read, and only for the length of the call.
    returned(|data, size| unsafe {
        raw::proxy_get_header_map_value(map as u32, name.as_ptr(), name.len(), data, size)
    })
}

/// Adds a header to those that are there.
pub(super) fn add_header(map: Map, name: &str, value: &str) -> Result<(), Failed> {
    // SAFETY: the host only reads, and only for the length of the call.
    status(unsafe {
        raw::proxy_add_header_map_value(
            map as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    })
}

/// Removes all headers of a name; none is no failure.
pub(super) fn remove_header(map: Map, name: &[u8]) -> Result<(), Failed> {
    // SAFETY: the host only reads, and only for the length of the call.
    status(unsafe { raw::proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) })
}

/// Up to `max_size` bytes of a buffer, from `start`.
pub(super) fn buffer(buffer: Buffer, start: usize, max_size: usize) -> Result<Vec<u8>, Failed> {
    // SAFETY: as in `header_map`.
    returned(|data, size| unsafe {
        raw::proxy_get_buffer_bytes(buffer as u32, start, max_size, data, size)
    })
}

/// Replaces `size` bytes of a buffer, from its start.
pub(super) fn set_buffer_prefix(buffer: Buffer, size: usize, bytes: &[u8]) -> Result<(), Failed> {
    // SAFETY: the host only reads, and only for the length of the call.
    status(unsafe {
        raw::proxy_set_buffer_bytes(buffer as u32, 0, size, bytes.as_ptr(), bytes.len())
    })
}

/// Nanoseconds since the Unix epoch.
pub(super) fn now() -> Result<u64, Failed> {
    let mut time = 0;
    // SAFETY: the host writes eight bytes to a local that outlives the call.
    status(unsafe { raw::proxy_get_current_time_nanoseconds(&raw mut time) }).map(|()| time)
}

/// A property: one of Envoy's attributes, the parts of its name joined by zero bytes, or one that
/// has been set before.
pub(super) fn property(name: &str) -> Result<Vec<u8>, Failed> {
    // SAFETY: as in `header_map`; the name is only read, and only for the length of the call.
    returned(|data, size| unsafe { raw::proxy_get_property(name.as_ptr(), name.len(), data, size) })
}

/// Sets a property, which Envoy keeps as filter state under `wasm.NAME`.
pub(super) fn set_property(name: &str, value: &[u8]) -> Result<(), Failed> {
    // SAFETY: the host only reads, and only for the length of the call.
    status(unsafe {
        raw::proxy_set_property(name.as_ptr(), name.len(), value.as_ptr(), value.len())
    })
}

/// A value that all workers of the process share, and its version (the ABI's "CAS").
pub(super) fn shared_data(key: &str) -> Result<(Vec<u8>, u32), Failed> {
    let mut version = 0;
    // SAFETY: as in `header_map`; the key is only read, and only for the length of the call, and the
    // host writes four bytes to a local that outlives it.
    let value = returned(|data, size| unsafe {
        raw::proxy_get_shared_data(key.as_ptr(), key.len(), data, size, &raw mut version)
    })?;
    Ok((value, version))
}

/// Sets a value that all workers share, where it still has this version; 0 is any.
pub(super) fn set_shared_data(key: &str, value: &[u8], version: u32) -> Result<(), Failed> {
    // SAFETY: the host only reads, and only for the length of the call.
    status(unsafe {
        raw::proxy_set_shared_data(
            key.as_ptr(),
            key.len(),
            value.as_ptr(),
            value.len(),
            version,
        )
    })
}

/// Answers the client; `headers` in the host's encoding, without `:status`.
pub(super) fn send_local_response(
    http_status: u16,
    headers: &[u8],
    body: &[u8],
) -> Result<(), Failed> {
    // SAFETY: the host only reads, and only for the length of the call.
    status(unsafe {
        raw::proxy_send_local_response(
            u32::from(http_status),
            null(),
            0,
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            -1,
        )
    })
}

/// Asks for a tick of this plugin again and again.
pub(super) fn set_tick_period(period: Duration) -> Result<(), Failed> {
    let period = u32::try_from(period.as_millis()).unwrap_or(u32::MAX);
    // SAFETY: no memory is shared.
    status(unsafe { raw::proxy_set_tick_period_milliseconds(period) })
}

/// Resets another stream of this plugin, once the callback under way has returned.
pub(super) fn end_stream(context: u32) -> Result<(), Failed> {
    const RESPONSE: u32 = 1;
    act_for(context)?;
    // SAFETY: no memory is shared; what the host calls in turn, it calls later.
    status(unsafe { raw::proxy_close_stream(RESPONSE) })
}

/// Sends a request to a cluster, with headers in the host's encoding; what it brings is announced to
/// this context under the token.
pub(super) fn http_call(
    cluster: &str,
    headers: &[u8],
    body: &[u8],
    timeout: Duration,
) -> Result<u32, Failed> {
    let timeout = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
    let mut token = 0;
    // SAFETY: the host only reads, and only for the length of the call, and writes four bytes to
    // a local that outlives it.
    status(unsafe {
        raw::proxy_http_call(
            cluster.as_ptr(),
            cluster.len(),
            headers.as_ptr(),
            headers.len(),
            body.as_ptr(),
            body.len(),
            null(),
            0,
            timeout,
            &raw mut token,
        )
    })
    .map(|()| token)
}

/// Counts one in a counter of this name, which is made where it is not there yet.
pub(super) fn count(name: &str) -> Result<(), Failed> {
    add_to_metric(define_metric(Metric::Counter, name)?, 1)
}

/// The host's number of a statistic of this name, which is made where it is not there yet.
pub(super) fn define_metric(kind: Metric, name: &str) -> Result<u32, Failed> {
    let mut metric = 0;
    // SAFETY: the host only reads the name, and only for the length of the call, and writes four
    // bytes to a local that outlives it.
    status(unsafe {
        raw::proxy_define_metric(kind as u32, name.as_ptr(), name.len(), &raw mut metric)
    })?;
    Ok(metric)
}

/// Adds to a counter or a gauge.
pub(super) fn add_to_metric(metric: u32, by: i64) -> Result<(), Failed> {
    // SAFETY: no memory is shared.
    status(unsafe { raw::proxy_increment_metric(metric, by) })
}

/// Sets a gauge.
pub(super) fn set_metric(metric: u32, value: u64) -> Result<(), Failed> {
    // SAFETY: no memory is shared.
    status(unsafe { raw::proxy_record_metric(metric, value) })
}

/// What follows in this callback is done for this stream.
pub(super) fn act_for(context: u32) -> Result<(), Failed> {
    // SAFETY: no memory is shared.
    status(unsafe { raw::proxy_set_effective_context(context) })
}

/// Lets this stream's request go on, once the callback under way has returned.
pub(super) fn resume_request() -> Result<(), Failed> {
    const REQUEST: u32 = 0;
    // SAFETY: no memory is shared.
    status(unsafe { raw::proxy_continue_stream(REQUEST) })
}

fn status(code: u32) -> Result<(), Failed> {
    if code == 0 { Ok(()) } else { Err(Failed(code)) }
}

/// Takes over the memory that a host call returns. A null pointer means nothing.
fn returned(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Vec<u8>, Failed> {
    let mut data: *mut u8 = null_mut();
    let mut size = 0;
    status(call(&raw mut data, &raw mut size))?;
    if data.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: our `proxy_on_memory_allocate`, which the host called for this memory, allocated
    // exactly `size` bytes as for a `Vec<u8>`, and nobody else owns them.
    Ok(unsafe { Vec::from_raw_parts(data, size, size) })
}
