//! What shifts leave to each other: write a note, read those of one's posts, say that one has read, see who has.

use domain::language::Language;
use domain::roster::DutyPost;
use domain::wire::notify::HandoverView;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::words::Word;
use super::{Duty, post};
use crate::office::When;
use crate::office::said;
use crate::office::when::when;
use crate::office::words::Word as Office;
use crate::pages::start;
use crate::requests;
use crate::settings::settings;

pub const TEXT_ID: &str = "handover-text";
/// Older ones are a press away.
const SHOWN: usize = 6;

#[component]
pub fn Notes(duty: Duty, hands_over: bool) -> impl IntoView {
    let settings = settings();
    let all = RwSignal::new(false);
    let problem = move || {
        let language = settings.language.get();
        duty.notes.with(|told| match told {
            None => Some(Office::AskingNow.text(language).to_owned()),
            Some(Ok(notes)) if notes.is_empty() => Some(Word::NoNotes.text(language).to_owned()),
            Some(Ok(_)) => None,
            Some(Err(problem)) => {
                Some(Office::NotRead.filled(language, &[("why", &said(language, problem))]))
            }
        })
    };
    let rows = move || {
        let language = settings.language.get();
        let most = if all.get() { usize::MAX } else { SHOWN };
        duty.notes.with(|told| {
            let notes = told.iter().flatten().flatten();
            notes
                .take(most)
                .map(|note| view! { <Note duty note=note.clone() language hands_over/> })
                .collect_view()
        })
    };
    let older = move || {
        let count = duty
            .notes
            .with(|told| told.iter().flatten().flatten().count());
        if all.get() {
            0
        } else {
            count.saturating_sub(SHOWN)
        }
    };
    view! {
        <section class="sheet no-print" aria-labelledby="notes">
            <h2 id="notes">{settings.say(Word::Notes)}</h2>
            {hands_over.then(|| view! { <Writing duty/> })}
            <p class="office-said" role="status" class:gone=move || problem().is_none()>{problem}</p>
            <ul class="notes" data-testid="notes">{rows}</ul>
            <button type="button" class="quiet" class:gone=move || older() == 0 on:click=move |_| all.set(true)>
                {move || Word::OlderNotes.filled(settings.language.get(), &[("n", &older().to_string())])}
            </button>
        </section>
    }
}

/// Whether somebody has yet to read it: his own he knows.
fn is_unread(note: &HandoverView, me: &str) -> bool {
    note.by != me && note.read_by.iter().all(|one| one.name != me)
}

#[component]
fn Note(duty: Duty, note: HandoverView, language: Language, hands_over: bool) -> impl IntoView {
    let start = start();
    let me = start.me.as_ref().map(|me| me.name.clone());
    let me = me.unwrap_or_default();
    let is_mine = duty
        .asker
        .with_value(|asker| asker.mine.contains(&note.post));
    let unread = is_unread(&note, &me) && is_mine && hands_over;
    let name = post::name(language, &note.post, &start.city);
    let by_whom = match note.read_by.is_empty() {
        true => Word::NobodyRead.text(language).to_owned(),
        false => {
            let readers = note.read_by.iter();
            let readers: Vec<String> = readers
                .map(|one| format!("{} {}", one.name, when(one.at)))
                .collect();
            let between = match language {
                Language::Zh => "、",
                Language::En => ", ",
            };
            Word::ReadBy.text(language).to_owned() + &readers.join(between)
        }
    };
    let refused = RwSignal::new(None::<String>);
    let id = note.id;
    let mark = move |_| {
        spawn_local(async move {
            match requests::read_handover(id).await {
                Ok(read) => duty.take_note(read),
                Err(problem) => {
                    let why = said(language, &problem);
                    refused.try_set(Some(Office::NotDone.filled(language, &[("why", &why)])));
                }
            }
        });
    };
    view! {
        <li data-testid="note" data-id=id.to_string() class:unread=unread>
            <div class="note-head">
                <b>{note.by}</b>" "<span>{name}</span>" "<When at=note.at/>
                {unread.then(|| view! { <span class="flag">{Word::Unread.text(language)}</span> })}
            </div>
            <p class="note-text">{note.text}</p>
            <div class="note-foot">
                <span data-testid="read-by">{by_whom}</span>
                {unread.then(|| view! { <button type="button" data-testid="mark-read" on:click=mark>{Word::MarkRead.text(language)}</button> })}
            </div>
            <p class="problem" role="alert">{move || refused.get()}</p>
        </li>
    }
}

#[component]
fn Writing(duty: Duty) -> impl IntoView {
    let settings = settings();
    let mine = duty.asker.with_value(|asker| asker.mine.clone());
    let chosen = RwSignal::new(mine.first().cloned());
    let said_last = RwSignal::new(None::<Result<(), String>>);
    // A note whose answer was lost is sent again under its id; other words are another note.
    let id = StoredValue::new(None);
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        duty.text.track();
        id.set_value(None);
    });
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(to) = chosen.get_untracked() else {
            return;
        };
        let text = duty.text.get_untracked();
        let kept = id.get_value().unwrap_or_else(requests::new_command_id);
        id.set_value(Some(kept));
        spawn_local(async move {
            let language = settings.language.get_untracked();
            match requests::hand_over(kept, &to, &text).await {
                Ok(note) => {
                    duty.take_note(note);
                    duty.text.set(String::new());
                    said_last.try_set(Some(Ok(())));
                }
                Err(problem) => {
                    let why = said(language, &problem);
                    said_last.try_set(Some(
                        Err(Office::NotDone.filled(language, &[("why", &why)])),
                    ));
                }
            }
        });
    };
    let several = mine.len() > 1;
    let posts = StoredValue::new(mine);
    let options = move || {
        let language = settings.language.get();
        let posts = posts.get_value();
        let named = |one: &DutyPost| post::name(language, one, &start().city);
        posts
            .iter()
            .map(|one| view! { <option value=one.to_string()>{named(one)}</option> })
            .collect_view()
    };
    view! {
        <form class="writing" on:submit=send>
            <div class="field" class:gone=!several>
                <label for="handover-post">{settings.say(Word::ToPost)}</label>
                <select id="handover-post" on:change=move |event| chosen.set(event_target_value(&event).parse().ok())>{options}</select>
            </div>
            <div class="field">
                <label for=TEXT_ID>{settings.say(Word::Text)}</label>
                <textarea id=TEXT_ID rows="5" node_ref=area data-testid="handover-text" aria-describedby="handover-hint"
                    prop:value=duty.text on:input=move |event| { said_last.set(None); duty.text.set(event_target_value(&event)) }></textarea>
                <p class="faint" id="handover-hint">{settings.say(Word::TextHint)}</p>
            </div>
            <p class="problem" role="alert">{move || said_last.get().and_then(Result::err)}</p>
            <div class="form-actions">
                <button type="submit" class="primary" data-testid="hand-over">{settings.say(Word::HandOver)}</button>
                <span class="kept" role="status">{move || matches!(said_last.get(), Some(Ok(())))
                    .then(|| Word::HandedOver.text(settings.language.get()))}</span>
            </div>
        </form>
    }
}
