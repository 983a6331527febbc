//! The HTTP service that filters talk to: each part brings its routes, [`serve`] runs them.

mod health;
mod limits;
mod problem;
mod socket;

pub use health::{Check, routes as health_routes};
pub use limits::routes as limit_routes;
pub use problem::{Problem, parse};
pub use socket::{Bound, serve};
