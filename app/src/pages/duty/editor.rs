//! Editing a roster: who, from when to when, reached by what. All of it is sent at once, and what was typed stays when it is refused.

use domain::ids::LONGEST_ID;
use domain::roster::{DutyPost, Shift};
use domain::wire::office::DutyChoicesView;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::draft::{Draft, shifts};
use super::words::Word;
use super::{Duty, post};
use crate::office::said;
use crate::office::words::Word as Office;
use crate::pages::start;
use crate::requests;
use crate::settings::settings;

const PEOPLE: &str = "duty-people";

#[component]
pub fn Editor(duty: Duty) -> impl IntoView {
    let settings = settings();
    let saved = RwSignal::new(None::<DutyPost>);
    let kept = move || {
        let language = settings.language.get();
        saved.get().map(|of| {
            let name = post::name(language, &of, &start().city);
            Word::Saved.filled(language, &[("post", &name)])
        })
    };
    view! {
        <p class="kept" role="status" data-testid="roster-saved" class:gone=move || saved.read().is_none()>{kept}</p>
        {move || duty.editing.get().map(|of| {
            saved.set(None);
            view! { <Editing duty of saved/> }
        })}
    }
}

/// The roster of a post as it is known now; later answers do not touch what is being typed.
fn known(duty: Duty, of: &DutyPost) -> Vec<Shift> {
    duty.rosters.with_untracked(|told| {
        let mut rosters = told.iter().flatten().flatten();
        let found = rosters.find(|roster| roster.post == *of);
        found
            .map(|roster| roster.shifts.clone())
            .unwrap_or_default()
    })
}

#[component]
fn Editing(duty: Duty, of: DutyPost, saved: RwSignal<Option<DutyPost>>) -> impl IntoView {
    let settings = settings();
    let city = StoredValue::new(start().city.clone());
    let mut first: Vec<Draft> = Vec::new();
    city.with_value(|city| {
        for (key, shift) in known(duty, &of).iter().enumerate() {
            first.push(Draft::of(key, shift, city));
        }
        if first.is_empty() {
            first.push(Draft::next(0, &[], city, settings.present()));
        }
    });
    let made = StoredValue::new(first.len());
    let drafts = RwSignal::new(first);
    let choices = RwSignal::new(None::<DutyChoicesView>);
    let refused = RwSignal::new(None::<String>);
    let heading = NodeRef::<html::H2>::new();
    spawn_local(async move {
        match requests::duty_choices().await {
            Ok(found) => drop(choices.try_set(Some(found))),
            Err(_) => {
                let language = settings.language.get_untracked();
                refused.try_set(Some(Word::NoChoices.text(language).to_owned()));
            }
        }
    });
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            // It came below what was pressed.
            heading.scroll_into_view();
            let _ = heading.focus();
        }
    });
    let title = {
        let of = of.clone();
        move || {
            let language = settings.language.get();
            let name = city.with_value(|city| post::name(language, &of, city));
            Word::EditorOf.filled(language, &[("post", &name)])
        }
    };
    let add = move |_| {
        let key = made.get_value();
        made.set_value(key + 1);
        drafts.update(|drafts| {
            let next = city.with_value(|city| Draft::next(key, drafts, city, settings.present()));
            drafts.push(next);
        });
    };
    let over = Memo::new(move |_| {
        let now = settings.present();
        city.with_value(|city| {
            let drafts = drafts.get();
            drafts
                .iter()
                .filter(|draft| draft.is_over(city, now))
                .count()
        })
    });
    let drop_past = move |_| {
        let now = settings.present();
        drafts.update(|drafts| {
            city.with_value(|city| drafts.retain(|draft| !untrack(|| draft.is_over(city, now))));
        });
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let language = settings.language.get_untracked();
        let made = city
            .with_value(|city| shifts(language, &drafts.get_untracked(), city, settings.present()));
        let of = of.clone();
        match made {
            Err(missing) => refused.set(Some(missing)),
            Ok(shifts) => spawn_local(async move {
                match requests::put_roster(&of, &shifts).await {
                    Ok(roster) => {
                        duty.take_roster(roster);
                        saved.set(Some(of));
                        duty.editing.set(None);
                    }
                    Err(problem) => {
                        let why = said(language, &problem);
                        refused.try_set(Some(Office::NotDone.filled(language, &[("why", &why)])));
                    }
                }
            }),
        }
    };
    let people = move || {
        let language = settings.language.get();
        let found = choices.get().map(|found| found.people).unwrap_or_default();
        found
            .into_iter()
            .map(|person| {
                let role =
                    city.with_value(|city| city.label(language, person.role.name()).to_owned());
                view! { <option value=person.name.to_string()>{role}</option> }
            })
            .collect_view()
    };
    let receivers = Memo::new(move |_| {
        let found = choices.get().map(|found| found.receivers);
        let found = found.unwrap_or_default();
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    });
    view! {
        <form class="sheet editor" data-testid="roster-editor" on:submit=save
            on:keydown=move |event| if event.key() == "Escape" { duty.editing.set(None) }>
            <h2 tabindex="-1" node_ref=heading>{title}</h2>
            <p class="faint">{settings.say(Word::EditorHint)}</p>
            <datalist id=PEOPLE>{people}</datalist>
            <p class="office-said" class:gone=move || !drafts.read().is_empty()>{settings.say(Word::NoShifts)}</p>
            <ol class="drafts">
                <For each=move || drafts.get() key=|draft| draft.key children=move |draft| view! { <Row draft drafts receivers/> }/>
            </ol>
            <p class="problem" role="alert">{move || refused.get()}</p>
            <div class="form-actions">
                <button type="submit" class="primary" data-testid="save-roster">{settings.say(Word::Save)}</button>
                <button type="button" data-testid="add-shift" on:click=add>{settings.say(Word::AddShift)}</button>
                <button type="button" class:gone=move || over.get() == 0 on:click=drop_past>
                    {move || Word::DropPast.filled(settings.language.get(), &[("n", &over.get().to_string())])}
                </button>
                <button type="button" class="quiet" on:click=move |_| duty.editing.set(None)>{settings.say(Word::Cancel)}</button>
            </div>
        </form>
    }
}

