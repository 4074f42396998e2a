//! Extensions, suspensions and appeals that wait: why they are asked for, and two buttons for whoever decides.

use domain::lifecycle::CommandName;
use domain::request::Waiting;
use domain::wire::work::{RequestView, WorkView};
use leptos::prelude::*;

use super::at;
use super::words::Word;
use crate::live::desk::desk;
use crate::panels::arguments::Draft;
use crate::panels::command_form::send_words;
use crate::panels::detail::of;

fn named(kind: Waiting) -> Word {
    match kind {
        Waiting::Extension | Waiting::ExtensionLeader => Word::Extension,
        Waiting::Suspension | Waiting::SuspensionLeader => Word::Suspension,
        _ => Word::Appeal,
    }
}

fn decided_by(kind: Waiting) -> CommandName {
    match kind {
        Waiting::Extension | Waiting::ExtensionLeader => CommandName::DecideExtension,
        Waiting::Suspension | Waiting::SuspensionLeader => CommandName::DecideSuspension,
        _ => CommandName::DecideAppeal,
    }
}

#[component]
pub fn Requests(work: Memo<WorkView>) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let requests = Memo::new(move |_| work.with(|work| work.requests.clone()));
    view! {
        <section class="work" class:gone=move || requests.read().is_empty() aria-label=settings.say(Word::Requests)>
            <h3>{settings.say(Word::Requests)}</h3>
            <For each=move || requests.get() key=|one| (one.kind, one.at) children=|one| view! { <One one/> }/>
        </section>
    }
}

#[component]
fn One(one: RequestView) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let command = decided_by(one.kind);
    let kind = one.kind;
    let may = Memo::new(move |_| of(desk, |detail| detail.allowed.contains(&command)));
    let remark = RwSignal::new(String::new());
    let decide = move |yes: &'static str| {
        let mut draft = Draft::default();
        draft.words.insert("approved", yes.to_owned());
        draft.words.insert("reason", remark.get_untracked());
        send_words(desk, command, draft);
    };
    let by = move || {
        let language = settings.language.get();
        let department = one.department.as_ref();
        let city = &desk.start().city;
        let whose = department.map(|id| city.department(language, id).to_owned());
        let asked_at = at(desk, one.at);
        [whose, Some(one.by.clone()), Some(asked_at)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    };
    let (until, granted, needs_leader, first_yes) =
        (one.until, one.granted, one.needs_leader, one.first_yes);
    let more = move || {
        let language = settings.language.get();
        let mut lines = Vec::new();
        if let Some(until) = until {
            lines.push(Word::UntilWhen.filled(language, &[("at", &at(desk, until))]));
        }
        if granted > 0 {
            lines.push(Word::GrantedBefore.filled(language, &[("n", &granted.to_string())]));
        }
        match &first_yes {
            Some(who) => lines.push(Word::FirstYes.filled(language, &[("who", who)])),
            None if needs_leader => lines.push(Word::NeedsLeader.text(language).to_owned()),
            None => {}
        }
        lines.join("；")
    };
    view! {
        <article class="work-card" data-testid=format!("request-{}", kind.name())>
            <p><strong>{settings.say(named(kind))}</strong> " " <span class="faint">{by}</span></p>
            <blockquote>{one.reason}</blockquote>
            <p class="faint">{more}</p>
            <Show when=move || may.get()>
                <input type="text" autocomplete="off" aria-label=settings.say(Word::DecisionReason)
                    placeholder=settings.say(Word::DecisionReason)
                    prop:value=remark on:input=move |event| remark.set(event_target_value(&event))/>
                <div class="form-actions">
                    <button type="button" class="primary" data-testid="agree" on:click=move |_| decide("yes")>
                        {settings.say(Word::Agree)}
                    </button>
                    <button type="button" data-testid="decline" on:click=move |_| decide("no")>
                        {settings.say(Word::Decline)}
                    </button>
                </div>
            </Show>
        </article>
    }
}
