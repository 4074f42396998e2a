//! Waits until a hand rests, then asks; and puts the hand where a new form begins. One of each for all forms, so that
//! the page carries them once.

use std::time::Duration;

use leptos::prelude::*;

use super::command_form::focus_first;

/// Calls `ask` with the words once they have stood for `pause`; at once with none when they are empty.
pub fn when_resting(words: Signal<String>, pause: Duration, ask: Callback<String>) {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    on_cleanup(move || {
        if let Some(last) = waiting.try_update_value(Option::take).flatten() {
            last.clear();
        }
    });
    Effect::new(move |_| {
        let said = words.get();
        if let Some(earlier) = waiting.try_update_value(Option::take).flatten() {
            earlier.clear();
        }
        if said.trim().is_empty() {
            ask.run(said);
            return;
        }
        // The form may be gone when its time comes; then nobody asks.
        let later = set_timeout_with_handle(
            move || {
                let _nobody = ask.try_run(said);
            },
            pause,
        );
        waiting.set_value(later.ok());
    });
}

/// The hand goes to the first element that fits, when this stands in the page.
pub fn hand_to(selector: &'static str) {
    Effect::new(move |_| focus_first(selector));
}
