//! Everybody's sessions, by account: an administrator ends one, or all of somebody.

use domain::wire::office::SessionView;
use leptos::prelude::*;

use super::People;
use super::session::Session;
use super::words::Word;
use crate::office::Sure;
use crate::settings::settings;

#[component]
pub fn Everybody(people: People) -> impl IntoView {
    let settings = settings();
    let words = RwSignal::new(String::new());
    let accounts = Memo::new(move |_| {
        let words = words.get().trim().to_lowercase();
        people.told.with(|told| {
            let all = told.iter().flatten().flatten();
            let mut names: Vec<String> = all
                .map(|session| session.account.to_string())
                .filter(|name| name.to_lowercase().contains(&words))
                .collect();
            names.sort_unstable();
            names.dedup();
            names
        })
    });
    let none =
        move || accounts.read().is_empty() && people.told.with(|told| matches!(told, Some(Ok(_))));
    view! {
        <section class="sheet" aria-labelledby="everybody">
            <h2 id="everybody">{settings.say(Word::Everybody)}</h2>
            <div class="find">
                <label for="find-account">{settings.say(Word::Find)}</label>
                <input id="find-account" type="search" autocomplete="off" on:input=move |event| words.set(event_target_value(&event))/>
            </div>
            <p class="office-said" class:gone=move || !none()>{settings.say(Word::NobodyFound)}</p>
            <ul class="accounts" data-testid="everybody">
                <For each=move || accounts.get() key=|name| name.clone() children=move |name| view! { <Account people name/> }/>
            </ul>
        </section>
    }
}

#[component]
fn Account(people: People, name: String) -> impl IntoView {
    let settings = settings();
    let of = StoredValue::new(name.clone());
    let sessions = Memo::new(move |_| {
        people.told.with(|told| {
            let all = told.iter().flatten().flatten();
            let name = of.get_value();
            let own = all.filter(|session| session.account.as_str() == name);
            own.cloned().collect::<Vec<SessionView>>()
        })
    });
    let label = Signal::derive(move || {
        Word::EndAll.filled(settings.language.get(), &[("who", &of.get_value())])
    });
    let count = move || {
        let n = sessions.read().len().to_string();
        Word::Count.filled(settings.language.get(), &[("n", &n)])
    };
    view! {
        <li data-account=name.clone()>
            <div class="account-head">
                <h3>{name.clone()}</h3>
                <span class="faint">{count}</span>
                <Sure label testid="end-all" press=move || people.end_all_of(of.get_value())/>
            </div>
            <ul class="sessions">
                <For each=move || sessions.get() key=|session| (session.id.clone(), session.seen_at.millis()) children=move |session| view! { <Session people session/> }/>
            </ul>
        </li>
    }
}
