//! What may be the same thing: how alike, why, and one key to merge or to put it aside. The merge is an ordinary command
//! to the other incident, so what is open on the desk stays.

use domain::ids::IncidentId;
use domain::language::Language;
use domain::lifecycle::CommandName;
use domain::wire::SuggestionView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::command_form::refusal;
use super::detail::of;
use crate::controls::Mark;
use crate::json::Json;
use crate::live::desk::{Desk, Sheet, desk};
use crate::live::undo;
use crate::requests;
use crate::text::{Message, filled, number, text};

/// Those of the incident on the desk that nobody here has put aside.
pub fn standing(desk: Desk) -> Vec<SuggestionView> {
    let aside = desk.aside.get();
    of(desk, |detail| {
        let here = detail.incident.id;
        let mut standing = detail.suggestions.clone();
        standing.retain(|other| !aside.contains(&format!("{here} {}", other.incident)));
        standing
    })
}

fn may_merge(desk: Desk) -> bool {
    of(desk, |detail| detail.allowed.contains(&CommandName::Merge))
}

/// Merges the first suggestion into the incident on the desk; false where there is none to merge.
pub fn merge_first(desk: Desk) -> bool {
    let first = untrack(|| may_merge(desk).then(|| standing(desk)))
        .and_then(|standing| standing.into_iter().next());
    first.is_some_and(|other| {
        merge(desk, &other);
        true
    })
}

/// Puts the first suggestion aside in this browser.
pub fn put_first_aside(desk: Desk) -> bool {
    let first = untrack(|| standing(desk)).into_iter().next();
    match (first, desk.selected.get_untracked()) {
        (Some(other), Some(here)) => {
            desk.put_aside(here, other.incident);
            true
        }
        _ => false,
    }
}

fn merge(desk: Desk, other: &SuggestionView) {
    let Some(here) = desk.selected.get_untracked() else {
        return;
    };
    let (from, number) = (other.incident, other.number.clone());
    spawn_local(async move {
        let language = desk.settings.language.get_untracked();
        match carry_out(desk, from, here).await {
            Ok(()) => desk.notice.set(Some(filled(
                language,
                Message::MergedHere,
                &[("number", &number)],
            ))),
            Err(problem) => desk.notice.set(Some(refusal(language, &problem))),
        }
        if desk.selected.get_untracked() == Some(here) {
            desk.fetch_detail(here);
        }
    });
}

/// The other's evidence is read first: by it the merge is taken back.
async fn carry_out(
    desk: Desk,
    from: IncidentId,
    into: IncidentId,
) -> Result<(), requests::Problem> {
    let before = requests::detail(from).await?;
    let body = Json::Object(vec![
        ("id", Json::from(requests::new_command_id().to_string())),
        ("command", Json::from(CommandName::Merge.name())),
        (
            "expected_revision",
            Json::Count(u64::from(before.incident.revision)),
        ),
        ("into", Json::from(into.to_string())),
    ]);
    let after = requests::command(from, &body).await?;
    desk.offer(undo::undo(CommandName::Merge, &before, &after, ""));
    Ok(())
}

#[component]
pub fn Suggestions() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let list = Memo::new(move |_| standing(desk));
    view! {
        <section class="suggestions" aria-labelledby="suggestions-title" data-testid="suggestions"
            class:gone=move || list.read().is_empty()>
            <h3 id="suggestions-title">{settings.say(Message::Suggestions)}</h3>
            <ul>
                {move || list.get().into_iter().enumerate().map(|(index, other)| view! {
                    <Suggestion other first=index == 0/>
                }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Suggestion(other: SuggestionView, first: bool) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let (id, severity) = (other.incident, other.severity);
    let score = number::decimals(f64::from(other.score) * 100.0, 0);
    let for_text = other.clone();
    let said = move || {
        let language = settings.language.get();
        let (title, reason) = match language {
            Language::Zh => (&for_text.title, &for_text.reason),
            Language::En => (&for_text.title_en, &for_text.reason_en),
        };
        (
            title.clone(),
            format!(
                "{} {reason}",
                filled(language, Message::EvidenceScore, &[("p", &score)])
            ),
        )
    };
    let said = Memo::new(move |_| said());
    let open = move |_| {
        desk.select(Some(id));
        desk.sheet.set(Sheet::Detail);
    };
    let key = |shown: &'static str| first.then(|| view! { <kbd aria-hidden="true">{shown}</kbd> });
    let (merge_key, aside_key) = (key("M"), key("⌫"));
    view! {
        <li class="suggestion" data-testid="suggestion" data-id=id.to_string()>
            <button type="button" class="suggestion-open" on:click=open>
                <Mark severity=severity late=false done=false/>
                <span class="suggestion-title">{move || said.read().0.clone()}</span>
                <span class="number">{other.number.clone()}</span>
            </button>
            <p class="faint">{move || said.read().1.clone()}</p>
            <div class="suggestion-actions">
                <button type="button" data-testid="suggestion-merge" class:gone=move || !may_merge(desk)
                    on:click=move |_| merge(desk, &other)>
                    {settings.say(Message::MergeHere)} {merge_key}
                </button>
                <button type="button" class="quiet" data-testid="suggestion-aside"
                    on:click=move |_| {
                        if let Some(here) = desk.selected.get_untracked() {
                            desk.put_aside(here, id);
                        }
                    }>
                    {move || text(settings.language.get(), Message::PutAside)} {aside_key}
                </button>
            </div>
        </li>
    }
}
