//! Stories of a phone that loses its network; the plain city below knows each command by its id, as the server does.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const HERE: IncidentId = IncidentId::new(1, 0);

fn id(number: u32) -> CommandId {
    CommandId::from_bits(u128::from(number))
}

fn given(queue: &mut Queue, number: u32, incident: IncidentId, command: CommandName, seen: u32) {
    let (after, expected) = queue.link(incident, command, seen).expect("there is room");
    queue.add(Queued {
        number,
        id: id(number),
        incident,
        command,
        after,
        expected,
        standing: Standing::Waiting,
        given_at: Timestamp::from_millis(0),
        title: String::new(),
        refusal: None,
        status: None,
        photos: 0,
    });
}

/// Acknowledged, arrived, resolved: all without a network.
fn three_of_one_order() -> Queue {
    let mut queue = Queue::default();
    given(&mut queue, 1, HERE, CommandName::Acknowledge, 4);
    given(&mut queue, 2, HERE, CommandName::Arrive, 4);
    given(&mut queue, 3, HERE, CommandName::Resolve, 4);
    queue
}

fn refused() -> Answer {
    Answer::Refused {
        status: 409,
        why: "moved".into(),
    }
}

#[test]
fn each_command_names_the_one_before_it_and_is_given_for_what_that_leaves_behind() {
    let mut queue = three_of_one_order();
    let said = |queue: &Queue, number| {
        let row = queue.row(number).expect("a row");
        (row.after, row.expected)
    };
    assert_eq!(said(&queue, 1), (None, Expected::Revision(4)));
    assert_eq!(said(&queue, 2), (Some(id(1)), Expected::AfterEarlier));
    assert_eq!(queue.next(), Some(1));
    queue.begin(1);
    assert_eq!(queue.next(), None, "one at a time");
    assert_eq!(queue.answered(1, Answer::Done { revision: 5 }), [1, 2]);
    assert_eq!(said(&queue, 2), (Some(id(1)), Expected::Revision(5)));
    assert_eq!(said(&queue, 3), (Some(id(2)), Expected::AfterEarlier));
}

#[test]
fn a_word_in_the_log_between_two_steps_hands_the_revision_on() {
    let mut queue = Queue::default();
    given(&mut queue, 1, HERE, CommandName::Acknowledge, 4);
    given(&mut queue, 2, HERE, CommandName::Comment, 4);
    given(&mut queue, 3, HERE, CommandName::Arrive, 4);
    assert_eq!(queue.row(2).map(|row| row.expected), Some(Expected::Any));
    assert_eq!(queue.answered(1, Answer::Done { revision: 5 }), [1]);
    assert_eq!(queue.answered(2, Answer::Done { revision: 5 }), [2, 3]);
    assert_eq!(
        queue.row(3).map(|row| row.expected),
        Some(Expected::Revision(5))
    );
}

#[test]
fn what_was_refused_holds_back_its_own_incident_and_no_other() {
    let mut queue = three_of_one_order();
    given(
        &mut queue,
        4,
        IncidentId::new(2, 0),
        CommandName::Comment,
        1,
    );
    queue.begin(1);
    queue.answered(1, refused());
    assert_eq!(queue.next(), Some(4));
    assert!(queue.is_held(2) && queue.is_held(3) && !queue.is_held(4));
    assert_eq!((queue.waiting(), queue.refused()), (3, 1));
}

#[test]
fn a_refused_one_is_given_again_under_a_new_id_for_what_the_person_has_seen() {
    let mut queue = three_of_one_order();
    queue.begin(1);
    queue.answered(1, refused());
    assert_eq!(queue.again(1, id(90), Some(7)), [1, 2]);
    let first = queue.row(1).expect("it is there");
    assert_eq!((first.id, first.expected), (id(90), Expected::Revision(7)));
    assert_eq!(queue.row(2).and_then(|row| row.after), Some(id(90)));
    assert_eq!(queue.next(), Some(1));
    assert!(
        queue.again(1, id(91), Some(8)).is_empty(),
        "it is on its way"
    );
}

#[test]
fn dropping_one_lets_those_behind_it_follow_what_was_before_it() {
    let mut queue = three_of_one_order();
    queue.begin(1);
    queue.answered(1, refused());
    assert_eq!(queue.drop_row(1, Some(7)), Some(vec![2]));
    let second = queue.row(2).expect("it is there");
    assert_eq!(
        (second.after, second.expected),
        (None, Expected::Revision(7))
    );
    assert_eq!(queue.next(), Some(2));
    queue.begin(2);
    assert_eq!(
        queue.drop_row(2, Some(7)),
        None,
        "what is on the line is not taken back"
    );
    assert!(queue.row(2).is_some());
}

