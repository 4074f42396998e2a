//! Commands on their way: in what order they are sent, what an answer does to those behind it, and what a person may do with
//! a refused one. Plain Rust; keeping and sending are others' work (`outbox`, and the service worker by the same table of cases).

use domain::ids::{CommandId, IncidentId};
use domain::lifecycle::{CommandName, Outcome, row_of};
use domain::time::Timestamp;

/// More than a person gives in a shift without a network; beyond it nothing is taken, and he is told.
pub const MOST: usize = 200;
/// Sent ones that are still shown, and for how long.
const MOST_SENT: usize = 20;
const SENT_SHOWN_MS: i64 = 12 * 3_600_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    Waiting,
    /// On the line now; after a restart it waits again, and is sent under the same id.
    Sending,
    Sent,
    Refused,
}

/// Which revision of the incident a command was given for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// It adds to the log and harms nobody's decision.
    Any,
    Revision(u32),
    /// The one that the command before it leaves behind.
    AfterEarlier,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Queued {
    /// The order in which they were given, on this device.
    pub number: u32,
    pub id: CommandId,
    pub incident: IncidentId,
    pub command: CommandName,
    pub after: Option<CommandId>,
    pub expected: Expected,
    pub standing: Standing,
    pub given_at: Timestamp,
    /// Of the incident, for the list.
    pub title: String,
    /// Why it was refused, in words.
    pub refusal: Option<String>,
    pub status: Option<u16>,
    pub photos: u32,
}

/// What came back.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// Carried out; the incident has this revision now.
    Done { revision: u32 },
    /// Not carried out, and the same command would not be.
    Refused { status: u16, why: String },
    /// Nobody answered, or somebody who could not: it waits on.
    Unreached,
    /// The session has ended: it waits for the same person.
    SignedOut,
}

/// Why a command was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

