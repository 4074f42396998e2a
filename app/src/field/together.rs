//! Who works on it and how far each is, what was instructed and answered, and the check list: seen alike by all of them.

use std::sync::Arc;

use domain::language::Language;
use domain::lifecycle::CommandName;
use domain::wire::IncidentDetail;
use domain::wire::work::{AssignmentView, InstructionView, ItemView, PlanView};
use leptos::prelude::*;

use super::hand::Hand;
use super::words::Word;
use crate::json::Json;
use crate::text::time;

#[component]
pub fn Together(hand: Hand, detail: Memo<Option<Arc<IncidentDetail>>>) -> impl IntoView {
    let settings = hand.settings;
    let work = Memo::new(move |_| {
        let detail = detail.read();
        detail
            .as_ref()
            .map(|detail| detail.work.open())
            .unwrap_or_default()
    });
    let who = move || {
        let work = work.read();
        let rows = work.assignments.iter().map(|one| assignment(one, hand));
        rows.collect_view()
    };
    let instructions = move || {
        let work = work.read();
        let rows = work.instructions.iter().map(|one| instruction(one, hand));
        rows.collect_view()
    };
    view! {
        {move || work.read().plan.clone().map(|plan| view! { <CheckList hand plan detail/> })}
        <section class:gone=move || work.read().instructions.is_empty()>
            <h3>{settings.say(Word::Instructions)}</h3>
            <ul class="instructions">{instructions}</ul>
        </section>
        <section class:gone=move || work.read().assignments.is_empty()>
            <h3>{settings.say(Word::Together)}</h3>
            <ul class="together">{who}</ul>
        </section>
    }
}

/// How far a department is, by the latest it said.
fn how_far(one: &AssignmentView) -> Word {
    match one {
        AssignmentView {
            resolved_at: Some(_),
            ..
        } => Word::FarDone,
        AssignmentView {
            arrived_at: Some(_),
            ..
        } => Word::FarOnSite,
        AssignmentView {
            set_out_at: Some(_),
            ..
        } => Word::FarOnTheWay,
        AssignmentView {
            acknowledged_at: Some(_),
            ..
        } => Word::FarSigned,
        _ => Word::FarNotYet,
    }
}

fn assignment(one: &AssignmentView, hand: Hand) -> impl IntoView + use<> {
    let settings = hand.settings;
    let start = hand.start();
    let language = settings.language.get();
    let offsets = &start.city.offsets;
    let now = settings.clock.get();
    let said = how_far(one).text(language);
    let when = one
        .resolved_at
        .or(one.arrived_at)
        .or(one.set_out_at)
        .or(one.acknowledged_at)
        .map(|at| time::moment(language, at, now, offsets));
    let on_the_way = one.arrived_at.is_none() && one.resolved_at.is_none();
    let expected = one.expected_at.filter(|_| on_the_way).map(|at| {
        Word::Expected.filled(
            language,
            &[("at", &time::moment(language, at, now, offsets))],
        )
    });
    view! {
        <li>
            <span class="together-name">{start.city.department(language, &one.department).to_owned()}</span>
            <span class="state">{said}</span>
            <span class="faint">{when}</span>
            <span class="together-expected">{expected}</span>
        </li>
    }
}

fn instruction(one: &InstructionView, hand: Hand) -> impl IntoView + use<> {
    let settings = hand.settings;
    let start = hand.start();
    let language = settings.language.get();
    let offsets = &start.city.offsets;
    let now = settings.clock.get();
    let by = format!(
        "{} · {}",
        one.by,
        time::moment(language, one.at, now, offsets)
    );
    let answer_by = one.answer_by.filter(|_| one.answer.is_none());
    let answer_by = answer_by
        .map(|at| Word::AnswerBy.filled(language, &[("at", &time::clock(at, now, offsets))]));
    let answer = one.answer.clone();
    let waits = answer.is_none();
    view! {
        <li class:open=waits>
            <p>{one.text.clone()}</p>
            <p class="faint">{by} " " {answer_by}</p>
            {answer.map(|answer| view! { <p class="answer">{answer.text} " " <span class="faint">{answer.by}</span></p> })}
        </li>
    }
}

