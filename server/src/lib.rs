//! The server of Gulou.

pub mod assemble;
pub mod city;
pub mod config;
pub mod control;
pub mod demo;
pub mod dispatch;
pub mod fuse;
pub mod ground;
pub mod ingest;
pub mod media;
pub mod notify;
pub mod replay;
pub mod scenario;
pub mod simulate;
pub mod single_writer;
pub mod store;
pub mod stream;
pub mod themes;
pub mod web;