#[test]
fn a_closed_tab_sends_again_what_was_on_the_line_and_a_signed_out_one_waits() {
    let mut queue = three_of_one_order();
    queue.begin(1);
    let mut reopened = Queue::of(queue.rows().to_vec());
    assert_eq!(reopened.next(), Some(1));
    reopened.begin(1);
    assert!(reopened.answered(1, Answer::SignedOut).is_empty());
    assert_eq!((reopened.next(), reopened.waiting()), (None, 3));
    reopened.signed_in();
    assert_eq!(reopened.next(), Some(1));
}

#[test]
fn a_full_queue_takes_nothing_more_and_what_was_sent_makes_room() {
    let mut queue = Queue::default();
    for number in 1..=MOST as u32 {
        given(
            &mut queue,
            number,
            IncidentId::new(u64::from(number), 0),
            CommandName::Comment,
            1,
        );
    }
    assert_eq!(queue.link(HERE, CommandName::Comment, 1), Err(Full));
    for number in 1..=30 {
        queue.begin(number);
        queue.answered(number, Answer::Done { revision: 1 });
    }
    given(&mut queue, 999, HERE, CommandName::Comment, 1);
    assert_eq!(
        queue.let_go(Timestamp::from_millis(0)),
        Vec::from_iter(1..=10)
    );
    let days_later = Timestamp::from_millis(3 * 86_400_000);
    assert_eq!(queue.let_go(days_later), Vec::from_iter(11..=30));
    assert_eq!(queue.waiting(), MOST - 30 + 1, "what waits is never let go");
}

/// The service worker decides the same, from the same table (`end2end/courier.test.mjs`).
#[test]
fn the_table_of_cases_holds() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("queue_cases.json")).expect("sound JSON");
    assert!(cases.len() > 8);
    for case in cases {
        let mut queue = Queue::of(read(&case["rows"]));
        let next = queue.next();
        assert_eq!(
            next.map(u64::from),
            case["next"].as_u64(),
            "{}",
            case["says"]
        );
        let Some(next) = next else { continue };
        queue.begin(next);
        let answer = match (&case["answer"]["done"], case["answer"]["refused"].as_u64()) {
            (Value::Number(revision), _) => Answer::Done {
                revision: revision.as_u64().expect("a revision") as u32,
            },
            (_, Some(status)) => Answer::Refused {
                status: status as u16,
                why: String::new(),
            },
            _ => Answer::Unreached,
        };
        queue.answered(next, answer);
        let kept = Queue::of(queue.rows().to_vec());
        let then = Queue::of(read(&case["then"]));
        let brief = |queue: &Queue| -> Vec<_> {
            let rows = queue.rows().iter();
            rows.map(|row| (row.number, row.standing, row.expected))
                .collect()
        };
        assert_eq!(brief(&kept), brief(&then), "{}", case["says"]);
    }
}

fn read(rows: &Value) -> Vec<Queued> {
    let rows = rows.as_array().expect("a list");
    rows.iter()
        .map(|row| {
            let number = |name: &str| row[name].as_u64().map(|number| number as u32);
            Queued {
                number: number("number").expect("a number"),
                id: id(number("number").expect("a number")),
                incident: row["incident"]
                    .as_str()
                    .expect("an id")
                    .parse()
                    .expect("an id"),
                command: CommandName::Arrive,
                after: number("after").map(id),
                expected: match (&row["expected"], number("expected")) {
                    (Value::String(_), _) => Expected::AfterEarlier,
                    (_, Some(revision)) => Expected::Revision(revision),
                    _ => Expected::Any,
                },
                standing: match row["standing"].as_str() {
                    Some("sent") => Standing::Sent,
                    Some("refused") => Standing::Refused,
                    _ => Standing::Waiting,
                },
                given_at: Timestamp::from_millis(0),
                title: String::new(),
                refusal: None,
                status: None,
                photos: 0,
            }
        })
        .collect()
}

/// What a person, the network and others do.
#[derive(Clone, Debug)]
enum Step {
    Give { incident: u64, command: CommandName },
    Send(Line),
    CloseTab,
    Again,
    Drop(usize),
    SomebodyElse { incident: u64 },
    SignIn,
}

#[derive(Clone, Copy, Debug)]
enum Line {
    Whole,
    /// It arrives, but its answer does not.
    AnswerLost,
    Down,
    SignedOut,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let command = prop_oneof![
        Just(CommandName::Acknowledge),
        Just(CommandName::Arrive),
        Just(CommandName::Resolve),
        Just(CommandName::Comment)
    ];
    let line = prop_oneof![
        4 => Just(Line::Whole), 2 => Just(Line::AnswerLost), 2 => Just(Line::Down), 1 => Just(Line::SignedOut)
    ];
    let step = prop_oneof![
        5 => (0_u64..3, command).prop_map(|(incident, command)| Step::Give { incident, command }),
        6 => line.prop_map(Step::Send),
        1 => Just(Step::CloseTab),
        2 => Just(Step::Again),
        1 => (0_usize..8).prop_map(Step::Drop),
        1 => (0_u64..3).prop_map(|incident| Step::SomebodyElse { incident }),
        1 => Just(Step::SignIn),
    ];
    proptest::collection::vec(step, 0..60)
}

