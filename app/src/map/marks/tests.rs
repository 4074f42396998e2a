//! What the GPU is told amounts to the marks there are, whatever happened in between.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn bus(x: f32) -> Mark {
    Mark {
        flags: FLAG_AGES,
        period: 60.0,
        ..Mark::still([x, 0.0], Shape::Arrow, 10, Ink::Unit)
    }
}

#[test]
fn a_unit_goes_on_as_it_went_and_no_further_than_it_is_believed() {
    let mark = Mark {
        drift: [0.5, 0.0],
        since: 10.0,
        ..bus(1.0)
    };
    assert_eq!(mark.place(10.0), [1.0, 0.0]);
    assert_eq!(mark.place(12.0), [2.0, 0.0]);
    assert_eq!(
        mark.place(70.0),
        mark.place(500.0),
        "one period, then it stays"
    );
    assert_eq!(
        mark.place(5.0),
        [1.0, 0.0],
        "a clock a little behind moves nothing back"
    );
}

#[test]
fn what_is_told_is_reached_from_where_it_was_drawn() {
    let before = bus(1.0);
    let mut after = bus(2.0);
    after.glides_from(&before, 20.0);
    assert_eq!(after.place(20.0), [1.0, 0.0]);
    let half_way = after.place(20.0 + GLIDE_SECONDS / 2.0);
    assert!((half_way[0] - 1.5).abs() < 1e-5, "{half_way:?}");
    assert_eq!(after.place(25.0), [2.0, 0.0]);
    let mut third = bus(0.0);
    third.glides_from(&after, 20.0 + GLIDE_SECONDS / 2.0);
    assert!((third.place(20.0 + GLIDE_SECONDS / 2.0)[0] - 1.5).abs() < 1e-5);
}

#[test]
fn a_frame_is_due_when_something_has_moved_by_a_step() {
    let mut marks = Marks::default();
    marks.put(1, bus(1.0));
    assert_eq!(marks.pace().next_step(0.0, 0.5), None, "it stands");
    let mut moving = bus(1.0);
    moving.drift = [0.25, 0.0];
    moving.since = 0.0;
    marks.put(2, moving);
    assert_eq!(marks.pace().next_step(0.0, 0.5), Some(2.0));
    let mut born = bus(1.0);
    born.born_at = 0.0;
    marks.put(3, born);
    assert_eq!(marks.pace().next_step(0.1, 0.5), Some(0.0), "a ring grows");
    marks.survey(100.0);
    assert_eq!(
        marks.pace().next_step(100.0, 0.5),
        None,
        "not heard for long: all stand"
    );
}

#[test]
fn the_same_told_twice_is_sent_once() {
    let mut marks = Marks::default();
    assert!(marks.put(7, bus(1.0)));
    assert!(!marks.put(7, bus(1.0)));
    assert_eq!(marks.writes().len(), WRITE_WORDS);
    assert!(marks.writes().is_empty());
}

#[test]
fn a_clock_that_begins_later_changes_nothing_that_is_drawn() {
    let mut marks = Marks::default();
    let mut mark = bus(2.0);
    (mark.since, mark.drift) = (3600.0, [0.5, 0.0]);
    mark.glides_from(&bus(1.0), 3601.0);
    marks.put(1, mark);
    let before = mark.place(3601.5);
    marks.shift(3600.0);
    let after = marks.get(1).map(|mark| mark.place(1.5));
    assert_eq!(after, Some(before));
}

#[test]
fn a_page_that_nobody_sees_remembers_no_more_and_more() {
    let mut marks = Marks::default();
    for told in 0..10_000_u16 {
        marks.put(u32::from(told % 3), bus(f32::from(told)));
    }
    let writes = marks.writes();
    assert!(
        writes.len() <= (2 * 3 + SOME) * WRITE_WORDS,
        "{} words",
        writes.len()
    );
    let last = writes.chunks(WRITE_WORDS).rfind(|write| write[0] == 0);
    assert_eq!(
        last.map(|write| write[1..].to_vec()),
        Some(bus(9_999.0).words().to_vec())
    );
}

#[test]
fn a_clock_that_begins_later_does_not_make_what_is_over_go_on() {
    let mut marks = Marks::default();
    let mut mark = bus(1.0);
    mark.born_at = 3_600.0;
    marks.put(1, mark);
    marks.shift(3_700.0);
    assert_eq!(marks.pace().next_step(0.0, 0.5), None);
}

#[derive(Clone, Debug)]
enum Step {
    Put(u32, u8),
    Remove(u32),
    Send,
    Keep(u32),
    Lose,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..12_u32, any::<u8>()).prop_map(|(number, x)| Step::Put(number, x)),
        3 => (0..12_u32).prop_map(Step::Remove),
        2 => Just(Step::Send),
        1 => (1..4_u32).prop_map(Step::Keep),
        1 => Just(Step::Lose),
    ]
}

proptest! {
    #[test]
    fn the_gpu_holds_what_the_sheet_holds(steps in prop::collection::vec(step(), 1..80)) {
        let mut marks = Marks::default();
        let mut gpu: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut truth: BTreeMap<u32, u8> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Put(number, x) => {
                    marks.put(number, bus(f32::from(x)));
                    truth.insert(number, x);
                }
                Step::Remove(number) => {
                    prop_assert_eq!(marks.remove(number).is_some(), truth.remove(&number).is_some());
                }
                Step::Keep(every) => {
                    marks.keep(|number| number % every == 0);
                    truth.retain(|number, _| number % every == 0);
                }
                Step::Lose => {
                    gpu.clear();
                    marks.all_anew();
                }
                Step::Send => {
                    for write in marks.writes().chunks(WRITE_WORDS) {
                        gpu.insert(write[0], write[1..].to_vec());
                    }
                    prop_assert_eq!(marks.len(), truth.len());
                    for (number, x) in &truth {
                        let slot = marks.slot(*number).expect("it is there");
                        prop_assert!((slot as usize) < marks.len());
                        prop_assert_eq!(&gpu[&slot], &bus(f32::from(*x)).words().to_vec());
                    }
                }
            }
        }
    }
}
