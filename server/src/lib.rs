//! The server of Gulou.

pub mod city;
pub mod demo;
pub mod dispatch;
pub mod fuse;
pub mod ingest;
pub mod single_writer;
pub mod store;
pub mod stream;
pub mod web;
