//! The tone for a new incident of the first two levels, and for alarms and notices of these until somebody silences or
//! acknowledges them, here or anywhere; and the light that says whether it would be heard. To mute is not to acknowledge: it touches
//! nothing but this browser's loudspeaker.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::desk::Desk;
use super::kept;

#[wasm_bindgen(raw_module = "./sound.js")]
extern "C" {
    fn allowed() -> bool;
    fn allow() -> js_sys::Promise;
    fn tone();
}

/// Whether a new serious incident is heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sound {
    On,
    /// By the person at this desk.
    Muted,
    /// The browser keeps the page silent until somebody touches it.
    #[default]
    Blocked,
}

impl Sound {
    pub fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Muted => "muted",
            Self::Blocked => "blocked",
        }
    }
}

const KEPT_AS: &str = "muted";
/// A browser may take the leave away again, without a word.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// While alarms call. The tone is half a second long, so that a second after the end nothing is heard.
const CALL_EVERY: Duration = Duration::from_secs(4);

/// Follows the browser's leave and rings; call from an effect.
pub fn follow(desk: Desk) {
    let muted = kept::kept(KEPT_AS, &desk.account()).is_some_and(|kept| kept == "yes");
    desk.sound.set(if muted { Sound::Muted } else { heard() });
    let look = move || {
        let now = heard();
        if !matches!(desk.sound.get_untracked(), Sound::Muted) && desk.sound.get_untracked() != now
        {
            desk.sound.set(now);
        }
    };
    if let Ok(handle) = set_interval_with_handle(look, LOOK_EVERY) {
        on_cleanup(move || handle.clear());
    }
    // Any touch of the page is leave enough; asked for once more each time until it is given.
    let ask = window_event_listener(leptos::ev::pointerdown, move |_| {
        if desk.sound.get_untracked() == Sound::Blocked {
            ask_leave(desk);
        }
    });
    on_cleanup(move || ask.remove());
    let calling = Memo::new(move |_| {
        // Whoever looks at the past can acknowledge nothing, and is not called to.
        let noticed = desk.notices.read().heard > 0 && desk.settings.past.read().is_none();
        (noticed || desk.calls.read().heard > 0) && desk.sound.get() == Sound::On
    });
    Effect::new(move |_| {
        if !calling.get() {
            return;
        }
        tone();
        if let Ok(handle) = set_interval_with_handle(tone, CALL_EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
    Effect::new(move |before: Option<u64>| {
        let rung = desk.rung.get();
        if before.is_some_and(|before| before != rung) && desk.sound.get_untracked() == Sound::On {
            tone();
        }
        rung
    });
}

fn heard() -> Sound {
    if allowed() { Sound::On } else { Sound::Blocked }
}

fn ask_leave(desk: Desk) {
    let asked = allow();
    spawn_local(async move {
        let given = JsFuture::from(asked).await.ok();
        if given.is_some_and(|given| given.is_truthy())
            && desk.sound.get_untracked() == Sound::Blocked
        {
            desk.sound.set(Sound::On);
        }
    });
}

/// From a click or key: blocked → asks for leave; on → muted; muted → on again.
pub fn switch(desk: Desk) {
    let muted = match desk.sound.get_untracked() {
        Sound::Blocked => return ask_leave(desk),
        Sound::On => true,
        Sound::Muted => false,
    };
    kept::keep(KEPT_AS, &desk.account(), if muted { "yes" } else { "no" });
    desk.sound.set(if muted { Sound::Muted } else { heard() });
    if !muted {
        ask_leave(desk);
    }
}
