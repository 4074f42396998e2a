//! Feeds in: what comes through the public door becomes checked observations, or a reason why not.
//! Must not decide what anything means; that is the single writer's business.

pub mod batch;
pub mod body;
mod checks;
pub mod decode;
pub mod door;
mod elements;
pub mod fault;
mod feature;
mod fields;
mod fingerprint;
mod item;
mod json;
mod receipt;
pub mod refusal;
pub mod reporter;
mod sorting;
pub mod tally;
