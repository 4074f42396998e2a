//! One figure: the number is the hero, beside it unit, change against yesterday and the day's course; its age when old.

use domain::language::Language;
use domain::theme::IndicatorView;
use leptos::prelude::*;

use super::spark::{HEIGHT, Spark, WIDTH};
use super::written;
use crate::live::ages;
use crate::settings::settings;
use crate::text::{Message, filled};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FigureSize {
    Desk,
    Wall,
}

#[component]
pub fn Figure(
    #[prop(into)] indicator: Signal<IndicatorView>,
    /// Milliseconds since it came.
    #[prop(into)]
    since_ms: Signal<i64>,
    size: FigureSize,
) -> impl IntoView {
    let settings = settings();
    let freshness =
        Memo::new(move |_| indicator.with(|one| written::freshness(one, since_ms.get())));
    let age = Memo::new(move |_| {
        indicator.with(|one| written::age_of(settings.language.get(), one, since_ms.get()))
    });
    let name = move || {
        indicator.with(|one| match settings.language.get() {
            Language::Zh => one.name.clone(),
            Language::En => one.name_en.clone(),
        })
    };
    let value =
        move || indicator.with(|one| one.value.map(|value| written::number(value, one.decimals)));
    let missing = move || indicator.with(|one| written::missing(settings.language.get(), one));
    let change = move || {
        indicator.with(|one| {
            one.trend.map(|trend| {
                let change = written::change(trend.change, one.decimals);
                filled(
                    settings.language.get(),
                    Message::FigureChange,
                    &[("change", &change)],
                )
            })
        })
    };
    let drill = move || indicator.with(|one| one.drill.as_deref().map(written::page_of));
    let id = indicator.with_untracked(|one| one.id.clone());
    let class = move || format!("figure {}", ages::class(freshness.get()));
    view! {
        <a class=class class:on-wall=size == FigureSize::Wall href=drill data-testid="figure" data-id=id
            data-freshness=move || ages::class(freshness.get())>
            <span class="figure-name">{name}</span>
            <Show when=move || indicator.read().value.is_some()
                fallback=move || view! { <span class="figure-missing">{missing}</span> }>
                <span class="figure-value">
                    <span class="figure-number">{value}</span>
                    <span class="figure-unit">{move || match settings.language.get() {
                        Language::Zh => indicator.read().unit.clone(),
                        Language::En => indicator.read().unit_en.clone(),
                    }}</span>
                </span>
                <span class="figure-course">
                    <Course indicator/>
                </span>
                <span class="figure-notes">
                    <span class="figure-change">{change}</span>
                    <span class="figure-age">{age}</span>
                </span>
            </Show>
            <Bounds indicator/>
        </a>
    }
}

/// Yesterday ghosted, today drawn, the present a point.
#[component]
fn Course(indicator: Signal<IndicatorView>) -> impl IntoView {
    let spark = Memo::new(move |_| indicator.with(|one| Spark::of(&one.series, &one.yesterday)));
    view! {
        <svg class="spark" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
            <path class="spark-yesterday" d=move || spark.read().yesterday.clone()/>
            <path class="spark-today" d=move || spark.read().today.clone()/>
            <path class="spark-end" d=move || {
                spark.read().end.map_or(String::new(), |(x, y)| format!("M{x:.1} {y:.1}h0"))
            }/>
        </svg>
    }
}

/// Only what has bounds has a gauge: a bar from the one to the other.
#[component]
fn Bounds(indicator: Signal<IndicatorView>) -> impl IntoView {
    let share = move || {
        indicator.with(|one| {
            let ((low, high), value) = (one.bounds?, one.value?);
            (high > low).then(|| ((value - low) / (high - low)).clamp(0.0, 1.0))
        })
    };
    view! {
        <span class="gauge" class:gone=move || share().is_none()>
            <span style:width=move || share().map(|share| format!("{:.1}%", share * 100.0))></span>
        </span>
    }
}
