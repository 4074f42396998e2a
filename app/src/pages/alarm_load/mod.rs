//! How much alarms ask of the duty room: rates and floods, who alarms most, the mix of priorities, what stands for too long,
//! and what is kept back. Each figure leads to the list that it counts. Asks anew by itself.

mod standing;
mod tables;
pub mod words;

use std::time::Duration;

use domain::alarm::load::{Figure, LoadView, Per};
use domain::language::Language;
use domain::time::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::controls::MarkShapes;
use crate::office::OfficeFrame;
use crate::office::when::again_every;
use crate::pages::start;
use crate::requests::{self, Problem};
use crate::settings::{Settings, settings};
use crate::text::{number, time};
use standing::Kept;
use tables::{Floods, Parts, Priorities, Top};
use words::Word;

pub const PATH: &str = "/alarms";
const ASK_EVERY: Duration = Duration::from_secs(15);

/// How long a time is looked at, in hours.
const SPANS: [(i64, Word); 4] = [
    (1, Word::Hour),
    (8, Word::Shift),
    (24, Word::Day),
    (7 * 24, Word::Week),
];

/// What was told last, by town and by account.
#[derive(Clone, PartialEq)]
pub(super) struct Told {
    load: LoadView,
    people: LoadView,
}

#[component]
pub fn AlarmLoadPage() -> impl IntoView {
    let settings = settings();
    let hours = RwSignal::new(SPANS[1].0);
    let told = RwSignal::new(None::<Result<Told, Problem>>);
    again_every(ASK_EVERY, move || ask(settings, hours.get(), hours, told));
    let load = Memo::new(move |_| {
        told.with(|told| match told {
            Some(Ok(told)) => Some(told.clone()),
            _ => None,
        })
    });
    let said = move || {
        let language = settings.language.get();
        told.with(|told| match told {
            None => Some(Word::Asking.text(language).to_owned()),
            Some(Err(problem)) => {
                Some(Word::Failed.filled(language, &[("why", &problem.said(language))]))
            }
            Some(Ok(told)) => told
                .load
                .known_from
                .map(|from| Word::KnownFrom.filled(language, &[("at", &at(language, from))])),
        })
    };
    let spans = SPANS.map(|(span, word)| {
        view! {
            <button type="button" class="quiet" aria-pressed=move || (hours.get() == span).to_string()
                on:click=move |_| hours.set(span)>
                {settings.say(word)}
            </button>
        }
    });
    view! {
        <MarkShapes/>
        <OfficeFrame here=PATH>
            <main class="load" data-testid="alarm-load">
                <div class="office-head">
                    <h1>{settings.say(Word::Title)}</h1>
                    <div class="load-spans" role="group" aria-label=settings.say(Word::Span)>{spans.collect_view()}</div>
                    <p class="load-said" role="status">{said}</p>
                </div>
                {move || load.get().map(|told| view! { <Whole told/> })}
            </main>
        </OfficeFrame>
    }
}

/// What was asked for before the time was changed comes too late.
fn ask(
    settings: Settings,
    span: i64,
    hours: RwSignal<i64>,
    told: RwSignal<Option<Result<Told, Problem>>>,
) {
    let until = settings.present();
    let since = until.plus_minutes(-60 * span);
    spawn_local(async move {
        let both = async {
            Ok(Told {
                load: requests::alarm_load(since, until, Per::Town).await?,
                people: requests::alarm_load(since, until, Per::Account).await?,
            })
        };
        let answer = both.await;
        if hours.try_get_untracked() == Some(span) {
            told.set(Some(answer));
        }
    });
}

#[component]
fn Whole(told: Told) -> impl IntoView {
    let settings = settings();
    let language = settings.language.get();
    let load = told.load;
    let rate = &load.rate;
    let took = |ms: Option<i64>| ms.map_or_else(|| "—".to_owned(), |ms| lasted(language, ms));
    let now = match load.now.is_one() {
        true => Word::FloodNow,
        false => Word::NoFlood,
    };
    let average = rate
        .average
        .map_or_else(|| "—".to_owned(), |average| number::decimals(average, 1));
    let figures = [
        (
            rate.told.value.to_string(),
            Word::Told,
            String::new(),
            Some(page_of(&rate.told)),
            false,
        ),
        (
            average,
            Word::Average,
            Word::GoalAverage.text(language).to_owned(),
            None,
            rate.average.is_some_and(|average| average > 2.0),
        ),
        (
            rate.peak.to_string(),
            Word::Peak,
            Word::GoalPeak.text(language).to_owned(),
            None,
            rate.peak > 10,
        ),
        (
            number::decimals(rate.flood_percent, 1) + "%",
            Word::InFlood,
            now.text(language).to_owned(),
            None,
            load.now.is_one(),
        ),
        (
            took(load.noting.median_ms),
            Word::Median,
            String::new(),
            Some(page_of(&load.noting.acknowledged)),
            false,
        ),
        (
            took(load.noting.p90_ms),
            Word::P90,
            String::new(),
            None,
            false,
        ),
        (
            load.fleeting.value.to_string(),
            Word::Fleeting,
            String::new(),
            Some(page_of(&load.fleeting)),
            false,
        ),
    ];
    let figures = figures.map(|(value, word, more, link, over)| {
        let value = match link {
            Some(link) => view! { <a href=link>{value}</a> }.into_any(),
            None => value.into_any(),
        };
        view! {
            <div class="load-figure" class:over=over>
                <b>{value}</b>
                <span>{word.text(language)}</span>
                <span class="load-goal">{more}</span>
            </div>
        }
    });
    view! {
        <section class="load-figures">{figures.collect_view()}</section>
        <div class="load-columns">
            <Top top=load.top percent=load.top_percent/>
            <Priorities priorities=load.priorities/>
            <Floods floods=load.floods/>
            <Parts parts=load.parts title=Word::Towns/>
            <Parts parts=told.people.parts title=Word::People/>
        </div>
        <h2>{Word::Standing.text(language)}</h2>
        <div class="load-columns">
            <Kept standing=load.stale title=Word::Stale/>
            <Kept standing=load.chattering title=Word::Chattering/>
            <Kept standing=load.shelved title=Word::Shelved/>
            <Kept standing=load.suppressed title=Word::Suppressed/>
            <Kept standing=load.out_of_service title=Word::OutOfService/>
        </div>
    }
}

/// The page of the list that a figure counts.
pub(super) fn page_of(figure: &Figure) -> String {
    figure.drill.trim_start_matches("/api/v1").to_owned()
}

pub(super) fn at(language: Language, at: Timestamp) -> String {
    let start = start();
    let offsets = &start.city.offsets;
    let day = time::date(language, at, offsets);
    format!("{day} {}", time::of_day(at, offsets))
}

/// A length of time in two figures.
pub(super) fn lasted(language: Language, ms: i64) -> String {
    let seconds = ms / 1000;
    match (language, seconds) {
        (Language::Zh, ..120) => format!("{seconds} 秒"),
        (Language::Zh, ..7200) => format!("{} 分钟", seconds / 60),
        (Language::Zh, _) => format!("{} 小时", seconds / 3600),
        (Language::En, ..120) => format!("{seconds} s"),
        (Language::En, ..7200) => format!("{} min", seconds / 60),
        (Language::En, _) => format!("{} h", seconds / 3600),
    }
}
