//! A command with what it asks for, inline where its button was. What was typed survives every refusal and every arrival; it is
//! gone only once the command is kept on the device.

use std::collections::BTreeSet;

use domain::lifecycle::{Argument, CommandName, row_of};
use domain::place::Position;
use domain::wire::IncidentView;
use js_sys::{Array, Promise};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::hand::Hand;
use super::outbox::{Photo, photo_of};
use super::words::Word;
use crate::controls::YesNo;
use crate::json::Json;
use crate::live::connection::Link;
use crate::panels::{Draft, Kind, Unready, asked, fields, place as place_json, position_text};
use crate::text::{Message, filled, text};

#[wasm_bindgen(raw_module = "./offline.js")]
extern "C" {
    fn whereabouts() -> Promise;
    #[wasm_bindgen(js_name = quickPlace)]
    fn quick_place() -> Promise;
}

/// What is shown better than told. Photos are put to the incident before the command is given.
fn takes_photos(command: CommandName) -> bool {
    matches!(command, CommandName::Resolve | CommandName::Comment) || names_photos(command)
}

/// Whether the command itself names what was put to the incident with it; the outbox fills in the ids.
fn names_photos(command: CommandName) -> bool {
    let arguments = row_of(command).arguments;
    arguments.iter().any(|argument| argument.name == ATTACHED)
}

/// The argument that photos stand for.
const ATTACHED: &str = "attachments";
/// The argument that says where a command is given.
const PLACE: &str = "position";

/// Words that are often right, put in by one touch.
fn phrases(command: CommandName) -> &'static [Word] {
    match command {
        CommandName::Return => &[Word::PhraseNotOurs, Word::PhraseWrongPlace],
        CommandName::Resolve => &[Word::PhraseResolved],
        CommandName::Comment => &[Word::PhraseArrived],
        CommandName::RequestExtension | CommandName::RequestSuspension => {
            &[Word::PhraseNeedsTime, Word::PhraseWeather]
        }
        CommandName::Urge => &[Word::PhraseUrge],
        CommandName::Instruct => &[Word::PhraseInstruct, Word::PhraseProtect, Word::PhraseUrge],
        CommandName::DecideDispute => &[Word::PhraseByTable],
        CommandName::DecideExtension
        | CommandName::DecideSuspension
        | CommandName::DecideAppeal => &[Word::PhraseAgreed, Word::PhraseNotAgreed],
        _ => &[],
    }
}

#[component]
pub fn CommandForm(
    hand: Hand,
    command: CommandName,
    /// As it stands when the command is given.
    view: Signal<IncidentView>,
) -> impl IntoView {
    let settings = hand.settings;
    let draft = RwSignal::new(Draft::default());
    let photos = RwSignal::new_local(Vec::<Photo>::new());
    let lacking = RwSignal::new(None::<String>);
    let asked_for: Vec<_> = fields(command)
        .map(|argument| view! { <Field hand command argument=*argument draft/> })
        .collect();
    let says_where = has_place(command);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let offset = hand.start().city.offset(settings.now());
        match draft.with_untracked(|draft| draft.arguments(command, &offset, |_| None)) {
            Ok(mut arguments) => {
                lacking.set(None);
                if names_photos(command) {
                    arguments.push((ATTACHED, Json::List(Vec::new())));
                }
                let photos = photos.get_untracked();
                view.with_untracked(|view| hand.give(view, command, arguments, photos));
            }
            Err(unready) => lacking.set(Some(said(settings.language.get_untracked(), &unready))),
        }
    };
    let form = NodeRef::<leptos::html::Form>::new();
    // A person has just asked for it: all of it is shown, as far as it fits.
    Effect::new(move |_| {
        if let Some(form) = form.get() {
            request_animation_frame(move || {
                let low = form.get_bounding_client_rect().bottom();
                let end = form.closest(".field-scroll, .details").ok().flatten();
                if end.is_some_and(|end| end.get_bounding_client_rect().bottom() < low) {
                    form.scroll_into_view_with_bool(false);
                }
            });
        }
    });
    let offline = move || hand.line.get() != Link::Live;
    view! {
        <form class="field-form" node_ref=form data-testid=format!("form-{}", command.name()) on:submit=submit>
            {asked_for}
            {takes_photos(command).then(|| view! { <Photos hand photos/> })}
            {says_where.then(|| view! { <Here hand draft/> })}
            <p class="problem" role="alert" class:gone=move || lacking.read().is_none()>{move || lacking.get()}</p>
            <div class="form-actions">
                <button type="button" class="quiet" on:click=move |_| hand.form.set(None)>{settings.say(Word::Cancel)}</button>
                <button type="submit" class="primary" data-testid="command-send">
                    {move || Word::Send.text(settings.language.get())}
                    {move || offline().then(|| view! { <small>" · "{settings.say(Word::OnceSent)}</small> })}
                </button>
            </div>
        </form>
    }
}

