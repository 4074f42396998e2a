//! The pages of Gulou, for server and browser.
//! The first render is equal on both: no clock, locale, random or window in a view body.

// The types of a page nest as deep as its elements.
#![recursion_limit = "512"]
// The view macro erases the type of a closure only where it is written out, so `{move || said()}` is smaller than `{said}`.
#![expect(
    clippy::redundant_closure,
    reason = "written-out closures of views are erased to one type"
)]

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!(
    "`ssr` and `hydrate` must never be built together (every event handler would die): build by `-p`, not `--workspace`"
);

pub mod charts;
pub mod controls;
pub mod field;
pub mod files;
pub mod json;
pub mod live;
pub mod map;
mod numbered;
pub mod office;
pub mod on_demand;
pub mod order;
pub mod pages;
pub mod panels;
pub mod requests;
#[cfg(test)]
#[path = "../domain/tests/sample/mod.rs"]
mod sample;
pub mod settings;
#[cfg(feature = "ssr")]
mod shell;
pub mod start;
pub mod text;
pub mod wall;

pub use pages::{App, board_pages, desk_pages, field_pages, office_pages};
#[cfg(feature = "ssr")]
pub use shell::shell;
