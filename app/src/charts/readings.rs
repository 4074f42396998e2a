//! The readings of one sensor as a chart with its latest, lowest and highest value. Asks again as time goes on.

use std::time::Duration;

use domain::theme::CourseView;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::series::Series;
use super::written;
use crate::json::Json;
use crate::pages::start;
use crate::requests::{self, Problem};
use crate::settings::settings;
use crate::text::{Message, filled, text, time};

const ASK_EVERY: Duration = Duration::from_secs(30);

/// The open chart, taken down when this is emptied.
type Held = StoredValue<Option<Series>, LocalStorage>;

#[component]
pub fn ReadingsChart(
    /// A path of the public interface.
    path: String,
) -> impl IntoView {
    let settings = settings();
    let offsets = start().city.offsets.clone();
    let container = NodeRef::<html::Div>::new();
    let readings = RwSignal::new(None::<Result<CourseView, Problem>>);
    // Made in the browser alone: the server renders on one thread and lets go on another.
    let chart = RwSignal::new(None::<Held>);
    let opened = RwSignal::new(false);
    Effect::new(move |_| {
        let Some(element) = container.get() else {
            return;
        };
        follow(path.clone(), readings);
        let kept = StoredValue::new_local(None);
        chart.set(Some(kept));
        open(element.into(), kept, opened);
    });
    Effect::new(move |_| {
        if !opened.get() {
            return;
        }
        readings.with(|readings| {
            if let Some(Ok(readings)) = readings {
                let seconds: Vec<f64> = readings
                    .points
                    .iter()
                    .map(|point| point.at.millis() as f64 / 1000.0)
                    .collect();
                let values: Vec<f64> = readings.points.iter().map(|point| point.value).collect();
                if let Some(chart) = chart.get_untracked() {
                    chart.with_value(|chart| {
                        if let Some(chart) = chart {
                            chart.set(&seconds, &values);
                        }
                    });
                }
            }
        });
    });
    let said = move || {
        let language = settings.language.get();
        readings.with(|readings| match readings {
            None => text(language, Message::ReadingsLoading).to_owned(),
            Some(Ok(readings)) if readings.points.is_empty() => {
                text(language, Message::ReadingsNone).to_owned()
            }
            Some(Ok(readings)) => {
                let values = || readings.points.iter().map(|point| point.value);
                let written = |value: Option<f64>| {
                    value.map_or_else(String::new, |value| written::number(value, 2))
                };
                filled(
                    language,
                    Message::ReadingsSaid,
                    &[
                        ("latest", &written(values().next_back())),
                        ("low", &written(values().reduce(f64::min))),
                        ("high", &written(values().reduce(f64::max))),
                        ("unit", &readings.unit),
                        (
                            "at",
                            &readings.points.last().map_or_else(String::new, |point| {
                                time::clock(point.at, settings.clock.get(), &offsets)
                            }),
                        ),
                    ],
                )
            }
            Some(Err(problem)) if problem.status == Some(404) => {
                text(language, Message::ReadingsNoDoor).to_owned()
            }
            Some(Err(problem)) => filled(
                language,
                Message::ReadingsFailed,
                &[("why", &problem.said(language))],
            ),
        })
    };
    view! {
        <p class="readings-said" role="status" data-testid="readings-said">{said}</p>
        <div class="series" node_ref=container data-testid="chart"></div>
    }
}

fn follow(path: String, readings: RwSignal<Option<Result<CourseView, Problem>>>) {
    let ask = move || {
        let path = path.clone();
        spawn_local(async move {
            let answer = requests::readings(&path).await;
            // A lost line does not wipe the curve out.
            let known = matches!(*readings.read_untracked(), Some(Ok(_)));
            if answer.is_ok() || !known {
                readings.try_set(Some(answer));
            }
        });
    };
    ask();
    if let Ok(timer) = set_interval_with_handle(ask, ASK_EVERY) {
        on_cleanup(move || timer.clear());
    }
}

fn open(element: web_sys::HtmlElement, chart: Held, opened: RwSignal<bool>) {
    on_cleanup(move || {
        chart.try_update_value(Option::take);
    });
    let words = Json::Object(vec![("zone", Json::from(start().city.zone_name.clone()))]).text();
    spawn_local(async move {
        match Series::open(&element, &words).await {
            Ok(series) => {
                chart.try_set_value(Some(series));
                opened.try_set(true);
            }
            Err(why) => leptos::logging::warn!("failed to open the chart: {why}"),
        }
    });
}
