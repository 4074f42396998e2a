//! What each indicator is: its formula as the pack states it, and where it comes from.

use domain::evaluation::view::IndicatorBrief;
use leptos::prelude::*;

use super::tables::pick;
use crate::office::words::Word;
use crate::settings::settings;

#[component]
pub fn Formulas(indicators: Vec<IndicatorBrief>) -> impl IntoView {
    let settings = settings();
    let one = move |indicator: IndicatorBrief| {
        let names = (indicator.name, indicator.name_en);
        let sources = (indicator.source, indicator.source_en);
        let weight = (indicator.weight > 0).then(|| indicator.weight.to_string());
        view! {
            <dt>
                {move || pick(settings.language.get(), &names.0, &names.1).to_owned()}
                {weight.map(|weight| view! {
                    <small>{move || Word::Weight.filled(settings.language.get(), &[("n", &weight)])}</small>
                })}
            </dt>
            <dd>
                <p><code>{indicator.formula}</code>" "{move || Word::FormulaOf.text(settings.language.get())}" "<code>{indicator.of}</code>
                    " · "{move || Word::CountsIn.text(settings.language.get())}" "<code>{indicator.counts_in.name()}</code></p>
                <p class="faint">{move || pick(settings.language.get(), &sources.0, &sources.1).to_owned()}</p>
            </dd>
        }
    };
    view! {
        <details class="formulas" data-testid="formulas">
            <summary>{move || Word::Formulas.text(settings.language.get())}</summary>
            <dl>{indicators.into_iter().map(one).collect_view()}</dl>
        </details>
    }
}
