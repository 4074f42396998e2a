//! The cases behind a figure: exactly its denominator, or its numerator.

use domain::evaluation::Period;
use domain::evaluation::view::{By, CaseView};
use domain::time::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::tables::pick;
use crate::office::words::Word;
use crate::pages::{escaped, start};
use crate::requests::{self, Problem};
use crate::settings::settings;
use crate::start::Page;
use crate::text::time;

#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    pub indicator: String,
    pub name: (String, String),
    pub of: (String, String),
    /// The row: by what, and which.
    pub by: Option<(By, String)>,
    pub period: Period,
    pub at: Timestamp,
    /// A share begins with its numerator.
    pub numerator: bool,
}

impl Asked {
    fn query(&self, cursor: Option<&str>) -> String {
        let part = if self.numerator {
            "numerator"
        } else {
            "denominator"
        };
        let mut query = format!(
            "indicator={}&part={part}&since={}&until={}&at={}",
            self.indicator,
            escaped(&self.period.since.to_rfc3339_utc()),
            escaped(&self.period.until.to_rfc3339_utc()),
            escaped(&self.at.to_rfc3339_utc())
        );
        if let Some(cursor) = cursor {
            query.push_str(&format!("&cursor={cursor}"));
        }
        let own = self.by.as_ref().map(|(by, key)| (by.name(), key.clone()));
        let mut chosen: Vec<(&str, String)> = own.into_iter().collect();
        if let Page::Evaluation(page) = &start().page {
            for (name, value) in [
                ("category", &page.category),
                ("town", &page.town),
                ("department", &page.department),
            ] {
                let known = chosen.iter().any(|(known, _)| *known == name);
                if let (false, Some(value)) = (known, value) {
                    chosen.push((name, value.clone()));
                }
            }
        }
        for (name, value) in chosen {
            query.push_str(&format!("&{name}={}", escaped(&value)));
        }
        query
    }
}

#[derive(Clone, Default)]
struct Found {
    cases: Vec<CaseView>,
    next: Option<String>,
    count: u64,
    problem: Option<Problem>,
}

#[component]
pub fn Drilled(asked: RwSignal<Option<Asked>>) -> impl IntoView {
    let settings = settings();
    let found = RwSignal::new(None::<Found>);
    let ask = move |wanted: Asked, more: bool| {
        let before = if more {
            found.get_untracked().unwrap_or_default()
        } else {
            Found::default()
        };
        spawn_local(async move {
            let answer = requests::evaluated_cases(&wanted.query(before.next.as_deref())).await;
            if asked.try_get_untracked().flatten().as_ref() != Some(&wanted) {
                return;
            }
            let mut whole = before;
            match answer {
                Ok((cases, next, count)) => {
                    whole.cases.extend(cases);
                    (whole.next, whole.count, whole.problem) = (next, count, None);
                }
                Err(problem) => whole.problem = Some(problem),
            }
            found.try_set(Some(whole));
            if let Some(list) = document().get_element_by_id("drilled").filter(|_| !more) {
                list.scroll_into_view();
            }
        });
    };
    Effect::new(move |_| {
        if let Some(wanted) = asked.get() {
            ask(wanted, false);
        }
    });
    let title = move || {
        let language = settings.language.get();
        asked.get().map(|asked| {
            let count = found
                .read()
                .as_ref()
                .map_or_else(|| "…".to_owned(), |found| found.count.to_string());
            let name = pick(language, &asked.name.0, &asked.name.1).to_owned();
            let of = pick(language, &asked.of.0, &asked.of.1);
            let part = if asked.numerator {
                Word::Numerator
            } else {
                Word::Denominator
            };
            let what = part.text(language);
            let name = format!("{of} · {name}");
            Word::Cases.filled(language, &[("name", &name), ("what", what), ("n", &count)])
        })
    };
    let part = move |numerator: bool, word: Word| {
        view! {
            <button type="button" class="segment"
                aria-pressed=move || asked.get().is_some_and(|asked| asked.numerator == numerator).to_string()
                on:click=move |_| asked.update(|asked| {
                    if let Some(asked) = asked {
                        asked.numerator = numerator;
                    }
                })>
                {move || word.text(settings.language.get())}
            </button>
        }
    };
    let rows = move || {
        let found = found.get().unwrap_or_default();
        found
            .cases
            .into_iter()
            .map(|case| view! { <Case case/> })
            .collect_view()
    };
    let more = move || {
        let next = found.read().as_ref().and_then(|found| found.next.clone());
        next.zip(asked.get()).map(|(_, wanted)| {
            view! {
                <button type="button" on:click=move |_| ask(wanted.clone(), true)>
                    {move || Word::More.text(settings.language.get())}
                </button>
            }
        })
    };
    let problem = move || {
        let language = settings.language.get();
        let problem = found
            .read()
            .as_ref()
            .and_then(|found| found.problem.clone());
        problem.map(|problem| Word::Failed.filled(language, &[("why", &problem.said(language))]))
    };
    view! {
        <section id="drilled" class="drilled" data-testid="drilled" class:gone=move || asked.read().is_none()>
            <div class="drilled-head">
                <h2>{title}</h2>
                <div class="segments">
                    {part(true, Word::Numerator)}
                    {part(false, Word::Denominator)}
                </div>
                <button type="button" class="quiet" on:click=move |_| asked.set(None)>
                    {move || Word::CloseList.text(settings.language.get())}
                </button>
            </div>
            <p class="problem" role="status">{problem}</p>
            <ul class="cases">{move || rows()}</ul>
            {move || more()}
        </section>
    }
}

#[component]
fn Case(case: CaseView) -> impl IntoView {
    let settings = settings();
    let opened = time::clock(case.opened_at, Some(start().now), &start().city.offsets);
    let titles = (case.title, case.title_en);
    let state = case.state.name();
    let took = case
        .minutes
        .map(|minutes| format!("{} min", crate::text::number::decimals(minutes, 1)));
    view! {
        <li>
            <a href=format!("/desk?incident={}", case.id)>{case.number}</a>
            <span class="case-title">{move || pick(settings.language.get(), &titles.0, &titles.1).to_owned()}</span>
            <span>{move || start().city.label(settings.language.get(), state).to_owned()}</span>
            <span>{took}</span>
            <time>{opened}</time>
        </li>
    }
}
