//! Lists that follow what arrives no faster than people read.

use std::time::Duration;

use leptos::prelude::*;

/// Looks again after something has moved, and not again before a while is over. `moved` reads what moves.
pub fn look_again(pause: Duration, moved: impl Fn() + 'static, look: impl Fn() + Copy + 'static) {
    let waits = StoredValue::new(false);
    Effect::new(move |before: Option<()>| {
        moved();
        if before.is_none() || waits.get_value() {
            return;
        }
        waits.set_value(true);
        let later = move || {
            if waits.try_set_value(false).is_none() {
                look();
            }
        };
        let _ = set_timeout_with_handle(later, pause);
    });
}
