//! A button for what cannot be undone: the first press asks, the second does it, and looking away forgets.

use leptos::prelude::*;

use super::words::Word;
use crate::settings::settings;

#[component]
pub fn Sure(
    #[prop(into)] label: Signal<String>,
    testid: &'static str,
    press: impl Fn() + 'static,
) -> impl IntoView {
    let settings = settings();
    let asked = RwSignal::new(false);
    let said = move || match asked.get() {
        true => Word::Sure.text(settings.language.get()).to_owned(),
        false => label.get(),
    };
    let pressed = move |_| match asked.get_untracked() {
        true => {
            asked.set(false);
            press();
        }
        false => asked.set(true),
    };
    view! {
        <button type="button" class="sure" class:asked=asked data-testid=testid
            on:click=pressed on:blur=move |_| asked.set(false)>{said}</button>
    }
}
