//! The light of the alarms in the top bar: how many nobody has taken note of, and the way to them. It counts them too, so
//! that the page's first script need not know how.

use leptos::prelude::*;

use crate::live::calls;
use crate::live::desk::desk;
use crate::on_demand::Part;
use crate::text::Message;

/// How many alarms nobody has taken note of, and the way to them.
#[component]
pub fn AlarmsLight() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let calls = desk.calls;
    Effect::new(move |_| {
        desk.alarms_moved.track();
        calls::count(desk);
    });
    // A flood ends although nothing arrives.
    Effect::new(move |_| {
        desk.settings.clock.track();
        if desk.calls.read_untracked().flood {
            calls::count(desk);
        }
    });
    let light = move || match calls.get() {
        calls if calls.flood || calls.heard > 0 => "red",
        calls if calls.unacknowledged > 0 => "yellow",
        _ => "green",
    };
    view! {
        <button type="button" class="light quiet" data-testid="alarms-light" data-light=move || light()
            data-flood=move || calls.read().flood.to_string() aria-expanded=move || (desk.drawer.get() == Some(Part::Alarms)).to_string()
            on:click=move |_| desk.open_or_close(Part::Alarms)>
            <span class="lamp" aria-hidden="true"></span>
            <span>{settings.say(Message::ThingsAlarms)} " " {move || calls.read().unacknowledged}</span>
        </button>
    }
}
