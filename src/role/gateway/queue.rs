//! Requests that wait until a target has room for them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::planning::Inquiry;
use super::{Gateway, State};
use crate::clock::Timestamp;
use crate::role::{Effect, Flow, Host};

/// How many requests wait for the targets of one model.
#[derive(Debug, Default)]
pub(crate) struct Line(Rc<Cell<usize>>);

/// A request's place in it, until it is dropped.
#[derive(Debug)]
pub(super) struct InLine {
    waiting: Rc<Cell<usize>>,
    /// It is given up then, by the steady time.
    until: Timestamp,
}

impl Line {
    fn enter(&self, most: usize, until: Timestamp) -> Option<InLine> {
        let waiting = self.0.get();
        if waiting >= most {
            return None;
        }
        self.0.set(waiting + 1);
        Some(InLine {
            waiting: Rc::clone(&self.0),
            until,
        })
    }
}

impl Drop for InLine {
    fn drop(&mut self) {
        self.waiting.set(self.waiting.get().saturating_sub(1));
    }
}

/// A request that waits.
pub(super) struct Queued {
    inquiry: Box<Inquiry>,
    place: InLine,
}

impl Gateway {
    /// Lets the request wait: at its `place` while it may keep that, else where its model has a queue
    /// and there is room in it. `None` where it is to wait no longer. `now` is the steady time.
    pub(super) fn wait(
        &mut self,
        inquiry: Box<Inquiry>,
        place: Option<InLine>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Flow> {
        let line = inquiry.model;
        let again = place.is_some();
        let place = match place {
            Some(place) => Some(place).filter(|place| now < place.until)?,
            None => self.line_up(line, now)?,
        };
        self.state = State::Queued(Queued { inquiry, place });
        effects.push(Effect::AwaitTurn { line, again });
        Some(Flow::Pause)
    }

    /// A place in the line of this model.
    fn line_up(&self, model: usize, now: Timestamp) -> Option<InLine> {
        let queue = self.settings.models.get(model)?.queue?;
        let until = now.after(Duration::from_millis(queue.timeout_ms));
        self.settings.lines.get(model)?.enter(queue.size, until)
    }

    /// It may be this request's turn, or it has waited for too long.
    pub(super) fn turn(&mut self, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        match std::mem::replace(&mut self.state, State::Forwarded) {
            State::Queued(Queued { inquiry, place }) => {
                self.plan_or_wait(inquiry, Some(place), host, effects)
            }
            other => {
                self.state = other;
                Flow::Pause
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_room_for_so_many_and_again_when_one_has_left() {
        let line = Line::default();
        let first = line.enter(2, Timestamp(0));
        let second = line.enter(2, Timestamp(0));
        assert!(first.is_some() && second.is_some() && line.enter(2, Timestamp(0)).is_none());
        drop(first);
        assert!(line.enter(2, Timestamp(0)).is_some());
    }
}
