//! What stands of a kind: how many, and the newest of them with who keeps them back and why.

use domain::alarm::load::Standing;
use domain::language::Language;
use domain::wire::AlarmView;
use leptos::prelude::*;

use super::words::Word;
use super::{at, page_of};
use crate::controls::Mark;
use crate::pages::start;
use crate::settings::settings;

/// More is on the page of the list.
const SHOWN: usize = 8;

#[component]
pub fn Kept(standing: Standing, title: Word) -> impl IntoView {
    let language = settings().language.get();
    let none = standing.alarms.is_empty();
    let rows = standing.alarms.iter().take(SHOWN).map(|one| {
        let of = one.thing.as_ref().map_or_else(|| one.id.to_string(), ToString::to_string);
        let kind = one.category.map(|code| start().city.category(language, code));
        let link = one.incident.map(|id| format!("/desk?incident={id}"));
        let name = match link {
            Some(link) => view! { <a href=link>{of}</a> }.into_any(),
            None => of.into_any(),
        };
        view! {
            <li>
                <Mark severity=one.severity late=false done=false/>
                <span><b>{name}</b> " " {kind}<span class="load-more">{why(language, one)}</span></span>
            </li>
        }
    });
    view! {
        <section class="load-part">
            <h2>{title.text(language)} " " <a href=page_of(&standing.count)>{standing.count.value}</a></h2>
            {none.then(|| view! { <p class="load-more">{Word::None.text(language)}</p> })}
            <ul class="load-list">{rows.collect_view()}</ul>
        </section>
    }
}

fn why(language: Language, alarm: &AlarmView) -> String {
    if let Some(shelved) = &alarm.shelved {
        let until = at(language, shelved.until);
        let values = [
            ("at", until.as_str()),
            ("who", &shelved.by),
            ("why", &shelved.reason),
        ];
        return Word::Until.filled(language, &values);
    }
    if let Some(out) = &alarm.out_of_service {
        let since = at(language, out.at);
        let values = [
            ("at", since.as_str()),
            ("who", &out.by),
            ("why", &out.reason),
        ];
        return Word::Since.filled(language, &values);
    }
    if let Some(muted) = &alarm.suppressed {
        return Word::MutedBy.filled(language, &[("what", &muted.by.to_string())]);
    }
    at(language, alarm.raised_at)
}
