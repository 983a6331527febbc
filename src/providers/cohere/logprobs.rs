//! Log probabilities: Cohere's → OpenAI's.
//!
//! Cohere gives them for pieces of text, which may be several tokens: such a piece is told as one
//! token, whose probability is that of all of them together. It has no alternatives to tell of.

use super::wire::read::Logprob;
use crate::chat::TokenLogprob;

/// The piece as a token; `None` where nothing is known of it.
pub(super) fn token(piece: &Logprob<'_>) -> Option<TokenLogprob> {
    let logprobs = piece.logprobs.as_deref().filter(|all| !all.is_empty())?;
    Some(TokenLogprob {
        token: piece.text.as_deref()?.to_owned(),
        logprob: logprobs.iter().sum(),
        top: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_several_tokens_is_as_likely_as_all_of_them_together() {
        let piece = r#"{"text":"Paris","token_ids":[1,2],"logprobs":[-0.5,-0.25]}"#;
        let token = token(&serde_json::from_str(piece).unwrap()).unwrap();
        assert_eq!((token.token.as_str(), token.logprob), ("Paris", -0.75));
    }

    #[test]
    fn a_piece_without_text_or_numbers_is_left_out() {
        for piece in [
            r#"{"token_ids":[1]}"#,
            r#"{"text":"a","token_ids":[1]}"#,
            r#"{"text":"a","logprobs":[]}"#,
            r#"{"logprobs":[-1]}"#,
        ] {
            assert_eq!(
                token(&serde_json::from_str(piece).unwrap()),
                None,
                "{piece}"
            );
        }
    }
}
