//! Silence, acknowledge and reset are three commands (ISA-18.2); each touches only an alarm that existed when it was
//! pressed.

use std::sync::Arc;

use domain::account::Role;
use domain::alarm::{Alarm, AlarmState};
use domain::change::{Change, CommandAnswer, Outcome};
use domain::command::{AlarmCommand, AlarmCommandGiven, NotNow, Refusal};
use domain::ids::AlarmId;
use domain::picture::Timer;
use domain::turn::Turn;

/// The same command id again gets the first answer and does nothing.
pub fn alarm_command(turn: &mut Turn<'_>, given: &AlarmCommandGiven) -> Outcome {
    let Some(id) = given.id else {
        return Outcome::AlarmCommand(carry_out(turn, given));
    };
    if let Some(first) = turn.picture.alarm_commands.get(&id) {
        return Outcome::AlarmRepeated(*first, id);
    }
    let answer = carry_out(turn, given);
    turn.picture.alarm_commands.insert(id, turn.block);
    turn.changes
        .push(Change::AlarmAnswered(Arc::new(CommandAnswer {
            id,
            at: turn.now,
            answer: answer.clone(),
        })));
    Outcome::AlarmCommand(answer)
}

fn carry_out(turn: &mut Turn<'_>, given: &AlarmCommandGiven) -> Result<Arc<Alarm>, Refusal> {
    let alarm = turn
        .picture
        .alarms
        .get(&given.alarm)
        .cloned()
        .ok_or(Refusal::UnknownIncident)?;
    let may = matches!(
        given.by.role(),
        None | Some(Role::Operator | Role::ShiftLeader | Role::Dispatcher)
    );
    if !may {
        return Err(Refusal::NotYourIncident);
    }
    if alarm.id.bits() >> 20 > given.as_of.0 {
        return Err(Refusal::NotNow {
            reason: NotNow::NotThere,
        });
    }
    let mut next = (*alarm).clone();
    match &given.command {
        AlarmCommand::Silence => next.silenced = true,
        AlarmCommand::Acknowledge => {
            next.state = next.state.acknowledged();
            next.silenced = true;
        }
        AlarmCommand::Reset => {
            // Shelved, it may be out of sight and still stand.
            if next.cleared_at.is_none() {
                return Err(Refusal::NotNow {
                    reason: NotNow::AlreadyThere,
                });
            }
            next.state = AlarmState::Normal;
        }
        AlarmCommand::Shelve { until, .. } => {
            if *until <= turn.now {
                return Err(Refusal::Invalid {
                    pointer: "/until".into(),
                    reason: "lies in the past".into(),
                });
            }
            next.state = AlarmState::Shelved;
            forget_return(turn, alarm.id);
            turn.set_timer(*until, Timer::Unshelve(alarm.id));
        }
        AlarmCommand::Unshelve => {
            if next.state != AlarmState::Shelved {
                return Err(Refusal::NotNow {
                    reason: NotNow::NotThere,
                });
            }
            next.state = match next.cleared_at {
                Some(_) => AlarmState::ClearedUnacknowledged,
                None => AlarmState::ActiveUnacknowledged,
            };
        }
    }
    Ok(turn.put_alarm(next))
}

/// A later time takes the place of an earlier one.
fn forget_return(turn: &mut Turn<'_>, alarm: AlarmId) {
    let back = Timer::Unshelve(alarm);
    turn.picture.timers.retain(|(_, timer)| *timer != back);
}
