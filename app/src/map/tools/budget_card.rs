//! The overlay that shows what a second of the live map costs; stands over the map until it is switched off.

use std::time::Duration;

use leptos::prelude::*;

use super::state::Tools;
use super::words::Word;
use crate::live::budget::{self, Budget};
use crate::text::number::decimals;

const EVERY: Duration = Duration::from_secs(1);

#[component]
pub fn BudgetCard(tools: Tools) -> impl IntoView {
    let settings = tools.desk.settings;
    let second = RwSignal::new(Budget::default());
    // What came before is no second.
    budget::take();
    if let Ok(handle) = set_interval_with_handle(move || second.set(budget::take()), EVERY) {
        on_cleanup(move || handle.clear());
    }
    let mean = |sum: f64, many: u32| decimals(sum / f64::from(many.max(1)), 1);
    let rows = move || {
        let seen = second.get();
        let drawn = |text: String| {
            if seen.draws == 0 {
                "–".to_owned()
            } else {
                text
            }
        };
        [
            (Word::BudgetUpdates, seen.updates.to_string()),
            (Word::BudgetApply, format!("{} / {}", mean(seen.apply_ms, seen.updates), decimals(seen.longest_apply_ms, 1))),
            (Word::BudgetUpload, drawn(decimals(seen.upload_bytes as f64 / 1024.0, 1))),
            (Word::BudgetDraw, drawn(format!("{} / {}", mean(seen.draw_ms, seen.draws), decimals(seen.longest_draw_ms, 1)))),
            (Word::BudgetAge, seen.tick_age_ms.map_or("–".to_owned(), |age| age.to_string())),
        ]
        .map(|(word, figure)| view! { <div><dt>{word.text(settings.language.get())}</dt><dd>{figure}</dd></div> })
        .into_iter()
        .collect::<Vec<_>>()
    };
    view! {
        <dl class="budget" data-testid="budget" aria-label=settings.say(Word::Budget)>{move || rows()}</dl>
    }
}
