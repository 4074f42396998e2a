//! A command with its arguments, inline in the detail. What was typed survives every refusal.

use domain::ids::CommandId;
use domain::language::Language;
use domain::lifecycle::{Argument, CommandName};
use domain::wire::IncidentDetail;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::arguments::{self, Draft, Kind, Unready};
use super::detail::of;
use super::pause::hand_to;
use crate::controls::YesNo;
use crate::live::desk::{Desk, PointFor, desk};
use crate::live::undo;
use crate::requests::{self, Problem};
use crate::text::{Message, filled, text};

/// Starts a command: sends it at once if it asks for nothing, else opens its form.
pub fn begin(desk: Desk, command: CommandName) {
    desk.notice.set(None);
    if arguments::fields(command).next().is_none() {
        desk.open_command.set(None);
        send(desk, command, Draft::default(), Sending::new());
    } else {
        desk.open_command.set(Some(command));
    }
}

/// How the sending of one form stands.
#[derive(Clone, Copy)]
pub struct Sending {
    busy: RwSignal<bool>,
    refused: RwSignal<Option<String>>,
    /// Kept when the answer did not arrive: sent again under the same id it is done once.
    id: StoredValue<Option<CommandId>>,
}

impl Sending {
    fn new() -> Self {
        Self {
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
            id: StoredValue::new(None),
        }
    }
}

/// Sends a command whose arguments stand elsewhere than in its form.
pub fn send_words(desk: Desk, command: CommandName, draft: Draft) {
    send(desk, command, draft, Sending::new());
}

fn send(desk: Desk, command: CommandName, draft: Draft, sending: Sending) {
    let language = desk.settings.language.get_untracked();
    let Some(detail) = desk.detail.get_untracked() else {
        return;
    };
    if sending.busy.get_untracked() {
        return;
    }
    let id = sending
        .id
        .get_value()
        .unwrap_or_else(requests::new_command_id);
    let offset = desk.start().city.offset(desk.start().now);
    let body = match draft.body(id, command, detail.incident.revision, &offset, |text| {
        desk.named(text)
    }) {
        Ok(body) => body,
        Err(unready) => {
            sending.refused.set(Some(said(language, &unready)));
            return;
        }
    };
    sending.busy.set(true);
    sending.refused.set(None);
    let incident = detail.incident.id;
    let department = draft.word("department").to_owned();
    spawn_local(async move {
        let answer = requests::command(incident, &body).await;
        // The form may be gone by now; then only the desk is told.
        sending.busy.try_set(false);
        match answer {
            Ok(after) => {
                desk.offer(undo::undo(command, &detail, &after, &department));
                let label = desk.start().city.label(language, command.name()).to_owned();
                if desk.open_command.get_untracked() == Some(command) {
                    desk.open_command.set(None);
                }
                desk.notice.set(Some(filled(
                    language,
                    Message::CommandDone,
                    &[("what", &label)],
                )));
            }
            Err(problem) => {
                sending
                    .id
                    .try_set_value(problem.status.is_none().then_some(id));
                let why = refusal(language, &problem);
                if sending.refused.try_set(Some(why.clone())).is_some()
                    || desk.open_command.get_untracked().is_none()
                {
                    desk.notice.set(Some(why));
                }
            }
        }
        if desk.selected.get_untracked() == Some(incident) {
            desk.fetch_detail(incident);
        }
    });
}

pub fn said(language: Language, unready: &Unready) -> String {
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

pub fn refusal(language: Language, problem: &Problem) -> String {
    let message = match problem.status {
        Some(409) => Message::CommandMoved,
        None => Message::CommandUnsent,
        Some(_) => Message::CommandRefused,
    };
    filled(language, message, &[("why", &problem.said(language))])
}

/// Puts the keyboard into the first element that fits: now, so that no letter is lost while the map holds up the next frame; or
/// as soon as it stands in the page.
pub fn focus_first(selector: &'static str) {
    let done = focused(selector);
    request_animation_frame(move || {
        // What had it a moment ago may have been taken out of the page.
        let nowhere = document().active_element() == document().body().map(Into::into);
        if !done || nowhere {
            focused(selector);
        }
    });
}

fn focused(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    let field = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok());
    // Fails only for what cannot hold the focus, and then it stays where it is.
    field.is_some_and(|field| field.focus().is_ok())
}

