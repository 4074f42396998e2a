//! What becomes of an alarm's state as ONE table: event × states → state (ISA-18.2, clause 10; IEC 62682).
//! Machine, commands, buttons, documentation and tests all read it; nothing else decides where a state goes.

use crate::account::Role;

use super::{Alarm, AlarmState};

/// What happens to an alarm: the first six by what is observed, the others by a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AlarmEvent {
    /// It begins to stand.
    Rise,
    /// It stands, and is worse than what anybody took note of.
    Worsen,
    Clear,
    /// An alarm that says it all stands.
    Inhibit,
    InhibitEnds,
    /// The time for which it was put aside is over.
    ShelfEnds,
    Silence,
    Acknowledge,
    Reset,
    Shelve,
    Unshelve,
    TakeOutOfService,
    PutInService,
}

impl AlarmEvent {
    pub const ALL: [Self; 13] = [
        Self::Rise,
        Self::Worsen,
        Self::Clear,
        Self::Inhibit,
        Self::InhibitEnds,
        Self::ShelfEnds,
        Self::Silence,
        Self::Acknowledge,
        Self::Reset,
        Self::Shelve,
        Self::Unshelve,
        Self::TakeOutOfService,
        Self::PutInService,
    ];

    /// As commands are named in the public contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rise => "rise",
            Self::Worsen => "worsen",
            Self::Clear => "clear",
            Self::Inhibit => "inhibit",
            Self::InhibitEnds => "inhibit_ends",
            Self::ShelfEnds => "shelf_ends",
            Self::Silence => "silence",
            Self::Acknowledge => "acknowledge",
            Self::Reset => "reset",
            Self::Shelve => "shelve",
            Self::Unshelve => "unshelve",
            Self::TakeOutOfService => "take_out_of_service",
            Self::PutInService => "put_in_service",
        }
    }

    /// Who may do it; nobody does what the machine observes.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Rise
            | Self::Worsen
            | Self::Clear
            | Self::Inhibit
            | Self::InhibitEnds
            | Self::ShelfEnds => &[],
            Self::Silence | Self::Acknowledge | Self::Reset | Self::Shelve | Self::Unshelve => {
                &[Role::Operator, Role::ShiftLeader, Role::Dispatcher]
            }
            Self::TakeOutOfService | Self::PutInService => {
                &[Role::ShiftLeader, Role::Administrator]
            }
        }
    }

    /// Whether it touches only how the alarm was told when it was pressed. Shelving and service are about the point that
    /// alarms, however often it has been told since.
    pub fn is_of_what_was_told(self) -> bool {
        matches!(self, Self::Silence | Self::Acknowledge | Self::Reset)
    }
}

/// Where it leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlarmOutcome {
    Stays,
    Becomes(AlarmState),
    /// Cleared and noted: latched where it waits for a reset, else normal.
    AtRest,
    /// In front of operators again, as it truly is: standing, or at rest.
    AsItIs,
}

