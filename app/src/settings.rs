//! What a person chose for the pages (language, theme) and the moment they show; kept in cookies the server reads.
//! Must not touch the browser while a view is made: only in effects and handlers.

use domain::language::Language;
use domain::time::Timestamp;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::start::{Start, Theme};
use crate::text::{Words, in_language};

const YEAR_SECONDS: u32 = 31_536_000;

#[derive(Clone, Copy)]
pub struct Settings {
    pub language: RwSignal<Language>,
    pub theme: RwSignal<Theme>,
    /// False in the first render of server and browser alike.
    pub hydrated: RwSignal<bool>,
    /// The server's clock as the browser knows it, moved every second; none until hydrated.
    pub clock: RwSignal<Option<Timestamp>>,
    /// The past moment that is shown; none: the present. Then this is the clock of everything shown.
    pub past: RwSignal<Option<Timestamp>>,
    /// Server's clock minus the browser's, in milliseconds.
    skew_ms: StoredValue<i64>,
}

impl Settings {
    pub fn new(start: &Start) -> Self {
        Self {
            language: RwSignal::new(start.language),
            theme: RwSignal::new(start.theme),
            hydrated: RwSignal::new(false),
            clock: RwSignal::new(None),
            past: RwSignal::new(None),
            skew_ms: StoredValue::new(0),
        }
    }

    /// A word of any table in the language of the moment, for a view.
    pub fn say<W: Words>(
        self,
        word: W,
    ) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || in_language(self.language.get(), word.both())
    }

    /// Starts the clock and marks the page as taken over; call from an effect.
    pub fn take_over(self, start_now: Timestamp) {
        match kept_at_ms() {
            // The page was kept on this device then: what it says of the time is as old.
            Some(kept_at_ms) => {
                self.skew_ms.set_value(start_now.millis() - kept_at_ms);
                self.clock.set(Some(self.now()));
            }
            None => self.hear_time(start_now),
        }
        self.hydrated.set(true);
        let every_second = set_interval_with_handle(
            move || self.clock.set(Some(self.now())),
            std::time::Duration::from_secs(1),
        );
        if let Ok(handle) = every_second {
            on_cleanup(move || handle.clear());
        }
    }

    /// What the server's clock said just now, or a little ago.
    pub fn hear_time(self, server_now: Timestamp) {
        let heard_ms = server_now.millis() - browser_now_ms();
        let heard_before = self.clock.get_untracked().is_some();
        self.skew_ms.update_value(|skew_ms| {
            *skew_ms = if heard_before {
                skew(*skew_ms, heard_ms)
            } else {
                heard_ms
            };
        });
        if self.clock.get_untracked().is_none() {
            self.clock.set(Some(self.now()));
        }
    }

    /// The moment that is shown: ages and deadlines count from it.
    pub fn now(self) -> Timestamp {
        self.past.get_untracked().unwrap_or_else(|| self.present())
    }

    /// What the clocks say, whatever is shown.
    pub fn present(self) -> Timestamp {
        Timestamp::from_millis(browser_now_ms() + self.skew_ms.get_value())
    }

    /// Shows a past moment, or the present again.
    pub fn turn_to(self, past: Option<Timestamp>) {
        self.past.set(past);
        self.clock.set(Some(self.now()));
    }

    pub fn switch_language(self) {
        let (language, name, tag) = match self.language.get_untracked() {
            Language::Zh => (Language::En, "en", "en"),
            Language::En => (Language::Zh, "zh", "zh-CN"),
        };
        self.language.set(language);
        remember("language", name);
        set_on_document("lang", tag);
    }

    pub fn switch_theme(self, theme: Theme) {
        self.theme.set(theme);
        remember("theme", theme.name());
        set_on_document("data-theme", theme.name());
    }
}

/// A message on its way makes the server's clock look slow, never fast: what came quickest is right, and a clock on the wall
/// must not go back whenever the network stutters. Clocks that drift apart are followed a millisecond a message.
fn skew(known_ms: i64, heard_ms: i64) -> i64 {
    const ANOTHER_CLOCK_MS: i64 = 10_000;
    if heard_ms >= known_ms || known_ms - heard_ms > ANOTHER_CLOCK_MS {
        return heard_ms;
    }
    known_ms - 1
}

pub fn settings() -> Settings {
    expect_context::<Settings>()
}

fn browser_now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// When the page was put away by its service worker, by this device's clock; none for one that comes from the server.
pub fn kept_at_ms() -> Option<i64> {
    let kept = document().query_selector("meta[name=kept-at]").ok()??;
    kept.get_attribute("content")?.parse().ok()
}

fn remember(name: &str, value: &str) {
    if let Some(document) = document().dyn_ref::<web_sys::HtmlDocument>() {
        // A browser that refuses cookies only forgets the choice.
        let _ = document.set_cookie(&format!(
            "{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax"
        ));
    }
}

fn set_on_document(attribute: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute(attribute, value);
    }
}

#[cfg(test)]
mod tests {
    use super::skew;

    #[test]
    fn a_clock_on_the_wall_does_not_go_back_when_the_network_stutters() {
        let mut known = 500;
        for heard in [500, 380, -900, 495, 120] {
            let next = skew(known, heard);
            assert!(
                (known - 1..=known).contains(&next),
                "{heard} makes {next} of {known}"
            );
            known = next;
        }
        assert_eq!(skew(known, 503), 503, "a quicker message knows better");
        assert_eq!(
            skew(known, -60_000),
            -60_000,
            "a clock that was set is followed"
        );
    }
}