#[component]
pub fn CommandForm() -> impl IntoView {
    let desk = desk();
    let Some(command) = desk.open_command.get_untracked() else {
        return ().into_any();
    };
    let settings = desk.settings;
    let draft = RwSignal::new(Draft::default());
    let sending = Sending::new();
    let label = move || {
        desk.start()
            .city
            .label(settings.language.get(), command.name())
            .to_owned()
    };
    let fields: Vec<_> = arguments::fields(command)
        .map(|argument| view! { <Field argument=*argument draft /> })
        .collect();
    // A person has just asked for this form, so the hand goes to its first field.
    hand_to(".command-form [name], .command-form .segment");
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        send(desk, command, draft.get_untracked(), sending);
    };
    view! {
        <form class="command-form" data-testid=format!("form-{}", command.name()) on:submit=submit>
            <h3>{move || label()}</h3>
            <p class="faint" class:gone=undo::can_be_taken_back(command)>{settings.say(Message::CannotBeTakenBack)}</p>
            {fields}
            <p class="problem" role="alert" data-testid="command-problem"
                class:gone=move || sending.refused.read().is_none()>
                {move || sending.refused.get().unwrap_or_default()}
            </p>
            <div class="form-actions">
                <button type="submit" class="primary" data-testid="command-send" disabled=sending.busy>
                    {move || text(
                        settings.language.get(),
                        if sending.busy.get() { Message::Sending } else { Message::Send },
                    )}
                </button>
                <button type="button" class="quiet" on:click=move |_| desk.open_command.set(None)>
                    {settings.say(Message::Cancel)} <kbd>"Esc"</kbd>
                </button>
            </div>
        </form>
    }
    .into_any()
}

#[component]
pub fn Field(argument: Argument, draft: RwSignal<Draft>) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let name = argument.name;
    let Some((kind, called)) = arguments::asked(name) else {
        return ().into_any();
    };
    if kind == Kind::Files && of(desk, |detail| detail.attachments.is_empty()) {
        return ().into_any();
    }
    let id = format!("field-{name}");
    let value = move || draft.with(|draft| draft.words.get(name).cloned().unwrap_or_default());
    let put = move |word: String| draft.update(|draft| drop(draft.words.insert(name, word)));
    let label = view! {
        <label for=id.clone()>
            {settings.say(called)}
            {(!argument.required).then(|| view! { <span class="faint">" · " {settings.say(Message::Optional)}</span> })}
        </label>
    };
    let field = match kind {
        Kind::Lines => view! {
            <textarea id=id name=name rows="3" prop:value=move || value()
                on:input=move |event| put(event_target_value(&event))></textarea>
        }
        .into_any(),
        Kind::Line | Kind::Incident => view! {
            <input id=id name=name type="text" autocomplete="off" prop:value=move || value()
                on:input=move |event| put(event_target_value(&event))/>
        }
        .into_any(),
        Kind::Day | Kind::Count => view! {
            <input id=id name=name type=if kind == Kind::Day { "date" } else { "number" } min="1" prop:value=move || value()
                on:input=move |event| put(event_target_value(&event))/>
        }
        .into_any(),
        Kind::Position => view! { <PositionField id name value=Signal::derive(value) put=Callback::new(put) point_for=PointFor::Command/> }.into_any(),
        Kind::YesNo => view! { <YesNo id name put=Callback::new(put) value=Signal::derive(value)/> }.into_any(),
        Kind::Departments => view! { <Departments id name draft/> }.into_any(),
        Kind::Evidence | Kind::Files => view! { <Pieces kind id name draft/> }.into_any(),
        Kind::Category | Kind::Severity | Kind::Department | Kind::Standard | Kind::Item => view! {
            <select id=id name=name prop:value=move || value() on:change=move |event| put(event_target_value(&event))>
                {move || options(desk, kind, argument.required)}
            </select>
        }
        .into_any(),
    };
    view! { <div class="field">{label}{field}</div> }.into_any()
}

