//! Saved views: a list with a name, one key each. They live in this browser, and the line says so.

use leptos::prelude::*;

use super::command_form::focus_first;
use crate::live::desk::desk;
use crate::text::{Message, filled};

/// The keys of the views, after those of the tabs.
const FIRST_KEY: usize = 7;

#[component]
pub fn ViewsLine() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let name = RwSignal::new(String::new());
    let chips = move || {
        let views = desk.views.get();
        views
            .into_iter()
            .enumerate()
            .map(|(index, view)| {
                let (for_show, for_forget) = (view.clone(), view.name.clone());
                let label = view.name.clone();
                let forget = move || {
                    filled(
                        settings.language.get(),
                        Message::ForgetView,
                        &[("name", &label)],
                    )
                };
                view! {
                    <span class="view-chip">
                        <button type="button" class="quiet" data-testid="saved-view"
                            on:click=move |_| desk.show_view(&for_show)>
                            {view.name} <kbd aria-hidden="true">{FIRST_KEY + index}</kbd>
                        </button>
                        <button type="button" class="quiet forget" aria-label=move || forget()
                            on:click=move |_| desk.forget_view(&for_forget)>"×"</button>
                    </span>
                }
            })
            .collect_view()
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        desk.keep_view(&name.get_untracked());
        desk.naming_view.set(false);
        name.set(String::new());
    };
    Effect::new(move |_| {
        if desk.naming_view.get() {
            focus_first("#view-name");
        }
    });
    view! {
        <div class="views-line" class:gone=move || desk.views.read().is_empty() && !desk.naming_view.get()>
            {move || chips()}
            <Show when=move || desk.naming_view.get()>
                <form class="name-view" data-testid="name-view" on:submit=save>
                    <label for="view-name">{settings.say(Message::NameOfView)}</label>
                    <input id="view-name" type="text" autocomplete="off" maxlength="12"
                        prop:value=name on:input=move |event| name.set(event_target_value(&event))/>
                    <button type="submit" class="primary">{settings.say(Message::SaveView)}</button>
                    <p class="faint">{settings.say(Message::ViewsAreHere)}</p>
                </form>
            </Show>
        </div>
    }
}
