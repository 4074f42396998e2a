//! One notice: what it says, whom it is for, how old it is, and what can be done about it.

use domain::ids::DepartmentId;
use domain::language::Language;
use leptos::prelude::*;

use super::words::Word;
use super::{Notice, Shown};
use crate::controls::Mark;
use crate::live::desk::{Desk, Sheet};
use crate::text::time;

/// Below this the list lies over the sheet that is shown.
const NARROW_PX: f64 = 900.0;

/// `role:operator`, `role:collector@441900004`, `department:swj`, `account:li.na` in the city's words.
fn whom(desk: Desk, language: Language, to: &str) -> String {
    let start = desk.start();
    let city = &start.city;
    match to.split_once(':') {
        Some(("role", role)) => match role.split_once('@') {
            Some((role, town)) => {
                let town_name = city.town(language, town).unwrap_or(town);
                format!("{} · {town_name}", city.label(language, role))
            }
            None => city.label(language, role).to_owned(),
        },
        Some(("department", id)) => match DepartmentId::new(id) {
            Ok(department) => city.department(language, &department).to_owned(),
            Err(_) => id.to_owned(),
        },
        Some((_, name)) => name.to_owned(),
        None => to.to_owned(),
    }
}

#[component]
pub(super) fn OneRow(shown: Shown, notice: Notice, only_looks: bool) -> impl IntoView {
    let desk = shown.desk;
    let settings = desk.settings;
    let Notice {
        id,
        at,
        severity,
        stage,
        to,
        text,
        text_en,
        incident,
        drill,
    } = notice;
    let said = move || match settings.language.get() {
        Language::Zh => text.clone(),
        Language::En => text_en.clone(),
    };
    let to_whom = move || {
        let language = settings.language.get();
        Word::To.filled(language, &[("who", &whom(desk, language, &to))])
    };
    let step = move || {
        let language = settings.language.get();
        stage.map(|stage| Word::Step.filled(language, &[("stage", stage.text(language))]))
    };
    let offsets = desk.start().city.offsets.clone();
    let full = time::full(at, &offsets);
    let age = move || {
        let now = settings.clock.get();
        time::moment(settings.language.get(), at, now, &offsets)
    };
    let row = incident.and_then(|id| desk.row(id));
    let number = row.map(|row| row.read_untracked().number.clone());
    let leads = move |_| {
        desk.select(incident);
        desk.sheet.set(Sheet::Detail);
        let width = window().inner_width().ok().and_then(|width| width.as_f64());
        if width.is_some_and(|width| width < NARROW_PX) {
            desk.drawer.set(None);
        }
    };
    let one = id.clone();
    view! {
        <article class="alarm-row" role="listitem" data-testid="notice-row" data-id=id>
            <Mark severity=Signal::stored(severity) late=false done=false/>
            <div class="alarm-what">
                <b>{said}</b>
                <span class="alarm-more">
                    {to_whom} " · " <time datetime=full.clone() title=full>{age}</time>
                    {move || step().map(|step| format!(" · {step}"))}
                    {drill.then(|| view! { " · " {settings.say(Word::Drill)} })}
                </span>
            </div>
            <div class="alarm-do">
                <button type="button" class="primary" data-testid="acknowledge-notice" class:gone=only_looks disabled=shown.busy
                    on:click=move |_| shown.acknowledge(vec![one.clone()])>
                    {settings.say(Word::Acknowledge)}
                </button>
                {incident.map(|_| view! {
                    <button type="button" class="quiet" data-testid="notice-incident" on:click=leads>
                        {settings.say(Word::Incident)} " " {number}
                    </button>
                })}
            </div>
        </article>
    }
}
