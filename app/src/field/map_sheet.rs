//! The map on demand: it comes when the sheet is first up. Marks are the same shapes as on cards; pressing one opens it.

use std::sync::Arc;

use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::hand::{Hand, Marked, Sheet};
use super::words::Word;

#[wasm_bindgen(raw_module = "./field_map.js")]
extern "C" {
    #[wasm_bindgen(js_name = openMap)]
    fn open_map(container: &JsValue, bounds: &JsValue, picked: &Closure<dyn Fn(String)>)
    -> Promise;
    #[wasm_bindgen(js_name = setMarks)]
    fn set_marks(marks: &JsValue);
    #[wasm_bindgen(js_name = lookAt)]
    fn look_at(longitude: f64, latitude: f64);
    fn restyle();
    fn close();
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    NotAsked,
    OnItsWay,
    Open,
    Failed,
}

#[component]
pub fn MapSheet(hand: Hand, #[prop(into)] marked: Signal<Vec<Marked>>) -> impl IntoView {
    let settings = hand.settings;
    let stage = RwSignal::new(Stage::NotAsked);
    let container = NodeRef::<leptos::html::Div>::new();
    let open = move || {
        let Some(element) = container.get_untracked() else {
            return;
        };
        stage.set(Stage::OnItsWay);
        let start = hand.start();
        let bounds: Array = start
            .city
            .bounds
            .degrees()
            .into_iter()
            .map(JsValue::from)
            .collect();
        let picked = Closure::<dyn Fn(String)>::new(move |id: String| {
            // The address decides what is open.
            let _unchanged = window().location().set_hash(&id);
        });
        spawn_local(async move {
            let opened = JsFuture::from(open_map(&element, &bounds, &picked)).await;
            // The map calls it as long as it is there.
            picked.forget();
            stage.try_set(match opened {
                Ok(_) => Stage::Open,
                Err(_) => Stage::Failed,
            });
        });
    };
    Effect::new(move |_| {
        if hand.sheet.get() != Sheet::Map {
            return;
        }
        match stage.get_untracked() {
            Stage::NotAsked | Stage::Failed => open(),
            Stage::OnItsWay | Stage::Open => {}
        }
    });
    Effect::new(move |_| {
        if stage.get() == Stage::Open && hand.sheet.get() == Sheet::Map {
            set_marks(&written(&marked.get()));
        }
    });
    Effect::new(move |_| {
        if stage.get() == Stage::Open
            && let Some(place) = hand.look_at.get()
        {
            look_at(place.longitude(), place.latitude());
        }
    });
    Effect::new(move |before: Option<()>| {
        settings.theme.track();
        settings.language.track();
        if before.is_some() && stage.get_untracked() == Stage::Open {
            restyle();
        }
    });
    on_cleanup(move || {
        if stage.try_get_untracked() == Some(Stage::Open) {
            close();
        }
    });
    let start = hand.start();
    let note = (
        start.city.boundaries_note.clone(),
        start.city.boundaries_note_en.clone(),
    );
    let whose = Arc::clone(&start);
    view! {
        <section class="map-sheet" aria-label=settings.say(Word::Map) class:gone=move || hand.sheet.get() != Sheet::Map data-testid="map-sheet">
            <div class="field-map" node_ref=container data-stage=move || match stage.get() {
                Stage::Open => "open",
                Stage::Failed => "failed",
                _ => "coming",
            }></div>
            <p class="map-said" role="status" class:gone=move || stage.get() == Stage::Open>
                {move || match stage.get() {
                    Stage::Failed => Word::MapFailed.text(settings.language.get()),
                    _ => Word::MapOnItsWay.text(settings.language.get()),
                }}
            </p>
            <p class="map-note">
                {move || match settings.language.get() {
                    domain::language::Language::Zh => note.0.clone(),
                    domain::language::Language::En => note.1.clone(),
                }}
                " · " {whose.city.attribution.join(" · ")}
            </p>
        </section>
    }
}

fn written(marks: &[Marked]) -> JsValue {
    let all = Array::new();
    for mark in marks {
        let one = Object::new();
        let set = |name: &str, value: JsValue| {
            // Fails only for what is no object.
            let _ = Reflect::set(&one, &name.into(), &value);
        };
        set("id", mark.id.to_string().into());
        set("lng", mark.place.longitude().into());
        set("lat", mark.place.latitude().into());
        set("level", u32::from(mark.level).into());
        set("late", mark.late.into());
        set("title", mark.title.as_str().into());
        all.push(&one);
    }
    all.into()
}
