//! The wall's right column: the six incidents that matter most, and above them what a desk put there.

use std::sync::Arc;

use domain::category::Severity;
use domain::ids::IncidentId;
use domain::language::Language;
use domain::wire::IncidentView;
use leptos::prelude::*;

use super::follow::Wall;
use super::six::SIX;
use crate::controls::Mark;
use crate::live::lists::{calls, is_late};
use crate::start::Start;
use crate::text::{Message, filled, text, time};

/// The six that matter most; a pinned one above them.
#[component]
pub fn Right(wall: Wall, pinned: Memo<Option<IncidentId>>) -> impl IntoView {
    let settings = wall.desk.settings;
    let ids = Memo::new(move |_| {
        let pinned = pinned.get();
        let mut ids = wall.six.read().ids();
        ids.retain(|id| Some(*id) != pinned);
        ids.truncate(if pinned.is_some() { SIX - 1 } else { SIX });
        ids
    });
    // A pinned incident may come with the first snapshot only.
    let pinned_row = Memo::new(move |_| {
        wall.desk.incidents_moved.track();
        pinned.get().filter(|id| wall.desk.row(*id).is_some())
    });
    view! {
        <section class="wall-right" aria-label=settings.say(Message::WallMatters)>
            {move || pinned_row.get().map(|id| view! { <PinnedCard wall id/> })}
            <h2>{settings.say(Message::WallMatters)}</h2>
            <ol class="wall-rows" data-testid="wall-rows">
                <For each=move || ids.get() key=|id| *id children=move |id| view! { <WallRow wall id/> }/>
            </ol>
            <p class="wall-calm" class:gone=move || !ids.read().is_empty()>{settings.say(Message::WallCalm)}</p>
        </section>
    }
}

/// What a line says of its incident.
#[derive(Clone, PartialEq)]
struct Line {
    title: String,
    place: String,
    state: String,
    due: String,
    drill: bool,
}

fn line(wall: Wall, view: &IncidentView, start: &Start) -> Line {
    let settings = wall.desk.settings;
    let language = settings.language.get();
    let clock = settings.clock.get();
    let title = match language {
        Language::Zh => view.title.clone(),
        Language::En => view.title_en.clone(),
    };
    // Most titles begin with the town: it is not said twice.
    let town = view
        .town_code
        .as_deref()
        .and_then(|code| start.city.town(language, code))
        .filter(|town| !title.contains(town));
    let who = view
        .lead
        .as_ref()
        .map(|lead| start.city.department(language, lead));
    let place: Vec<&str> = [town, who].into_iter().flatten().collect();
    let due = match view.deadline.as_ref().and_then(|deadline| deadline.due_at) {
        Some(due) => time::left(language, due, clock, &start.city.offsets),
        None if view.suspended => text(language, Message::Suspended).to_owned(),
        None => time::moment(language, view.opened_at, clock, &start.city.offsets),
    };
    Line {
        title,
        place: place.join(" · "),
        state: start.city.label(language, view.state.name()).to_owned(),
        due,
        drill: view.drill,
    }
}

/// The signals of a line: equal lines are not drawn again.
struct Lined {
    line: Memo<Line>,
    severity: Signal<Severity>,
    late: Memo<bool>,
    done: Signal<bool>,
    calls: Memo<bool>,
}

fn lined(wall: Wall, id: IncidentId) -> Option<Lined> {
    let row = wall.desk.row(id)?;
    let settings = wall.desk.settings;
    let start: Arc<Start> = wall.desk.start();
    let start_now = start.now;
    let (for_late, for_severity, for_done, for_calls) =
        (row.clone(), row.clone(), row.clone(), row.clone());
    Some(Lined {
        line: Memo::new(move |_| line(wall, &row.read(), &start)),
        severity: Signal::derive(move || for_severity.read().severity),
        late: Memo::new(move |_| {
            is_late(&for_late.read(), settings.clock.get().unwrap_or(start_now))
        }),
        done: Signal::derive(move || !for_done.read().state.is_open()),
        calls: Memo::new(move |_| calls(&for_calls.read())),
    })
}

#[component]
fn WallRow(wall: Wall, id: IncidentId) -> impl IntoView {
    let settings = wall.desk.settings;
    let Some(Lined {
        line,
        severity,
        late,
        done,
        calls,
    }) = lined(wall, id)
    else {
        return ().into_any();
    };
    view! {
        <li class="wall-row" class:late=late class:calls=calls data-testid="wall-row" data-id=id.to_string()>
            <Mark severity late done/>
            <span class="wall-title">{move || line.read().title.clone()}</span>
            <span class="wall-due">{move || line.read().due.clone()}</span>
            <span class="wall-place">{move || line.read().place.clone()}</span>
            <span class="wall-state">
                {move || line.read().drill.then(|| view! { <span class="flag drill">{settings.say(Message::Drill)}</span> })}
                {move || line.read().state.clone()}
            </span>
        </li>
    }
    .into_any()
}

/// What a desk put on the wall, larger than the rest, with who put it there.
#[component]
fn PinnedCard(wall: Wall, id: IncidentId) -> impl IntoView {
    let settings = wall.desk.settings;
    let Some(Lined {
        line,
        severity,
        late,
        done,
        calls,
    }) = lined(wall, id)
    else {
        return ().into_any();
    };
    let start = wall.desk.start();
    let by = move || {
        wall.told.read().as_ref().and_then(|told| {
            let at = time::clock(told.since?, settings.clock.get(), &start.city.offsets);
            let by = told.by.as_deref()?;
            Some(filled(
                settings.language.get(),
                Message::WallPinnedBy,
                &[("by", by), ("at", &at)],
            ))
        })
    };
    view! {
        <article class="wall-pinned" class:late=late class:calls=calls data-testid="wall-pinned" data-id=id.to_string()>
            <Mark severity late done/>
            <h2 class="wall-title">{move || line.read().title.clone()}</h2>
            <p class="wall-place">{move || line.read().place.clone()}</p>
            <p class="wall-state">
                {move || line.read().state.clone()}
                {move || line.read().drill.then(|| view! { <span class="flag drill">{settings.say(Message::Drill)}</span> })}
            </p>
            <p class="wall-due">{move || line.read().due.clone()}</p>
            <p class="wall-by">{by}</p>
        </article>
    }
    .into_any()
}
