//! A roster while it is being edited: fields as they were typed, and the shifts they make.

use domain::ids::{AccountName, EndpointId};
use domain::language::Language;
use domain::roster::{Channel, Shift};
use domain::time::Timestamp;
use leptos::prelude::*;

use super::words::Word;
use crate::office::when;
use crate::start::CityBrief;

/// Of a shift that nobody has given a length.
const USUAL_MINUTES: i64 = 12 * 60;
const HOUR_MS: i64 = 3_600_000;

/// One shift. Each field is a signal of its own: typing in one draws nothing else anew.
#[derive(Clone, Copy)]
pub struct Draft {
    pub key: usize,
    pub person: RwSignal<String>,
    pub from: RwSignal<String>,
    pub until: RwSignal<String>,
    pub page: RwSignal<bool>,
    pub receivers: RwSignal<Vec<String>>,
}

impl Draft {
    pub fn of(key: usize, shift: &Shift, city: &CityBrief) -> Self {
        let receivers = shift.channels.iter().filter_map(|channel| match channel {
            Channel::Page => None,
            Channel::Webhook(id) => Some(id.to_string()),
        });
        Self {
            key,
            person: RwSignal::new(shift.person.to_string()),
            from: RwSignal::new(when::field(shift.from, city)),
            until: RwSignal::new(when::field(shift.until, city)),
            page: RwSignal::new(shift.channels.contains(&Channel::Page)),
            receivers: RwSignal::new(receivers.collect()),
        }
    }

    /// Begins as the last one ends, or with this hour.
    pub fn next(key: usize, drafts: &[Self], city: &CityBrief, now: Timestamp) -> Self {
        let ends = drafts
            .iter()
            .filter_map(|draft| when::of_field(&draft.until.get_untracked(), city, now));
        let hour = Timestamp::from_millis(now.millis() - now.millis().rem_euclid(HOUR_MS));
        let from = ends.max().filter(|end| *end > hour).unwrap_or(hour);
        Self {
            key,
            person: RwSignal::new(String::new()),
            from: RwSignal::new(when::field(from, city)),
            until: RwSignal::new(when::field(from.plus_minutes(USUAL_MINUTES), city)),
            page: RwSignal::new(true),
            receivers: RwSignal::new(Vec::new()),
        }
    }

    pub fn is_over(&self, city: &CityBrief, now: Timestamp) -> bool {
        when::of_field(&self.until.get(), city, now).is_some_and(|until| until <= now)
    }

    /// What is missing is said by its place in the list; whether it fits together the server says.
    fn shift(
        &self,
        language: Language,
        place: usize,
        city: &CityBrief,
        now: Timestamp,
    ) -> Result<Shift, String> {
        let number = place.to_string();
        let wrong = |word: Word| word.filled(language, &[("n", &number)]);
        let person = AccountName::new(self.person.get_untracked().trim())
            .map_err(|_| wrong(Word::NoPerson))?;
        let moment = |field: RwSignal<String>| when::of_field(&field.get_untracked(), city, now);
        let (Some(from), Some(until)) = (moment(self.from), moment(self.until)) else {
            return Err(wrong(Word::BadTime));
        };
        let receivers = self.receivers.get_untracked();
        let receivers = receivers.iter().filter_map(|id| EndpointId::new(id).ok());
        let page = self.page.get_untracked().then_some(Channel::Page);
        Ok(Shift {
            person,
            from,
            until,
            channels: page
                .into_iter()
                .chain(receivers.map(Channel::Webhook))
                .collect(),
        })
    }
}

/// The shifts that the fields make, or the first thing that is missing.
pub fn shifts(
    language: Language,
    drafts: &[Draft],
    city: &CityBrief,
    now: Timestamp,
) -> Result<Vec<Shift>, String> {
    let numbered = drafts.iter().zip(1..);
    numbered
        .map(|(draft, place)| draft.shift(language, place, city, now))
        .collect()
}
