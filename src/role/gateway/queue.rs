//! Requests that wait until a target has room for them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::planning::Inquiry;
use super::{Gateway, State};
use crate::chat::{Error, ErrorKind};
use crate::clock::Timestamp;
use crate::role::{Effect, Flow, Host};

/// Where nothing better is known of when to come back.
const SOON: Duration = Duration::from_secs(1);

/// How many requests wait for the targets of one model.
#[derive(Debug, Default)]
pub(crate) struct Line(Rc<Cell<usize>>);

/// A request's place in it, until it is dropped.
#[derive(Debug)]
pub(super) struct InLine(Rc<Cell<usize>>);

impl Line {
    fn enter(&self, most: usize) -> Option<InLine> {
        let waiting = self.0.get();
        if waiting >= most {
            return None;
        }
        self.0.set(waiting + 1);
        Some(InLine(Rc::clone(&self.0)))
    }
}

impl Drop for InLine {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// A request that waits.
pub(super) struct Queued {
    inquiry: Box<Inquiry>,
    until: Timestamp,
    _place: InLine,
}

impl Gateway {
    /// Lets the request wait where its model has a queue and there is room in it. `now` is the steady
    /// time.
    pub(super) fn queue(
        &mut self,
        inquiry: Box<Inquiry>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        let settings = Rc::clone(&self.settings);
        let index = inquiry.model;
        let model = settings.models.get(index).zip(settings.lines.get(index));
        let place = model.and_then(|(model, line)| {
            let queue = model.queue?;
            let until = now.after(Duration::from_millis(queue.timeout_ms));
            Some((line.enter(queue.size)?, until))
        });
        let Some((place, until)) = place else {
            let name = model.map_or("", |(model, _)| &model.name);
            return self.refuse(&busy(name), effects);
        };
        self.state = State::Queued(Queued {
            inquiry,
            until,
            _place: place,
        });
        effects.push(Effect::AwaitTurn {
            line: index,
            again: false,
        });
        Flow::Pause
    }

    /// It may be this request's turn, or it has waited for too long.
    pub(super) fn turn(&mut self, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        let State::Queued(queued) = std::mem::replace(&mut self.state, State::Forwarded) else {
            return Flow::Pause;
        };
        let settings = Rc::clone(&self.settings);
        let now = settings.router.board().now(host.now());
        let line = queued.inquiry.model;
        match settings.plan(&queued.inquiry, now) {
            Ok(Some(planned)) => self.go(queued.inquiry, planned, host, effects),
            Ok(None) if now < queued.until => {
                self.state = State::Queued(queued);
                effects.push(Effect::AwaitTurn { line, again: true });
                Flow::Pause
            }
            Ok(None) => {
                let model = settings.models.get(line);
                self.refuse(&busy(model.map_or("", |model| &model.name)), effects)
            }
            Err(error) => self.refuse(&error, effects),
        }
    }
}

fn busy(model: &str) -> Error {
    let message = format!("All targets of the model `{model}` are busy.");
    let mut error = Error::new(ErrorKind::Overloaded, message).with_code("targets_busy");
    error.retry_after = Some(SOON);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_room_for_so_many_and_again_when_one_has_left() {
        let line = Line::default();
        let first = line.enter(2);
        let second = line.enter(2);
        assert!(first.is_some() && second.is_some() && line.enter(2).is_none());
        drop(first);
        assert!(line.enter(2).is_some());
    }
}
