//! Where a request goes, and when it goes on to the next target.
//!
//! ```text
//! request ─▶ facts ─▶ profile ─┐
//! model's stages ──────────────┼─▶ router: conditions, needs, health ─▶ strategy ─▶ plan, reason
//! board: what is known ────────┘
//!    ▲                                                                                │
//!    └── how each attempt ended ◀── classify: what a failure means ◀── attempts ◀─────┘
//! ```

pub mod board;
pub mod classify;
mod draft;
pub mod facts;
pub mod flaws;
mod hash;
mod look;
pub mod plan;
pub mod profile;
pub mod reason;
pub mod router;
mod strategy;
