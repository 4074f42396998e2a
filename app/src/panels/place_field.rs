//! A place by its name: a combobox over the pack's towns, villages and named places. What a caller's words name is
//! offered before anything is typed here.

use std::time::Duration;

use domain::language::Language;
use domain::place::Position;
use domain::wire::PlaceView;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::pause::when_resting;
use crate::live::desk::desk;
use crate::requests;
use crate::text::{Message, text};

const PAUSE: Duration = Duration::from_millis(250);

/// `said`: the caller's words, asked for while this field is empty.
#[component]
pub fn PlaceField(said: Signal<String>, put: Callback<Position>) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let words = RwSignal::new(String::new());
    let places = RwSignal::new(Vec::<PlaceView>::new());
    let at = RwSignal::new(None::<usize>);
    // What was chosen is not asked for again.
    let chosen = RwSignal::new(false);
    ask(words, said, chosen, places, at);
    let choose = move |index: usize| {
        let place = places.with_untracked(|places| places.get(index).cloned());
        let Some((place, position)) =
            place.and_then(|place| Some((place.clone(), place.position?)))
        else {
            return;
        };
        chosen.set(true);
        words.set(named(&place, settings.language.get_untracked()));
        places.set(Vec::new());
        at.set(None);
        put.run(position);
        desk.show_on_map.set(Some(position));
    };
    let pressed = move |event: ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let many = places.read_untracked().len();
        match event.key().as_str() {
            "ArrowDown" if many > 0 => {
                at.update(|at| *at = Some(at.map_or(0, |at| (at + 1) % many)));
            }
            "ArrowUp" if many > 0 => {
                at.update(|at| *at = Some(at.map_or(many - 1, |at| (at + many - 1) % many)));
            }
            "Enter" if many > 0 => choose(at.get_untracked().unwrap_or(0)),
            "Escape" if many > 0 => places.set(Vec::new()),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let rows = move || {
        let language = settings.language.get();
        places
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, place)| {
                view! {
                    <li id=format!("place-{index}") role="option" data-testid="place"
                        aria-selected=move || (at.get() == Some(index)).to_string()
                        on:mousedown=|event| event.prevent_default()
                        on:click=move |_| choose(index)>
                        <span>{named(&place, language)}</span>
                        <span class="faint">{place.town.clone()}</span>
                    </li>
                }
            })
            .collect_view()
    };
    let none = move || {
        let asked = !words.read().trim().is_empty() && !chosen.get();
        (asked && places.read().is_empty())
            .then(|| text(settings.language.get(), Message::IntakePlaceNone))
    };
    view! {
        <div class="place-field">
            <input id="intake-place" type="text" autocomplete="off" role="combobox" aria-autocomplete="list"
                aria-controls="place-list" aria-expanded=move || (!places.read().is_empty()).to_string()
                aria-activedescendant=move || at.get().map(|at| format!("place-{at}"))
                placeholder=settings.say(Message::IntakePlaceHint)
                prop:value=words on:keydown=pressed
                on:input=move |event| {
                    chosen.set(false);
                    words.set(event_target_value(&event));
                }/>
            <ul id="place-list" role="listbox" aria-label=settings.say(Message::IntakePlace)
                class:gone=move || places.read().is_empty()>{move || rows()}</ul>
            <p class="faint" role="status">{move || none()}</p>
        </div>
    }
}

fn named(place: &PlaceView, language: Language) -> String {
    match language {
        Language::En if !place.name_en.is_empty() => place.name_en.clone(),
        _ => place.name.clone(),
    }
}

fn ask(
    words: RwSignal<String>,
    said: Signal<String>,
    chosen: RwSignal<bool>,
    places: RwSignal<Vec<PlaceView>>,
    at: RwSignal<Option<usize>>,
) {
    let asked = Signal::derive(move || {
        let typed = words.get();
        match (chosen.get(), typed.trim().is_empty()) {
            (true, _) => String::new(),
            (false, true) => said.get(),
            (false, false) => typed,
        }
    });
    let ask = Callback::new(move |asked: String| {
        if asked.trim().is_empty() {
            return;
        }
        spawn_local(async move {
            let found = requests::places(&asked).await;
            if chosen.try_get_untracked() == Some(false) {
                at.try_set(None);
                places.try_set(found);
            }
        });
    });
    when_resting(asked, PAUSE, ask);
}
