//! What the outside reaches over HTTP. Must hold no decision of its own: it asks, and shows answers.

pub mod content_security;
pub mod site;
