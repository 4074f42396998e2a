//! One command to several incidents. Each is asked for what it allows and answers for itself: nothing is half-said.

use std::collections::BTreeMap;

use domain::ids::IncidentId;
use domain::lifecycle::{CommandName, row_of};
use domain::wire::IncidentDetail;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::arguments::{Draft, Kind, asked};
use super::command_form::{Field, refusal, said};
use crate::live::desk::{Desk, desk};
use crate::requests;
use crate::text::{Message, filled, text};

/// More than this at once nobody has looked at.
const MOST: usize = 50;

/// How one row fared.
#[derive(Clone, PartialEq, Debug)]
enum Fared {
    Waiting,
    Done,
    /// Its state or one's role does not allow it; nothing was sent.
    NotAllowed,
    Refused(String),
}

/// What each chosen incident is and allows; `Err` where it could not be asked.
type Asked = BTreeMap<IncidentId, Result<IncidentDetail, requests::Problem>>;

/// Commands that all or some of them allow, most of them first. What asks for something of one incident alone is left out.
fn offered(asked: &Asked) -> Vec<(CommandName, usize)> {
    let mut counts: BTreeMap<&'static str, (CommandName, usize)> = BTreeMap::new();
    for detail in asked.values().flatten() {
        for command in &detail.allowed {
            if fits_all(*command) {
                counts.entry(command.name()).or_insert((*command, 0)).1 += 1;
            }
        }
    }
    let mut offered: Vec<_> = counts.into_values().collect();
    offered.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    offered
}

fn fits_all(command: CommandName) -> bool {
    row_of(command).arguments.iter().all(|argument| {
        !matches!(
            asked(argument.name),
            Some((Kind::Evidence | Kind::Standard | Kind::Position, _))
        )
    })
}

#[component]
pub fn Batch() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let known = RwSignal::new(Asked::new());
    let fared = RwSignal::new(BTreeMap::<IncidentId, Fared>::new());
    let command = RwSignal::new(None::<CommandName>);
    let draft = RwSignal::new(Draft::default());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        for id in desk.batch.get().into_iter().take(MOST) {
            if !known.read_untracked().contains_key(&id) {
                ask(known, id);
            }
        }
    });
    let chosen = Memo::new(move |_| desk.batch.get().into_iter().take(MOST).collect::<Vec<_>>());
    let choices = Memo::new(move |_| {
        let chosen = chosen.get();
        let mut asked = known.get();
        asked.retain(|id, _| chosen.contains(id));
        offered(&asked)
    });
    let options = move || {
        let language = settings.language.get();
        let all = chosen.read().len();
        choices
            .get()
            .into_iter()
            .map(|(command, count)| {
                let label = desk.start().city.label(language, command.name()).to_owned();
                view! { <option value=command.name()>{format!("{label}  {count}/{all}")}</option> }
            })
            .collect_view()
    };
    let fields = move || {
        command.get().map(|command| {
            row_of(command)
                .arguments
                .iter()
                .map(|argument| view! { <Field argument=*argument draft/> })
                .collect_view()
        })
    };
    let choose = move |event| {
        let name = event_target_value(&event);
        draft.set(Draft::default());
        fared.set(BTreeMap::new());
        problem.set(None);
        command.set(
            CommandName::ALL
                .iter()
                .copied()
                .find(|command| command.name() == name),
        );
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let (Some(command), false) = (command.get_untracked(), busy.get_untracked()) {
            let ids = chosen.get_untracked();
            send(
                desk,
                known,
                fared,
                busy,
                problem,
                command,
                draft.get_untracked(),
                ids,
            );
        }
    };
    view! {
        <form class="batch" data-testid="batch" on:submit=submit>
            <header>
                <h2>{move || filled(
                    settings.language.get(),
                    Message::BatchOf,
                    &[("n", &chosen.read().len().to_string())],
                )}</h2>
                <button type="button" class="quiet" on:click=move |_| desk.batch.update(|batch| batch.clear())>
                    {settings.say(Message::Cancel)} <kbd>"Esc"</kbd>
                </button>
            </header>
            <div class="field">
                <label for="batch-command">{settings.say(Message::BatchCommand)}</label>
                <select id="batch-command" data-testid="batch-command" on:change=choose>
                    <option value="">{settings.say(Message::Choose)}</option>
                    {options}
                </select>
            </div>
            {fields}
            <p class="problem" role="alert" class:gone=move || problem.read().is_none()>
                {move || problem.get().unwrap_or_default()}
            </p>
            <div class="form-actions">
                <button type="submit" class="primary" data-testid="batch-send"
                    disabled=move || busy.get() || command.get().is_none()>
                    {move || text(
                        settings.language.get(),
                        if busy.get() { Message::Sending } else { Message::Send },
                    )}
                </button>
            </div>
            <ul class="batch-rows">
                <For each=move || chosen.get() key=|id| *id children=move |id: IncidentId| view! {
                    <BatchRow id known fared command/>
                }/>
            </ul>
        </form>
    }
}

