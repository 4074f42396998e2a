//! The last 24 hours at a glance: how many incidents were opened in each quarter of an hour.
//! Drawn only from what this desk holds.

use domain::time::Timestamp;
use leptos::prelude::*;

use crate::live::desk::desk;
use crate::text::{Message, filled, number, time};

const QUARTER_MS: i64 = 15 * 60_000;
const QUARTERS: usize = 96;

/// Counts by quarter of an hour, the last one being the running one.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Density {
    counts: [u32; QUARTERS],
    /// The end of the last quarter.
    until: Timestamp,
}

impl Density {
    fn of(opened: impl Iterator<Item = Timestamp>, now: Timestamp) -> Self {
        let until = (now.millis().div_euclid(QUARTER_MS) + 1) * QUARTER_MS;
        let mut counts = [0; QUARTERS];
        for at in opened {
            let back = (until - 1 - at.millis()).div_euclid(QUARTER_MS);
            if let Some(index) = usize::try_from(back)
                .ok()
                .and_then(|back| (QUARTERS - 1).checked_sub(back))
            {
                counts[index] += 1;
            }
        }
        Self {
            counts,
            until: Timestamp::from_millis(until),
        }
    }

    fn total(&self) -> u32 {
        self.counts.iter().sum()
    }

    fn last_hour(&self) -> u32 {
        self.counts[QUARTERS - 4..].iter().sum()
    }

    /// Bars as one path in a box of `QUARTERS` × 10.
    fn path(&self) -> String {
        let most = self.counts.iter().copied().max().unwrap_or(0).max(4);
        let mut path = String::new();
        for (index, count) in self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            let height = 10.0 * f64::from(*count) / f64::from(most);
            let height = number::decimals(height, 2);
            path.push_str(&format!("M{index}.15 10v-{height}h.7V10Z"));
        }
        path
    }
}

#[component]
pub fn TimeBar() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let start = desk.start();
    // Once a quarter at least; more often only when incidents move.
    let quarter = Memo::new(move |_| {
        settings
            .clock
            .get()
            .map(|now| now.millis().div_euclid(QUARTER_MS))
    });
    let density =
        Memo::new(move |_| {
            desk.incidents_moved.track();
            quarter.get()?;
            let now = settings.now();
            Some(desk.feed.picture.with_value(|picture| {
                Density::of(picture.incidents().map(|view| view.opened_at), now)
            }))
        });
    let said = Memo::new(move |_| {
        density.get().map(|density| {
            filled(
                settings.language.get(),
                Message::DensitySaid,
                &[
                    ("n", &density.total().to_string()),
                    ("hour", &density.last_hour().to_string()),
                ],
            )
        })
    });
    let hours = move || {
        let until = density.get().map(|density| density.until)?;
        let marks = (0..=8).map(|step| {
            let at = until.plus_minutes(-(24 - step * 3) * 60);
            let wall = time::wall(at, &start.city.offsets);
            view! { <span>{format!("{:02}:{:02}", wall.hour, wall.minute)}</span> }
        });
        Some(marks.collect::<Vec<_>>())
    };
    view! {
        <footer class="time-bar" aria-label=settings.say(Message::DensityTitle) data-testid="time-bar">
            <p class="density-said">{said}</p>
            <div class="density">
                <svg viewBox="0 0 96 10" preserveAspectRatio="none" aria-hidden="true">
                    <path d=move || density.get().map(|density| density.path()).unwrap_or_default()/>
                </svg>
                <div class="density-hours" aria-hidden="true">{move || hours()}</div>
            </div>
        </footer>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_incident_stands_in_the_quarter_in_which_it_was_opened() {
        let now = Timestamp::parse_rfc3339("2026-11-23T09:05:00+08:00").expect("a written moment");
        let density = Density::of(
            [
                now,
                now.plus_minutes(-5),
                now.plus_minutes(-6),
                now.plus_minutes(-24 * 60),
                now.plus_minutes(3),
            ]
            .into_iter(),
            now,
        );
        assert_eq!(
            density.counts[95], 3,
            "two of this quarter and one a little ahead"
        );
        assert_eq!(density.counts[94], 1);
        assert_eq!(density.total(), 4, "what is older than a day is left out");
        assert_eq!(density.last_hour(), 4);
        assert!(density.path().starts_with("M94.15 10v-2.50"));
    }
}
