//! What the fuzz targets share: how an input says where its bytes are cut into chunks, and what
//! holds for every stream that reaches a client.

mod cuts;
mod event_stream;
mod natives;
mod streams;

pub use cuts::{chunks, seed_and_stream};
pub use event_stream::{event_stream, framed};
pub use natives::assert_native_stream_holds;
pub use streams::assert_holds_however_it_is_cut;
