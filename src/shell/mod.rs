//! The boundary to Envoy: callbacks become [`Input`](crate::role::Input)s, and
//! [`Effect`](crate::role::Effect)s become host calls. Nothing here knows what a model is.
//!
//! Built for `target_os = "wasi"` only. The SDK's dispatcher is used as it is; its host calls are
//! not, because they panic on statuses that they do not expect and on header names that are not
//! UTF-8, and a panic here ends every stream of the worker. [`abi`] has the few that are needed,
//! all of them fallible.

mod abi;
mod host;
mod http;
mod root;
mod silence;

/// Called by Envoy once for each VM, before any other callback.
#[expect(
    unsafe_code,
    reason = "the ABI wants these two exports under their own names"
)]
mod exports {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }

    /// The reactor's entry point.
    #[unsafe(no_mangle)]
    pub(super) extern "C" fn _initialize() {
        // SAFETY: the host calls `_initialize` exactly once, and constructors must run before
        // anything else does.
        unsafe { __wasm_call_ctors() };
        super::root::install();
    }
}
