//! The writer's loop: gather, stamp, commit, step, answer. Group commit without a timer: while one block is on its way to
//! the disk the next gathers in the queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use domain::change::Stepped;
use domain::command::{Block, LOGIC};
use domain::time::Timestamp;
use tokio::sync::oneshot;

use super::queue::{Answer, Ask, Inbox, Question, Submission, Unavailable};
use super::step::Machine;

/// One block holds at most about this many inputs, so that no commit takes long.
const MOST_INPUTS_A_BLOCK: usize = 10_000;
/// How long the writer sleeps when nothing is due, before it looks whether it should stop.
const IDLE: Duration = Duration::from_millis(250);

/// Where blocks become durable. Returns only after the disk has them.
pub trait Ledger<V>: Send {
    fn append(&mut self, block: &Block, kept: &[V]) -> Result<(), LedgerError>;
    /// What belongs to no block, such as who signed in.
    fn keep(&mut self, kept: &[V], now: Timestamp) -> Result<(), LedgerError>;
}

/// Why a block could not be made durable, in words.
#[derive(Clone, Debug)]
pub struct LedgerError(pub String);

/// The writer, before it runs.
pub struct Writer<V, L, C> {
    pub machine: Machine,
    pub ledger: L,
    pub inbox: Inbox<V>,
    /// The wall clock, read once a block.
    pub clock: C,
    /// Told of each block before its givers are: who may come in, and which pack is in force.
    pub witness: Box<dyn FnMut(&Stepped) + Send>,
    /// Those who follow: projections, the stream. Each bounded; a full one makes the writer wait.
    pub followers: Vec<SyncSender<Arc<Stepped>>>,
    pub stop: Arc<AtomicBool>,
}

impl<V, L: Ledger<V>, C: Fn() -> Timestamp> Writer<V, L, C> {
    /// Runs until told to stop; what was queued before that is still taken.
    pub fn run(mut self) -> Machine {
        loop {
            let stopping = self.stop.load(Ordering::Relaxed);
            let mut gathered: Vec<Submission<V>> = Vec::new();
            match self.inbox.receiver.recv_timeout(self.patience(stopping)) {
                Ok(Ask::Submission(first)) => self.gather(first, &mut gathered),
                Ok(Ask::Between(question)) => {
                    self.answer(question);
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.machine,
            }
            let now = self.now();
            if gathered.is_empty() && stopping {
                return self.machine;
            }
            let due = self
                .machine
                .picture()
                .next_due()
                .is_some_and(|due| due <= now);
            if due || gathered.iter().any(|given| !given.inputs.is_empty()) {
                self.write(now, gathered);
            } else if !gathered.is_empty() {
                self.keep(now, gathered);
            }
        }
    }

    /// The wall clock, never going back.
    fn now(&self) -> Timestamp {
        (self.clock)().max(self.machine.picture().now)
    }

    fn patience(&self, stopping: bool) -> Duration {
        if stopping {
            return Duration::ZERO;
        }
        match self.machine.picture().next_due() {
            Some(due) => {
                let wait_ms = due.since((self.clock)()).clamp(0, IDLE.as_millis() as i64);
                Duration::from_millis(wait_ms.unsigned_abs())
            }
            None => IDLE,
        }
    }

    fn gather(&self, first: Submission<V>, gathered: &mut Vec<Submission<V>>) {
        let mut count = first.inputs.len();
        self.inbox.taken(first.inputs.len().max(1));
        gathered.push(first);
        while count < MOST_INPUTS_A_BLOCK {
            let next = match self.inbox.receiver.try_recv() {
                Ok(Ask::Submission(next)) => next,
                Ok(Ask::Between(question)) => {
                    self.answer(question);
                    continue;
                }
                Err(_) => break,
            };
            count += next.inputs.len();
            self.inbox.taken(next.inputs.len().max(1));
            gathered.push(next);
        }
    }

    /// The clock of the next block is read after this.
    fn answer(&self, question: Question) {
        let picture = self.machine.picture();
        // Whoever asked may have gone away.
        match question {
            Question::Picture(answer) => _ = answer.send(picture.clone()),
            Question::Last(answer) => _ = answer.send(picture.block),
        }
    }

    /// Nothing happens to the city: there is no block.
    fn keep(&mut self, now: Timestamp, gathered: Vec<Submission<V>>) {
        let (mut kept, mut waiting) = (Vec::new(), Vec::new());
        for submission in gathered {
            kept.extend(submission.kept);
            waiting.push(submission.answer);
        }
        if let Err(LedgerError(why)) = self.ledger.keep(&kept, now) {
            tracing::error!(%why, "could not write what belongs to no block; nothing of it was taken");
            not_written(waiting.into_iter(), &why);
            return;
        }
        let block = self.machine.picture().block;
        for answer in waiting {
            let _gone = answer.send(Ok(Answer {
                block,
                outcomes: Vec::new(),
            }));
        }
    }

    fn write(&mut self, now: Timestamp, gathered: Vec<Submission<V>>) {
        let mut inputs = Vec::new();
        let mut kept = Vec::new();
        let mut waiting = Vec::new();
        for submission in gathered {
            waiting.push((submission.inputs.len(), submission.answer));
            inputs.extend(submission.inputs);
            kept.extend(submission.kept);
        }
        let block = Block {
            logic: LOGIC,
            number: self.machine.picture().block.next(),
            now,
            inputs,
        };
        let before = Instant::now();
        if let Err(LedgerError(why)) = self.ledger.append(&block, &kept) {
            tracing::error!(block = block.number.0, %why, "could not write a block; nothing of it was taken");
            not_written(waiting.into_iter().map(|(_, answer)| answer), &why);
            return;
        }
        metrics::histogram!("gulou_commit_seconds").record(before.elapsed().as_secs_f64());
        let before = Instant::now();
        let stepped = self.machine.step(&block);
        metrics::histogram!("gulou_step_seconds").record(before.elapsed().as_secs_f64());
        metrics::counter!("gulou_inputs_total").increment(block.inputs.len() as u64);
        (self.witness)(&stepped);
        let stepped = Arc::new(stepped);
        for follower in &self.followers {
            // A follower that has ended is being shut down with us.
            let _ended = follower.send(stepped.clone());
        }
        let mut outcomes = stepped.outcomes.iter().cloned();
        for (count, answer) in waiting {
            let outcomes = outcomes.by_ref().take(count).collect();
            let _gone = answer.send(Ok(Answer {
                block: block.number,
                outcomes,
            }));
        }
    }
}

fn not_written(
    answers: impl Iterator<Item = oneshot::Sender<Result<Answer, Unavailable>>>,
    why: &str,
) {
    metrics::counter!("gulou_journal_failures_total").increment(1);
    for answer in answers {
        // A giver who has gone away does not need the answer.
        let _gone = answer.send(Err(Unavailable(why.to_owned())));
    }
    // A disk that is full stays so for a while: do not spin on due timers.
    std::thread::sleep(IDLE);
}
