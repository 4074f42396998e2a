//! Putting one alarm aside: why, and for how long.

use domain::alarm::table::AlarmEvent;
use domain::ids::AlarmId;
use leptos::html;
use leptos::prelude::*;

use super::Shown;
use super::words::Word;
use crate::json::Json;

/// In hours; the pack may allow less, and says so.
const CHOICES: [u32; 5] = [1, 2, 4, 8, 24];

#[component]
pub fn Shelf(shown: Shown, alarm: AlarmId) -> impl IntoView {
    let settings = shown.desk.settings;
    let reason = RwSignal::new(String::new());
    let hours = RwSignal::new(CHOICES[0]);
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // A little less, as the server's clock goes on while the command is on its way.
        let minutes = i64::from(hours.get_untracked()) * 60;
        let until = settings.present().plus_minutes(minutes).plus_millis(-5_000);
        let more = vec![
            ("reason", Json::Text(reason.get_untracked())),
            ("until", Json::Text(until.to_rfc3339_utc())),
        ];
        shown.command(AlarmEvent::Shelve, vec![alarm], more);
        shown.shelving.set(None);
    };
    let choices = CHOICES.map(|choice| {
        view! {
            <option value=choice.to_string()>
                {move || Word::Hours.filled(settings.language.get(), &[("n", &choice.to_string())])}
            </option>
        }
    });
    view! {
        <form class="alarm-shelf" on:submit=send>
            <input type="text" required=true maxlength="200" node_ref=field data-testid="shelve-reason"
                placeholder=settings.say(Word::ShelveReason) aria-label=settings.say(Word::ShelveReason)
                prop:value=reason on:input=move |event| reason.set(event_target_value(&event))/>
            <select aria-label=settings.say(Word::ShelveFor)
                on:change=move |event| hours.set(event_target_value(&event).parse().unwrap_or(CHOICES[0]))>
                {choices.collect_view()}
            </select>
            <button type="submit" class="primary" data-testid="shelve-send">{settings.say(Word::Shelve)}</button>
            <button type="button" class="quiet" on:click=move |_| shown.shelving.set(None)>{settings.say(Word::Cancel)}</button>
        </form>
    }
}
