//! How many notices are open for whoever sits here, and the way to them; and that the line they come over is broken.

use leptos::prelude::*;

use crate::live::desk::desk;
use crate::on_demand::Part;
use crate::text::{Message, text};

#[component]
pub fn Bell() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let noticed = desk.notices;
    // The first try to draw it anew is no news.
    let is_cut = move || noticed.read().tries > 1;
    let light = move || match noticed.get() {
        _ if is_cut() => "red",
        now if now.heard > 0 => "red",
        now if now.open > 0 => "yellow",
        _ => "off",
    };
    let said = move || match is_cut() {
        true => text(settings.language.get(), Message::NoticesCut).to_owned(),
        false => noticed.read().open.to_string(),
    };
    view! {
        <button type="button" class="light quiet bell" data-testid="bell" data-light=light title=settings.say(Message::Notices)
            on:click=move |_| desk.open_or_close(Part::Notices)>
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 11.5h10L11.5 9V6.5a3.5 3.5 0 0 0-7 0V9zM6.5 13.5h3"/></svg>
            <span class="unseen">{settings.say(Message::Notices)}" "</span>
            <span>{said}</span>
        </button>
    }
}
