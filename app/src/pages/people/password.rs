//! One's own password: the old one, and the new one twice. What was typed is forgotten as soon as it is taken.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::People;
use super::words::Word;
use crate::office::said;
use crate::office::words::Word as Office;
use crate::pages::start;
use crate::requests;
use crate::settings::settings;

#[component]
pub fn PasswordForm(people: People) -> impl IntoView {
    let settings = settings();
    let [old, new, again] = [(); 3].map(|()| RwSignal::new(String::new()));
    let outcome = RwSignal::new(None::<Result<(), String>>);
    let me = start().me.as_ref().map(|me| me.name.clone());
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let language = settings.language.get_untracked();
        let refuse = move |why: &str| {
            outcome.try_set(Some(Err(Office::NotDone.filled(language, &[("why", why)]))));
        };
        if old.read_untracked().is_empty() {
            return refuse(Word::OldMissing.text(language));
        }
        if new.get_untracked() != again.get_untracked() {
            return refuse(Word::Differs.text(language));
        }
        spawn_local(async move {
            let answer =
                requests::change_password(&old.get_untracked(), &new.get_untracked()).await;
            match answer {
                Ok(()) => {
                    for field in [old, new, again] {
                        field.try_set(String::new());
                    }
                    outcome.try_set(Some(Ok(())));
                    people.ask();
                }
                Err(problem) => refuse(&said(language, &problem)),
            }
        });
    };
    let field = move |id: &'static str,
                      word: Word,
                      value: RwSignal<String>,
                      complete: &'static str| {
        view! {
            <div class="field">
                <label for=id>{settings.say(word)}</label>
                <input id=id name=id type="password" autocomplete=complete required maxlength="1000"
                    prop:value=value on:input=move |event| { outcome.set(None); value.set(event_target_value(&event)) }/>
            </div>
        }
    };
    view! {
        <form class="sheet" data-testid="password" on:submit=send novalidate aria-labelledby="password-title">
            <h2 id="password-title">{settings.say(Word::Password)}</h2>
            <p class="faint">{settings.say(Word::PasswordHint)}</p>
            // For whoever keeps passwords: whose it is.
            <input type="text" name="username" autocomplete="username" value=me hidden=true/>
            {field("old-password", Word::Old, old, "current-password")}
            {field("new-password", Word::New, new, "new-password")}
            {field("new-again", Word::Again, again, "new-password")}
            <p class="problem" role="alert" data-testid="password-refused">{move || outcome.get().and_then(Result::err)}</p>
            <div class="form-actions">
                <button type="submit" class="primary">{settings.say(Word::Change)}</button>
                <span class="kept" role="status">{move || matches!(outcome.get(), Some(Ok(())))
                    .then(|| Word::Changed.text(settings.language.get()))}</span>
            </div>
        </form>
    }
}
