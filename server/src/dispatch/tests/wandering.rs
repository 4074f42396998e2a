//! Random people giving random commands at random times: the Picture holds together, the buttons tell the truth, and
//! from wherever they end up there is a way to an end.

use domain::lifecycle::{CommandName, State};
use domain::policy::{self, Audience};
use proptest::prelude::*;

use super::{everybody, reported, sensible, status};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_people_do_buttons_tell_the_truth_and_there_is_a_way_out(
        steps in prop::collection::vec((any::<u16>(), any::<u16>(), 0..40i64), 1..60),
    ) {
        let (mut day, id) = reported();
        let people = everybody();
        for (who, what, minutes) in steps {
            day.later(minutes);
            let before = day.incident(id);
            let (name, by) = &people[usize::from(who) % people.len()];
            let buttons = policy::allowed(by, &before, day.now);
            // Mostly what is offered, sometimes anything.
            let command = if buttons.is_empty() || what % 5 == 0 {
                CommandName::ALL[usize::from(what) % CommandName::ALL.len()]
            } else {
                buttons[usize::from(what) % buttons.len()]
            };
            let Some(given) = sensible(&day, &before, command) else { continue };
            let readable = {
                let town = by.department().and_then(|id| day.city().departments.get(id).and_then(|one| one.town.clone()));
                Audience::of(by, town).may_read(&before)
            };
            // What ends it is left to the end, or all walks would be short.
            if matches!(command, CommandName::Merge | CommandName::ForceClose | CommandName::Reject | CommandName::Void) {
                continue;
            }
            let answer = day.command(by, id, given);
            let accepted = status(&answer) == 200;
            prop_assert_eq!(
                accepted,
                readable && buttons.contains(&command),
                "{} by {}: {:?}", command, name, answer
            );
        }
        let state = day.incident(id).state;
        prop_assert!(state.is_open() || state == State::Closed);
        if state.is_open() {
            let boss = crate::single_writer::rehearsal::shift_leader();
            let reason = "the end of the day".to_owned();
            let ended = day.must(&boss, id, domain::command::Command::ForceClose { reason });
            prop_assert_eq!(ended.state, State::Closed);
        }
    }
}
