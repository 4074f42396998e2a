//! What evaluation counts of a case, told a second time: by the commands that people give, where the machine follows what changes.

use domain::assignment::Stage;
use domain::case::Case;
use domain::command::Command;
use domain::lifecycle::State;
use domain::time::Timestamp;

use super::model::Model;

/// Moments of the work.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Work {
    pub filed: Option<i64>,
    pub filed_in_time: Option<bool>,
    /// A limit that was missed is not met by beginning it anew.
    filing_missed: bool,
    acknowledged: Option<i64>,
    arrived: Option<i64>,
    first_handled: Option<i64>,
    handled: Option<i64>,
    checked: Option<i64>,
}

/// After a command that was carried out.
pub fn follow(model: &mut Model, before: &Model, command: &Command) {
    use Command as C;
    let now = model.now;
    let clock = before.clock.as_ref();
    let late = clock.is_some_and(|clock| clock.is_late(before.minutes(), now));
    let verifying = clock.is_some_and(|clock| clock.stage == Stage::Verify);
    let work = &mut model.facts.work;
    match command {
        C::RequestVerification { .. } => work.filing_missed |= late,
        C::Verify { .. } if verifying => work.filing_missed |= late,
        C::Register => {
            work.filed = Some(now);
            work.filed_in_time = Some(!work.filing_missed && !late);
        }
        C::Acknowledge => {
            work.acknowledged.get_or_insert(now);
        }
        C::Arrive { .. } => {
            work.arrived.get_or_insert(now);
        }
        C::Check { passed: true, .. } => {
            work.checked.get_or_insert(now);
        }
        C::Check { passed: false, .. } | C::Rework { .. } => work.handled = None,
        C::Reopen { .. } => {
            // What was closed before it was filed has no limit of filing any more.
            work.filed.get_or_insert(now);
            work.handled = None;
        }
        _ => {}
    }
    let was_done = matches!(
        before.state,
        State::Resolved | State::Checked | State::Closed
    );
    if matches!(model.state, State::Resolved | State::Closed) && !was_done {
        work.first_handled.get_or_insert(now);
        work.handled = Some(now);
    }
}

fn is_overdue(model: &Model) -> bool {
    let handling = model.clock.as_ref().filter(|clock| clock.handles);
    let late = handling.is_some_and(|clock| clock.is_late(model.minutes(), model.now));
    model.is_open() && model.facts.work.handled.is_none() && late
}

pub fn of_machine(case: &Case, now: Timestamp) -> Vec<String> {
    let moments = &case.moments;
    let counts = &case.counts;
    vec![
        format!(
            "filed {:?} in time {:?}",
            moments.filed,
            case.filed_in_time()
        ),
        format!(
            "dispatched {:?} acknowledged {:?} arrived {:?}",
            moments.dispatched, moments.acknowledged, moments.arrived
        ),
        format!(
            "first handled {:?} handled {:?} checked {:?} closed {:?}",
            moments.first_handled, moments.handled, moments.checked, moments.closed
        ),
        format!(
            "in time {:?} overdue {}",
            case.in_time,
            case.is_overdue(now)
        ),
        format!(
            "hops {} returns {} reworks {} extensions {} suspensions {}",
            counts.hops, counts.returns, counts.reworks, counts.extensions, counts.suspensions
        ),
        format!("exempted {} satisfied {:?}", case.exempted, case.satisfied),
    ]
}

pub fn of_model(model: &Model) -> Vec<String> {
    let at = |minute: Option<i64>| minute.map(|minute| Timestamp::from_millis(minute * 60_000));
    let facts = &model.facts;
    let work = &facts.work;
    vec![
        format!(
            "filed {:?} in time {:?}",
            at(work.filed),
            work.filed_in_time
        ),
        format!(
            "dispatched {:?} acknowledged {:?} arrived {:?}",
            at(facts.dispatched),
            at(work.acknowledged),
            at(work.arrived)
        ),
        format!(
            "first handled {:?} handled {:?} checked {:?} closed {:?}",
            at(work.first_handled),
            at(work.handled),
            at(work.checked),
            at(facts.closed)
        ),
        format!("in time {:?} overdue {}", facts.in_time, is_overdue(model)),
        format!(
            "hops {} returns {} reworks {} extensions {} suspensions {}",
            model.hops,
            facts.returns,
            facts.reworks,
            model.extension.granted,
            model.suspension.granted
        ),
        format!(
            "exempted {} satisfied {:?}",
            model.exempted, model.satisfied
        ),
    ]
}
