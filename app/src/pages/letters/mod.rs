//! Letters to receivers of webhooks: who receives, what nobody took, and everything that was sent. Administrators act, auditors look.

mod log;
mod receiver_form;
mod receivers;
mod tray;
pub mod words;

use std::time::Duration;

use domain::account::Role;
use leptos::prelude::*;

use crate::office::words::Word as Office;
use crate::office::{OfficeFrame, said};
use crate::pages::start;
use crate::requests::Problem;
use crate::settings::{Settings, settings};

use log::Log;
use receivers::Receivers;
use tray::Tray;
use words::Word;

pub const PATH: &str = "/letters";
pub(super) const ASK_EVERY: Duration = Duration::from_secs(10);

/// None until the first answer.
pub(super) type Told<T> = RwSignal<Option<Result<Vec<T>, Problem>>>;

/// Nothing is drawn anew where nothing changed.
pub(super) fn keep<T: PartialEq + Send + Sync + 'static>(
    told: Told<T>,
    answer: Result<Vec<T>, Problem>,
) {
    let answer = Some(answer);
    if told.try_with_untracked(|told| *told == answer) == Some(false) {
        told.set(answer);
    }
}

/// What is said where rows would be.
pub(super) fn instead<T: Send + Sync + 'static>(
    settings: Settings,
    told: Told<T>,
    none: Word,
) -> Option<String> {
    let language = settings.language.get();
    told.with(|told| match told {
        None => Some(Office::AskingNow.text(language).to_owned()),
        Some(Ok(rows)) if rows.is_empty() => Some(none.text(language).to_owned()),
        Some(Ok(_)) => None,
        Some(Err(problem)) => {
            Some(Office::NotRead.filled(language, &[("why", &said(language, problem))]))
        }
    })
}

#[component]
pub fn LettersPage() -> impl IntoView {
    let settings = settings();
    let role = start().me.as_ref().map(|me| me.role);
    let administers = role == Some(Role::Administrator);
    let may_see = administers || role == Some(Role::Auditor);
    view! {
        <OfficeFrame here=PATH>
            <main class="letters" data-testid="letters">
                <div class="office-head"><h1>{settings.say(Word::Title)}</h1></div>
                {match may_see {
                    true => view! {
                        {match administers {
                            true => view! { <Receivers/> }.into_any(),
                            false => view! { <p class="office-said">{settings.say(Word::ReceiversNotForYou)}</p> }.into_any(),
                        }}
                        <Tray administers/>
                        <Log/>
                    }.into_any(),
                    false => view! { <p class="office-said">{settings.say(Word::NotForYou)}</p> }.into_any(),
                }}
            </main>
        </OfficeFrame>
    }
}