fn ask(known: RwSignal<Asked>, id: IncidentId) {
    spawn_local(async move {
        let answer = requests::detail(id).await;
        known.try_update(|known| known.insert(id, answer));
    });
}

/// One after the other, so that the server sees a person and not a flood.
#[expect(clippy::too_many_arguments, reason = "the signals of one form")]
fn send(
    desk: Desk,
    known: RwSignal<Asked>,
    fared: RwSignal<BTreeMap<IncidentId, Fared>>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
    command: CommandName,
    draft: Draft,
    ids: Vec<IncidentId>,
) {
    let language = desk.settings.language.get_untracked();
    let body = |revision| {
        draft.body(requests::new_command_id(), command, revision, |text| {
            desk.named(text)
        })
    };
    // What is missing is missing for all: said once, and nothing is sent.
    if let Err(unready) = body(0) {
        problem.set(Some(said(language, &unready)));
        return;
    }
    let orders: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let revision = known.with_untracked(|known| {
                let detail = known.get(&id)?.as_ref().ok()?;
                detail
                    .allowed
                    .contains(&command)
                    .then_some(detail.incident.revision)
            });
            (id, revision.and_then(|revision| body(revision).ok()))
        })
        .collect();
    busy.set(true);
    problem.set(None);
    spawn_local(async move {
        for (id, body) in orders {
            let outcome = match body {
                None => Fared::NotAllowed,
                Some(body) => {
                    fared.try_update(|fared| fared.insert(id, Fared::Waiting));
                    match requests::command(id, &body).await {
                        Ok(_) => Fared::Done,
                        Err(problem) => Fared::Refused(refusal(language, &problem)),
                    }
                }
            };
            fared.try_update(|fared| fared.insert(id, outcome));
            ask(known, id);
        }
        busy.try_set(false);
    });
}

#[component]
fn BatchRow(
    id: IncidentId,
    known: RwSignal<Asked>,
    fared: RwSignal<BTreeMap<IncidentId, Fared>>,
    command: RwSignal<Option<CommandName>>,
) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let title = move || {
        let row = desk.row(id)?;
        let view = row.get();
        Some(match settings.language.get() {
            domain::language::Language::Zh => view.title.clone(),
            domain::language::Language::En => view.title_en.clone(),
        })
    };
    let outcome = move || {
        let language = settings.language.get();
        let fared = fared.with(|fared| fared.get(&id).cloned());
        let asked = known.with(|known| match known.get(&id) {
            None => Some(text(language, Message::DetailLoading).to_owned()),
            Some(Err(problem)) => Some(problem.said(language)),
            Some(Ok(detail)) => command
                .get()
                .filter(|command| !detail.allowed.contains(command))
                .map(|_| text(language, Message::BatchNotAllowed).to_owned()),
        });
        match fared {
            None => ("", asked.unwrap_or_default()),
            Some(Fared::Waiting) => ("", text(language, Message::Sending).to_owned()),
            Some(Fared::Done) => ("notice", text(language, Message::BatchDone).to_owned()),
            Some(Fared::NotAllowed) => {
                ("faint", text(language, Message::BatchNotAllowed).to_owned())
            }
            Some(Fared::Refused(why)) => ("problem", why),
        }
    };
    let outcome = Memo::new(move |_| outcome());
    view! {
        <li class="batch-row" data-testid="batch-row" data-id=id.to_string()>
            <span>{move || title().unwrap_or_else(|| id.to_string())}</span>
            <span role="status" class=move || outcome.read().0>{move || outcome.read().1.clone()}</span>
            <button type="button" class="quiet forget" aria-label=settings.say(Message::BatchLeaveOut)
                on:click=move |_| desk.toggle_in_batch(id)>"×"</button>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_for_something_of_one_incident_alone_is_not_given_to_many() {
        assert!(fits_all(CommandName::Claim) && fits_all(CommandName::Dispatch));
        for one in [
            CommandName::Split,
            CommandName::Close,
            CommandName::SetPosition,
        ] {
            assert!(!fits_all(one), "{}", one.name());
        }
    }
}
