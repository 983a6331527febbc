//! Limits that hold over any number of Envoys, without a round trip in the steady state.
//!
//! A *counter* is one limit of one scope: the requests a minute of a key, the dollars a day of a
//! team. The sidecar keeps what each counter has used; this filter holds a *lease* on it, a block
//! that the sidecar has set aside for this worker alone, and spends it without asking. See
//! [`protocol`] for how both stay in agreement whatever is lost on the way.

pub mod protocol;
