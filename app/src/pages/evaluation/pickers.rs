//! Which period, by what, and of whom only. Each choice is an address, so that it can be kept and sent on.

use domain::evaluation::Period;
use domain::evaluation::view::By;
use leptos::prelude::*;

use super::PATH;
use crate::office::words::Word;
use crate::pages::{escaped, start};
use crate::settings::settings;
use crate::start::EvaluationStart;
use crate::text::time;

/// The question of the page, with another period or other rows where given.
pub fn query(asked: &EvaluationStart, by: Option<By>, period: Option<Period>) -> String {
    let by = by.unwrap_or(asked.by);
    let period = period.unwrap_or(asked.period);
    let mut query = format!(
        "by={}&since={}&until={}",
        by.name(),
        escaped(&period.since.to_rfc3339_utc()),
        escaped(&period.until.to_rfc3339_utc())
    );
    for (name, value) in [
        ("category", &asked.category),
        ("town", &asked.town),
        ("department", &asked.department),
    ] {
        if let Some(value) = value {
            query.push_str(&format!("&{name}={}", escaped(value)));
        }
    }
    query
}

#[component]
pub fn Pickers(asked: EvaluationStart) -> impl IntoView {
    let settings = settings();
    let say = move |word: Word| move || word.text(settings.language.get());
    let link = move |word: Word, question: String, here: bool| {
        view! {
            <a class="segment" href=format!("{PATH}?{question}") aria-current=here.then_some("true")>{say(word)}</a>
        }
    };
    let words = [Word::Today, Word::Week, Word::Month, Word::Quarter];
    let known = asked.usual.contains(&asked.period);
    let periods = words
        .into_iter()
        .zip(asked.usual)
        .map(|(word, period)| {
            link(
                word,
                query(&asked, None, Some(period)),
                period == asked.period,
            )
        })
        .collect_view();
    let rows = [
        (By::Department, Word::ByDepartment),
        (By::Town, Word::ByTown),
        (By::Category, Word::ByCategory),
        (By::Month, Word::ByMonth),
    ]
    .into_iter()
    .map(|(by, word)| link(word, query(&asked, Some(by), None), by == asked.by))
    .collect_view();
    let offsets = start().city.offsets.clone();
    let day = |at| {
        let wall = time::wall(at, &offsets);
        format!("{:04}-{:02}-{:02}", wall.year, wall.month, wall.day)
    };
    let (first, last) = (
        day(asked.period.since),
        day(asked.period.until.plus_millis(-1)),
    );
    let hidden: Vec<(&'static str, String)> = [
        ("by", Some(asked.by.name().to_owned())),
        ("category", asked.category.clone()),
        ("town", asked.town.clone()),
        ("department", asked.department.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    let hidden = hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    view! {
        <div class="pickers">
            <div class="segments">{periods}</div>
            <form class="custom" method="get" action=PATH data-known=known.to_string()>
                {hidden}
                <label>{say(Word::From)}" "<input type="date" name="since" value=first/></label>
                <label>{say(Word::To)}" "<input type="date" name="until" value=last/></label>
                <button type="submit">{say(Word::Show)}</button>
            </form>
            <div class="segments">{rows}</div>
        </div>
    }
}
