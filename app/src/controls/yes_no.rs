//! Two buttons, of which one is pressed: an answer of yes or no.

use leptos::prelude::*;

use crate::settings::settings;
use crate::text::Message;

#[component]
pub fn YesNo(
    id: String,
    name: &'static str,
    value: Signal<String>,
    put: Callback<String>,
) -> impl IntoView {
    let settings = settings();
    let choices = [("yes", Message::Yes), ("no", Message::No)].map(|(word, message)| {
        view! {
            <button type="button" class="segment" data-testid=format!("{name}-{word}")
                aria-pressed=move || (value.get() == word).to_string()
                on:click=move |_| put.run(word.to_owned())>
                {settings.say(message)}
            </button>
        }
    });
    view! { <div class="segments" role="group" id=id>{choices.collect_view()}</div> }
}
