//! Whether a file becomes one of an incident: the rights are those of a comment. What the file is has been looked at before.

use std::sync::Arc;

use domain::attachment::{AttachGiven, Attachment, MOST_AN_INCIDENT};
use domain::change::Outcome;
use domain::command::{NotNow, Refusal};
use domain::incident::Happening;
use domain::lifecycle::{CommandName, row_of};
use domain::turn::Turn;

use super::commands::{check_right, may_read};

/// The same id again gets the attachment that the first one made.
pub fn attach(turn: &mut Turn<'_>, given: &AttachGiven) -> Outcome {
    let answer = match attached_before(turn, given) {
        Some(first) => first,
        None => carry_out(turn, given),
    };
    let is_kept = matches!(&answer, Ok(attachment) if attachment.file == given.file);
    if !is_kept {
        turn.leave_file(&given.file);
    }
    Outcome::Attached(answer)
}

/// Whoever heard of another's id learns no more by it than he may read anyhow.
fn attached_before(
    turn: &Turn<'_>,
    given: &AttachGiven,
) -> Option<Result<Arc<Attachment>, Refusal>> {
    let id = turn.picture.attach_commands.get(&given.id?)?;
    let first = turn.picture.attachments.get(id)?;
    let incident = turn.incident(first.incident)?;
    Some(if may_read(turn, &given.by, &incident) {
        Ok(first.clone())
    } else {
        Err(Refusal::OutOfScope)
    })
}

fn carry_out(turn: &mut Turn<'_>, given: &AttachGiven) -> Result<Arc<Attachment>, Refusal> {
    let incident = turn
        .incident(given.incident)
        .ok_or(Refusal::UnknownIncident)?;
    let row = row_of(CommandName::Comment);
    check_right(turn, &given.by, row, &incident)?;
    if !row.from.contains(&incident.state) {
        return Err(Refusal::WrongState {
            state: incident.state,
        });
    }
    let count = turn.picture.attached.get(&incident.id).copied();
    if count.unwrap_or_default() as usize >= MOST_AN_INCIDENT {
        return Err(Refusal::NotNow {
            reason: NotNow::AttachmentsFull,
        });
    }
    let attachment = turn.attach(given);
    let what = Happening::Attached {
        attachment: attachment.id,
        name: given.file.name.clone(),
    };
    turn.log(given.incident, given.by.clone(), given.id, what);
    turn.spoke_of(given.incident);
    Ok(attachment)
}
