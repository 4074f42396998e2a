//! Moves of powers: what was answered for by one department and is by another, before and after.

use domain::evaluation::view::{Kind, LeadView, MoveView, MovesView};
use domain::language::Language;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::tables::pick;
use crate::office::words::Word;
use crate::requests::{self, Problem};
use crate::settings::settings;
use crate::text::number::decimals;

#[component]
pub fn Moves() -> impl IntoView {
    let settings = settings();
    let found = RwSignal::new(None::<Result<MovesView, Problem>>);
    let asked = StoredValue::new(false);
    let open = move |_| {
        if !asked.get_value() {
            asked.set_value(true);
            spawn_local(async move {
                found.try_set(Some(requests::moves_of_powers().await));
            });
        }
    };
    let list = move || match found.get() {
        None => view! { <p>{move || Word::Loading.text(settings.language.get())}</p> }.into_any(),
        Some(Err(problem)) => {
            let said = move || {
                let language = settings.language.get();
                Word::Failed.filled(language, &[("why", &problem.said(language))])
            };
            view! { <p class="problem">{said}</p> }.into_any()
        }
        Some(Ok(view)) if view.moves.is_empty() => {
            view! { <p>{move || Word::MoveNone.text(settings.language.get())}</p> }.into_any()
        }
        Some(Ok(view)) => {
            let shares: Vec<usize> = view
                .indicators
                .iter()
                .enumerate()
                .filter(|(_, one)| one.kind != Kind::Percentile)
                .map(|(at, _)| at)
                .collect();
            let moves = view
                .moves
                .iter()
                .map(|one| view! { <Moved moved=one.clone() view=view.clone() shares=shares.clone()/> })
                .collect_view();
            view! { <ul class="moves">{moves}</ul> }.into_any()
        }
    };
    view! {
        <details class="formulas" data-testid="moves" on:toggle=open>
            <summary>{move || Word::Moves.text(settings.language.get())}</summary>
            {move || list()}
        </details>
    }
}

#[component]
fn Moved(moved: MoveView, view: MovesView, shares: Vec<usize>) -> impl IntoView {
    let settings = settings();
    let title = {
        let moved = moved.clone();
        move || {
            let language = settings.language.get();
            let town = match language {
                Language::Zh => moved.town_name.clone(),
                Language::En => moved.town_name_en.clone(),
            };
            let category = pick(language, &moved.category_name, &moved.category_name_en);
            let leads = |all: &[LeadView]| {
                let names: Vec<&str> = all
                    .iter()
                    .map(|one| pick(language, &one.name, &one.name_en))
                    .collect();
                match names.is_empty() {
                    true => Word::Nobody.text(language).to_owned(),
                    false => names.join("、"),
                }
            };
            let place = town.map(|town| format!(" · {town}")).unwrap_or_default();
            format!(
                "{category}{place}: {} → {}",
                leads(&moved.from),
                leads(&moved.to)
            )
        }
    };
    let days = moved.days.to_string();
    let cells = shares
        .iter()
        .filter_map(|at| {
            let indicator = view.indicators.get(*at)?.clone();
            let (before, after) = (moved.before.cells.get(*at)?, moved.after.cells.get(*at)?);
            if before.denominator + after.denominator == 0 {
                return None;
            }
            let places = u32::from(indicator.decimals);
            let written = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| decimals(value, places));
            let said = format!("{} → {}", written(before.value), written(after.value));
            let counted = format!("{} → {}", before.denominator, after.denominator);
            Some(view! {
                <li>
                    <span>{move || pick(settings.language.get(), &indicator.name, &indicator.name_en).to_owned()}</span>
                    <strong>{said}</strong>
                    <small>{counted}</small>
                </li>
            })
        })
        .collect_view();
    view! {
        <li data-testid="move">
            <h3><time>{moved.on.clone()}</time>" "{title}</h3>
            <p class="faint">{move || Word::MoveDays.filled(settings.language.get(), &[("n", &days)])}" · "{moved.basis.clone()}</p>
            <ul class="move-cells">{cells}</ul>
        </li>
    }
}
