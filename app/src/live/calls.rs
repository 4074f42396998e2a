//! Which alarms call operators now, and whether there is a flood of them. What is heard follows from it, so that silence,
//! an acknowledgement or a clearing anywhere ends the sound here with the next frame.

use domain::alarm::AlarmState;
use domain::alarm::flood;
use domain::category::Severity;
use domain::time::Timestamp;
use leptos::prelude::*;

use super::desk::Desk;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Calls {
    /// Nobody has taken note of them yet.
    pub unacknowledged: u32,
    /// Of the first two levels, and not silenced: heard until they are.
    pub heard: u32,
    pub flood: bool,
}

/// Practice is not counted: it neither calls nor floods.
pub fn count(desk: Desk) {
    let mut calls = Calls::default();
    let mut told: Vec<Timestamp> = Vec::new();
    let present = desk.settings.past.read_untracked().is_none();
    desk.feed.picture.with_value(|picture| {
        for alarm in picture.alarms().filter(|alarm| !alarm.drill) {
            calls.unacknowledged += u32::from(matches!(
                alarm.state,
                AlarmState::ActiveUnacknowledged | AlarmState::ClearedUnacknowledged
            ));
            let heard = alarm.voice && alarm.severity <= Severity::Severe;
            calls.heard += u32::from(heard && present);
            if !alarm.history && !alarm.state.is_kept_back() {
                told.push(alarm.told_at);
            }
        }
    });
    told.sort_unstable();
    calls.flood = flood::course(&told, desk.settings.now()).now.is_one();
    if desk.calls.get_untracked() != calls {
        desk.calls.set(calls);
    }
}
