//! Receivers of webhooks: whether they take what is sent to them, and their secrets, one at a time and only when asked for.

use domain::language::Language;
use domain::wire::notify::EndpointView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::receiver_form::ReceiverForm;
use super::words::Word;
use super::{ASK_EVERY, Told, instead, keep};
use crate::office::when::{again_every, when};
use crate::pages::{duty, start};
use crate::requests;
use crate::settings::settings;

#[derive(Clone, Copy)]
pub struct Desk {
    pub told: Told<EndpointView>,
    /// Which is being changed; `Some(None)`: a new one is made.
    pub editing: RwSignal<Option<Option<EndpointView>>>,
}

impl Desk {
    fn ask(self) {
        spawn_local(async move { keep(self.told, requests::receivers().await) });
    }

    /// One that was just set.
    pub fn take(self, receiver: EndpointView) {
        self.told.update(|told| {
            if let Some(Ok(all)) = told {
                match all.iter_mut().find(|one| one.id == receiver.id) {
                    Some(known) => *known = receiver,
                    None => all.push(receiver),
                }
            }
        });
        self.editing.set(None);
    }
}

#[component]
pub fn Receivers() -> impl IntoView {
    let settings = settings();
    let desk = Desk {
        told: RwSignal::new(None),
        editing: RwSignal::new(None),
    };
    again_every(ASK_EVERY, move || desk.ask());
    let instead = move || instead(settings, desk.told, Word::NoReceivers);
    let rows = move || {
        let language = settings.language.get();
        desk.told.with(|told| {
            let rows = told.iter().flatten().flatten();
            rows.map(|receiver| view! { <Row desk receiver=receiver.clone() language/> })
                .collect_view()
        })
    };
    view! {
        <section class="sheet" aria-labelledby="receivers">
            <h2 id="receivers">{settings.say(Word::Receivers)}</h2>
            <p class="office-said" role="status" class:gone=move || instead().is_none()>{instead}</p>
            <ul class="receivers" data-testid="receivers">{rows}</ul>
            <button type="button" data-testid="add-receiver" class:gone=move || desk.editing.read().is_some()
                on:click=move |_| desk.editing.set(Some(None))>{settings.say(Word::Add)}</button>
            {move || desk.editing.get().map(|of| view! { <ReceiverForm desk of/> })}
        </section>
    }
}

#[component]
fn Row(desk: Desk, receiver: EndpointView, language: Language) -> impl IntoView {
    let filled =
        |word: Word, name: &'static str, value: String| word.filled(language, &[(name, &value)]);
    let (light, state) = match (
        receiver.enabled,
        receiver.failing_since,
        receiver.last_ok_at,
    ) {
        (false, ..) => ("off", Word::Off.text(language).to_owned()),
        (true, Some(since), _) => ("red", filled(Word::FailingSince, "at", when(since))),
        (true, None, Some(at)) => ("green", filled(Word::LastOk, "at", when(at))),
        (true, None, None) => ("yellow", Word::NeverOk.text(language).to_owned()),
    };
    let mut counts: Vec<String> = Vec::new();
    for (word, count) in [
        (Word::Queued, receiver.waiting),
        (Word::DeadOf, receiver.dead),
    ] {
        if count > 0 {
            counts.push(filled(word, "n", count.to_string()));
        }
    }
    let city = &start().city;
    let posts = receiver.posts.iter();
    let posts: Vec<String> = posts
        .map(|one| duty::post_name(language, one, city))
        .collect();
    let posts = match posts.is_empty() {
        true => Word::NoPosts.text(language).to_owned(),
        false => posts.join("、"),
    };
    let mark = domain::explain::severity_mark(receiver.least);
    let least = format!("{} {mark}", Word::Least.text(language));
    let open = RwSignal::new(false);
    let secret = StoredValue::new(receiver.secret.clone());
    let toggle = move || match open.get() {
        true => Word::HideSecret.text(language),
        false => Word::ShowSecret.text(language),
    };
    let label = filled(Word::EditOf, "id", receiver.id.to_string());
    let whole = receiver.clone();
    let facts = [least, posts, receiver.note.clone()];
    let facts = facts.into_iter().filter(|fact| !fact.is_empty());
    let facts = facts.collect::<Vec<_>>().join(" · ");
    view! {
        <li data-testid="receiver" data-id=receiver.id.to_string()>
            <div><b>{receiver.id.to_string()}</b> <code>{receiver.url.clone()}</code><small>{facts}</small></div>
            <div class="light reach" data-light=light><span class="lamp"></span><span>{state}" "{counts.join(" · ")}</span></div>
            <div class="form-actions">
                <button type="button" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>{toggle}</button>
                <button type="button" data-testid="edit-receiver" aria-label=label on:click=move |_| desk.editing.set(Some(Some(whole.clone())))>{Word::Edit.text(language)}</button>
            </div>
            {move || open.get().then(|| view! { <code class="secret">{secret.get_value()}</code> })}
        </li>
    }
}
