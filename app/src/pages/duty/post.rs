//! What a post is called, and who is on duty there now and next.

use domain::language::Language;
use domain::roster::{Channel, DutyPost, Shift};
use domain::time::Timestamp;

use super::words::Word;
use crate::start::CityBrief;

pub fn name(language: Language, post: &DutyPost, city: &CityBrief) -> String {
    match post {
        DutyPost::Room => Word::Room.text(language).to_owned(),
        DutyPost::Department(id) => city.department(language, id).to_owned(),
        DutyPost::Town(code) => {
            let name = city.town(language, code.as_str()).unwrap_or(code.as_str());
            Word::OfTown.filled(language, &[("name", name)])
        }
    }
}

/// `页面、duty`.
pub fn channels(language: Language, shift: &Shift) -> String {
    let names = shift.channels.iter().map(|channel| match channel {
        Channel::Page => Word::ByPage.text(language),
        Channel::Webhook(id) => id.as_str(),
    });
    names.collect::<Vec<_>>().join(match language {
        Language::Zh => "、",
        Language::En => ", ",
    })
}

pub fn on_duty(shifts: &[Shift], now: Timestamp) -> Vec<&Shift> {
    let covers = |shift: &&Shift| shift.from <= now && now < shift.until;
    shifts.iter().filter(covers).collect()
}

/// The next to begin; several begin at one time.
pub fn next(shifts: &[Shift], now: Timestamp) -> Vec<&Shift> {
    let to_come = || shifts.iter().filter(|shift| shift.from > now);
    let first = to_come().map(|shift| shift.from).min();
    to_come()
        .filter(|shift| Some(shift.from) == first)
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::ids::AccountName;

    use super::*;

    fn at(hour: u8) -> Timestamp {
        Timestamp::parse_rfc3339(&format!("2026-11-29T{hour:02}:00:00+08:00")).expect("a moment")
    }

    fn shift(person: &str, from: u8, until: u8) -> Shift {
        Shift {
            person: AccountName::new(person).expect("a name"),
            from: at(from),
            until: at(until),
            channels: vec![Channel::Page],
        }
    }

    #[test]
    fn a_shift_ends_as_the_next_begins() {
        let shifts = [
            shift("late", 16, 23),
            shift("early", 8, 16),
            shift("helper", 16, 20),
        ];
        let names = |found: Vec<&Shift>| -> Vec<String> {
            found.iter().map(|shift| shift.person.to_string()).collect()
        };
        assert_eq!(names(on_duty(&shifts, at(15))), ["early"]);
        assert_eq!(names(on_duty(&shifts, at(16))), ["late", "helper"]);
        assert_eq!(names(next(&shifts, at(9))), ["late", "helper"]);
        assert!(next(&shifts, at(16)).is_empty() && on_duty(&shifts, at(23)).is_empty());
    }
}
