//! Making or changing a receiver of webhooks.

use domain::category::Severity;
use domain::roster::DutyPost;
use domain::wire::notify::EndpointView;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::receivers::Desk;
use super::words::Word;
use crate::office::said;
use crate::office::words::Word as Office;
use crate::pages::{duty, start};
use crate::requests;
use crate::settings::settings;

#[component]
pub fn ReceiverForm(desk: Desk, of: Option<EndpointView>) -> impl IntoView {
    let settings = settings();
    let is_new = of.is_none();
    let known = |take: fn(&EndpointView) -> String| of.as_ref().map(take).unwrap_or_default();
    let id = RwSignal::new(known(|of| of.id.to_string()));
    let url = RwSignal::new(known(|of| of.url.clone()));
    let note = RwSignal::new(known(|of| of.note.clone()));
    let least = RwSignal::new(of.as_ref().map_or(Severity::Minor, |of| of.least));
    let posts = RwSignal::new(of.as_ref().map(|of| of.posts.clone()).unwrap_or_default());
    let enabled = RwSignal::new(of.as_ref().is_none_or(|of| of.enabled));
    let new_secret = RwSignal::new(false);
    let refused = RwSignal::new(None::<String>);
    let first = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = first.get() {
            let _ = field.focus();
        }
    });
    let title = move || {
        let language = settings.language.get();
        match is_new {
            true => Word::NewTitle.text(language).to_owned(),
            false => Word::EditOf.filled(language, &[("id", &id.get())]),
        }
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let language = settings.language.get_untracked();
            let name = id.get_untracked().trim().to_owned();
            // An empty one would ask for another path.
            if name.is_empty() {
                let why = Office::WhyId.text(language);
                refused.try_set(Some(Office::NotDone.filled(language, &[("why", why)])));
                return;
            }
            let answer = requests::put_receiver(
                &name,
                (url.get_untracked().trim(), note.get_untracked().trim()),
                least.get_untracked(),
                &posts.get_untracked(),
                (enabled.get_untracked(), new_secret.get_untracked()),
            )
            .await;
            match answer {
                Ok(receiver) => desk.take(receiver),
                Err(problem) => {
                    let why = said(language, &problem);
                    refused.try_set(Some(Office::NotDone.filled(language, &[("why", &why)])));
                }
            }
        });
    };
    let levels = Severity::ALL.map(|level| {
        let mark = domain::explain::severity_mark(level);
        view! { <option value=level.level().to_string() selected=move || least.get() == level>{mark}</option> }
    });
    let choose_level = move |event: leptos::ev::Event| {
        let level = event_target_value(&event).parse::<u8>().ok();
        if let Some(level) = level.and_then(|level| Severity::try_from(level).ok()) {
            least.set(level);
        }
    };
    let text = move |name: &'static str,
                     word: Word,
                     value: RwSignal<String>,
                     kind: &'static str| {
        view! {
            <div class="field"><label for=name>{settings.say(word)}</label>
                <input id=name type=kind autocomplete="off" prop:value=value on:input=move |event| value.set(event_target_value(&event))/></div>
        }
    };
    view! {
        <form class="receiver-form" data-testid="receiver-form" on:submit=save novalidate
            on:keydown=move |event| if event.key() == "Escape" { desk.editing.set(None) }>
            <h3>{title}</h3>
            <div class="field"><label for="receiver-id">{settings.say(Word::Id)}</label>
                <input id="receiver-id" node_ref=first autocomplete="off" readonly=!is_new prop:value=id on:input=move |event| id.set(event_target_value(&event))/></div>
            {text("receiver-url", Word::Url, url, "url")}
            {text("receiver-note", Word::Note, note, "text")}
            <div class="field"><label for="receiver-least">{settings.say(Word::Least)}</label>
                <select id="receiver-least" on:change=choose_level>{levels.collect_view()}</select></div>
            <fieldset class="field"><legend>{settings.say(Word::Posts)}</legend>
                <p class="faint">{settings.say(Word::PostsHint)}</p>
                <Posts posts/>
            </fieldset>
            <label class="tick"><input type="checkbox" prop:checked=enabled on:change=move |event| enabled.set(event_target_checked(&event))/>{settings.say(Word::On)}</label>
            <label class="tick" class:gone=is_new><input type="checkbox" prop:checked=new_secret on:change=move |event| new_secret.set(event_target_checked(&event))/>{settings.say(Word::NewSecret)}</label>
            <p class="problem" role="alert">{move || refused.get()}</p>
            <div class="form-actions">
                <button type="submit" class="primary">{settings.say(Word::Save)}</button>
                <button type="button" class="quiet" on:click=move |_| desk.editing.set(None)>{settings.say(Word::Cancel)}</button>
            </div>
        </form>
    }
}

#[component]
fn Posts(posts: RwSignal<Vec<DutyPost>>) -> impl IntoView {
    let settings = settings();
    let start = start();
    let departments = start.city.departments.iter();
    let departments = departments.map(|department| DutyPost::Department(department.id.clone()));
    let towns = start.city.towns.iter();
    let towns = towns.map(|town| DutyPost::Town(town.code.clone()));
    let all = std::iter::once(DutyPost::Room)
        .chain(departments)
        .chain(towns);
    let ticks = all.map(|one| {
        let (named, wanted, pressed) = (one.clone(), one.clone(), one);
        let name = move || duty::post_name(settings.language.get(), &named, &crate::pages::start().city);
        let press = move |event: leptos::ev::Event| {
            let on = event_target_checked(&event);
            posts.update(|posts| {
                posts.retain(|post| *post != pressed);
                if on {
                    posts.push(pressed.clone());
                }
            });
        };
        view! {
            <label class="tick"><input type="checkbox" prop:checked=move || posts.read().contains(&wanted) on:change=press/>{name}</label>
        }
    });
    view! { <div class="ticks" tabindex="0" role="group" aria-label=settings.say(Word::Posts)>{ticks.collect_view()}</div> }
}