#[component]
fn Row(draft: Draft, drafts: RwSignal<Vec<Draft>>, receivers: Memo<Vec<String>>) -> impl IntoView {
    let settings = settings();
    let key = draft.key;
    let id = move |field: &str| format!("shift-{key}-{field}");
    let place = move || {
        let drafts = drafts.read();
        let at = drafts.iter().position(|one| one.key == key);
        at.map_or(0, |at| at + 1).to_string()
    };
    let remove = move || Word::RemoveShift.filled(settings.language.get(), &[("n", &place())]);
    let hooks = move || {
        // One that is off now, but named here, can still be taken away.
        let mut offered = receivers.get();
        for named in draft.receivers.get_untracked() {
            if !offered.contains(&named) {
                offered.push(named);
            }
        }
        offered
            .into_iter()
            .map(|name| {
                let (of, wanted) = (name.clone(), name.clone());
                let press = move |event: leptos::ev::Event| {
                    let on = event_target_checked(&event);
                    draft.receivers.update(|names| {
                        names.retain(|one| *one != of);
                        if on {
                            names.push(of.clone());
                        }
                    });
                };
                view! {
                    <label class="tick"><input type="checkbox" prop:checked=move || draft.receivers.read().contains(&wanted) on:change=press/>{name}</label>
                }
            })
            .collect_view()
    };
    view! {
        <li data-testid="draft">
            <div class="field"><label for=id("person")>{settings.say(Word::Person)}</label>
                <input id=id("person") name="person" list=PEOPLE autocomplete="off" maxlength=LONGEST_ID
                    prop:value=draft.person on:input=move |event| draft.person.set(event_target_value(&event))/></div>
            <div class="field"><label for=id("from")>{settings.say(Word::From)}</label>
                <input id=id("from") name="from" type="datetime-local"
                    prop:value=draft.from on:input=move |event| draft.from.set(event_target_value(&event))/></div>
            <div class="field"><label for=id("until")>{settings.say(Word::To)}</label>
                <input id=id("until") name="until" type="datetime-local"
                    prop:value=draft.until on:input=move |event| draft.until.set(event_target_value(&event))/></div>
            <fieldset class="field channels"><legend>{settings.say(Word::Channels)}</legend>
                <label class="tick"><input type="checkbox" name="page" prop:checked=draft.page on:change=move |event| draft.page.set(event_target_checked(&event))/>
                    {settings.say(Word::ByPage)}</label>
                {hooks}
            </fieldset>
            <button type="button" class="quiet" aria-label=remove on:click=move |_| drafts.update(|all| all.retain(|one| one.key != key))>"×"</button>
        </li>
    }
}
