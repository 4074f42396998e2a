//! Letters by their state; first those that nobody took, which an administrator sends again or discards.

use domain::wire::notify::LetterView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::words::Word;
use super::{ASK_EVERY, Told, instead, keep};
use crate::office::when::again_every;
use crate::office::words::Word as Office;
use crate::office::{Sure, When, said};
use crate::requests;
use crate::settings::settings;

const STATES: [(&str, Word); 5] = [
    ("dead", Word::Dead),
    ("pending", Word::Pending),
    ("sent", Word::Sent),
    ("cancelled", Word::Cancelled),
    ("discarded", Word::Discarded),
];

#[derive(Clone, Copy)]
struct Letters {
    state: RwSignal<&'static str>,
    told: Told<LetterView>,
    /// What the last press came to, and which letter it was of.
    outcome: RwSignal<Option<Result<(Word, String), String>>>,
}

impl Letters {
    fn ask(self) {
        let state = self.state.get();
        spawn_local(async move {
            let answer = requests::letters(state).await;
            if self.state.try_get_untracked() == Some(state) {
                keep(self.told, answer);
            }
        });
    }

    fn revive(self, id: String, again: bool) {
        let settings = settings();
        spawn_local(async move {
            let (answer, word) = match again {
                true => (requests::retry_letter(&id).await, Word::Revived),
                false => (requests::discard_letter(&id).await, Word::Thrown),
            };
            let language = settings.language.get_untracked();
            self.outcome.try_set(Some(match answer {
                Ok(letter) => Ok((word, letter.id)),
                Err(problem) => {
                    let why = said(language, &problem);
                    Err(Office::NotDone.filled(language, &[("why", &why)]))
                }
            }));
            untrack(|| self.ask());
        });
    }
}

#[component]
pub fn Tray(administers: bool) -> impl IntoView {
    let settings = settings();
    let letters = Letters {
        state: RwSignal::new("dead"),
        told: RwSignal::new(None),
        outcome: RwSignal::new(None),
    };
    again_every(ASK_EVERY, move || letters.ask());
    let states = STATES.map(|(state, word)| {
        let press = move |_| {
            letters.told.set(None);
            letters.state.set(state);
        };
        view! {
            <button type="button" class="segment" data-testid=format!("state-{state}")
                aria-pressed=move || (letters.state.get() == state).to_string() on:click=press>{settings.say(word)}</button>
        }
    });
    let is_dead = move || letters.state.get() == "dead";
    let told = move || {
        let none = if is_dead() {
            Word::NoDead
        } else {
            Word::NoneOfState
        };
        instead(settings, letters.told, none)
    };
    let done = move || match letters.outcome.get() {
        Some(Ok((word, id))) => Some(word.filled(settings.language.get(), &[("id", &id)])),
        _ => None,
    };
    let refused = move || letters.outcome.get().and_then(Result::err);
    let rows = Memo::new(move |_| {
        letters.told.with(|told| {
            let rows = told.iter().flatten().flatten();
            rows.cloned().collect::<Vec<_>>()
        })
    });
    let acts = administers;
    let heads = [
        Word::To,
        Word::Letter,
        Word::MadeAt,
        Word::Tries,
        Word::DueAt,
        Word::Answer,
    ];
    let heads = heads.map(|word| view! { <th scope="col">{settings.say(word)}</th> });
    view! {
        <section class="sheet" aria-labelledby="tray">
            <div class="office-head">
                <h2 id="tray">{settings.say(Word::Letters)}</h2>
                <div class="segments" role="group" aria-label=settings.say(Word::State)>{states.collect_view()}</div>
            </div>
            <p class="kept" role="status" data-testid="letter-done" class:gone=move || done().is_none()>{done}</p>
            <p class="problem" role="alert" class:gone=move || refused().is_none()>{refused}</p>
            <p class="office-said" role="status" class:gone=move || told().is_none()>{told}</p>
            <div class="wide log" class:gone=move || rows.read().is_empty()>
                <table data-testid="letters-table">
                    <thead><tr>{heads.collect_view()}<td></td></tr></thead>
                    <tbody>
                        <For each=move || rows.get() key=|letter| (letter.id.clone(), letter.tries, letter.state.clone(), letter.due_at.millis())
                            children=move |letter| view! { <Row letters letter acts/> }/>
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Row(letters: Letters, letter: LetterView, acts: bool) -> impl IntoView {
    let settings = settings();
    let is_dead = letter.state == "dead";
    let waits = letter.state == "pending";
    let buttons = (acts && is_dead).then(|| {
        let (again, away, named) = (letter.id.clone(), letter.id.clone(), letter.id.clone());
        let label = move || Word::RetryOf.filled(settings.language.get(), &[("id", &named)]);
        view! {
            <button type="button" data-testid="retry" aria-label=label on:click=move |_| letters.revive(again.clone(), true)>{settings.say(Word::Retry)}</button>
            <Sure label=Signal::derive(move || Word::Discard.text(settings.language.get()).to_owned())
                testid="discard" press=move || letters.revive(away.clone(), false)/>
        }
    });
    view! {
        <tr data-testid="letter" data-id=letter.id.clone()>
            <td>{letter.endpoint}</td>
            <td>{letter.id.clone()}</td>
            <td><When at=letter.made_at/></td>
            <td>{letter.tries}</td>
            <td>{waits.then(|| view! { <When at=letter.due_at/> })}</td>
            <td class="detail-cell">{letter.answer}</td>
            <td class="row-buttons">{buttons}</td>
        </tr>
    }
}
