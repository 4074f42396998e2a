//! Starts following the city from a page: opens the feed and shows its state to those who look from outside.
//! Runs in the browser only.

use domain::place::Bounds;
use domain::wire::Layer;
use domain::wire::live::{Known, Look};
use leptos::prelude::*;

use super::desk::Desk;
use super::diagnosis;
use super::feed::Feed;

/// Incidents and alarms of the whole scope, wherever the map looks: a queue that follows the camera would hide work.
pub fn everything_to_handle() -> Look {
    Look {
        bbox: Bounds::WORLD.degrees(),
        zoom: 12.0,
        layers: vec![Layer::Incidents, Layer::Alarms],
        filter: None,
        known: Known::Told,
    }
}

/// Call from an effect; ends with its owner.
pub fn follow(desk: Desk) -> StoredValue<Option<Feed>, LocalStorage> {
    let feed = Feed::open(
        desk.feed,
        desk.settings,
        everything_to_handle(),
        move |changes| desk.take(changes),
    );
    diagnosis::offer(desk, feed.looks_at());
    let kept = StoredValue::new_local(Some(feed));
    on_cleanup(move || {
        kept.try_update_value(Option::take);
    });
    kept
}
