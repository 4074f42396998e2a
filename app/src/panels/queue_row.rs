//! One row of the queue. It follows its own signal and nothing else that arrives.

use domain::ids::IncidentId;
use domain::language::Language;
use domain::wire::IncidentView;
use leptos::prelude::*;

use crate::controls::Mark;
use crate::live::desk::{Desk, Sheet, desk};
use crate::live::lists::{calls, is_late};
use crate::start::Start;
use crate::text::{Message, filled, text, time};

/// What a row says, derived from its incident; equal rows are not drawn again.
#[derive(Clone, PartialEq)]
struct Said {
    title: String,
    state: String,
    who: String,
    due: String,
    evidence: Option<String>,
    flags: Vec<(&'static str, &'static str)>,
    spoken: String,
}

#[component]
pub fn QueueRow(id: IncidentId) -> impl IntoView {
    let desk = desk();
    let Some(row) = desk.row(id) else {
        return ().into_any();
    };
    let settings = desk.settings;
    let start = desk.start();
    let late = {
        let (row, start_now) = (row.clone(), start.now);
        Memo::new(move |_| is_late(&row.read(), settings.clock.get().unwrap_or(start_now)))
    };
    let (for_severity, for_done, for_number) = (row.clone(), row.clone(), row.clone());
    let for_calls = row.clone();
    let calls = Memo::new(move |_| calls(&for_calls.read()));
    let severity = Memo::new(move |_| for_severity.read().severity);
    let done = Memo::new(move |_| !for_done.read().state.is_open());
    let said = Memo::new(move |_| {
        let view = row.get();
        said(
            &view,
            &start,
            settings.language.get(),
            settings.clock.get(),
            late.get(),
        )
    });
    let choose = move |event: leptos::ev::MouseEvent| {
        if event.ctrl_key() || event.meta_key() {
            return;
        }
        event.prevent_default();
        if event.shift_key() {
            desk.choose_up_to(id);
        } else {
            chosen(desk, id);
        }
    };
    view! {
        <a
            class="row"
            id=format!("row-{id}")
            href=format!("/desk?incident={id}")
            role=move || settings.hydrated.get().then_some("option")
            tabindex=move || settings.hydrated.get().then_some("-1")
            aria-selected=move || settings.hydrated.get().then(|| (desk.selected.get() == Some(id)).to_string())
            class:selected=move || desk.selected.get() == Some(id)
            class:cursor=move || desk.cursor.get() == Some(id)
            class:in-batch=move || desk.batch.read().contains(&id)
            class:late=late
            class:calls=calls
            class:done=done
            data-testid="incident-row"
            data-id=id.to_string()
            data-number=move || for_number.read().number.clone()
            on:mousedown=|event| event.prevent_default()
            on:click=choose
        >
            <Mark severity late done/>
            <span class="row-title">{move || said.read().title.clone()}</span>
            <span class="row-due" class:late=late>{move || said.read().due.clone()}</span>
            <span class="row-state">{move || said.read().state.clone()}</span>
            <span class="row-who">{move || said.read().who.clone()}</span>
            <span class="row-flags">
                {move || said.read().flags.iter().map(|(class, text)| view! {
                    <span class=*class>{*text}</span>
                }).collect_view()}
                {move || said.read().evidence.clone().map(|count| view! { <span class="count">{count}</span> })}
            </span>
            <span class="unseen">{move || said.read().spoken.clone()}</span>
        </a>
    }
    .into_any()
}

fn chosen(desk: Desk, id: IncidentId) {
    desk.cursor.set(Some(id));
    desk.select(Some(id));
    desk.sheet.set(Sheet::Detail);
}

fn said(
    view: &IncidentView,
    start: &Start,
    language: Language,
    now: Option<domain::time::Timestamp>,
    late: bool,
) -> Said {
    let offsets = &start.city.offsets;
    let due = match (&view.deadline, view.state.is_open()) {
        (Some(deadline), true) => match deadline.due_at {
            Some(due) => time::left(language, due, now, offsets),
            None if view.suspended => text(language, Message::Suspended).to_owned(),
            None => text(language, Message::DueUnknown).to_owned(),
        },
        _ => time::moment(language, view.updated_at, now, offsets),
    };
    let who = match (&view.lead, &view.town) {
        (Some(lead), _) => start.city.department(language, lead).to_owned(),
        (None, _) => view.number.clone(),
    };
    let mut flags = Vec::new();
    for (set, class, message) in [
        (view.drill, "flag drill", Message::Drill),
        (view.tray, "flag tray", Message::InTray),
        (view.suspended, "flag", Message::Suspended),
    ] {
        if set {
            flags.push((class, text(language, message)));
        }
    }
    let level = view.severity.level().to_string();
    let severity = start.city.label(language, &level).to_owned();
    let mut spoken = filled(language, Message::SeverityOf, &[("level", &severity)]);
    if late {
        spoken = format!("{spoken}, {}", text(language, Message::Late));
    }
    Said {
        title: match language {
            Language::Zh => view.title.clone(),
            Language::En => view.title_en.clone(),
        },
        state: start.city.label(language, view.state.name()).to_owned(),
        who,
        due,
        evidence: (view.evidence_count > 1).then(|| format!("×{}", view.evidence_count)),
        flags,
        spoken,
    }
}