/// Items are ticked where they stand; a tick waits in the outbox like every command.
#[component]
fn CheckList(
    hand: Hand,
    plan: PlanView,
    detail: Memo<Option<Arc<IncidentDetail>>>,
) -> impl IntoView {
    let settings = hand.settings;
    let name = (plan.name.clone(), plan.name_en.clone());
    let may_tick = Memo::new(move |_| {
        let detail = detail.read();
        detail
            .as_ref()
            .is_some_and(|detail| detail.allowed.contains(&CommandName::Tick))
    });
    let objectives = plan.objectives;
    let goals = move || {
        let zh = settings.language.get() == Language::Zh;
        let goals = objectives.iter().map(|one| {
            if zh {
                one.text.clone()
            } else {
                one.text_en.clone()
            }
        });
        goals.map(|goal| view! { <li>{goal}</li> }).collect_view()
    };
    let items: Vec<_> = plan
        .items
        .into_iter()
        .map(|item| view! { <Item hand item detail may_tick/> })
        .collect();
    view! {
        <section data-testid="plan">
            <h3>
                {settings.say(Word::Plan)} " · "
                {move || match settings.language.get() { Language::Zh => name.0.clone(), Language::En => name.1.clone() }}
            </h3>
            <ul class="goals">{goals}</ul>
            <ul class="items">{items}</ul>
        </section>
    }
}

#[component]
fn Item(
    hand: Hand,
    item: ItemView,
    detail: Memo<Option<Arc<IncidentDetail>>>,
    may_tick: Memo<bool>,
) -> impl IntoView {
    let settings = hand.settings;
    let start = hand.start();
    let done = item.done_at;
    let (zh, en) = (item.text, item.text_en);
    let id = item.id;
    let by = item.done_by;
    let who = move || {
        let at = time::moment(
            settings.language.get(),
            done?,
            settings.clock.get(),
            &start.city.offsets,
        );
        Some(format!("{} · {at}", by.clone()?))
    };
    let tick = move |_| {
        let Some(detail) = detail.get_untracked() else {
            return;
        };
        let arguments = vec![
            ("item", Json::from(id.clone())),
            ("done", Json::Flag(done.is_none())),
        ];
        hand.give(&detail.incident, CommandName::Tick, arguments, Vec::new());
    };
    view! {
        <li>
            <button type="button" class="item" role="checkbox" data-testid="tick" aria-checked=(done.is_some()).to_string()
                disabled=move || !may_tick.get() on:click=tick>
                <span class="box" aria-hidden="true"></span>
                <span>{move || match settings.language.get() { Language::Zh => zh.clone(), Language::En => en.clone() }}</span>
                <span class="faint">{who}</span>
            </button>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::DepartmentId;
    use domain::time::Timestamp;
    use domain::wire::work::Part;

    #[test]
    fn the_latest_that_a_department_said_tells_how_far_it_is() {
        let at = Some(Timestamp::from_millis(1));
        let mut one = AssignmentView {
            department: DepartmentId::new("water").expect("an id"),
            part: Part::Support,
            assigned_at: Timestamp::from_millis(0),
            acknowledged_at: None,
            set_out_at: None,
            unit: None,
            unit_position: None,
            expected_at: None,
            arrived_at: None,
            resolved_at: None,
            deadline: None,
        };
        assert_eq!(how_far(&one), Word::FarNotYet);
        one.acknowledged_at = at;
        assert_eq!(how_far(&one), Word::FarSigned);
        one.arrived_at = at;
        assert_eq!(
            how_far(&one),
            Word::FarOnSite,
            "whether it said that it sets out or not"
        );
        one.set_out_at = at;
        assert_eq!(how_far(&one), Word::FarOnSite);
        one.resolved_at = at;
        assert_eq!(how_far(&one), Word::FarDone);
    }
}
