//! Tells the server what this desk or wall shows, so that it can be asked later what a seat saw: once it has held still for a
//! moment, and again every few minutes. Not while the past is shown.

use std::time::Duration;

use domain::ids::IncidentId;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desk::Desk;
use crate::json::Json;
use crate::requests;

const STILL: Duration = Duration::from_millis(1_500);
/// The server holds a view to be on the screen for a little longer than this after it was told.
const AGAIN: Duration = Duration::from_secs(5 * 60);

/// What a page shows besides its map.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub page: &'static str,
    /// Of a desk its list, of a wall its theme.
    pub tab: Option<String>,
    pub words: Option<String>,
    pub incident: Option<IncidentId>,
}

impl Shown {
    pub fn by(desk: Desk) -> Self {
        Self {
            page: "desk",
            tab: Some(desk.tab.get().name().to_owned()),
            words: desk.found.get().map(|found| found.words),
            incident: desk.selected.get(),
        }
    }
}

/// Call from an effect; `shown` is asked in an effect, too.
pub fn follow(desk: Desk, shown: impl Fn() -> Shown + Copy + 'static) {
    let tell = move || tell(desk, untrack(shown));
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        desk.things.look.track();
        shown();
        if let Some(earlier) = waiting.try_update_value(Option::take).flatten() {
            earlier.clear();
        }
        let later = set_timeout_with_handle(tell, STILL);
        waiting.set_value(later.ok());
    });
    if let Ok(handle) = set_interval_with_handle(tell, AGAIN) {
        on_cleanup(move || handle.clear());
    }
    on_cleanup(move || {
        if let Some(waiting) = waiting.try_update_value(Option::take).flatten() {
            waiting.clear();
        }
    });
}

fn tell(desk: Desk, shown: Shown) {
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
        ("page", Json::from(shown.page)),
        ("bbox", Json::numbers(&bbox)),
        ("zoom", Json::Number(f64::from(zoom))),
        ("layers", Json::List(layers.into())),
    ];
    let incident = shown.incident.map(|id| id.to_string());
    let parts = [
        ("tab", shown.tab),
        ("words", shown.words),
        ("incident", incident),
    ];
    for (name, part) in parts {
        view.extend(part.map(|part| (name, Json::from(part))));
    }
    spawn_local(async move { requests::tell_view(&Json::Object(view)).await });
}
