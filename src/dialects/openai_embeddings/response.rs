//! From vectors to the client's body.

use serde::{Serialize, Serializer};

use super::{Encoding, to_base64};
use crate::chat::EmbeddingsResponse;

/// Writes the body of an answer; `model` is what the client is told where the upstream says
/// nothing.
pub fn encode(response: &EmbeddingsResponse, encoding: Encoding, model: &str) -> Vec<u8> {
    let tokens = response.input_tokens.unwrap_or_default();
    let item = |(index, vector)| Item {
        object: "embedding",
        index,
        embedding: Vector { vector, encoding },
    };
    let body = Body {
        object: "list",
        data: response.vectors.iter().enumerate().map(item).collect(),
        model: response.model.as_deref().unwrap_or(model),
        usage: Usage {
            prompt_tokens: tokens,
            total_tokens: tokens,
        },
    };
    serde_json::to_vec(&body).unwrap_or_default()
}

#[derive(Serialize)]
struct Body<'a> {
    object: &'static str,
    data: Vec<Item<'a>>,
    model: &'a str,
    usage: Usage,
}

#[derive(Serialize)]
struct Item<'a> {
    object: &'static str,
    index: usize,
    embedding: Vector<'a>,
}

#[derive(Serialize)]
struct Usage {
    prompt_tokens: u64,
    total_tokens: u64,
}

struct Vector<'a> {
    vector: &'a Vec<f64>,
    encoding: Encoding,
}

impl Serialize for Vector<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.encoding {
            Encoding::Float => self.vector.serialize(serializer),
            Encoding::Base64 => to_base64(self.vector).serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_written_in_the_encoding_that_was_asked_for() {
        let response = EmbeddingsResponse {
            model: None,
            vectors: vec![vec![1.0, -0.5], vec![0.014_123_456_789]],
            input_tokens: Some(7),
        };
        let text = |encoding| String::from_utf8(encode(&response, encoding, "m")).unwrap();
        assert_eq!(
            text(Encoding::Float),
            r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,-0.5]},{"object":"embedding","index":1,"embedding":[0.014123456789]}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}}"#
        );
        assert!(text(Encoding::Base64).contains(r#""index":0,"embedding":"AACAPwAAAL8=""#));
    }
}
