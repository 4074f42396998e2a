//! Instructions (批示) and their answers.

use domain::account::Actor;
use domain::ids::AccountName;
use domain::incident::Incident;
use domain::instruction::{Instruction, InstructionAnswer};
use domain::time::Timestamp;
use domain::turn::Turn;

pub fn give(
    turn: &Turn<'_>,
    incident: &mut Incident,
    by: Option<AccountName>,
    text: &str,
    answer_by: Option<Timestamp>,
) {
    let Some(by) = by else {
        return;
    };
    let number = incident
        .instructions
        .last()
        .map_or(1, |last| last.number + 1);
    incident.instructions.push(Instruction {
        number,
        by,
        at: turn.now,
        text: text.to_owned(),
        answer_by,
        answer: None,
    });
}

/// The one of that number, or the oldest that is open.
pub fn answer(
    turn: &Turn<'_>,
    incident: &mut Incident,
    by: &Actor,
    text: &str,
    number: Option<u16>,
) {
    let Ok(name) = AccountName::new(by.name()) else {
        return;
    };
    let meant = |one: &&mut Instruction| number.is_none_or(|number| one.number == number);
    let open = incident.instructions.iter_mut().filter(|one| one.is_open());
    if let Some(instruction) = open.into_iter().find(meant) {
        instruction.answer = Some(InstructionAnswer {
            by: name,
            department: by.department().cloned(),
            at: turn.now,
            text: text.to_owned(),
        });
    }
}
