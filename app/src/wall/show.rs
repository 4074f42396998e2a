//! How a desk puts something on the walls, and takes it down again.

use domain::account::Role;
use domain::language::Language;
use domain::wall::Pin;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::live::desk::desk;
use crate::requests;
use crate::text::{Message, filled, text};

/// Who is offered the button; the server decides by the same list.
pub fn may_pin(role: Role) -> bool {
    matches!(
        role,
        Role::Operator | Role::ShiftLeader | Role::Dispatcher | Role::Commander
    )
}

/// In words, what came of putting something on the walls (`up`) or taking it down.
pub fn pinned(language: Language, up: bool, outcome: &Result<(), requests::Problem>) -> String {
    match outcome {
        Ok(()) if up => text(language, Message::WallShown).to_owned(),
        Ok(()) => text(language, Message::WallTakenDown).to_owned(),
        Err(problem) => {
            let why = problem.said(language);
            filled(language, Message::WallNotShown, &[("why", &why)])
        }
    }
}

/// Sends the pin; `said` is told in words what came of it, or none while it is on its way.
pub fn put_on_wall(pin: Option<Pin>, said: impl Fn(Result<(), requests::Problem>) + 'static) {
    spawn_local(async move {
        said(requests::put_on_wall(pin.as_ref()).await.map(|_| ()));
    });
}

/// Learns whether walls show this now; `still` says whether the question holds when the answer comes.
pub fn is_on_wall(pin: Pin, shown: RwSignal<bool>, still: impl Fn() -> bool + 'static) {
    spawn_local(async move {
        if let Ok(view) = requests::wall().await
            && still()
        {
            shown.try_set(view.pin == Some(pin));
        }
    });
}

/// For the incident that the desk shows.
#[component]
pub fn ShowOnWall() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let may = desk.start().me.as_ref().is_some_and(|me| may_pin(me.role));
    let shown = RwSignal::new(false);
    Effect::new(move |_| {
        shown.set(false);
        if let Some(id) = desk.selected.get()
            && may
        {
            is_on_wall(Pin::Incident(id), shown, move || {
                desk.selected.get_untracked() == Some(id)
            });
        }
    });
    let press = move |_| {
        let Some(id) = desk.selected.get_untracked() else {
            return;
        };
        let pin = (!shown.get_untracked()).then_some(Pin::Incident(id));
        let up = pin.is_some();
        put_on_wall(pin, move |outcome| {
            if outcome.is_ok() {
                shown.try_set(up);
            }
            let language = settings.language.get_untracked();
            desk.notice.set(Some(pinned(language, up, &outcome)));
        });
    };
    view! {
        <Show when=move || may && desk.selected.read().is_some()>
            <button type="button" class="quiet show-on-wall" data-testid="show-on-wall"
                aria-pressed=move || shown.get().to_string() on:click=press>
                {move || text(settings.language.get(), if shown.get() {
                    Message::WallTakeDown
                } else {
                    Message::WallShow
                })}
            </button>
        </Show>
    }
}
