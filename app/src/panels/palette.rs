//! The command palette (Ctrl K): go to an incident, a place, a unit, a page; give a command; change a setting.
//! All by keys: a combobox whose list never takes the focus.

mod entries;

use std::time::Duration;

use domain::wire::{PlaceView, UnitView};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use entries::{Goes, all, best};

use super::command_form::begin;
use super::pause::{hand_to, when_resting};
use crate::live::desk::{Desk, Sheet, desk};
use crate::map::open_map::OpenMap;
use crate::requests;
use crate::text::{Message, text};

/// Places are asked for when the hand rests this long.
const PAUSE: Duration = Duration::from_millis(150);
const SHOWN: usize = 12;

#[component]
pub fn Palette() -> impl IntoView {
    let desk = desk();
    let map = expect_context::<OpenMap>();
    let settings = desk.settings;
    let words = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let places = RwSignal::new(Vec::<PlaceView>::new());
    let units = RwSignal::new(Vec::<UnitView>::new());
    let list = NodeRef::<html::Ul>::new();
    if settings.past.get_untracked().is_some() {
        let shown = desk.things.picture;
        units.set(
            shown.with_value(|picture| picture.units().map(|unit| (**unit).clone()).collect()),
        );
    } else {
        spawn_local(async move {
            let found = requests::units().await;
            units.try_set(found);
        });
    }
    ask_for_places(words, places);
    let fixed = Memo::new(move |_| all(desk, settings.language.get()));
    let shown = Memo::new(move |_| {
        best(
            &fixed.read(),
            &places.read(),
            &units.read(),
            &words.read(),
            settings.language.get(),
            SHOWN,
        )
    });
    let pressed = move |event: ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let many = shown.read_untracked().len();
        match event.key().as_str() {
            "ArrowDown" if many > 0 => at.update(|at| *at = (*at + 1) % many),
            "ArrowUp" if many > 0 => at.update(|at| *at = (*at + many - 1) % many),
            "Enter" => {
                let chosen = shown.with_untracked(|shown| shown.get(at.get_untracked()).cloned());
                if let Some(entry) = chosen {
                    go(desk, map, entry.goes);
                }
            }
            "Escape" => desk.palette_open.set(false),
            "Tab" => {}
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    // Back to where the hand was, when it closes.
    let before = document().active_element();
    hand_to("#palette-words");
    on_cleanup(move || {
        use wasm_bindgen::JsCast;
        if let Some(element) =
            before.and_then(|before| before.dyn_into::<web_sys::HtmlElement>().ok())
        {
            // What has gone meanwhile cannot be focused, and the page keeps it.
            let _ = element.focus();
        }
    });
    Effect::new(move |_| {
        let at = at.get();
        if let Some(row) = list
            .get_untracked()
            .and_then(|list| list.children().item(at as u32))
        {
            row.scroll_into_view_with_bool(false);
        }
    });
    let rows = move || {
        shown
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, entry)| {
                let goes = entry.goes.clone();
                view! {
                    <li id=format!("palette-{index}") role="option" data-testid="palette-entry"
                        aria-selected=move || (at.get() == index).to_string()
                        on:mousedown=|event| event.prevent_default()
                        on:click=move |_| go(desk, map, goes.clone())>
                        <span class="palette-kind">{entry.kind}</span>
                        <span class="palette-label">{entry.label}</span>
                        <span class="palette-hint">{entry.hint}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <div class="palette-ground" on:click=move |_| desk.palette_open.set(false)></div>
        <section class="palette" role="dialog" aria-modal="true" data-testid="palette"
            aria-label=settings.say(Message::Palette)>
            <input id="palette-words" type="text" autocomplete="off" spellcheck="false"
                role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
                aria-label=settings.say(Message::Palette) placeholder=settings.say(Message::PaletteHint)
                aria-activedescendant=move || {
                    (!shown.read().is_empty()).then(|| format!("palette-{}", at.get()))
                }
                on:keydown=pressed
                on:input=move |event| {
                    words.set(event_target_value(&event));
                    at.set(0);
                }/>
            <ul id="palette-list" role="listbox" node_ref=list aria-label=settings.say(Message::Palette)>{move || rows()}</ul>
            <p class="faint" role="status">
                {move || shown.read().is_empty().then(|| text(settings.language.get(), Message::PaletteNothing))}
            </p>
        </section>
    }
}

fn ask_for_places(words: RwSignal<String>, places: RwSignal<Vec<PlaceView>>) {
    let ask = Callback::new(move |asked: String| {
        if asked.trim().is_empty() {
            places.set(Vec::new());
            return;
        }
        spawn_local(async move {
            let found = requests::places(&asked).await;
            if words.try_get_untracked().as_deref() == Some(asked.as_str()) {
                places.try_set(found);
            }
        });
    });
    when_resting(words.into(), PAUSE, ask);
}

fn go(desk: Desk, map: OpenMap, goes: Goes) {
    desk.palette_open.set(false);
    match goes {
        Goes::Incident(id) => {
            desk.select(Some(id));
            desk.sheet.set(Sheet::Detail);
        }
        Goes::Place(at) => {
            desk.show_on_map.set(Some(at));
            desk.sheet.set(Sheet::Map);
        }
        Goes::Follow(unit, at) => {
            map.followed.set(Some(unit));
            // Following begins by showing it as near as the map is; this comes after.
            request_animation_frame(move || map.show(at, 13.5));
            desk.sheet.set(Sheet::Map);
        }
        Goes::MapTool(letter) => {
            map.wanted.set(Some(letter));
            desk.sheet.set(Sheet::Map);
        }
        Goes::Page(path) => {
            // Refused only by a page that is being left already.
            let _ = window().location().assign(&path);
        }
        Goes::Command(command) => begin(desk, command),
        Goes::Tab(tab) => {
            desk.found.set(None);
            desk.tab.set(tab);
            desk.sheet.set(Sheet::Queue);
        }
        Goes::View(view) => desk.show_view(&view),
        Goes::Intake => {
            desk.intake_open.set(true);
            desk.sheet.set(Sheet::Detail);
        }
        Goes::Keys => desk.keys_open.set(true),
        Goes::SaveView => desk.naming_view.set(true),
        Goes::Sound => crate::live::sound::switch(desk),
        Goes::Language => desk.settings.switch_language(),
        Goes::Theme(theme) => desk.settings.switch_theme(theme),
    }
}
