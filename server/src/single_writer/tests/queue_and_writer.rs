//! The queue says full at once; the writer gathers, makes durable, steps and only then answers, by a clock that never
//! goes back.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;

use domain::change::Outcome;
use domain::command::{Block, Input};
use domain::observation::Intake;
use domain::time::Timestamp;

use crate::single_writer::rehearsal::{Day, MORNING, Said, at, nancheng};
use crate::single_writer::{Full, Inbox, Ledger, LedgerError, Machine, Writer, queue};

/// A ledger in memory, with a full disk when asked.
#[derive(Clone, Default)]
struct Paper {
    blocks: Arc<std::sync::Mutex<Vec<Block>>>,
    sealed: Arc<std::sync::Mutex<Vec<u8>>>,
    full: bool,
}

impl Ledger<u8> for Paper {
    fn append(&mut self, block: &Block, sealed: &[u8]) -> Result<(), LedgerError> {
        if self.full {
            return Err(LedgerError("no space left on device".into()));
        }
        self.blocks.lock().expect("one thread").push(block.clone());
        self.sealed
            .lock()
            .expect("one thread")
            .extend_from_slice(sealed);
        Ok(())
    }

    fn keep(&mut self, kept: &[u8], _: Timestamp) -> Result<(), LedgerError> {
        if self.full {
            return Err(LedgerError("no space left on device".into()));
        }
        let mut sealed = self.sealed.lock().expect("one thread");
        sealed.extend_from_slice(kept);
        Ok(())
    }
}

fn report(id: &str) -> Input {
    Input::Observation(Box::new(
        Said::report(id, at(MORNING), nancheng(), "E0402").sealed(),
    ))
}

/// Writes what waits in the queue, then stops.
fn written(
    machine: Machine,
    paper: &Paper,
    inbox: Inbox<u8>,
    clock: impl Fn() -> Timestamp,
    stop: bool,
) -> Machine {
    let writer = Writer {
        machine,
        ledger: paper.clone(),
        inbox,
        clock,
        witness: Box::new(|_| {}),
        followers: vec![],
        stop: Arc::new(AtomicBool::new(stop)),
    };
    writer.run()
}

#[test]
fn what_waits_together_becomes_one_block_and_each_giver_hears_of_his_own() {
    let (submitter, inbox) = queue::<u8>();
    let paper = Paper::default();
    let mut one = submitter
        .submit(vec![report("1"), report("2")], vec![7])
        .expect("room");
    let mut none = submitter.submit(vec![], vec![]).expect("room");
    let mut two = submitter
        .submit(vec![report("2"), report("3")], vec![8, 9])
        .expect("room");
    let machine = written(Day::begin().machine, &paper, inbox, || at(MORNING), true);
    let blocks = paper.blocks.lock().expect("one thread");
    assert_eq!(blocks.len(), 1, "one commit for all");
    assert_eq!(*paper.sealed.lock().expect("one thread"), [7, 8, 9]);
    let intake = |answer: &mut tokio::sync::oneshot::Receiver<_>| {
        let answer: Result<super::super::Answer, _> = answer.try_recv().expect("an answer");
        let answer = answer.expect("it was taken");
        assert_eq!(answer.block, blocks[0].number);
        answer.outcomes
    };
    let accepted = Outcome::Observation(Intake::Accepted);
    let duplicate = Outcome::Observation(Intake::Duplicate);
    assert_eq!(intake(&mut one), [accepted.clone(), accepted.clone()]);
    assert_eq!(intake(&mut none), []);
    assert_eq!(intake(&mut two), [duplicate, accepted]);
    assert_eq!(machine.picture().block, blocks[0].number);
}

#[test]
fn when_the_disk_is_full_nothing_is_taken_and_it_is_said() {
    let (submitter, inbox) = queue::<u8>();
    let paper = Paper {
        full: true,
        ..Paper::default()
    };
    let mut answer = submitter.submit(vec![report("1")], vec![]).expect("room");
    let day = Day::begin();
    let before = day.picture().clone();
    let machine = written(day.machine, &paper, inbox, || at(MORNING), true);
    let why = answer
        .try_recv()
        .expect("an answer")
        .expect_err("nothing was taken");
    assert!(why.0.contains("no space"), "{why:?}");
    assert_eq!(*machine.picture(), before);
    // The same again when there is room: the block's number was not used up.
    let (submitter, inbox) = queue::<u8>();
    let mut answer = submitter.submit(vec![report("1")], vec![]).expect("room");
    let paper = Paper::default();
    written(machine, &paper, inbox, || at(MORNING), true);
    let answer = answer.try_recv().expect("an answer").expect("taken");
    assert_eq!(answer.block, before.block.next());
}

