//! `logprobsResult` → log probabilities.

use super::super::wire::read::{LogprobsResult, Token};
use crate::chat::{TokenLogprob, TopLogprob};

/// The tokens that were chosen, each with the likeliest ones in its place.
pub(super) fn tokens(result: &LogprobsResult<'_>) -> Vec<TokenLogprob> {
    let mut tops = result.top_candidates.iter();
    let chosen = result.chosen_candidates.iter();
    chosen
        .filter_map(|chosen| {
            let top = tops.next().map_or(&[][..], |top| &top.candidates);
            let (token, logprob) = known(chosen)?;
            let top = top.iter().filter_map(|one| {
                let (token, logprob) = known(one)?;
                Some(TopLogprob { token, logprob })
            });
            Some(TokenLogprob {
                token,
                logprob,
                top: top.collect(),
            })
        })
        .collect()
}

/// A probability of exactly 1 is left out, as protobuf does with zeros.
fn known(token: &Token<'_>) -> Option<(String, f64)> {
    let text = token.token.as_deref()?;
    Some((text.to_owned(), token.log_probability.unwrap_or(0.0)))
}
