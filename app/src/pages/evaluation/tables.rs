//! Rows of figures: the score as a ranked bar, rates with their change, and times to each stage.

use std::sync::Arc;

use domain::evaluation::Better;
use domain::evaluation::view::{By, CellView, EvaluationView, IndicatorBrief, Kind, RowView};
use domain::language::Language;
use leptos::prelude::*;

use super::drilled::Asked;
use crate::office::words::Word;
use crate::settings::settings;
use crate::text::number::decimals;

#[component]
pub fn Tables(view: Arc<EvaluationView>, drilled: RwSignal<Option<Asked>>) -> impl IntoView {
    let settings = settings();
    let is_time = |indicator: &IndicatorBrief| indicator.kind == Kind::Percentile;
    let of_kind = |time: bool| -> Vec<usize> {
        let all = view.indicators.iter().enumerate();
        all.filter(|(_, one)| is_time(one) == time)
            .map(|(at, _)| at)
            .collect()
    };
    let (rates, times) = (of_kind(false), of_kind(true));
    let has_rows = !view.rows.is_empty();
    let has_times = !times.is_empty();
    has_rows.then(|| {
        view! {
            <section class="judged">
                <h2 class="unseen">{move || Word::Rates.text(settings.language.get())}</h2>
                <Table view=Arc::clone(&view) columns=rates scored=true drilled/>
            </section>
            {has_times.then(|| view! {
                <section class="judged">
                    <h2>{move || Word::Times.text(settings.language.get())}</h2>
                    <Table view=Arc::clone(&view) columns=times scored=false drilled/>
                </section>
            })}
        }
    })
}

#[component]
fn Table(
    view: Arc<EvaluationView>,
    columns: Vec<usize>,
    scored: bool,
    drilled: RwSignal<Option<Asked>>,
) -> impl IntoView {
    let settings = settings();
    let heads = columns
        .iter()
        .filter_map(|at| view.indicators.get(*at).cloned())
        .map(|one| {
            let hint = (one.source.clone(), one.source_en.clone());
            view! {
                <th scope="col" title=move || pick(settings.language.get(), &hint.0, &hint.1).to_owned()>
                    {move || pick(settings.language.get(), &one.name, &one.name_en).to_owned()}
                    <small>{let unit = (one.unit.clone(), one.unit_en.clone()); move || pick(settings.language.get(), &unit.0, &unit.1).to_owned()}</small>
                </th>
            }
        })
        .collect_view();
    let told = [(&view.total, "whole")]
        .into_iter()
        .chain(view.others.iter().map(|row| (row, "others")));
    let rows = view.rows.iter().map(|row| (row, "")).chain(told);
    let rows = rows
        .map(|(row, class)| {
            let cells = columns
                .iter()
                .filter_map(|at| Some((view.indicators.get(*at)?.clone(), row.cells.get(*at)?.clone())))
                .map(|(indicator, cell)| {
                    let asked = (class != "others").then(|| asked_of(&view, row, &indicator, class == "whole"));
                    view! { <Cell indicator cell asked drilled/> }
                })
                .collect_view();
            let names = (row.name.clone(), row.name_en.clone());
            view! {
                <tr class=class data-key=row.key.clone()>
                    <th scope="row">{move || pick(settings.language.get(), &names.0, &names.1).to_owned()}</th>
                    {scored.then(|| view! { <Scored row=row.clone()/> })}
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="wide">
            <table class="figures-table" data-testid=if scored { "rates" } else { "times" }>
                <thead><tr>
                    <th scope="col"></th>
                    {scored.then(|| view! { <th scope="col" class="scored">{move || Word::Score.text(settings.language.get())}</th> })}
                    {heads}
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn asked_of(
    view: &EvaluationView,
    row: &RowView,
    indicator: &IndicatorBrief,
    whole: bool,
) -> Asked {
    Asked {
        indicator: indicator.id.clone(),
        name: (indicator.name.clone(), indicator.name_en.clone()),
        of: (row.name.clone(), row.name_en.clone()),
        by: (!whole && view.by != By::Month).then(|| (view.by, row.key.clone())),
        period: row.period,
        at: view.at,
        numerator: indicator.kind == Kind::Share,
    }
}

/// A bar as long as the score, so that the ranking is seen before it is read.
#[component]
fn Scored(row: RowView) -> impl IntoView {
    let settings = settings();
    let score = row.score;
    let Some(value) = score.value else {
        return view! { <td class="scored none">"–"</td> }.into_any();
    };
    let said = move || {
        let (known, all) = (score.weight.to_string(), score.of.to_string());
        Word::ScoreSaid.filled(settings.language.get(), &[("n", &known), ("all", &all)])
    };
    view! {
        <td class="scored" title=said>
            <span class="bar" style=format!("--share: {}", decimals(value / 100.0, 3)) aria-hidden="true"></span>
            <strong>{decimals(value, 1)}</strong>
            <Change change=row.score_before.map(|before| value - before) places=1 better=Better::Higher/>
        </td>
    }
    .into_any()
}

#[component]
fn Cell(
    indicator: IndicatorBrief,
    cell: CellView,
    asked: Option<Asked>,
    drilled: RwSignal<Option<Asked>>,
) -> impl IntoView {
    let settings = settings();
    let places = u32::from(indicator.decimals);
    let Some(value) = cell.value else {
        return view! { <td class="none">"–"</td> }.into_any();
    };
    let written = decimals(value, places);
    let counted = match (indicator.kind, cell.numerator) {
        (Kind::Share, Some(part)) => format!("{part}/{}", cell.denominator),
        _ => format!("{}", cell.denominator),
    };
    let free = (cell.exempted > 0).then(|| {
        let free = cell.exempted.to_string();
        view! { <small class="free">{move || Word::Exempted.filled(settings.language.get(), &[("n", &free)])}</small> }
    });
    let change = cell.before.map(|before| value - before);
    let figure = match asked {
        Some(asked) => view! {
            <button type="button" class="figure-link" data-testid="figure" data-indicator=indicator.id.clone()
                on:click=move |_| drilled.set(Some(asked.clone()))>{written}</button>
        }
        .into_any(),
        None => view! { <span>{written}</span> }.into_any(),
    };
    view! {
        <td>
            {figure}
            <small>{counted}" "<Change change places better=indicator.better/></small>
            {free}
        </td>
    }
    .into_any()
}

/// Against the period before: an arrow for the way, and colour only where it got worse.
#[component]
fn Change(change: Option<f64>, places: u32, better: Better) -> impl IntoView {
    let least = 0.5 / 10_f64.powi(places as i32);
    change.filter(|change| change.abs() >= least).map(|change| {
        let worse = (change > 0.0) == (better == Better::Lower);
        let arrow = if change > 0.0 { "▲" } else { "▼" };
        view! {
            <span class="change" class:worse=worse>{arrow}{decimals(change.abs(), places)}</span>
        }
    })
}

pub fn pick<'a>(language: Language, zh: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}
