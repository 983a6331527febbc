//! Events in a provider's framing.

use serde_json::Value;
use tidegate::framing::Framing;

/// An event as it goes over the wire.
pub(crate) fn frame(framing: Framing, name: &str, data: &Value) -> Vec<u8> {
    match framing {
        Framing::JsonLines => format!("{data}\n").into_bytes(),
        Framing::AwsEventStream => message(name, data.to_string().as_bytes()),
        Framing::ServerSentEvents if name.is_empty() => {
            format!("data: {data}\r\n\r\n").into_bytes()
        }
        Framing::ServerSentEvents => format!("event: {name}\ndata: {data}\n\n").into_bytes(),
    }
}

/// A message of Amazon's event stream: lengths, their CRC, headers, payload, the CRC of all that.
fn message(name: &str, payload: &[u8]) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in [
        (":event-type", name),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ] {
        headers.push(u8::try_from(name.len()).unwrap());
        headers.extend_from_slice(name.as_bytes());
        headers.push(7); // text
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_be_bytes();
    let mut out = length(16 + headers.len() + payload.len()).to_vec();
    out.extend_from_slice(&length(headers.len()));
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out.extend_from_slice(&headers);
    out.extend_from_slice(payload);
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let byte = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(!0, byte)
}
