//! Why a request went where it went, for headers, logs and `tidegate explain`.

use std::fmt::{self, Write as _};
use std::rc::Rc;
use std::time::Duration;

use crate::config::routing::{Cause, Strategy};
use crate::config::runtime::Target;

use super::facts::Mismatch;

/// Why the attempts of a request are these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reason {
    /// What put the first stage's targets into their order.
    pub strategy: Strategy,
    /// The first attempt is there to learn how fast its target is now.
    pub explores: bool,
    /// The target that was drawn for the request, whether it could be tried or not.
    pub arm: Option<Rc<Target>>,
    /// Targets that were left out.
    pub skipped: Vec<(Rc<Target>, Skip)>,
}

/// Why a target was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// It does not suit the request.
    Mismatch(Mismatch),
    /// It is left alone for so long, for this.
    Cooling(Duration, Cause),
    /// It has as many requests under way as it takes.
    Full,
    /// Our quota with its provider is used up for so long.
    Exhausted(Duration),
    /// The client does not want it.
    Unwanted,
}

impl Skip {
    /// The failure that the skip stands for: it opens fallbacks as that failure would.
    pub fn cause(self) -> Cause {
        match self {
            Self::Mismatch(Mismatch::ContextLength) => Cause::ContextLength,
            Self::Mismatch(_) | Self::Unwanted => Cause::Unsupported,
            Self::Cooling(_, cause) => cause,
            Self::Full | Self::Exhausted(_) => Cause::RateLimit,
        }
    }
}

impl Reason {
    /// In one line, such as `weighted arm=a/x, skipped b/y (cooling 4.2s after rate_limit)`.
    pub fn write(&self, out: &mut String) {
        out.push_str(self.strategy.name());
        if self.explores {
            out.push_str(" exploring");
        }
        // Writing to a string cannot fail.
        if let Some(arm) = &self.arm {
            let _ = write!(out, " arm={}/{}", arm.provider, arm.model);
        }
        for (index, (target, skip)) in self.skipped.iter().enumerate() {
            out.push_str(if index == 0 { ", skipped " } else { ", " });
            let _ = write!(out, "{}/{} (", target.provider, target.model);
            skip.write(out);
            out.push(')');
        }
    }

    /// Whether there is more to say than the strategy's name.
    pub fn is_notable(&self) -> bool {
        self.explores || self.arm.is_some() || !self.skipped.is_empty()
    }
}

impl Skip {
    fn write(self, out: &mut String) {
        let _ = match self {
            Self::Mismatch(Mismatch::Condition) => write!(out, "for other requests"),
            Self::Mismatch(Mismatch::Need(need)) => write!(out, "cannot do {}", need.name()),
            Self::Mismatch(Mismatch::ContextLength) => write!(out, "context too small"),
            Self::Cooling(left, cause) => {
                write!(out, "cooling {} after {}", Seconds(left), cause.name())
            }
            Self::Full => write!(out, "full"),
            Self::Exhausted(left) => {
                write!(out, "its quota is used up for {}", Seconds(left))
            }
            Self::Unwanted => write!(out, "not wanted"),
        };
    }
}

/// Seconds with one digit behind the point.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.as_millis() / 100;
        write!(out, "{}.{}s", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::routing::Need;

    #[test]
    fn a_reason_is_one_line() {
        let target = |name: &str| Rc::new(Target::new(name, "m"));
        let reason = Reason {
            strategy: Strategy::Weighted,
            explores: false,
            arm: Some(target("a")),
            skipped: vec![
                (
                    target("b"),
                    Skip::Cooling(Duration::from_millis(4_200), Cause::RateLimit),
                ),
                (target("c"), Skip::Mismatch(Mismatch::Need(Need::Vision))),
                (target("d"), Skip::Full),
            ],
        };
        let mut line = String::new();
        reason.write(&mut line);
        assert_eq!(
            line,
            "weighted arm=a/m, skipped b/m (cooling 4.2s after rate_limit), \
             c/m (cannot do vision), d/m (full)"
        );
        assert!(reason.is_notable() && !Reason::default().is_notable());
    }
}
