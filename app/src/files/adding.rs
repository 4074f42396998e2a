//! Putting files to an incident: chosen, or dropped. One after the other; what was not taken is named with its reason, and the
//! others are not kept from it.

use domain::ids::IncidentId;
use js_sys::{Array, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::words::Word;
use crate::requests;
use crate::settings::Settings;

/// What may be attached; what it really is the server says by its content.
const TAKEN: &str = "image/jpeg,image/png,image/webp,video/mp4,application/pdf";
/// 20 MiB, of one file.
const MOST_BYTES: f64 = 20_971_520.0;

fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

/// Of an input, or of what was dropped.
fn files_of(holder: &JsValue) -> Vec<JsValue> {
    Array::from(&field(holder, "files")).iter().collect()
}

#[component]
pub fn Adding(
    settings: Settings,
    incident: Signal<Option<IncidentId>>,
    #[prop(into)] may_add: Signal<bool>,
    /// Something was added to it.
    added: Callback<IncidentId>,
) -> impl IntoView {
    let on_its_way = RwSignal::new(None::<String>);
    let refused = RwSignal::new(Vec::<String>::new());
    let take = move |files: Vec<JsValue>| {
        let Some(id) = incident.get_untracked() else {
            return;
        };
        if files.is_empty() || on_its_way.read_untracked().is_some() || !may_add.get_untracked() {
            return;
        }
        refused.set(Vec::new());
        spawn_local(async move {
            for file in files {
                let name = field(&file, "name").as_string().unwrap_or_default();
                let is_large = field(&file, "size").as_f64() > Some(MOST_BYTES);
                on_its_way.try_set(Some(name.clone()));
                let answer = match is_large {
                    true => Err(None),
                    false => requests::attach(id, &name, file).await.map_err(Some),
                };
                if let Err(why) = answer {
                    let language = settings.language.get_untracked();
                    let why = match why {
                        None => Word::TooLarge.text(language).to_owned(),
                        Some(problem) => problem.said(language),
                    };
                    let said = Word::NotTaken.filled(language, &[("name", &name), ("why", &why)]);
                    refused.try_update(|refused| refused.push(said));
                }
            }
            on_its_way.try_set(None);
            added.try_run(id);
        });
    };
    let chosen = move |event: leptos::ev::Event| {
        let Some(input) = event.target() else { return };
        take(files_of(&input));
        // The same may be chosen again.
        let _ = Reflect::set(&input, &"value".into(), &"".into());
    };
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        take(files_of(&field(event.as_ref(), "dataTransfer")));
    };
    let said = move || match on_its_way.get() {
        Some(name) => Word::OnItsWay.filled(settings.language.get(), &[("name", &name)]),
        None => Word::Add.text(settings.language.get()).to_owned(),
    };
    view! {
        <label class="file-add" class:gone=move || !may_add.get() data-testid="file-drop"
            on:dragover=|event| event.prevent_default() on:drop=dropped>
            <input type="file" multiple accept=TAKEN data-testid="file-choose"
                disabled=move || on_its_way.read().is_some() aria-label=settings.say(Word::Add) on:change=chosen/>
            <span role="status">{said}</span>
        </label>
        <ul class="problem" role="alert" data-testid="files-refused" class:gone=move || refused.read().is_empty()>
            {move || refused.get().into_iter().map(|said| view! { <li>{said}</li> }).collect_view()}
        </ul>
    }
}