#[test]
fn the_clock_of_the_journal_never_goes_back() {
    let paper = Paper::default();
    let wall = Rc::new(RefCell::new(at(MORNING)));
    let mut machine = Day::begin().machine;
    for (index, minutes) in [0, 10, -30, 5, -600, 11].into_iter().enumerate() {
        *wall.borrow_mut() = at(MORNING).plus_minutes(minutes);
        let (submitter, inbox) = queue::<u8>();
        let _answer = submitter
            .submit(vec![report(&index.to_string())], vec![])
            .expect("room");
        let clock = wall.clone();
        machine = written(machine, &paper, inbox, move || *clock.borrow(), true);
    }
    let blocks = paper.blocks.lock().expect("one thread");
    let minutes: Vec<i64> = blocks
        .iter()
        .map(|block| block.now.since(at(MORNING)) / 60_000)
        .collect();
    assert_eq!(minutes, [0, 10, 10, 10, 10, 11]);
    let numbers: Vec<u64> = blocks.iter().map(|block| block.number.0).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn an_empty_block_is_written_when_something_is_due_and_only_then() {
    let mut day = Day::begin();
    day.opens(Said::report("1", day.now, nancheng(), "E0402"));
    let due = day.picture().next_due().expect("a light will change");
    let paper = Paper::default();
    let (submitter, inbox) = queue::<u8>();
    // Three looks at the clock before the deadline, then past it; then everybody has gone.
    let looks = RefCell::new(0);
    let gone = RefCell::new(Some(submitter));
    let clock = move || {
        *looks.borrow_mut() += 1;
        if *looks.borrow() < 6 {
            return due.plus_millis(-1);
        }
        gone.borrow_mut().take();
        due
    };
    written(day.machine, &paper, inbox, clock, false);
    let blocks = paper.blocks.lock().expect("one thread");
    assert_eq!(blocks.len(), 1);
    assert!(blocks[0].inputs.is_empty());
    assert_eq!(blocks[0].now, due);
}

#[test]
fn full_is_said_at_once_and_nothing_of_it_is_taken() {
    let (submitter, inbox) = queue::<u8>();
    let mut answers = Vec::new();
    loop {
        match submitter.submit(vec![], vec![]) {
            Ok(answer) => answers.push(answer),
            Err(Full) => break,
        }
        assert!(answers.len() < 100_000, "the queue has no end");
    }
    assert_eq!(
        submitter.submit(vec![report("1")], vec![]).err(),
        Some(Full)
    );
    let paper = Paper::default();
    written(Day::begin().machine, &paper, inbox, || at(MORNING), true);
    assert!(answers.iter_mut().all(|answer| answer.try_recv().is_ok()));
    let blocks = paper.blocks.lock().expect("one thread");
    assert!(blocks.iter().all(|block| block.inputs.is_empty()));
}

#[test]
fn followers_are_told_every_block_in_order_after_it_is_durable() {
    let paper = Paper::default();
    let (submitter, inbox) = queue::<u8>();
    let (follower, told) = sync_channel(16);
    let mut answer = submitter.submit(vec![report("1")], vec![]).expect("room");
    drop(submitter);
    let writer = Writer {
        machine: Day::begin().machine,
        ledger: paper.clone(),
        inbox,
        clock: || at(MORNING),
        witness: Box::new(|_| {}),
        followers: vec![follower],
        stop: Arc::new(AtomicBool::new(false)),
    };
    let machine = writer.run();
    let stepped = told.try_recv().expect("it was told");
    assert_eq!(stepped.block, machine.picture().block);
    assert_eq!(
        stepped.outcomes,
        answer
            .try_recv()
            .expect("an answer")
            .expect("taken")
            .outcomes
    );
    assert!(told.try_recv().is_err(), "one block, told once");
}

/// A disk that takes a block when it is told to.
struct Slow {
    begun: std::sync::mpsc::Sender<()>,
    done: std::sync::mpsc::Receiver<()>,
}

impl Ledger<u8> for Slow {
    fn append(&mut self, _: &Block, _: &[u8]) -> Result<(), LedgerError> {
        self.begun.send(()).expect("waited for");
        self.done.recv().expect("told to");
        Ok(())
    }

    fn keep(&mut self, _: &[u8], _: Timestamp) -> Result<(), LedgerError> {
        unreachable!("only blocks are written here")
    }
}

#[test]
fn who_asks_for_the_last_block_waits_for_the_one_that_is_on_its_way() {
    let (begun, begins) = std::sync::mpsc::channel();
    let (done, taken) = std::sync::mpsc::channel();
    let (submitter, inbox) = queue::<u8>();
    let writer = Writer {
        machine: Day::begin().machine,
        ledger: Slow { begun, done: taken },
        inbox,
        clock: || at(MORNING),
        witness: Box::new(|_| {}),
        followers: vec![],
        stop: Arc::new(AtomicBool::new(false)),
    };
    let before = writer.machine.picture().block;
    std::thread::scope(move |scope| {
        let writer = scope.spawn(move || writer.run().picture().block);
        let _answer = submitter.submit(vec![report("1")], vec![]).expect("room");
        begins.recv().expect("a block is on its way");
        let asker = submitter.clone();
        let asks = scope.spawn(move || asker.last_block_blocking().expect("answered"));
        done.send(()).expect("written");
        assert_eq!(asks.join().expect("asked"), before.next());
        drop(submitter);
        assert_eq!(writer.join().expect("ended"), before.next());
    });
}

#[test]
fn what_belongs_to_no_block_is_kept_without_one_and_a_full_disk_says_so() {
    for full in [false, true] {
        let paper = Paper {
            full,
            ..Paper::default()
        };
        let (submitter, inbox) = queue();
        let answer = submitter.submit(vec![], vec![7]).expect("room");
        let machine = Day::begin().machine;
        let before = machine.picture().block;
        let machine = written(machine, &paper, inbox, || at(MORNING), true);
        assert_eq!(
            machine.picture().block,
            before,
            "nothing happened to the city"
        );
        assert!(paper.blocks.lock().expect("one thread").is_empty());
        let answer = answer.blocking_recv().expect("answered");
        if full {
            assert!(answer.is_err() && paper.sealed.lock().expect("one thread").is_empty());
        } else {
            assert_eq!(answer.expect("kept").block, before);
            assert_eq!(*paper.sealed.lock().expect("one thread"), [7]);
        }
    }
}
