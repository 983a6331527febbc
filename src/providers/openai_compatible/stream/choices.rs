//! What a stream remembers of its choices.

use crate::providers::openai_compatible::repair::Calls;

/// Choices that are remembered; OpenAI allows 128 in a request.
pub(super) const LIMIT: usize = 128;

/// The choices that have shown up, few and mostly one.
#[derive(Default)]
pub(super) struct Choices {
    states: Vec<ChoiceState>,
}

struct ChoiceState {
    index: u64,
    calls: Calls,
}

impl Choices {
    /// Whether a piece of the choice has been seen.
    pub(super) fn is_known(&self, index: u64) -> bool {
        self.place(index).is_some()
    }

    /// The tool calls of the choice so far; `None` where there are too many choices.
    pub(super) fn calls(&mut self, index: u64) -> Option<&mut Calls> {
        let place = self.place(index).or_else(|| self.add(index))?;
        self.states.get_mut(place).map(|state| &mut state.calls)
    }

    fn place(&self, index: u64) -> Option<usize> {
        self.states.iter().position(|state| state.index == index)
    }

    fn add(&mut self, index: u64) -> Option<usize> {
        let place = self.states.len();
        (place < LIMIT).then(|| {
            let calls = Calls::default();
            self.states.push(ChoiceState { index, calls });
            place
        })
    }
}
