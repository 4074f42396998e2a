//! What was just done, and for ten seconds the way back.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::command_form::refusal;
use crate::json::Json;
use crate::live::desk::{Desk, desk};
use crate::live::undo::{OFFERED_MS, Undo};
use crate::requests;
use crate::text::{Message, filled};

/// Takes back what was just done; false if nothing is offered.
pub fn take_back(desk: Desk) -> bool {
    let Some(undo) = desk.undo.get_untracked() else {
        return false;
    };
    desk.undo.set(None);
    spawn_local(async move {
        let language = desk.settings.language.get_untracked();
        let said = match carry_out(&undo).await {
            Ok(()) => {
                let start = desk.start();
                let label = start.city.label(language, undo.of.name());
                filled(language, Message::TakenBack, &[("what", label)])
            }
            Err(problem) => refusal(language, &problem),
        };
        desk.notice.set(Some(said));
        if let Some(selected) = desk.selected.get_untracked() {
            desk.fetch_detail(selected);
        }
    });
    true
}

async fn carry_out(undo: &Undo) -> Result<(), requests::Problem> {
    let revision = match undo.revision {
        Some(revision) => revision,
        None => requests::detail(undo.incident).await?.incident.revision,
    };
    let mut body = vec![
        ("id", Json::from(requests::new_command_id().to_string())),
        ("command", Json::from(undo.command.name())),
        ("expected_revision", Json::Count(u64::from(revision))),
    ];
    body.extend(undo.arguments.iter().cloned());
    requests::command(undo.incident, &Json::Object(body)).await?;
    Ok(())
}

/// What is noticed where no incident is open goes by itself, unless something else has been noticed since.
fn forget(desk: Desk, said: &str) {
    let nothing_open = desk.selected.try_get_untracked().flatten().is_none();
    let still_said = desk.notice.try_get_untracked().flatten().as_deref() == Some(said);
    if nothing_open && still_said {
        desk.notice.try_set(None);
    }
}

#[component]
pub fn Toast() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    Effect::new(move |_| {
        if let Some(said) = desk.notice.get()
            && desk.selected.get().is_none()
        {
            let wait = Duration::from_millis(u64::from(OFFERED_MS));
            set_timeout(move || forget(desk, &said), wait);
        }
    });
    let said = move || {
        let language = settings.language.get();
        match desk.undo.get() {
            Some(undo) => {
                let start = desk.start();
                let label = start.city.label(language, undo.of.name());
                Some(filled(language, Message::CommandDone, &[("what", label)]))
            }
            // An open incident says itself what was noticed.
            None => desk.notice.get().filter(|_| desk.selected.get().is_none()),
        }
    };
    view! {
        <div class="toast" role="status" data-testid="toast" class:gone=move || said().is_none()>
            <span>{move || said()}</span>
            <button type="button" data-testid="undo" class:gone=move || desk.undo.read().is_none()
                on:click=move |_| { take_back(desk); }>
                {settings.say(Message::TakeBack)} <kbd aria-hidden="true">"Z"</kbd>
            </button>
        </div>
    }
}
