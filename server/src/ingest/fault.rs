//! What is wrong with one item: where, and why, in words its sender understands. Never long, however long the item.

use std::fmt;

/// Letters of a reason; a sender's megabyte is not quoted back at him.
const LONGEST_REASON: usize = 300;

/// One fault of one item. The pointer (RFC 6901) starts at the item; empty means the whole of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub pointer: String,
    pub reason: String,
}

impl Fault {
    pub fn new(pointer: impl Into<String>, reason: impl fmt::Display) -> Self {
        let mut reason = reason.to_string();
        if let Some((end, _)) = reason.char_indices().nth(LONGEST_REASON) {
            reason.truncate(end);
            reason.push('…');
        }
        Self {
            pointer: pointer.into(),
            reason,
        }
    }

    pub fn missing(pointer: &str, because: &str) -> Self {
        Self::new(pointer, format_args!("is needed {because}"))
    }
}

/// A name as part of a pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
