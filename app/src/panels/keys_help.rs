//! What the keys do. Opened by `?`, closed by it or by Escape.

use leptos::prelude::*;

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
        ("/  Ctrl K", Message::Search),
        ("1 – 5", Message::KeysTabs),
        ("N", Message::KeysNew),
        ("?", Message::KeysHelp),
    ];
    let close = move |_| desk.keys_open.set(false);
    view! {
        <Show when=move || desk.keys_open.get()>
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
                <p>{settings.say(Message::KeysCommands)}</p>
            </section>
        </Show>
    }
}
