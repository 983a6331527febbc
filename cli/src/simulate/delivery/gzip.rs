//! Compressed bodies. Every frame ends in a flush, so that what has been sent can be
//! read before the rest is there.

use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// One compressed frame for each frame, together one gzip member; without its end if
/// the stream is not to have one.
pub(super) fn frames(frames: &[Bytes], ends: bool) -> Vec<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let frames = frames.iter();
    let mut compressed: Vec<Bytes> = frames
        .map(|frame| compress(&mut encoder, frame).unwrap_or_default())
        .collect();
    if let (true, Some(last)) = (ends, compressed.last_mut()) {
        *last = [&last[..], &encoder.finish().unwrap_or_default()]
            .concat()
            .into();
    }
    compressed
}

pub(crate) fn document(document: &Bytes) -> Bytes {
    frames(std::slice::from_ref(document), true).concat().into()
}

/// Writing into memory does not fail.
fn compress(encoder: &mut GzEncoder<Vec<u8>>, frame: &[u8]) -> io::Result<Bytes> {
    encoder.write_all(frame)?;
    encoder.flush()?;
    Ok(std::mem::take(encoder.get_mut()).into())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::MultiGzDecoder;

    use super::*;

    #[test]
    fn what_has_been_sent_can_be_read() {
        let compressed = frames(&["data: one\n\n", "data: two\n\n"].map(Bytes::from), true);
        let mut text = String::new();
        let _ = MultiGzDecoder::new(&compressed[0][..]).read_to_string(&mut text);
        assert_eq!(text, "data: one\n\n");
        let all = compressed.concat();
        text.clear();
        MultiGzDecoder::new(&all[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "data: one\n\ndata: two\n\n");
    }
}
