//! Short ways to report what a block holds.

use crate::chat::{Event, Sink, VendorPart};
use crate::providers::anthropic::VENDOR;

pub(super) fn report_part(part: VendorPart<'_>, sink: &mut dyn Sink) {
    sink.event(Event::Vendor {
        choice: 0,
        name: VENDOR,
        part,
    });
}

pub(super) fn report_delta(block: u32, text: &str, sink: &mut dyn Sink) {
    if !text.is_empty() {
        sink.event(Event::BlockDelta { block, text });
    }
}

pub(super) fn report_signature(block: u32, signature: &str, sink: &mut dyn Sink) {
    if !signature.is_empty() {
        sink.event(Event::Signature { block, signature });
    }
}
