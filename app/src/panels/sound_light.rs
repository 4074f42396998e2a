//! Whether a new serious incident is heard: on, muted by me, or blocked by the browser until somebody touches the page.

use leptos::prelude::*;

use crate::live::desk::desk;
use crate::live::sound::{Sound, switch};
use crate::text::{Message, text};

#[component]
pub fn SoundLight() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let said = move || {
        let message = match desk.sound.get() {
            Sound::On => Message::SoundOn,
            Sound::Muted => Message::SoundMuted,
            Sound::Blocked => Message::SoundBlocked,
        };
        text(settings.language.get(), message)
    };
    let light = move || match desk.sound.get() {
        Sound::On => "green",
        Sound::Muted => "off",
        Sound::Blocked => "yellow",
    };
    view! {
        <button type="button" class="light quiet sound" data-testid="sound-light" data-light=move || light()
            data-sound=move || desk.sound.get().name() title=settings.say(Message::SoundIsNotAcknowledging)
            on:click=move |_| switch(desk)>
            <span class="lamp" aria-hidden="true"></span>
            <span>{move || said()}</span>
        </button>
    }
}