/// The server as commands see it.
#[derive(Default)]
struct City {
    revisions: BTreeMap<IncidentId, u32>,
    answers: BTreeMap<CommandId, Answer>,
    /// (incident, number of the row), as carried out.
    done: Vec<(IncidentId, u32)>,
}

impl City {
    fn revision(&self, incident: IncidentId) -> u32 {
        self.revisions.get(&incident).copied().unwrap_or(1)
    }

    fn hear(&mut self, row: &Queued) -> Answer {
        if let Some(first) = self.answers.get(&row.id) {
            return first.clone();
        }
        let revision = self.revision(row.incident);
        let earlier_done = row
            .after
            .is_none_or(|after| matches!(self.answers.get(&after), Some(Answer::Done { .. })));
        let fits = match row.expected {
            Expected::Any => true,
            Expected::Revision(expected) => expected == revision,
            Expected::AfterEarlier => panic!("{row:?} was sent without its revision"),
        };
        let answer = if earlier_done && fits {
            let after = revision + u32::from(minds_revision(row.command));
            self.revisions.insert(row.incident, after);
            self.done.push((row.incident, row.number));
            Answer::Done { revision: after }
        } else {
            refused()
        };
        self.answers.insert(row.id, answer.clone());
        answer
    }
}

fn send(queue: &mut Queue, city: &mut City, line: Line) {
    let Some(number) = queue.next() else { return };
    queue.begin(number);
    let row = queue.row(number).expect("it is next").clone();
    let answer = match line {
        Line::Whole => city.hear(&row),
        Line::AnswerLost => {
            city.hear(&row);
            Answer::Unreached
        }
        Line::Down => Answer::Unreached,
        Line::SignedOut => Answer::SignedOut,
    };
    queue.answered(number, answer);
}

fn first_refused(queue: &Queue) -> Option<(u32, IncidentId)> {
    let refused = |row: &&Queued| row.standing == Standing::Refused;
    let row = queue.rows().iter().find(refused)?;
    Some((row.number, row.incident))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_network_does_nothing_is_lost_doubled_or_out_of_order(steps in steps()) {
        let (mut queue, mut city) = (Queue::default(), City::default());
        let (mut number, mut fresh) = (0_u32, 1_000_u32);
        let mut dropped = Vec::new();
        for step in steps {
            match step {
                Step::Give { incident, command } => {
                    let incident = IncidentId::new(incident + 1, 0);
                    number += 1;
                    given(&mut queue, number, incident, command, city.revision(incident));
                }
                Step::Send(line) => send(&mut queue, &mut city, line),
                Step::CloseTab => queue = Queue::of(queue.rows().to_vec()),
                Step::Again => if let Some((refused, incident)) = first_refused(&queue) {
                    fresh += 1;
                    queue.again(refused, id(fresh), Some(city.revision(incident)));
                },
                Step::Drop(at) => if let Some(row) = queue.rows().get(at).cloned()
                    && queue.drop_row(row.number, Some(city.revision(row.incident))).is_some()
                {
                    dropped.push(row.number);
                },
                Step::SomebodyElse { incident } => {
                    let incident = IncidentId::new(incident + 1, 0);
                    let revision = city.revision(incident);
                    city.revisions.insert(incident, revision + 1);
                }
                Step::SignIn => queue.signed_in(),
            }
        }
        // The network is back, the person signs in and looks at whatever was refused.
        queue.signed_in();
        for _ in 0..1_000 {
            send(&mut queue, &mut city, Line::Whole);
            if queue.next().is_none() {
                let Some((refused, incident)) = first_refused(&queue) else { break };
                fresh += 1;
                queue.again(refused, id(fresh), Some(city.revision(incident)));
            }
        }
        prop_assert_eq!((queue.waiting(), queue.refused()), (0, 0), "all is decided");
        for given in 1..=number {
            let times = city.done.iter().filter(|(_, done)| *done == given).count();
            prop_assert!(times <= 1, "{} was carried out {} times", given, times);
            prop_assert!(times == 1 || dropped.contains(&given), "{} was lost", given);
        }
        for incident in 1..=3 {
            let of: Vec<u32> = city.done.iter().filter(|(of, _)| *of == IncidentId::new(incident, 0)).map(|(_, number)| *number).collect();
            prop_assert!(of.is_sorted(), "out of order: {:?}", of);
        }
    }
}
