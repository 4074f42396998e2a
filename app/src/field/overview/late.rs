//! Who is late, by department and by town.

use domain::time::Timestamp;
use domain::wire::IncidentView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::card::left;
use super::super::hand::Hand;
use super::super::words::Word;
use super::{Grave, Overview};
use crate::requests;

/// By department and by town; a row opens to its incidents.
#[component]
pub fn Late(overview: Overview) -> impl IntoView {
    let hand = overview.hand;
    let settings = hand.settings;
    let count = Memo::new(move |_| overview.told.read().late_count);
    let departments = Memo::new(move |_| {
        let language = settings.language.get();
        let start = hand.start();
        let rows = overview.listed.read();
        rows.late_departments
            .iter()
            .map(|late| LateRow {
                query: format!("overdue=true&drill=false&limit=50&department={}", late.id),
                name: start.city.department(language, &late.id).to_owned(),
                count: late.count,
                oldest: late.oldest_due_at,
            })
            .collect::<Vec<_>>()
    });
    let towns = Memo::new(move |_| {
        let language = settings.language.get();
        let start = hand.start();
        let rows = overview.listed.read();
        rows.late_towns
            .iter()
            .map(|late| LateRow {
                query: format!("overdue=true&drill=false&limit=50&town={}", late.code),
                name: start
                    .city
                    .town(language, late.code.as_str())
                    .unwrap_or(late.code.as_str())
                    .to_owned(),
                count: late.count,
                oldest: late.oldest_due_at,
            })
            .collect::<Vec<_>>()
    });
    let list = move |rows: Memo<Vec<LateRow>>, word: Word| {
        let most = Memo::new(move |_| rows.read().iter().map(|row| row.count).max().unwrap_or(1));
        view! {
            <h3>{settings.say(word)}</h3>
            <ul class="late-rows">
                <For each=move || rows.get() key=|row| (row.query.clone(), row.count, row.name.clone()) children=move |row| {
                    view! { <LateLine row most hand/> }
                }/>
            </ul>
        }
    };
    view! {
        <section class="late-list" aria-labelledby="late-title">
            <h2 id="late-title">
                {settings.say(Word::Late)}
                <span class="count">{move || Word::LateCount.filled(settings.language.get(), &[("n", &count.get().to_string())])}</span>
            </h2>
            <p class="nothing" class:gone=move || count.get() != 0>{settings.say(Word::LateNone)}</p>
            <div class:gone=move || count.get() == 0>
                {list(departments, Word::ByDepartment)}
                {list(towns, Word::ByTown)}
            </div>
        </section>
    }
}

#[derive(Clone, PartialEq)]
struct LateRow {
    query: String,
    name: String,
    count: u32,
    oldest: Timestamp,
}

type Found = Option<Result<Vec<IncidentView>, requests::Problem>>;

#[component]
fn LateLine(row: LateRow, most: Memo<u32>, hand: Hand) -> impl IntoView {
    let settings = hand.settings;
    let open = RwSignal::new(false);
    let found = RwSignal::new(Found::None);
    let query = row.query;
    let press = move |_| {
        open.update(|open| *open = !*open);
        if !open.get_untracked() {
            return;
        }
        let query = query.clone();
        spawn_local(async move {
            found.try_set(Some(requests::incidents(&query).await));
        });
    };
    let share = move || format!("{}%", 100 * row.count / most.get().max(1));
    let oldest = move || {
        let start = hand.start();
        let now = settings.clock.get().unwrap_or(start.now);
        let said = left(settings.language.get(), row.oldest, now);
        Word::LateSince.filled(settings.language.get(), &[("time", &said)])
    };
    view! {
        <li>
            <button type="button" class="late-row" data-testid="late-row" aria-expanded=move || open.get().to_string() on:click=press>
                <span class="late-name">{row.name}</span>
                <span class="late-bar" aria-hidden="true"><span style:width=share></span></span>
                <span class="late-count">{row.count}</span>
                <span class="late-oldest faint">{oldest}</span>
            </button>
            {move || open.get().then(|| match found.get() {
                None => view! { <p class="faint">{settings.say(Word::ListOnItsWay)}</p> }.into_any(),
                Some(Err(problem)) => view! {
                    <p class="problem">{Word::ListFailed.filled(settings.language.get(), &[("why", &problem.said(settings.language.get()))])}</p>
                }.into_any(),
                Some(Ok(views)) => view! {
                    <div class="orders">{views.into_iter().map(|view| view! { <Grave view hand/> }).collect_view()}</div>
                }.into_any(),
            })}
        </li>
    }
}
