//! The queue in front of the single writer: bounded in submissions and in inputs. Full is said at once, with nothing taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use domain::change::Outcome;
use domain::command::Input;
use domain::ids::BlockNumber;
use domain::picture::Picture;
use tokio::sync::oneshot;

/// Submissions that may wait; each is a batch, a command or a change of configuration.
const MOST_SUBMISSIONS: usize = 1_024;
/// Inputs that may wait in all of them together: about 100 MB at worst.
const MOST_INPUTS: usize = 200_000;

/// What is asked of the writer.
pub enum Ask<V> {
    Submission(Submission<V>),
    Between(Question),
}

/// What is answered between two blocks.
pub enum Question {
    /// A copy of the Picture as it stands, for a digest or a check.
    Picture(oneshot::Sender<Picture>),
    /// The last block, once none is on its way.
    Last(oneshot::Sender<BlockNumber>),
}

/// What somebody wants done, all in one block.
pub struct Submission<V> {
    pub inputs: Vec<Input>,
    /// What becomes durable together with the inputs, or without any: sealed personal data, notes of the audit log.
    pub kept: Vec<V>,
    pub answer: oneshot::Sender<Result<Answer, Unavailable>>,
}

/// The block that took a submission, and what became of each of its inputs.
#[derive(Debug)]
pub struct Answer {
    pub block: BlockNumber,
    pub outcomes: Vec<Outcome>,
}

/// The journal could not be written; nothing was taken.
#[derive(Clone, Debug)]
pub struct Unavailable(pub String);

/// The queue is full; nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Why a submission was not carried out.
#[derive(Clone, Debug)]
pub enum NotTaken {
    Full,
    Unavailable(String),
}

/// Everybody's end of the queue.
pub struct Submitter<V> {
    sender: SyncSender<Ask<V>>,
    waiting: Arc<AtomicUsize>,
}

impl<V> Clone for Submitter<V> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            waiting: self.waiting.clone(),
        }
    }
}

/// The writer's end of the queue.
pub struct Inbox<V> {
    pub receiver: Receiver<Ask<V>>,
    waiting: Arc<AtomicUsize>,
}

impl<V> Inbox<V> {
    pub fn taken(&self, inputs: usize) {
        self.waiting.fetch_sub(inputs, Ordering::Relaxed);
        metrics::gauge!("gulou_queue_depth", "queue" => "writer")
            .set(self.waiting.load(Ordering::Relaxed) as f64);
    }
}

pub fn queue<V>() -> (Submitter<V>, Inbox<V>) {
    let (sender, receiver) = sync_channel(MOST_SUBMISSIONS);
    let waiting = Arc::new(AtomicUsize::new(0));
    metrics::gauge!("gulou_queue_limit", "queue" => "writer").set(MOST_INPUTS as f64);
    (
        Submitter {
            sender,
            waiting: waiting.clone(),
        },
        Inbox { receiver, waiting },
    )
}

impl<V> Submitter<V> {
    /// Queues inputs; the answer comes when they are durable and stepped.
    pub fn submit(
        &self,
        inputs: Vec<Input>,
        kept: Vec<V>,
    ) -> Result<oneshot::Receiver<Result<Answer, Unavailable>>, Full> {
        let count = inputs.len().max(1);
        if self.waiting.fetch_add(count, Ordering::Relaxed) + count > MOST_INPUTS {
            self.waiting.fetch_sub(count, Ordering::Relaxed);
            return Err(Full);
        }
        let (answer, answered) = oneshot::channel();
        let submission = Submission {
            inputs,
            kept,
            answer,
        };
        match self.sender.try_send(Ask::Submission(submission)) {
            Ok(()) => Ok(answered),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.waiting.fetch_sub(count, Ordering::Relaxed);
                Err(Full)
            }
        }
    }

    /// A copy of the Picture as it stands between two blocks.
    pub fn picture_blocking(&self) -> Result<Picture, NotTaken> {
        let (answer, answered) = oneshot::channel();
        self.sender
            .try_send(Ask::Between(Question::Picture(answer)))
            .map_err(|_| NotTaken::Full)?;
        answered
            .blocking_recv()
            .map_err(|_| NotTaken::Unavailable("the server is stopping".into()))
    }

    /// The last block once none is on its way: all that come after it are stamped later than this was asked.
    pub fn last_block_blocking(&self) -> Result<BlockNumber, NotTaken> {
        let (answer, answered) = oneshot::channel();
        self.sender
            .try_send(Ask::Between(Question::Last(answer)))
            .map_err(|_| NotTaken::Full)?;
        answered
            .blocking_recv()
            .map_err(|_| NotTaken::Unavailable("the server is stopping".into()))
    }

    /// Queues inputs and waits for their answer.
    pub async fn carry_out(&self, inputs: Vec<Input>, kept: Vec<V>) -> Result<Answer, NotTaken> {
        let answered = self.submit(inputs, kept).map_err(|Full| NotTaken::Full)?;
        match answered.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Unavailable(why))) => Err(NotTaken::Unavailable(why)),
            Err(_) => Err(NotTaken::Unavailable("the server is stopping".into())),
        }
    }

    /// The same for a thread that may block.
    pub fn carry_out_blocking(&self, inputs: Vec<Input>, kept: Vec<V>) -> Result<Answer, NotTaken> {
        let answered = self.submit(inputs, kept).map_err(|Full| NotTaken::Full)?;
        match answered.blocking_recv() {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Unavailable(why))) => Err(NotTaken::Unavailable(why)),
            Err(_) => Err(NotTaken::Unavailable("the server is stopping".into())),
        }
    }
}
