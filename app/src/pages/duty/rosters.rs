//! Each post in a row: who is on duty now and by what he is reached, who comes next, and whether anybody is reached at all.

use domain::language::Language;
use domain::roster::{DutyPost, Shift};
use domain::time::Timestamp;
use domain::wire::notify::RosterView;
use leptos::prelude::*;

use super::words::Word;
use super::{Duty, post};
use crate::office::said;
use crate::office::when::when;
use crate::office::words::Word as Office;
use crate::pages::start;
use crate::settings::settings;

#[component]
pub fn Rosters(duty: Duty) -> impl IntoView {
    let settings = settings();
    let problem = move || {
        let language = settings.language.get();
        duty.rosters.with(|told| match told {
            None => Some(Office::AskingNow.text(language).to_owned()),
            Some(Ok(rosters)) if rosters.is_empty() => {
                Some(Word::NoRosters.text(language).to_owned())
            }
            Some(Ok(_)) => None,
            Some(Err(problem)) => {
                Some(Office::NotRead.filled(language, &[("why", &said(language, problem))]))
            }
        })
    };
    let rows = move || {
        let language = settings.language.get();
        duty.rosters.with(|told| {
            let rosters = told.iter().flatten().flatten();
            rosters
                .map(|roster| view! { <Row duty roster=roster.clone() language/> })
                .collect_view()
        })
    };
    view! {
        <section class="sheet" aria-labelledby="rosters">
            <h2 id="rosters">{settings.say(Word::Rosters)}</h2>
            <p class="office-said" role="status" class:gone=move || problem().is_none()>{problem}</p>
            <ul class="posts" data-testid="rosters">{rows}</ul>
            <Another duty/>
        </section>
    }
}

#[component]
fn Row(duty: Duty, roster: RosterView, language: Language) -> impl IntoView {
    let settings = settings();
    let city = &start().city;
    let now = settings.present();
    let name = post::name(language, &roster.post, city);
    let shifts = |found: Vec<&Shift>, word: Word, at: fn(&Shift) -> Timestamp| {
        found
            .into_iter()
            .map(|shift| {
                let time = word.filled(language, &[("at", &when(at(shift)))]);
                let by = post::channels(language, shift);
                view! { <span class="shift"><b>{shift.person.to_string()}</b> " " <small>{time} " · " {by}</small></span> }
            })
            .collect_view()
    };
    let on_duty = post::on_duty(&roster.shifts, now);
    let nobody = on_duty.is_empty();
    let next = post::next(&roster.shifts, now);
    let (light, reach) = match (nobody, roster.reached.is_empty()) {
        (true, _) => ("yellow", Word::NobodyNow.text(language).to_owned()),
        (_, true) => ("red", Word::NotReached.text(language).to_owned()),
        _ => {
            let who = roster.reached.join("、");
            ("green", Word::Reached.filled(language, &[("who", &who)]))
        }
    };
    let none_next = next.is_empty();
    let set_by = Word::SetBy.filled(language, &[("who", &roster.by), ("at", &when(roster.at))]);
    let may_set = duty
        .asker
        .with_value(|asker| asker.sets.contains(&roster.post));
    let of = roster.post.clone();
    let edit = may_set.then(|| {
        let label = format!("{} {name}", Word::Edit.text(language));
        view! {
            <button type="button" data-testid="edit-roster" aria-label=label
                on:click=move |_| duty.editing.set(Some(of.clone()))>{Word::Edit.text(language)}</button>
        }
    });
    view! {
        <li data-post=roster.post.to_string()>
            <div class="post-name"><b>{name}</b><small>{set_by}</small></div>
            <div><small class="post-when">{Word::Now.text(language)}</small>
                {nobody.then(|| view! { <span class="shift">"—"</span> })}
                {shifts(on_duty, Word::UntilAt, |shift| shift.until)}
            </div>
            <div><small class="post-when">{Word::Next.text(language)}</small>
                {none_next.then(|| view! { <span class="shift"><small>{Word::NothingNext.text(language)}</small></span> })}
                {shifts(next, Word::FromAt, |shift| shift.from)}
            </div>
            <div class="light reach" data-light=light data-testid="reach"><span class="lamp"></span><span>{reach}</span></div>
            {edit}
        </li>
    }
}

/// A roster for a post that has none yet.
#[component]
fn Another(duty: Duty) -> impl IntoView {
    let settings = settings();
    let chosen = RwSignal::new(String::new());
    let without = Memo::new(move |_| {
        duty.rosters.with(|told| {
            let rosters: Vec<&RosterView> = told.iter().flatten().flatten().collect();
            let known = |post: &DutyPost| rosters.iter().any(|roster| roster.post == *post);
            let sets = duty.asker.with_value(|asker| asker.sets.clone());
            let free = sets.into_iter().filter(|post| !known(post));
            match told {
                Some(Ok(_)) => free.collect::<Vec<_>>(),
                _ => Vec::new(),
            }
        })
    });
    let options = move || {
        let language = settings.language.get();
        let city = &start().city;
        without
            .get()
            .iter()
            .map(|one| view! { <option value=one.to_string()>{post::name(language, one, city)}</option> })
            .collect_view()
    };
    let make = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let first = || without.get_untracked().into_iter().next();
        let post = chosen.get_untracked().parse::<DutyPost>().ok();
        let still_free = |post: &DutyPost| without.get_untracked().contains(post);
        duty.editing.set(post.filter(still_free).or_else(first));
    };
    view! {
        <form class="another" class:gone=move || without.read().is_empty() on:submit=make>
            <label for="another-post">{settings.say(Word::MakeFor)}</label>
            <select id="another-post" on:change=move |event| chosen.set(event_target_value(&event))>{options}</select>
            <button type="submit" data-testid="make-roster">{settings.say(Word::Make)}</button>
        </form>
    }
}
