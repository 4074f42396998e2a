//! The server of Gulou.
