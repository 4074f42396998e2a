//! One session in a row: by what, since when, last used when; and the button that ends it.

use domain::wire::office::SessionView;
use leptos::prelude::*;

use super::People;
use super::words::Word;
use crate::office::When;
use crate::settings::settings;

#[component]
pub fn Session(people: People, session: SessionView) -> impl IntoView {
    let settings = settings();
    let (id, client) = (session.id.clone(), session.client.clone());
    let label = move || Word::EndOf.filled(settings.language.get(), &[("client", &client)]);
    // The one that asks is left by signing out.
    let end = (!session.current).then(|| {
        view! {
            <button type="button" data-testid="end-session" aria-label=label on:click=move |_| people.end(id.clone())>
                {settings.say(Word::End)}
            </button>
        }
    });
    let here = session
        .current
        .then(|| view! { <span class="flag">{settings.say(Word::Here)}</span> });
    view! {
        <li data-testid="session" data-id=session.id data-current=session.current.to_string()>
            <span class="session-client">{session.client} " " {here}</span>
            <span><small>{settings.say(Word::MadeAt)}</small> <When at=session.made_at/></span>
            <span><small>{settings.say(Word::SeenAt)}</small> <When at=session.seen_at/></span>
            {end}
        </li>
    }
}
