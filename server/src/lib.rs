//! The server of Gulou.

pub mod web;
