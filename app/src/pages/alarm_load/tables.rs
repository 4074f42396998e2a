//! Tables of the load: who alarms most, the mix of priorities, floods, and the parts of the city and of its people.

use domain::alarm::load::{Actor, FloodSpan, Part, Priority};
use leptos::prelude::*;

use super::words::Word;
use super::{at, lasted, page_of};
use crate::controls::Mark;
use crate::pages::start;
use crate::settings::settings;
use crate::text::number;

/// A bar as long as its share of a hundred.
fn bar(percent: f64) -> impl IntoView {
    let width = number::decimals(percent.clamp(0.0, 100.0), 1) + "%";
    view! { <span class="load-bar" aria-hidden="true"><i style:width=width></i></span> }
}

#[component]
pub fn Top(top: Vec<Actor>, percent: f64) -> impl IntoView {
    let language = settings().language.get();
    let says = Word::TopSays.filled(language, &[("n", &number::decimals(percent, 1))]);
    let rows = top.into_iter().map(|one| {
        let of = one
            .thing
            .as_ref()
            .map_or_else(|| one.source.to_string(), ToString::to_string);
        let by = [Some(one.source.to_string()), one.rule.clone()];
        let by = by.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        view! {
            <tr>
                <th scope="row">{of}<span class="load-more">{by}</span></th>
                <td class="load-wide">{bar(one.percent)}</td>
                <td><a href=page_of(&one.told)>{one.told.value}</a></td>
                <td>{number::decimals(one.percent, 1) + "%"}</td>
            </tr>
        }
    });
    view! {
        <section class="load-part" data-testid="load-top">
            <h2>{Word::Top.text(language)}</h2>
            <p class="load-more">{says}</p>
            <table><tbody>{rows.collect_view()}</tbody></table>
        </section>
    }
}

#[component]
pub fn Priorities(priorities: Vec<Priority>) -> impl IntoView {
    let language = settings().language.get();
    let rows = priorities.into_iter().map(|one| {
        let mark = domain::explain::severity_mark(one.severity);
        view! {
            <tr>
                <th scope="row"><Mark severity=one.severity late=false done=false/> " " {mark}</th>
                <td class="load-wide">{bar(one.percent)}</td>
                <td><a href=page_of(&one.told)>{one.told.value}</a></td>
                <td>{number::decimals(one.percent, 1) + "%"}</td>
            </tr>
        }
    });
    view! {
        <section class="load-part" data-testid="load-priorities">
            <h2>{Word::Priorities.text(language)}</h2>
            <p class="load-more">{Word::PrioritiesSay.text(language)}</p>
            <table><tbody>{rows.collect_view()}</tbody></table>
        </section>
    }
}

#[component]
pub fn Floods(floods: Vec<FloodSpan>) -> impl IntoView {
    let language = settings().language.get();
    let none = floods.is_empty();
    let rows = floods.into_iter().map(|one| {
        let how_long = match one.until {
            Some(until) => lasted(language, until.since(one.since)),
            None => Word::GoesOn.text(language).to_owned(),
        };
        view! {
            <tr>
                <th scope="row">{at(language, one.since)}</th>
                <td>{how_long}</td>
                <td><a href=page_of(&one.told)>{one.told.value}</a></td>
            </tr>
        }
    });
    view! {
        <section class="load-part">
            <h2>{Word::Floods.text(language)}</h2>
            {none.then(|| view! { <p class="load-more">{Word::NoFloods.text(language)}</p> })}
            <table><tbody>{rows.collect_view()}</tbody></table>
        </section>
    }
}

#[component]
pub fn Parts(parts: Vec<Part>, title: Word) -> impl IntoView {
    let language = settings().language.get();
    let start = start();
    let town = |code: &str| start.city.town(language, code).map(str::to_owned);
    let mut parts = parts;
    parts.sort_by_key(|part| {
        let told = part.rate.as_ref().map_or(0, |rate| rate.told.value);
        std::cmp::Reverse((told, part.noting.acknowledged.value))
    });
    let none = parts.is_empty();
    let rows = parts.into_iter().map(|part| {
        let key = match &part.key {
            Some(key) => town(key).unwrap_or_else(|| key.clone()),
            None => Word::Nowhere.text(language).to_owned(),
        };
        let told = part.rate.map(|rate| {
            view! {
                <td><a href=page_of(&rate.told)>{rate.told.value}</a></td>
                <td>{rate.average.map(|average| number::decimals(average, 2))}</td>
                <td>{rate.peak}</td>
            }
        });
        let took = [part.noting.median_ms, part.noting.p90_ms]
            .map(|ms| ms.map_or_else(|| "—".to_owned(), |ms| lasted(language, ms)));
        let [median, p90] = took;
        view! {
            <tr>
                <th scope="row">{key}</th>
                {told}
                <td><a href=page_of(&part.noting.acknowledged)>{part.noting.acknowledged.value}</a></td>
                <td>{median}</td>
                <td>{p90}</td>
            </tr>
        }
    });
    let of_towns = title == Word::Towns;
    let heads = of_towns.then(|| {
        [Word::Told, Word::Average, Word::Peak]
            .map(|word| view! { <th scope="col">{word.text(language)}</th> })
            .collect_view()
    });
    view! {
        <section class="load-part wide">
            <h2>{title.text(language)}</h2>
            {none.then(|| view! { <p class="load-more">{Word::None.text(language)}</p> })}
            {(!none).then(|| view! {
                <table>
                    <thead><tr>
                        <th></th>
                        {heads}
                        {[Word::Acknowledged, Word::Median, Word::P90]
                            .map(|word| view! { <th scope="col">{word.text(language)}</th> }).collect_view()}
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            })}
        </section>
    }
}