fn said(language: domain::language::Language, unready: &Unready) -> String {
    match unready {
        Unready::Missing(what) => filled(
            language,
            Message::Needed,
            &[("what", text(language, *what))],
        ),
        Unready::NotAPosition => text(language, Message::NotAPosition).to_owned(),
        Unready::NotAnIncident(number) => {
            filled(language, Message::NotAnIncident, &[("number", number)])
        }
    }
}

#[component]
fn Field(
    hand: Hand,
    command: CommandName,
    argument: Argument,
    draft: RwSignal<Draft>,
) -> impl IntoView {
    let settings = hand.settings;
    let name = argument.name;
    // Photos stand for files.
    let Some((kind, called)) = asked(name).filter(|_| name != ATTACHED) else {
        return ().into_any();
    };
    let id = format!("field-{}-{name}", command.name());
    let value = move || draft.with(|draft| draft.words.get(name).cloned().unwrap_or_default());
    let put = move |word: String| draft.update(|draft| drop(draft.words.insert(name, word)));
    let field = match kind {
        Kind::Lines => view! {
            <Phrases hand command put=Callback::new(put)/>
            <textarea id=id.clone() name=name rows="3" prop:value=move || value()
                on:input=move |event| put(event_target_value(&event))></textarea>
        }
        .into_any(),
        Kind::YesNo => view! { <YesNo id=id.clone() name value=Signal::derive(value) put=Callback::new(put)/> }.into_any(),
        Kind::Day | Kind::Count => view! {
            <input id=id.clone() name=name type=if kind == Kind::Day { "date" } else { "number" } min="1" prop:value=move || value()
                on:input=move |event| put(event_target_value(&event))/>
        }
        .into_any(),
        Kind::Department => view! {
            <select id=id.clone() name=name prop:value=move || value() on:change=move |event| put(event_target_value(&event))>
                {move || departments(hand)}
            </select>
        }
        .into_any(),
        Kind::Departments => view! { <Several hand id=id.clone() name draft/> }.into_any(),
        _ => view! {
            <input id=id.clone() name=name type="text" autocomplete="off" prop:value=move || value()
                on:input=move |event| put(event_target_value(&event))/>
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label for=id>
                {settings.say(called)}
                {(!argument.required).then(|| view! { <span class="faint">" · " {settings.say(Message::Optional)}</span> })}
            </label>
            {field}
        </div>
    }
    .into_any()
}

#[component]
fn Phrases(hand: Hand, command: CommandName, put: Callback<String>) -> impl IntoView {
    let settings = hand.settings;
    let chips = phrases(command)
        .iter()
        .map(|phrase| {
            let phrase = *phrase;
            view! {
                <button type="button" class="phrase"
                    on:click=move |_| put.run(phrase.text(settings.language.get_untracked()).to_owned())>
                    {settings.say(phrase)}
                </button>
            }
        })
        .collect_view();
    view! { <div class="phrases" class:gone=phrases(command).is_empty()>{chips}</div> }
}

/// Whether the device may say along with the command where it is given.
fn has_place(command: CommandName) -> bool {
    let arguments = row_of(command).arguments;
    command != CommandName::SetPosition && arguments.iter().any(|argument| argument.name == PLACE)
}

/// What `whereabouts` found: the place, and how far off it may be in metres.
fn found_place(found: &JsValue) -> Option<(Position, f64)> {
    let numbers: Vec<f64> = Array::from(found)
        .iter()
        .filter_map(|one| one.as_f64())
        .collect();
    match numbers.as_slice() {
        [longitude, latitude, accuracy] => Position::from_degrees(*longitude, *latitude)
            .ok()
            .map(|at| (at, *accuracy)),
        _ => None,
    }
}

/// Gives a command that asks for nothing; where it is given goes along if the device may say so without asking anybody.
pub fn give_at_once(hand: Hand, view: IncidentView, command: CommandName) {
    if !has_place(command) {
        hand.give(&view, command, Vec::new(), Vec::new());
        return;
    }
    spawn_local(async move {
        let found = JsFuture::from(quick_place()).await;
        let place = found.ok().and_then(|found| found_place(&found));
        let arguments = place.map(|(at, _)| (PLACE, place_json(at)));
        hand.give(&view, command, arguments.into_iter().collect(), Vec::new());
    });
}

/// The device's own place, asked for only by a press.
#[component]
fn Here(hand: Hand, draft: RwSignal<Draft>) -> impl IntoView {
    let settings = hand.settings;
    let how = RwSignal::new(None::<(Word, String)>);
    let find = move |_| {
        how.set(Some((Word::HereFinding, String::new())));
        spawn_local(async move {
            let found = JsFuture::from(whereabouts()).await;
            let said = match found {
                Ok(found) => match found_place(&found) {
                    Some((at, accuracy)) => {
                        draft.try_update(|draft| draft.words.insert(PLACE, position_text(at)));
                        (Word::HereFound, crate::text::number::decimals(accuracy, 0))
                    }
                    None => (Word::HereUnknown, String::new()),
                },
                Err(why) if why.as_string().as_deref() == Some("denied") => {
                    (Word::HereDenied, String::new())
                }
                Err(_) => (Word::HereUnknown, String::new()),
            };
            how.try_set(Some(said));
        });
    };
    view! {
        <div class="here">
            <button type="button" data-testid="here" on:click=find>{settings.say(Word::HereButton)}</button>
            <p class="faint" role="status">
                {move || how.get().map(|(word, metres)| word.filled(settings.language.get(), &[("m", &metres)]))}
            </p>
        </div>
    }
}

fn departments(hand: Hand) -> impl IntoView {
    let language = hand.settings.language.get();
    let start = hand.start();
    let mut choices = vec![(String::new(), text(language, Message::Choose).to_owned())];
    choices.extend(start.city.departments.iter().map(|department| {
        let name = start.city.department(language, &department.id);
        (department.id.to_string(), name.to_owned())
    }));
    choices
        .into_iter()
        .map(|(value, label)| view! { <option value=value>{label}</option> })
        .collect_view()
}

#[component]
fn Several(hand: Hand, id: String, name: &'static str, draft: RwSignal<Draft>) -> impl IntoView {
    let settings = hand.settings;
    let start = hand.start();
    let tick = move |choice: &str| {
        draft.update(|draft| {
            let chosen: &mut BTreeSet<String> = draft.choices.entry(name).or_default();
            if !chosen.remove(choice) {
                chosen.insert(choice.to_owned());
            }
        });
    };
    let choices = start
        .city
        .departments
        .iter()
        .map(|department| {
            let (for_tick, for_label) = (department.id.to_string(), department.id.clone());
            view! {
                <label class="tick">
                    <input type="checkbox" on:change=move |_| tick(&for_tick)/>
                    <span>{move || hand.start().city.department(settings.language.get(), &for_label).to_owned()}</span>
                </label>
            }
        })
        .collect_view();
    view! { <div class="ticks" id=id role="group" tabindex="0">{choices}</div> }
}

/// Photos of what was done, kept on the device until the server has them.
#[component]
fn Photos(hand: Hand, photos: RwSignal<Vec<Photo>, LocalStorage>) -> impl IntoView {
    let settings = hand.settings;
    let chosen = move |event: leptos::ev::Event| {
        let Some(input) = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok())
        else {
            return;
        };
        let files = js_sys::Reflect::get(&input, &"files".into()).unwrap_or_default();
        let files: Vec<JsValue> = Array::from(&files).iter().collect();
        spawn_local(async move {
            for file in files {
                if let Some(photo) = photo_of(file).await {
                    photos.try_update(|photos| photos.push(photo));
                }
            }
            // The same photo may be chosen again.
            input.set_value("");
        });
    };
    view! {
        <div class="photos">
            <label class="photo-button">
                <input type="file" accept="image/*" multiple data-testid="photos" on:change=chosen/>
                <span>{settings.say(Word::TakePhoto)}</span>
            </label>
            <ul>
                {move || photos.get().into_iter().enumerate().map(|(at, photo)| {
                    let name = photo.name.clone();
                    view! {
                        <li>
                            <span>{photo.name}</span>
                            <button type="button" class="quiet"
                                aria-label=move || Word::RemovePhoto.filled(settings.language.get(), &[("name", &name)])
                                on:click=move |_| photos.update(|photos| drop(photos.remove(at)))>"✕"</button>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </div>
    }
}
