//! What the keys do. Opened by `?`, closed by it or by Escape.

use domain::lifecycle::CommandName;
use leptos::prelude::*;

use super::keys::key_of;
use crate::live::desk::desk;
use crate::text::Message;

#[component]
pub fn KeysHelp() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let rows = [
        ("J K ↑ ↓", Message::KeysMove),
        ("Enter", Message::KeysOpen),
        ("Esc", Message::KeysClose),
        ("Ctrl K", Message::Palette),
        ("/", Message::Search),
        ("1 – 5", Message::KeysTabs),
        ("6 – 9", Message::KeysViews),
        ("⇧V", Message::SaveView),
        ("X  ⇧↑ ⇧↓", Message::KeysBatch),
        ("N", Message::KeysNew),
        ("Z", Message::KeysTakeBack),
        ("M  ⌫", Message::KeysSuggestion),
        (",  .", Message::KeysPast),
        ("⇧J", Message::Notices),
        ("0", Message::SoundSwitch),
        ("` C M B L N F Y P G", Message::KeysTools),
        ("?", Message::KeysHelp),
    ];
    let commands = move || {
        let language = settings.language.get();
        let start = desk.start();
        CommandName::ALL
            .iter()
            .filter_map(|command| Some((key_of(*command)?, *command)))
            .map(|(key, command)| {
                let label = start.city.label(language, command.name()).to_owned();
                view! { <div data-testid="key-of-command"><dt><kbd>{key.shown()}</kbd></dt><dd>{label}</dd></div> }
            })
            .collect_view()
    };
    let close = move |_| desk.keys_open.set(false);
    view! {
            <section class="keys-help" aria-labelledby="keys-title" data-testid="keys-help">
                <header>
                    <h2 id="keys-title">{settings.say(Message::KeysHelp)}</h2>
                    <button type="button" class="quiet" on:click=close>{settings.say(Message::Close)}</button>
                </header>
                <dl>
                    {rows.map(|(keys, message)| view! {
                        <div><dt><kbd>{keys}</kbd></dt><dd>{settings.say(message)}</dd></div>
                    }).collect_view()}
                </dl>
                <h3>{settings.say(Message::KeysCommands)}</h3>
                <dl>{move || commands()}</dl>
            </section>
    }
}
