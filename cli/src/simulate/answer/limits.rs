//! Stop sequences and the token limit.

use super::{Answer, Finish, Question, tokens};

/// Shortens the answer. The first stop sequence in the text ends it; then tokens are
/// spent on reasoning, text and tool calls in this order until the limit is reached.
pub(crate) fn apply(answer: &mut Answer, question: &Question) {
    stop(answer, &question.stop);
    if let Some(limit) = question.max_tokens {
        spend(answer, usize::try_from(limit).unwrap_or(usize::MAX));
    }
}

fn stop(answer: &mut Answer, sequences: &[String]) {
    let Some(text) = &mut answer.text else { return };
    let hit = sequences
        .iter()
        .filter(|sequence| !sequence.is_empty())
        .filter_map(|sequence| Some((text.find(sequence.as_str())?, sequence)))
        .min_by_key(|(offset, _)| *offset);
    if let Some((offset, sequence)) = hit {
        text.truncate(offset);
        answer.calls.clear();
        answer.finish = Finish::StopSequence(sequence.clone());
    }
}

fn spend(answer: &mut Answer, limit: usize) {
    let mut left = limit;
    let mut cut = false;
    for text in answer.reasoning.iter_mut().chain(&mut answer.text) {
        cut |= take(text, &mut left);
    }
    let mut kept = 0;
    for call in &mut answer.calls {
        let mut name = call.name.clone();
        if cut || take(&mut name, &mut left) {
            cut = true;
            break;
        }
        kept += 1;
        cut |= take(&mut call.input, &mut left);
    }
    answer.calls.truncate(kept);
    if cut {
        answer.finish = Finish::Length;
    }
}

/// Keeps as much of `text` as `left` pays for, and says whether something was lost.
fn take(text: &mut String, left: &mut usize) -> bool {
    let (mut kept, mut spent) = (0, 0);
    for token in tokens::split(text).take(*left) {
        kept += token.len();
        spent += 1;
    }
    let lost = kept < text.len();
    text.truncate(kept);
    *left -= spent;
    lost
}
