//! Commands on alarms (ISA-18.2), by the table of `domain::alarm::table`; each touches only what existed, and as it was
//! told, when it was pressed.

use std::sync::Arc;

use domain::alarm::{Alarm, course, inhibition, table};
use domain::change::{Change, CommandAnswer, Outcome};
use domain::command::{AlarmCommand, AlarmCommandGiven, AlarmRefusal, Refusal};
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
    let refused = |why| Err(Refusal::OfAlarm(why));
    let Some(alarm) = turn.picture.alarms.get(&given.alarm).cloned() else {
        return refused(AlarmRefusal::Unknown);
    };
    let event = given.command.event();
    if given
        .by
        .role()
        .is_some_and(|role| !event.roles().contains(&role))
    {
        return refused(AlarmRefusal::WrongRole);
    }
    checked(turn, &given.command)?;
    if alarm.id.bits() >> 20 > given.as_of.0 {
        return refused(AlarmRefusal::NotYetThere);
    }
    if event.is_of_what_was_told() && alarm.told_in > given.as_of {
        return refused(AlarmRefusal::ToldSince);
    }
    if table::row_of(event, alarm.state).is_none() {
        return refused(AlarmRefusal::WrongState(alarm.state));
    }
    let mut next = (*alarm).clone();
    let by = &given.by;
    match &given.command {
        AlarmCommand::Silence => course::silence(turn, &mut next),
        AlarmCommand::Acknowledge => course::acknowledge(turn, &mut next, by),
        AlarmCommand::Reset => course::reset(turn, &mut next),
        AlarmCommand::Shelve { until, reason } => {
            course::shelve(turn, &mut next, by, *until, reason);
        }
        AlarmCommand::Unshelve => course::unshelve(turn, &mut next),
        AlarmCommand::TakeOutOfService { reason } => {
            course::take_out_of_service(turn, &mut next, by, reason);
        }
        AlarmCommand::PutInService => course::put_in_service(turn, &mut next),
    }
    let put = turn.put_alarm(next);
    // What comes back may be muted by what stands meanwhile.
    inhibition::settle(turn);
    Ok(turn
        .picture
        .alarms
        .get(&given.alarm)
        .cloned()
        .unwrap_or(put))
}

/// What is said with a command must fit, whatever the alarm.
fn checked(turn: &Turn<'_>, command: &AlarmCommand) -> Result<(), Refusal> {
    let invalid = |pointer: &str, reason: String| {
        Err(Refusal::Invalid {
            pointer: pointer.to_owned(),
            reason,
        })
    };
    match command {
        AlarmCommand::Shelve { reason, .. } | AlarmCommand::TakeOutOfService { reason }
            if reason.trim().is_empty() =>
        {
            invalid("/reason", "is missing".into())
        }
        AlarmCommand::Shelve { until, .. } if *until <= turn.now => {
            invalid("/until", "lies in the past".into())
        }
        AlarmCommand::Shelve { until, .. } => {
            let most = turn.city.alarm_ways.shelve_at_most_minutes;
            if *until > turn.now.plus_minutes(i64::from(most)) {
                return invalid("/until", format!("lies more than {most} minutes ahead"));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