/// Whether a command is given for what one has seen, so that somebody else's change must come to light.
pub fn minds_revision(command: CommandName) -> bool {
    !matches!(row_of(command).outcome, Outcome::Stays)
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Queue {
    rows: Vec<Queued>,
    /// Until somebody signs in again.
    signed_out: bool,
}

impl Queue {
    /// As it was kept; what was on the line is sent again.
    pub fn of(mut rows: Vec<Queued>) -> Self {
        rows = crate::order::by_key(&rows.iter().collect::<Vec<_>>(), |row| row.number)
            .into_iter()
            .cloned()
            .collect();
        for row in &mut rows {
            if row.standing == Standing::Sending {
                row.standing = Standing::Waiting;
            }
        }
        Self {
            rows,
            signed_out: false,
        }
    }

    pub fn rows(&self) -> &[Queued] {
        &self.rows
    }

    pub fn row(&self, number: u32) -> Option<&Queued> {
        self.rows.iter().find(|row| row.number == number)
    }

    fn row_mut(&mut self, number: u32) -> Option<&mut Queued> {
        self.rows.iter_mut().find(|row| row.number == number)
    }

    /// Of one incident, in order.
    pub fn of_incident(&self, incident: IncidentId) -> impl Iterator<Item = &Queued> {
        self.rows.iter().filter(move |row| row.incident == incident)
    }

    /// Not yet decided by the server: waiting or on the line.
    pub fn waiting(&self) -> usize {
        self.rows.iter().filter(|row| row.is_undecided()).count()
    }

    pub fn refused(&self) -> usize {
        let refused = |row: &&Queued| row.standing == Standing::Refused;
        self.rows.iter().filter(refused).count()
    }

    pub fn is_signed_out(&self) -> bool {
        self.signed_out
    }

    pub fn signed_in(&mut self) {
        self.signed_out = false;
    }

    pub fn sign_out(&mut self) {
        self.signed_out = true;
    }

    /// What a new command to an incident must say: the one before it, and the revision it is given for.
    pub fn link(
        &self,
        incident: IncidentId,
        command: CommandName,
        seen: u32,
    ) -> Result<(Option<CommandId>, Expected), Full> {
        if self.waiting() + self.refused() >= MOST {
            return Err(Full);
        }
        let earlier = self
            .of_incident(incident)
            .filter(|row| row.standing != Standing::Sent)
            .last();
        let expected = match (minds_revision(command), earlier) {
            (false, _) => Expected::Any,
            (true, Some(_)) => Expected::AfterEarlier,
            (true, None) => Expected::Revision(seen),
        };
        Ok((earlier.map(|row| row.id), expected))
    }

    /// Takes a command that is kept by now.
    pub fn add(&mut self, row: Queued) {
        self.rows.push(row);
    }

    /// The one to be sent now: the first that waits and before which nothing of its incident was refused; one at a time.
    pub fn next(&self) -> Option<u32> {
        if self.signed_out
            || self
                .rows
                .iter()
                .any(|row| row.standing == Standing::Sending)
        {
            return None;
        }
        let mut held: Vec<IncidentId> = Vec::new();
        for row in &self.rows {
            match row.standing {
                Standing::Refused => held.push(row.incident),
                Standing::Waiting if !held.contains(&row.incident) => return Some(row.number),
                _ => {}
            }
        }
        None
    }

    /// Whether it waits only because one before it was refused.
    pub fn is_held(&self, number: u32) -> bool {
        let Some(row) = self.row(number) else {
            return false;
        };
        row.standing == Standing::Waiting
            && self
                .of_incident(row.incident)
                .any(|other| other.number < number && other.standing == Standing::Refused)
    }

    pub fn begin(&mut self, number: u32) {
        if let Some(row) = self.row_mut(number)
            && row.standing == Standing::Waiting
        {
            row.standing = Standing::Sending;
        }
    }

    /// Takes the answer to the one on the line. The rows that are other now are those to be kept anew.
    pub fn answered(&mut self, number: u32, answer: Answer) -> Vec<u32> {
        let Some(row) = self.row_mut(number) else {
            return Vec::new();
        };
        match answer {
            Answer::Done { revision } => {
                row.standing = Standing::Sent;
                row.refusal = None;
                let (incident, id) = (row.incident, row.id);
                let mut changed = vec![number];
                changed.extend(self.follows(incident, id, revision));
                changed
            }
            Answer::Refused { status, why } => {
                row.standing = Standing::Refused;
                row.status = Some(status);
                row.refusal = Some(why);
                vec![number]
            }
            Answer::Unreached => {
                row.standing = Standing::Waiting;
                Vec::new()
            }
            Answer::SignedOut => {
                row.standing = Standing::Waiting;
                self.signed_out = true;
                Vec::new()
            }
        }
    }

    /// The revision of those that were given for what this one leaves behind. A command that leaves the revision alone hands
    /// it on, so that all up to the next that minds it know it.
    fn follows(&mut self, incident: IncidentId, id: CommandId, revision: u32) -> Option<u32> {
        let after_it = |row: &&mut Queued| {
            row.incident == incident && row.is_undecided() && row.expected == Expected::AfterEarlier
        };
        let next = self.rows.iter_mut().find(after_it)?;
        // Only once nothing is between them.
        if next.after != Some(id) {
            return None;
        }
        next.expected = Expected::Revision(revision);
        Some(next.number)
    }

    /// A person gives a refused command once more, having seen how things stand: under a new id, for the revision he has seen, if
    /// he is shown the incident at all. The rows that are other now.
    pub fn again(&mut self, number: u32, new_id: CommandId, seen: Option<u32>) -> Vec<u32> {
        let Some(row) = self.row_mut(number) else {
            return Vec::new();
        };
        if row.standing != Standing::Refused {
            return Vec::new();
        }
        let old_id = row.id;
        row.id = new_id;
        row.standing = Standing::Waiting;
        row.status = None;
        row.refusal = None;
        if minds_revision(row.command) {
            row.expected = given_for(seen);
        }
        let mut changed = vec![number];
        changed.extend(self.relink(old_id, Some(new_id)));
        changed
    }

    /// A person lets a command go that is not on the line. Those behind it follow what was before it. The rows that are other
    /// now; none if nothing was let go.
    pub fn drop_row(&mut self, number: u32, seen: Option<u32>) -> Option<Vec<u32>> {
        let at = self.rows.iter().position(|row| row.number == number)?;
        if self.rows[at].standing == Standing::Sending {
            return None;
        }
        let gone = self.rows.remove(at);
        if gone.standing == Standing::Sent {
            return Some(Vec::new());
        }
        let mut changed = self.relink(gone.id, gone.after);
        let before_it = self
            .of_incident(gone.incident)
            .any(|row| row.number < number && row.standing != Standing::Sent);
        if !before_it {
            // What it would have left behind never comes: the next is given for what the person sees.
            let first = self.rows.iter_mut().find(|row| {
                row.incident == gone.incident && row.expected == Expected::AfterEarlier
            });
            if let Some(first) = first {
                first.expected = given_for(seen);
                if !changed.contains(&first.number) {
                    changed.push(first.number);
                }
            }
        }
        Some(changed)
    }

    /// Lets go of what was sent long ago, and gives the numbers of those rows.
    pub fn let_go(&mut self, now: Timestamp) -> Vec<u32> {
        let sent: Vec<(u32, Timestamp)> = self
            .rows
            .iter()
            .filter(|row| row.standing == Standing::Sent)
            .map(|row| (row.number, row.given_at))
            .collect();
        let many = sent.len().saturating_sub(MOST_SENT);
        let old: Vec<u32> = sent
            .iter()
            .enumerate()
            .filter(|(at, (_, given_at))| *at < many || now.since(*given_at) > SENT_SHOWN_MS)
            .map(|(_, (number, _))| *number)
            .collect();
        self.rows.retain(|row| !old.contains(&row.number));
        old
    }

    fn relink(&mut self, from: CommandId, to: Option<CommandId>) -> Vec<u32> {
        let mut changed = Vec::new();
        for row in &mut self.rows {
            if row.after == Some(from) {
                row.after = to;
                changed.push(row.number);
            }
        }
        changed
    }
}

fn given_for(seen: Option<u32>) -> Expected {
    seen.map_or(Expected::Any, Expected::Revision)
}

impl Queued {
    pub fn is_undecided(&self) -> bool {
        matches!(self.standing, Standing::Waiting | Standing::Sending)
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
