//! Vectors as base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A vector as base64 of 32-bit floats, the lowest byte first.
pub fn to_base64(vector: &[f64]) -> String {
    let mut bytes = Vec::with_capacity(vector.len().saturating_mul(4));
    for number in vector {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "OpenAI's base64 has 32 bits a number"
        )]
        let single = *number as f32;
        bytes.extend_from_slice(&single.to_le_bytes());
    }
    STANDARD.encode(bytes)
}

/// The vector of a base64 text; `None` where it is not one.
pub fn from_base64(text: &str) -> Option<Vec<f64>> {
    let bytes = STANDARD.decode(text).ok()?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    let vector = numbers
        .iter()
        .map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
    rest.is_empty().then(|| vector.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_written_as_openai_writes_it() {
        // python3: base64.b64encode(struct.pack("<3f", 1, -0.5, 0.1))
        assert_eq!(to_base64(&[1.0, -0.5, 0.1]), "AACAPwAAAL/NzMw9");
        assert_eq!(to_base64(&[]), "");
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(from_base64("AACAPwAAAL8="), Some(vec![1.0, -0.5]));
        assert_eq!(from_base64("AACAPwAAAA=="), None);
        assert_eq!(from_base64("?"), None);
    }
}
