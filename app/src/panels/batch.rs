//! One command to several incidents. Each is asked for what it allows and answers for itself: nothing is half-said.

use std::sync::Arc;

use domain::ids::IncidentId;
use domain::lifecycle::{CommandName, row_of};
use domain::wire::IncidentDetail;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::arguments::{Draft, Kind, asked};
use super::command_form::{Field, refusal, said};
use crate::live::desk::{Desk, MOST_IN_BATCH, desk};
use crate::requests;
use crate::text::{Message, filled, text};

/// How one row fared.
#[derive(Clone, PartialEq, Debug)]
enum Fared {
    Waiting,
    Done,
    /// Its state or one's role does not allow it; nothing was sent.
    NotAllowed,
    Refused(String),
}

/// One of the chosen.
#[derive(Clone, PartialEq, Debug)]
struct Line {
    id: IncidentId,
    /// What it is and allows, once asked; `Err` where it could not be.
    asked: Option<Result<Arc<IncidentDetail>, requests::Problem>>,
    fared: Option<Fared>,
}

impl Line {
    fn allows(&self, command: CommandName) -> bool {
        matches!(&self.asked, Some(Ok(detail)) if detail.allowed.contains(&command))
    }
}

/// Commands that some of them allow, in the table's order. What asks for something of one incident alone is left out.
fn offered(lines: &[Line]) -> Vec<(CommandName, usize)> {
    CommandName::ALL
        .iter()
        .filter(|command| fits_all(**command))
        .map(|command| {
            let allowing = lines.iter().filter(|line| line.allows(*command));
            (*command, allowing.count())
        })
        .filter(|(_, count)| *count > 0)
        .collect()
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
    let lines = RwSignal::new(Vec::<Line>::new());
    let command = RwSignal::new(None::<CommandName>);
    let draft = RwSignal::new(Draft::default());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    Effect::new(move |_| follow_choice(desk, lines));
    let options = move || {
        let language = settings.language.get();
        let all = lines.read().len();
        offered(&lines.read())
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
        lines.update(|lines| lines.iter_mut().for_each(|line| line.fared = None));
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
            let sending = Sending {
                lines,
                busy,
                problem,
            };
            send(desk, sending, command, draft.get_untracked());
        }
    };
    view! {
        <form class="batch" data-testid="batch" on:submit=submit>
            <header>
                <h2>{move || filled(
                    settings.language.get(),
                    Message::BatchOf,
                    &[("n", &lines.read().len().to_string())],
                )}</h2>
                <button type="button" class="quiet" on:click=move |_| desk.batch.update(|batch| batch.clear())>
                    {settings.say(Message::Cancel)} <kbd>"Esc"</kbd>
                </button>
            </header>
            <p class="notice" role="status" class:gone=move || lines.read().len() < MOST_IN_BATCH>
                {move || filled(settings.language.get(), Message::BatchFull, &[("n", &MOST_IN_BATCH.to_string())])}
            </p>
            <div class="field">
                <label for="batch-command">{settings.say(Message::BatchCommand)}</label>
                <select id="batch-command" data-testid="batch-command" on:change=choose>
                    <option value="">{settings.say(Message::Choose)}</option>
                    {move || options()}
                </select>
            </div>
            {move || fields()}
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
                {move || lines.get().into_iter().map(|line| view! { <BatchRow line command/> }).collect_view()}
            </ul>
        </form>
    }
}

/// The lines are those that are chosen; who is new is asked what it allows.
fn follow_choice(desk: Desk, lines: RwSignal<Vec<Line>>) {
    let chosen = desk.batch.get();
    let known: Vec<IncidentId> =
        lines.with_untracked(|lines| lines.iter().map(|line| line.id).collect());
    lines.update(|lines| lines.retain(|line| chosen.contains(&line.id)));
    for id in chosen {
        if !known.contains(&id) {
            let (asked, fared) = (None, None);
            lines.update(|lines| lines.push(Line { id, asked, fared }));
            ask(lines, id);
        }
    }
}

fn on_line(lines: RwSignal<Vec<Line>>, id: IncidentId, change: &dyn Fn(&mut Line)) {
    // The form may have gone meanwhile; then nobody looks.
    lines.try_update(|lines| {
        lines
            .iter_mut()
            .filter(|line| line.id == id)
            .for_each(change)
    });
}

fn ask(lines: RwSignal<Vec<Line>>, id: IncidentId) {
    spawn_local(async move {
        let answer = requests::detail(id).await.map(Arc::new);
        on_line(lines, id, &|line| line.asked = Some(answer.clone()));
    });
}

#[derive(Clone, Copy)]
struct Sending {
    lines: RwSignal<Vec<Line>>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

/// One after the other, so that the server sees a person and not a flood.
fn send(desk: Desk, sending: Sending, command: CommandName, draft: Draft) {
    let language = desk.settings.language.get_untracked();
    let offset = desk.start().city.offset(desk.start().now);
    let body = move |revision| {
        draft.body(
            requests::new_command_id(),
            command,
            revision,
            &offset,
            |text| desk.named(text),
        )
    };
    // What is missing is missing for all: said once, and nothing is sent.
    if let Err(unready) = body(0) {
        sending.problem.set(Some(said(language, &unready)));
        return;
    }
    sending.busy.set(true);
    sending.problem.set(None);
    spawn_local(async move {
        for line in sending.lines.get_untracked() {
            let revision = match &line.asked {
                Some(Ok(detail)) if line.allows(command) => Some(detail.incident.revision),
                _ => None,
            };
            let fared = match revision.and_then(|revision| body(revision).ok()) {
                None => Fared::NotAllowed,
                Some(body) => {
                    on_line(sending.lines, line.id, &|line| {
                        line.fared = Some(Fared::Waiting);
                    });
                    match requests::command(line.id, &body).await {
                        Ok(_) => Fared::Done,
                        Err(problem) => Fared::Refused(refusal(language, &problem)),
                    }
                }
            };
            on_line(sending.lines, line.id, &|line| {
                line.fared = Some(fared.clone())
            });
            ask(sending.lines, line.id);
        }
        sending.busy.try_set(false);
    });
}

#[component]
fn BatchRow(line: Line, command: RwSignal<Option<CommandName>>) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let id = line.id;
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
        let said = |message| text(language, message).to_owned();
        let (class, words) = match (&line.fared, &line.asked) {
            (Some(Fared::Waiting), _) => ("", said(Message::Sending)),
            (Some(Fared::Done), _) => ("notice", said(Message::BatchDone)),
            (Some(Fared::NotAllowed), _) => ("faint", said(Message::BatchNotAllowed)),
            (Some(Fared::Refused(why)), _) => ("problem", why.clone()),
            (None, None) => ("faint", said(Message::DetailLoading)),
            (None, Some(Err(problem))) => ("problem", problem.said(language)),
            (None, Some(Ok(_))) => match command.get().filter(|command| !line.allows(*command)) {
                Some(_) => ("faint", said(Message::BatchNotAllowed)),
                None => ("", String::new()),
            },
        };
        view! { <span role="status" class=class>{words}</span> }
    };
    view! {
        <li class="batch-row" data-testid="batch-row" data-id=id.to_string()>
            <span>{move || title().unwrap_or_else(|| id.to_string())}</span>
            {move || outcome()}
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
