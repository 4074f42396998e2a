//! The switches for language and theme.

use leptos::prelude::*;

use crate::settings::settings;
use crate::start::Theme;
use crate::text::Message;

#[component]
pub fn SettingsBar() -> impl IntoView {
    let settings = settings();
    let themes = [
        (Theme::Night, Message::ThemeNight),
        (Theme::Day, Message::ThemeDay),
        (Theme::System, Message::ThemeSystem),
    ];
    let choices: Vec<_> = themes
        .into_iter()
        .map(|(theme, message)| {
            view! {
                <button type="button" class="segment" data-testid=format!("theme-{}", theme.name())
                    aria-pressed=move || if settings.theme.get() == theme { "true" } else { "false" }
                    on:click=move |_| settings.switch_theme(theme)>
                    {settings.say(message)}
                </button>
            }
        })
        .collect();
    view! {
        <div class="settings-bar">
            <div class="segments" role="group" aria-label=settings.say(Message::ThemeSwitch)>{choices}</div>
            <button type="button" class="quiet" data-testid="language-switch"
                aria-label=settings.say(Message::LanguageSwitchLabel)
                on:click=move |_| settings.switch_language()>
                {settings.say(Message::LanguageSwitch)}
            </button>
        </div>
    }
}