impl AlarmOutcome {
    /// Every state it can lead to from `from`.
    pub fn targets(self, from: AlarmState) -> Vec<AlarmState> {
        use AlarmState as S;
        match self {
            Self::Stays => vec![from],
            Self::Becomes(state) => vec![state],
            Self::AtRest => vec![S::Normal, S::Latched],
            Self::AsItIs => vec![
                S::Normal,
                S::Latched,
                S::ActiveUnacknowledged,
                S::ActiveAcknowledged,
            ],
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct AlarmRow {
    pub event: AlarmEvent,
    pub from: &'static [AlarmState],
    pub outcome: AlarmOutcome,
}

const fn row(event: AlarmEvent, from: &'static [AlarmState], outcome: AlarmOutcome) -> AlarmRow {
    AlarmRow {
        event,
        from,
        outcome,
    }
}

/// An event has at most one row for a state; none means that it cannot happen there, and a command is refused.
pub const TABLE: &[AlarmRow] = {
    use AlarmEvent as E;
    use AlarmOutcome::{AsItIs, AtRest, Becomes, Stays};
    use AlarmState as S;
    const KEPT_BACK: &[S] = &[S::Shelved, S::SuppressedByDesign, S::OutOfService];
    const ACTIVE: &[S] = &[S::ActiveUnacknowledged, S::ActiveAcknowledged];
    &[
        row(
            E::Rise,
            &[S::Normal, S::ClearedUnacknowledged, S::Latched],
            Becomes(S::ActiveUnacknowledged),
        ),
        row(E::Rise, KEPT_BACK, Stays),
        // What somebody took note of was less.
        row(E::Worsen, ACTIVE, Becomes(S::ActiveUnacknowledged)),
        row(E::Worsen, KEPT_BACK, Stays),
        row(
            E::Clear,
            &[S::ActiveUnacknowledged],
            Becomes(S::ClearedUnacknowledged),
        ),
        row(E::Clear, &[S::ActiveAcknowledged], AtRest),
        row(E::Clear, KEPT_BACK, Stays),
        row(E::Inhibit, ACTIVE, Becomes(S::SuppressedByDesign)),
        row(E::InhibitEnds, &[S::SuppressedByDesign], AsItIs),
        row(E::ShelfEnds, &[S::Shelved], AsItIs),
        row(
            E::Silence,
            &[
                S::ActiveUnacknowledged,
                S::ActiveAcknowledged,
                S::ClearedUnacknowledged,
                S::Latched,
            ],
            Stays,
        ),
        row(E::Acknowledge, ACTIVE, Becomes(S::ActiveAcknowledged)),
        row(E::Acknowledge, &[S::ClearedUnacknowledged], AtRest),
        row(E::Reset, &[S::Latched], Becomes(S::Normal)),
        row(
            E::Shelve,
            &[
                S::Normal,
                S::ActiveUnacknowledged,
                S::ActiveAcknowledged,
                S::ClearedUnacknowledged,
                S::Latched,
                S::Shelved,
            ],
            Becomes(S::Shelved),
        ),
        row(E::Unshelve, &[S::Shelved], AsItIs),
        row(
            E::TakeOutOfService,
            &[
                S::Normal,
                S::ActiveUnacknowledged,
                S::ActiveAcknowledged,
                S::ClearedUnacknowledged,
                S::Latched,
                S::Shelved,
                S::SuppressedByDesign,
            ],
            Becomes(S::OutOfService),
        ),
        row(E::PutInService, &[S::OutOfService], AsItIs),
    ]
};

/// The row of an event in a state.
pub fn row_of(event: AlarmEvent, from: AlarmState) -> Option<&'static AlarmRow> {
    TABLE
        .iter()
        .find(|row| row.event == event && row.from.contains(&from))
}

/// Where an event leads an alarm with its facts as they are after it; None if it cannot happen to it.
pub fn after(event: AlarmEvent, alarm: &Alarm) -> Option<AlarmState> {
    use AlarmState as S;
    let at_rest = if alarm.latching {
        S::Latched
    } else {
        S::Normal
    };
    Some(match row_of(event, alarm.state)?.outcome {
        AlarmOutcome::Stays => alarm.state,
        AlarmOutcome::Becomes(state) => state,
        AlarmOutcome::AtRest => at_rest,
        AlarmOutcome::AsItIs => match (alarm.stands(), &alarm.acknowledged) {
            (true, Some(_)) => S::ActiveAcknowledged,
            (true, None) => S::ActiveUnacknowledged,
            (false, _) => at_rest,
        },
    })
}

/// The commands somebody of a role may give now, in the order of the table: the buttons.
pub fn allowed(role: Role, state: AlarmState) -> Vec<AlarmEvent> {
    AlarmEvent::ALL
        .into_iter()
        .filter(|event| event.roles().contains(&role) && row_of(*event, state).is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The table once more, as people would draw it: `.` cannot happen, `=` stays, a letter is where it leads.
    const DRAWN: &[(&str, &str)] = &[
        ("state", "N U A C L S D O"),
        ("rise", "U . . U U = = ="),
        ("worsen", ". U U . . = = ="),
        ("clear", ". C r . . = = ="),
        ("inhibit", ". D D . . . . ."),
        ("inhibit_ends", ". . . . . . t ."),
        ("shelf_ends", ". . . . . t . ."),
        ("silence", ". = = = = . . ."),
        ("acknowledge", ". A A r . . . ."),
        ("reset", ". . . . N . . ."),
        ("shelve", "S S S S S S . ."),
        ("unshelve", ". . . . . t . ."),
        ("take_out_of_service", "O O O O O O O ."),
        ("put_in_service", ". . . . . . . t"),
    ];
    const LETTERS: [(AlarmState, char); 8] = [
        (AlarmState::Normal, 'N'),
        (AlarmState::ActiveUnacknowledged, 'U'),
        (AlarmState::ActiveAcknowledged, 'A'),
        (AlarmState::ClearedUnacknowledged, 'C'),
        (AlarmState::Latched, 'L'),
        (AlarmState::Shelved, 'S'),
        (AlarmState::SuppressedByDesign, 'D'),
        (AlarmState::OutOfService, 'O'),
    ];

    fn letter(state: AlarmState) -> char {
        let found = LETTERS.iter().find(|(known, _)| *known == state);
        found.expect("every state has a letter").1
    }

    #[test]
    fn the_table_is_what_it_was_drawn_to_be() {
        for (event, (name, cells)) in AlarmEvent::ALL.into_iter().zip(&DRAWN[1..]) {
            assert_eq!(event.name(), *name);
            let written: Vec<String> = LETTERS
                .iter()
                .map(
                    |(state, _)| match row_of(event, *state).map(|row| row.outcome) {
                        None => '.',
                        Some(AlarmOutcome::Stays) => '=',
                        Some(AlarmOutcome::Becomes(to)) => letter(to),
                        Some(AlarmOutcome::AtRest) => 'r',
                        Some(AlarmOutcome::AsItIs) => 't',
                    },
                )
                .map(String::from)
                .collect();
            assert_eq!(written.join(" "), *cells, "{name}");
        }
    }

    #[test]
    fn an_event_has_one_answer_in_a_state() {
        for event in AlarmEvent::ALL {
            for state in AlarmState::ALL {
                let rows = TABLE
                    .iter()
                    .filter(|row| row.event == event && row.from.contains(&state));
                assert!(rows.count() <= 1, "{event:?} in {state:?}");
            }
        }
    }

    /// Whatever the table leads to, step by step.
    fn reachable(from: AlarmState, events: &[AlarmEvent]) -> BTreeSet<AlarmState> {
        let mut seen = BTreeSet::from([from]);
        let mut open = vec![from];
        while let Some(state) = open.pop() {
            for event in events {
                let Some(row) = row_of(*event, state) else {
                    continue;
                };
                for next in row.outcome.targets(state) {
                    if seen.insert(next) {
                        open.push(next);
                    }
                }
            }
        }
        seen
    }

    #[test]
    fn every_state_can_be_reached_and_left_for_normal() {
        assert_eq!(
            reachable(AlarmState::Normal, &AlarmEvent::ALL).len(),
            AlarmState::ALL.len()
        );
        for state in AlarmState::ALL {
            assert!(
                reachable(state, &AlarmEvent::ALL).contains(&AlarmState::Normal),
                "{state:?} is a dead end"
            );
        }
    }

    #[test]
    fn what_the_machine_alone_does_never_takes_note_for_a_person() {
        let observed: Vec<AlarmEvent> = AlarmEvent::ALL
            .into_iter()
            .filter(|event| event.roles().is_empty())
            .collect();
        assert_eq!(observed.len(), 6);
        for (event, row) in observed.iter().flat_map(|event| {
            TABLE
                .iter()
                .filter(move |row| row.event == *event)
                .map(move |row| (event, row))
        }) {
            assert_ne!(
                row.outcome,
                AlarmOutcome::Becomes(AlarmState::ActiveAcknowledged),
                "{event:?}"
            );
        }
    }

    #[test]
    fn silence_acknowledge_and_reset_are_three_commands() {
        use AlarmEvent::{Acknowledge, Reset, Silence};
        for state in AlarmState::ALL {
            if let Some(row) = row_of(Silence, state) {
                assert_eq!(row.outcome, AlarmOutcome::Stays, "silence moves {state:?}");
            }
            let (noted, reset) = (row_of(Acknowledge, state), row_of(Reset, state));
            assert!(
                noted.is_none() || reset.is_none(),
                "{state:?} could be acknowledged by a reset, or reset by an acknowledgement"
            );
        }
    }

    #[test]
    fn those_who_only_look_may_do_nothing_and_every_command_has_somebody() {
        for state in AlarmState::ALL {
            for role in [Role::Auditor, Role::Wall, Role::Collector, Role::Department] {
                assert!(allowed(role, state).is_empty());
            }
        }
        for event in AlarmEvent::ALL.into_iter().skip(6) {
            assert!(!event.roles().is_empty(), "{event:?}");
        }
    }
}
