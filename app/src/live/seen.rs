//! Tells the server what this desk or wall shows, so that it can be asked later what a seat saw: once it has held still for a
//! moment, again every few minutes, and when it is left or turns to the past. Each window tells for itself.

use std::time::Duration;

use domain::ids::IncidentId;
use domain::wire::Layer;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desk::Desk;
use crate::json::Json;
use crate::requests;

const STILL: Duration = Duration::from_millis(1_500);
/// The server holds a view to be on the screen for a little longer than this after it was told.
const AGAIN: Duration = Duration::from_secs(5 * 60);

/// What a page shows besides where its map looks.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub page: &'static str,
    /// Of a desk its list, of a wall its theme.
    pub tab: Option<String>,
    pub words: Option<String>,
    pub incident: Option<IncidentId>,
    pub layers: Vec<Layer>,
}

impl Shown {
    pub fn by(desk: Desk) -> Self {
        Self {
            page: "desk",
            tab: Some(desk.tab.get().name().to_owned()),
            words: desk.searched(),
            incident: desk.selected.get(),
            layers: desk.drawn.get(),
        }
    }
}

/// A page while it is open.
#[derive(Clone, Copy)]
struct Window {
    desk: Desk,
    name: StoredValue<String>,
    /// Whether the server holds it to show something.
    told: StoredValue<bool>,
}

/// Call from an effect; `shown` is asked in an effect, too.
pub fn follow(desk: Desk, shown: impl Fn() -> Shown + Copy + 'static) {
    let window = Window {
        desk,
        name: StoredValue::new(requests::new_command_id().to_string()),
        told: StoredValue::new(false),
    };
    let tell = move || {
        match desk.settings.past.try_get_untracked() {
            Some(None) => window.tell(untrack(shown)),
            _ => window.leave(untrack(shown)),
        };
    };
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let soon = move || {
        if let Some(earlier) = waiting.try_update_value(Option::take).flatten() {
            earlier.clear();
        }
        let later = set_timeout_with_handle(tell, STILL);
        waiting.set_value(later.ok());
    };
    Effect::new(move |_| {
        desk.things.look.track();
        desk.settings.past.with(Option::is_some);
        shown();
        soon();
    });
    if let Ok(handle) = set_interval_with_handle(tell, AGAIN) {
        on_cleanup(move || handle.clear());
    }
    let hidden = window_event_listener_untyped("pagehide", move |_| {
        window.leave(untrack(shown));
    });
    // It may come back as it was.
    let back = window_event_listener_untyped("pageshow", move |_| soon());
    on_cleanup(move || {
        hidden.remove();
        back.remove();
        if let Some(waiting) = waiting.try_update_value(Option::take).flatten() {
            waiting.clear();
        }
    });
}

impl Window {
    fn tell(self, shown: Shown) {
        self.told.set_value(true);
        let view = self.view(shown, false);
        spawn_local(async move { requests::tell_view(&view).await });
    }

    fn leave(self, shown: Shown) {
        if self.told.try_update_value(std::mem::take) == Some(true) {
            requests::tell_left(&self.view(shown, true));
        }
    }

    fn view(self, shown: Shown, left: bool) -> Json {
        let look = self.desk.things.look.get_untracked();
        let (bbox, zoom, filter) = match look {
            Some(look) => (look.bbox, look.zoom, look.filter),
            None => (self.desk.start().city.bounds.degrees(), 0.0, None),
        };
        let layers = shown.layers.iter().map(|layer| Json::from(layer.name()));
        let mut view = vec![
            ("page", Json::from(shown.page)),
            ("window", Json::from(self.name.get_value())),
            ("left", Json::Flag(left)),
            ("bbox", Json::numbers(&bbox)),
            ("zoom", Json::Number(f64::from(zoom))),
            ("layers", Json::List(layers.collect())),
        ];
        let incident = shown.incident.map(|id| id.to_string());
        let parts = [
            ("filter", filter),
            ("tab", shown.tab),
            ("words", shown.words),
            ("incident", incident),
        ];
        for (name, part) in parts {
            view.extend(part.map(|part| (name, Json::from(part))));
        }
        Json::Object(view)
    }
}
