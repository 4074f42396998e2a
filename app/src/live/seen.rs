//! Tells the server what this desk shows, so that it can be asked later what a seat saw: once it has held still for a moment,
//! and again every few minutes. Not while the past is shown.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desk::Desk;
use crate::json::Json;
use crate::requests;

const STILL: Duration = Duration::from_millis(1_500);
/// The server holds a view to be on the screen for a little longer than this after it was told.
const AGAIN: Duration = Duration::from_secs(5 * 60);

/// Call from an effect.
pub fn follow(desk: Desk) {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        desk.things.look.track();
        desk.tab.track();
        desk.selected.track();
        desk.found.track();
        if let Some(earlier) = waiting.try_update_value(Option::take).flatten() {
            earlier.clear();
        }
        let later = set_timeout_with_handle(move || tell(desk), STILL);
        waiting.set_value(later.ok());
    });
    if let Ok(handle) = set_interval_with_handle(move || tell(desk), AGAIN) {
        on_cleanup(move || handle.clear());
    }
    on_cleanup(move || {
        if let Some(waiting) = waiting.try_update_value(Option::take).flatten() {
            waiting.clear();
        }
    });
}

fn tell(desk: Desk) {
    if desk.settings.past.try_get_untracked() != Some(None) {
        return;
    }
    let look = desk.things.look.get_untracked();
    let (bbox, zoom) = match look {
        Some(look) => (look.bbox, look.zoom),
        None => (desk.start().city.bounds.degrees(), 0.0),
    };
    let layers = ["incidents", "alarms", "units", "sensors"].map(Json::from);
    let mut view = vec![
        ("page", Json::from("desk")),
        ("bbox", Json::numbers(&bbox)),
        ("zoom", Json::Number(f64::from(zoom))),
        ("layers", Json::List(layers.into())),
        ("tab", Json::from(desk.tab.get_untracked().name())),
    ];
    let found = desk.found.get_untracked();
    if let Some(found) = found {
        view.push(("words", Json::from(found.words)));
    }
    if let Some(id) = desk.selected.get_untracked() {
        view.push(("incident", Json::from(id.to_string())));
    }
    spawn_local(async move { requests::tell_view(&Json::Object(view)).await });
}
