//! Moments on pages beside the map: shown by the city's clock, and read from fields that know no zone.

use std::time::Duration;

use domain::time::Timestamp;
use leptos::prelude::*;

use crate::pages::start;
use crate::settings::settings;
use crate::start::CityBrief;
use crate::text::time;

/// A moment, its full stamp on hovering. Only for what comes after the page was taken over: it reads the clock.
#[component]
pub fn When(at: Timestamp) -> impl IntoView {
    let full = time::full(at, &start().city.offsets);
    view! { <time datetime=at.to_rfc3339_utc() title=full>{when(at)}</time> }
}

/// `15:04` today, `11-23 15:04` otherwise.
pub fn when(at: Timestamp) -> String {
    time::clock(at, Some(settings().present()), &start().city.offsets)
}

/// As a field of date and time shows it.
pub fn field(at: Timestamp, city: &CityBrief) -> String {
    let wall = time::wall(at, &city.offsets);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        wall.year, wall.month, wall.day, wall.hour, wall.minute
    )
}

/// What somebody put into such a field, by the city's clock; `near` is a moment of about then.
pub fn of_field(text: &str, city: &CityBrief, near: Timestamp) -> Option<Timestamp> {
    let minutes = text.get(..16)?;
    let with = |offset: String| Timestamp::parse_rfc3339(&format!("{minutes}:00{offset}")).ok();
    let first = with(city.offset(near))?;
    // Summer time may begin or end in between.
    with(city.offset(first))
}

/// Asks at once and then again and again while the page stands, also when something that `ask` reads changes.
pub fn again_every(period: Duration, ask: impl Fn() + Copy + 'static) {
    Effect::new(move |_| {
        ask();
        if let Ok(handle) = set_interval_with_handle(move || untrack(ask), period) {
            on_cleanup(move || handle.clear());
        }
    });
}
