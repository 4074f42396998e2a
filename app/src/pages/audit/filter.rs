//! Which entries of the log are looked for.

use domain::audit::What;
use domain::time::Timestamp;
use leptos::prelude::*;

use super::words::{Word, of};
use crate::office::when::of_field;
use crate::pages::{escaped, start};
use crate::settings::settings;

#[derive(Clone, Default, PartialEq)]
pub struct Wanted {
    pub who: String,
    pub what: Option<What>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Wanted {
    pub fn is_anything(&self) -> bool {
        *self == Self::default()
    }

    /// As the interface is asked.
    pub fn query(&self, limit: usize, cursor: Option<&str>) -> String {
        let moment = |at: Option<Timestamp>| at.map(|at| at.to_rfc3339_utc());
        let asked = [
            (
                "actor",
                Some(self.who.clone()).filter(|who| !who.is_empty()),
            ),
            ("what", self.what.map(|what| what.name().to_owned())),
            ("since", moment(self.since)),
            ("until", moment(self.until)),
            ("cursor", cursor.map(str::to_owned)),
        ];
        let mut query = format!("limit={limit}");
        for (name, value) in asked {
            if let Some(value) = value {
                query.push_str(&format!("&{name}={}", escaped(&value)));
            }
        }
        query
    }
}

#[component]
pub fn Filter(wanted: RwSignal<Wanted>) -> impl IntoView {
    let settings = settings();
    let city = StoredValue::new(start().city.clone());
    let who = RwSignal::new(String::new());
    let what = RwSignal::new(String::new());
    let [since, until] = [(); 2].map(|()| RwSignal::new(String::new()));
    let search = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let now = settings.present();
        let moment = |text: String| city.with_value(|city| of_field(&text, city, now));
        wanted.set(Wanted {
            who: who.get_untracked().trim().to_owned(),
            what: what.get_untracked().parse().ok(),
            since: moment(since.get_untracked()),
            until: moment(until.get_untracked()),
        });
    };
    let clear = move |_| {
        for text in [who, what, since, until] {
            text.set(String::new());
        }
        wanted.set(Wanted::default());
    };
    let kinds = What::ALL.iter().map(|kind| {
        let word = of(*kind);
        view! { <option value=kind.name()>{settings.say(word)}</option> }
    });
    let kinds = kinds.collect_view();
    let moment = move |id: &'static str, word: Word, value: RwSignal<String>| {
        view! {
            <div class="field"><label for=id>{settings.say(word)}</label>
                <input id=id type="datetime-local" prop:value=value on:input=move |event| value.set(event_target_value(&event))/></div>
        }
    };
    view! {
        <form class="log-filter" data-testid="log-filter" on:submit=search aria-label=settings.say(Word::Filter) novalidate>
            <div class="field"><label for="audit-who">{settings.say(Word::Who)}</label>
                <input id="audit-who" autocomplete="off" placeholder=settings.say(Word::WhoHint) title=settings.say(Word::WhoHint)
                    prop:value=who on:input=move |event| who.set(event_target_value(&event))/></div>
            <div class="field"><label for="audit-what">{settings.say(Word::WhatDone)}</label>
                <select id="audit-what" prop:value=what on:change=move |event| what.set(event_target_value(&event))>
                    <option value="">{settings.say(Word::Anything)}</option>
                    {kinds}
                </select></div>
            {moment("audit-since", Word::From, since)}
            {moment("audit-until", Word::To, until)}
            <button type="submit" class="primary">{settings.say(Word::Search)}</button>
            <button type="button" class="quiet" class:gone=move || wanted.read().is_anything() on:click=clear>{settings.say(Word::Clear)}</button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_asked_as_the_interface_reads_it() {
        assert_eq!(Wanted::default().query(50, None), "limit=50");
        let wanted = Wanted {
            who: "@key/k1".into(),
            what: Some(What::LoginFailed),
            since: Timestamp::parse_rfc3339("2026-11-29T08:00:00+08:00").ok(),
            until: None,
        };
        assert_eq!(
            wanted.query(50, Some("77")),
            "limit=50&actor=%40key%2Fk1&what=login_failed&since=2026-11-29T00%3A00%3A00Z&cursor=77"
        );
    }
}
