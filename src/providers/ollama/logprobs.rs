//! Log probabilities, which are OpenAI's but for their names.

use serde_json::value::RawValue;

use super::wire::read::{Logprob, Top};
use crate::chat::{TokenLogprob, TopLogprob};

/// Reads a list of tokens; one that cannot be understood is none.
pub(super) fn tokens(json: &RawValue) -> Vec<TokenLogprob> {
    let tokens: Vec<Logprob> = serde_json::from_str(json.get()).unwrap_or_default();
    tokens.into_iter().map(token).collect()
}

fn token(token: Logprob) -> TokenLogprob {
    let top = |top: Top| TopLogprob {
        token: top.token,
        logprob: top.logprob,
    };
    let tops = token.top_logprobs.unwrap_or_default();
    TokenLogprob {
        token: token.token,
        logprob: token.logprob,
        top: tops.into_iter().map(top).collect(),
    }
}
