//! The way in. A plain form, so that it works before and without any script.

use domain::language::Language;
use leptos::html::Input;
use leptos::prelude::*;

use crate::controls::SettingsBar;
use crate::pages::start;
use crate::settings::settings;
use crate::start::{DemoAccount, LoginError, Page};
use crate::text::Message;

#[component]
pub fn Login() -> impl IntoView {
    let start = start();
    let settings = settings();
    let Page::Login {
        csrf_field,
        csrf_value,
        error,
        next,
        accounts,
    } = start.page.clone()
    else {
        return ().into_any();
    };
    // The fields keep their own values: what somebody typed before the page was taken over stays.
    let name = NodeRef::<Input>::new();
    let password = NodeRef::<Input>::new();
    let city = (start.city.name.clone(), start.city.name_en.clone());
    let error = error.map(|error| match error {
        LoginError::Wrong => Message::LoginWrong,
        LoginError::Throttled => Message::LoginThrottled,
        LoginError::Expired => Message::LoginExpired,
        LoginError::WallToken => Message::LoginWallToken,
    });
    view! {
        <main class="login">
            <div class="login-card">
                <p class="login-city">
                    {move || match settings.language.get() {
                        Language::Zh => city.0.clone(),
                        Language::En => city.1.clone(),
                    }}
                </p>
                <h1>
                    <span class="wordmark">"鼓楼"</span>
                    <span class="wordmark-line">{settings.say(Message::ProductLine)}</span>
                </h1>
                {error.map(|message| view! {
                    <p class="problem" role="alert" data-testid="login-error">{settings.say(message)}</p>
                })}
                <form method="post" action="/login" data-testid="login-form">
                    <input type="hidden" name=csrf_field value=csrf_value/>
                    {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
                    <label for="name">{settings.say(Message::Name)}</label>
                    <input id="name" name="name" type="text" required autocomplete="username"
                        autocapitalize="none" spellcheck="false" autofocus node_ref=name/>
                    <label for="password">{settings.say(Message::Password)}</label>
                    <input id="password" name="password" type="password" required
                        autocomplete="current-password" node_ref=password/>
                    <button type="submit" class="primary">{settings.say(Message::SignIn)}</button>
                </form>
                {(!accounts.is_empty()).then(|| view! { <DemoAccounts accounts name password/> })}
            </div>
            <footer class="login-foot">
                {start.demo.then(|| view! { <span class="badge">{settings.say(Message::Demo)}</span> })}
                <SettingsBar/>
            </footer>
        </main>
    }
    .into_any()
}

#[component]
fn DemoAccounts(
    accounts: Vec<DemoAccount>,
    name: NodeRef<Input>,
    password: NodeRef<Input>,
) -> impl IntoView {
    let settings = settings();
    let city = start();
    let rows: Vec<_> = accounts
        .into_iter()
        .map(|account| {
            let city = city.clone();
            let filled = account.clone();
            let role = account.role;
            let department = (account.department_name.clone(), account.department_name_en.clone());
            view! {
                <li>
                    <button type="button" class="demo-account"
                        on:click=move |_| {
                            fill(name, &filled.name);
                            fill(password, &filled.password);
                        }>
                        <span class="demo-name">{account.name.clone()}</span>
                        <span class="demo-role">
                            {move || {
                                let language = settings.language.get();
                                let label = city.city.label(language, role.name()).to_owned();
                                let department = match language {
                                    Language::Zh => department.0.clone(),
                                    Language::En => department.1.clone(),
                                };
                                department.map_or(label.clone(), |department| format!("{label} · {department}"))
                            }}
                        </span>
                        <span class="demo-password">{account.password.clone()}</span>
                    </button>
                </li>
            }
        })
        .collect();
    view! {
        <section class="demo-accounts" aria-labelledby="demo-title">
            <h2 id="demo-title">{settings.say(Message::DemoAccounts)}</h2>
            <ul>{rows}</ul>
        </section>
    }
}

fn fill(field: NodeRef<Input>, text: &str) {
    if let Some(field) = field.get_untracked() {
        field.set_value(text);
    }
}
