//! The neutral vocabulary between what clients speak ([`crate::dialects`]) and what upstreams
//! speak ([`crate::providers`]).
//!
//! Every dialect and every provider converts to and from these types and never to one another,
//! so that N dialects and M providers need N + M mappings. The types borrow from the client's
//! body where they can: a tool's JSON schema, for one, must reach the provider byte for byte, or
//! the provider's prompt cache misses.

mod embeddings;
mod error;
mod event;
mod finish_reason;
mod fold;
mod logprobs;
mod message;
mod operation;
mod request;
mod response;
pub mod signature;
mod tool;
mod usage;
mod vendor;
mod warning;

pub use embeddings::{EmbeddingsInput, EmbeddingsRequest, EmbeddingsResponse};
pub use error::{Error, ErrorKind};
pub use event::{BlockKind, Event, Sink};
pub use finish_reason::FinishReason;
pub use fold::Fold;
pub use logprobs::{TokenLogprob, TopLogprob};
pub use message::{Media, MediaSource, Message, Part, Reasoning, Text};
pub use operation::Operation;
pub use request::{Extra, ReasoningEffort, Request, ResponseFormat, Sampling};
pub use response::{Annotation, Choice, Image, Response};
pub use tool::{OtherTool, Tool, ToolCall, ToolChoice};
pub use usage::Usage;
pub use vendor::{Before, Vendor, VendorPart};
pub use warning::{Change, Warning};