/// The choices of a list, in the language of the moment.
fn options(desk: Desk, kind: Kind, required: bool) -> impl IntoView {
    let language = desk.settings.language.get();
    let start = desk.start();
    let none = match (kind, required) {
        (Kind::Department, false) => Message::ArgLeadByTable,
        _ => Message::Choose,
    };
    let mut choices = vec![(String::new(), text(language, none).to_owned())];
    match kind {
        Kind::Category => choices.extend(start.city.categories.iter().map(|category| {
            (
                category.code.to_string(),
                format!(
                    "{} {}",
                    category.code,
                    start.city.category(language, category.code)
                ),
            )
        })),
        Kind::Severity => choices.extend(["1", "2", "3", "4"].map(|level| {
            (
                level.to_owned(),
                start.city.label(language, level).to_owned(),
            )
        })),
        Kind::Department => choices.extend(start.city.departments.iter().map(|department| {
            (
                department.id.to_string(),
                start.city.department(language, &department.id).to_owned(),
            )
        })),
        Kind::Item => {
            let plan = desk.detail.with(|detail| detail.as_ref()?.work.open().plan);
            choices.extend(plan.into_iter().flat_map(|plan| plan.items).map(|item| {
                let english = language == Language::En;
                (item.id, if english { item.text_en } else { item.text })
            }));
        }
        _ => {
            let standards = desk
                .detail
                .with(|detail| detail.as_ref().map(|detail| detail.standards.clone()));
            choices.extend(
                standards
                    .unwrap_or_default()
                    .into_iter()
                    .map(|standard| (standard.clone(), standard)),
            );
        }
    }
    choices
        .into_iter()
        .map(|(value, label)| view! { <option value=value>{label}</option> })
        .collect_view()
}

#[component]
pub fn PositionField(
    id: String,
    name: &'static str,
    value: Signal<String>,
    put: Callback<String>,
    point_for: PointFor,
) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    Effect::new(move |_| {
        if let Some(point) = desk.point.get()
            && desk.point_for.get_untracked() == Some(point_for)
        {
            desk.point_for.set(None);
            desk.point.set(None);
            put.run(arguments::position_text(point));
        }
    });
    on_cleanup(move || {
        desk.point_for.try_set(None);
    });
    view! {
        <div class="with-button">
            <input id=id name=name type="text" inputmode="decimal" autocomplete="off"
                prop:value=value on:input=move |event| put.run(event_target_value(&event))/>
            <button type="button" data-testid="pick-on-map"
                aria-pressed=move || (desk.point_for.get() == Some(point_for)).to_string()
                on:click=move |_| {
                    desk.point.set(None);
                    desk.point_for.set(Some(point_for));
                    desk.sheet.set(crate::live::desk::Sheet::Map);
                }>
                {settings.say(Message::PickOnMap)}
            </button>
        </div>
    }
}

/// Ticks of a set of choices.
fn tick(draft: RwSignal<Draft>, name: &'static str, choice: String) {
    draft.update(|draft| {
        let chosen = draft.choices.entry(name).or_default();
        if !chosen.remove(&choice) {
            chosen.insert(choice);
        }
    });
}

#[component]
fn Departments(id: String, name: &'static str, draft: RwSignal<Draft>) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let choices: Vec<_> = desk
        .start()
        .city
        .departments
        .iter()
        .map(|department| {
            let (for_tick, for_label) = (department.id.to_string(), department.id.clone());
            view! {
                <label class="tick">
                    <input type="checkbox" on:change=move |_| tick(draft, name, for_tick.clone())/>
                    <span>{move || {
                        desk.start().city.department(settings.language.get(), &for_label).to_owned()
                    }}</span>
                </label>
            }
        })
        .collect();
    view! { <div class="ticks" id=id role="group" tabindex="0">{choices}</div> }
}

/// What the incident holds: evidence, or files.
fn held(detail: &IncidentDetail, kind: Kind) -> Vec<(String, String)> {
    match kind {
        Kind::Files => {
            let files = detail.attachments.iter();
            files
                .map(|file| (file.id.to_string(), file.name.clone()))
                .collect()
        }
        _ => detail
            .evidence
            .iter()
            .map(|piece| {
                let label = match piece.text.is_empty() {
                    true => &piece.observation,
                    false => &piece.text,
                };
                (piece.id.clone(), format!("{} · {label}", piece.source))
            })
            .collect(),
    }
}

#[component]
fn Pieces(kind: Kind, id: String, name: &'static str, draft: RwSignal<Draft>) -> impl IntoView {
    let desk = desk();
    let pieces = desk.detail.with_untracked(|detail| {
        let detail = detail.as_ref();
        detail.map(|detail| held(detail, kind)).unwrap_or_default()
    });
    let choices: Vec<_> = pieces
        .into_iter()
        .map(|(piece, label)| {
            let chosen = piece.clone();
            view! {
                <label class="tick">
                    <input type="checkbox" data-piece=piece
                        on:change=move |_| tick(draft, name, chosen.clone())/>
                    <span>{label}</span>
                </label>
            }
        })
        .collect();
    view! { <div class="ticks" id=id role="group" tabindex="0">{choices}</div> }
}
