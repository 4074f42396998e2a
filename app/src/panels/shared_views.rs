//! Saved views of everybody of a role: a row of buttons below one's own; whoever leads the shift gives and takes them.

use domain::account::Role;
use domain::shared_views::{MAY_SHARE, MOST_SHARED, SharedView, SharedViews};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::work::words::Word;
use crate::live::desk::{Desk, desk};
use crate::live::kept::SavedView;
use crate::live::lists::Tab;
use crate::requests;

#[component]
pub fn SharedViewsLine() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let me = desk.start().me.as_ref().map(|me| me.role);
    let gives = me.is_some_and(|role| MAY_SHARE.contains(&role));
    let all = RwSignal::new(Vec::<SharedViews>::new());
    let to = RwSignal::new(Role::Operator);
    spawn_local(async move {
        // Nobody has given any, or they cannot be had: one's own are there all the same.
        if let Ok(given) = requests::shared_views().await {
            all.try_set(given.shared);
        }
    });
    let of_role = move |role: Option<Role>| -> Vec<SharedView> {
        all.with(|all| {
            let found = all.iter().find(|views| Some(views.role) == role);
            found.map(|views| views.views.clone()).unwrap_or_default()
        })
    };
    let mine = Memo::new(move |_| of_role(me));
    let chips = move || {
        let views = mine.get().into_iter();
        views
            .filter_map(|view| {
                let saved = saved(&view)?;
                Some(view! {
                    <button type="button" class="quiet" data-testid="shared-view"
                        on:click=move |_| desk.show_view(&saved)>{view.name}</button>
                })
            })
            .collect_view()
    };
    let giving = move || gives && desk.naming_view.get();
    view! {
        <div class="views-line shared" class:gone=move || mine.read().is_empty() && !giving()>
            <span class="faint" class:gone=move || mine.read().is_empty()>{settings.say(Word::SharedViews)}</span>
            {chips}
            <Show when=giving><Giving all to of=Signal::derive(move || of_role(Some(to.get())))/></Show>
        </div>
    }
}

/// None where this page knows no such list.
fn saved(view: &SharedView) -> Option<SavedView> {
    let tab = Tab::ALL.into_iter().find(|tab| tab.name() == view.tab)?;
    SavedView::new(&view.name, tab, &view.words)
}

#[component]
fn Giving(
    all: RwSignal<Vec<SharedViews>>,
    to: RwSignal<Role>,
    of: Signal<Vec<SharedView>>,
) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let refused = RwSignal::new(None::<String>);
    let put = move |views: Vec<SharedView>| give(desk, all, to.get_untracked(), views, refused);
    let roles = Role::ALL.into_iter().filter(|role| *role != Role::Wall);
    let choices = roles
        .map(|role| {
            let label = move || {
                desk.start()
                    .city
                    .label(settings.language.get(), role.name())
                    .to_owned()
            };
            view! { <option value=role.name()>{label}</option> }
        })
        .collect_view();
    let chosen = move |event: leptos::ev::Event| {
        if let Ok(role) = event_target_value(&event).parse() {
            to.set(role);
        }
    };
    // One's own that the role does not have yet, and those it has.
    let to_give = move || {
        let has = of.get();
        let mut own = desk.views.get();
        own.retain(|view| has.iter().all(|one| one.name != view.name));
        own.into_iter()
            .map(|view| {
                let name = view.name.clone();
                let press = move |_| {
                    let mut views = of.get_untracked();
                    views.truncate(MOST_SHARED - 1);
                    views.push(SharedView {
                        name: view.name.clone(),
                        tab: view.tab.name().to_owned(),
                        words: view.words.clone(),
                    });
                    put(views);
                };
                view! { <button type="button" data-testid="give-view" on:click=press>"+ " {name}</button> }
            })
            .collect_view()
    };
    let to_take = move || {
        of.get()
            .into_iter()
            .map(|view| {
                let name = view.name.clone();
                let press = move |_| {
                    let mut views = of.get_untracked();
                    views.retain(|one| one.name != view.name);
                    put(views);
                };
                view! { <button type="button" class="quiet" data-testid="take-view" on:click=press>{name} " ×"</button> }
            })
            .collect_view()
    };
    view! {
        <div class="giving">
            <label for="share-with">{settings.say(Word::ShareWith)}</label>
            <select id="share-with" on:change=chosen prop:value=move || to.get().name()>{choices}</select>
            {to_give}
            {to_take}
            <p class="faint" class:gone=move || !desk.views.read().is_empty()>{settings.say(Word::ShareHint)}</p>
            <p class="problem" role="alert">{move || refused.get()}</p>
        </div>
    }
}

/// All views of a role at once, as the server takes them.
fn give(
    desk: Desk,
    all: RwSignal<Vec<SharedViews>>,
    role: Role,
    views: Vec<SharedView>,
    refused: RwSignal<Option<String>>,
) {
    spawn_local(async move {
        match requests::give_views(role, &views).await {
            Ok(given) => {
                refused.try_set(None);
                all.try_update(|all| {
                    all.retain(|one| one.role != role);
                    all.push(given);
                });
            }
            Err(problem) => {
                let language = desk.settings.language.get_untracked();
                refused.try_set(Some(problem.said(language)));
            }
        }
    });
}
