/// Amazon's event stream with right checksums, from lines of text: a type, a space and a payload
/// each. Types that end in `Exception` are exceptions.
pub fn event_stream(lines: &[u8]) -> Vec<u8> {
    let lines = lines.split(|byte| *byte == b'\n');
    lines.flat_map(message).collect()
}

fn message(line: &[u8]) -> Vec<u8> {
    let space = line.iter().position(|byte| *byte == b' ');
    let (kind, payload) = line.split_at(space.unwrap_or(line.len()));
    let (name, message_type) = if kind.ends_with(b"Exception") {
        (":exception-type", &b"exception"[..])
    } else {
        (":event-type", &b"event"[..])
    };
    let mut headers = text(name, kind);
    headers.extend(text(":message-type", message_type));
    framed(&headers, payload.get(1..).unwrap_or_default())
}

fn text(name: &str, value: &[u8]) -> Vec<u8> {
    let value = &value[..value.len().min(1000)];
    let mut header = vec![name.len() as u8];
    header.extend(name.bytes());
    header.push(7);
    header.extend((value.len() as u16).to_be_bytes());
    header.extend(value);
    header
}

/// A message with these headers and this payload, whatever they are.
pub fn framed(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut bytes = ((16 + headers.len() + payload.len()) as u32)
        .to_be_bytes()
        .to_vec();
    bytes.extend((headers.len() as u32).to_be_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend(headers);
    bytes.extend(payload);
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes
}
