//! What is recorded, against a plain model that keeps every Picture: over random days with restarts, short rows, borders of
//! keyframes, thinning, and what is let go of.

mod seats;
mod thinning;
mod upkeep;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::command::Input;
use domain::picture::Picture;
use domain::time::Timestamp;
use domain::view;
use domain::wire::record::{Whole, rounded};
use proptest::prelude::*;

use crate::single_writer::rehearsal::living::{Event, Living, event};
use crate::single_writer::rehearsal::{Day, Said, nancheng};
use crate::store::recordings::{Limits, Name, Stand};
use crate::store::{Folder, Journal, Recordings};
use crate::stream::Scene;

type Shown = BTreeMap<Name, Whole>;

/// Everything a Picture shows: what ended an hour ago left at the last tenth second of its clock.
fn shown(picture: &Picture) -> Shown {
    let city = picture.city.as_ref().expect("a city");
    let sweep = picture.now.millis() / 10_000 * 10_000;
    let lately = |at: Timestamp| sweep - at.millis() <= 3_600_000;
    let mut all = Shown::new();
    for one in picture.incidents.values() {
        if one.state.is_open() || lately(one.updated_at) {
            let view = view::incident(city, one, picture.now);
            all.insert(Name::Incident(one.id), Whole::Incident(Arc::new(view)));
        }
    }
    for one in picture.alarms.values() {
        let over = one.state == domain::alarm::AlarmState::Normal;
        if !over || one.cleared_at.is_none_or(lately) {
            all.insert(
                Name::Alarm(one.id),
                Whole::Alarm(Arc::new(view::alarm(one))),
            );
        }
    }
    for one in picture.units.values() {
        if sweep - one.heard_at.millis() <= 24 * 3_600_000 {
            let view = rounded(&view::unit(city, one));
            all.insert(Name::Unit(one.id.clone()), Whole::Unit(Arc::new(view)));
        }
    }
    for one in picture.sensors.values() {
        let view = view::sensor(city, one);
        all.insert(Name::Sensor(one.id.clone()), Whole::Sensor(Arc::new(view)));
    }
    all
}

fn recorded(stand: &Stand) -> Shown {
    let things = stand.things().values();
    things
        .map(|thing| (Name::of(thing), thing.clone()))
        .collect()
}

/// What viewers of the live stream were shown.
fn told(scene: &Scene) -> Vec<Whole> {
    let all = scene.things.all();
    let by_name: BTreeMap<_, _> = all.map(|(_, key, shown)| (key, shown)).collect();
    by_name.values().map(|shown| shown.told()).collect()
}

/// The same of what is recorded: the stream tells incidents without sentences.
fn brief(shown: &Shown) -> Vec<Whole> {
    shown.values().map(Whole::brief).collect()
}

/// A data folder, the day that is written into it, and every Picture of it.
struct Kept {
    _home: tempfile::TempDir,
    folder: Folder,
    journal: Journal,
    limits: Limits,
    recordings: Option<Recordings>,
    pictures: Vec<Picture>,
}

impl Kept {
    fn of(day: &Day, limits: Limits) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&home.path().join("data")).expect("opens");
        let (mut journal, _) = Journal::open(&folder, false).expect("opens");
        let mut again = Day::begin();
        let mut pictures = vec![again.picture().clone()];
        for block in &day.journal {
            journal.append(block, &[]).expect("written");
            again.now = block.now;
            again.block(block.inputs.clone());
            pictures.push(again.picture().clone());
        }
        let mut kept = Self {
            _home: home,
            folder,
            journal,
            limits,
            recordings: None,
            pictures,
        };
        kept.start(0);
        kept
    }

    fn recordings(&self) -> &Recordings {
        self.recordings.as_ref().expect("open")
    }

    /// As after a stop or a kill: opened anew, with a Picture of some block that is recorded already.
    fn start(&mut self, back: usize) {
        drop(self.recordings.take());
        let (recordings, opened) =
            Recordings::open(&self.folder, &self.journal, self.limits).expect("opens");
        assert_eq!(opened.set_aside, None);
        let applied = recordings.applied().0 as usize;
        recordings.know(&self.pictures[applied.saturating_sub(back)]);
        if !recordings.has_begun() {
            recordings.begin(&self.pictures[0]).expect("begins");
        }
        self.recordings = Some(recordings);
    }

    /// Brings it up to a block, from a little before where it is.
    fn follow(&self, day: &Day, back: usize, to: usize) {
        let from = (self.recordings().applied().0 as usize).saturating_sub(back);
        if from < to {
            for stepped in &day.told[from..to] {
                let recordings = self.recordings();
                recordings
                    .apply(std::slice::from_ref(stepped))
                    .expect("taken");
                recordings.let_go(stepped.now).expect("let go");
                recordings.thin(stepped.now, &|| false).expect("thinned");
            }
        }
    }

    /// The last Picture of each moment, up to a block.
    fn moments(&self, to: usize) -> BTreeMap<Timestamp, &Picture> {
        let pictures = self.pictures[1..=to].iter();
        pictures.map(|picture| (picture.now, picture)).collect()
    }

    fn compare(&self, to: usize) {
        self.compare_at(&self.moments(to));
    }

    fn compare_at(&self, moments: &BTreeMap<Timestamp, &Picture>) {
        let recordings = self.recordings();
        let horizon = recordings.horizon().expect("read");
        let Some(since) = horizon.since else {
            assert!(moments.is_empty());
            return;
        };
        for (at, picture) in moments {
            let found = recordings.picture_at(*at).expect("read");
            if *at < since {
                assert!(found.is_none(), "{at:?} lies before {since:?}");
                continue;
            }
            let found = recorded(&found.expect("known").stand);
            let real = shown(picture);
            if horizon.thinned_until.is_none_or(|until| *at >= until) {
                assert_eq!(found, real, "at {at:?}");
                continue;
            }
            assert!(found.keys().eq(real.keys()), "at {at:?}");
            for (name, thing) in &found {
                if !matches!(thing, Whole::Unit(_)) {
                    assert_eq!(Some(thing), real.get(name), "at {at:?}");
                    continue;
                }
                let from = at.plus_millis(-self.limits.thinned_ms);
                // Who has stood still as long as moves may be apart is where he is.
                let stands = moments
                    .range(at.plus_millis(-self.limits.thinned_ms)..=*at)
                    .all(|(_, picture)| shown(picture).get(name) == real.get(name));
                if stands {
                    assert_eq!(Some(thing), real.get(name), "{name:?} at {at:?}");
                    continue;
                }
                let of_lately = self.lately(moments, name, from, *at);
                assert!(of_lately.contains(thing), "{name:?} at {at:?}");
            }
        }
    }

    /// How a unit stood from the first moment on that lies no further before its last move than moves may be apart.
    fn lately(
        &self,
        moments: &BTreeMap<Timestamp, &Picture>,
        name: &Name,
        from: Timestamp,
        at: Timestamp,
    ) -> Vec<Whole> {
        let mut was: Vec<(Timestamp, Whole)> = Vec::new();
        for (moment, picture) in moments.range(..=at) {
            if let Some(thing) = shown(picture).remove(name)
                && was.last().is_none_or(|(_, last)| *last != thing)
            {
                was.push((*moment, thing));
            }
        }
        let last = was.last().map_or(at, |(moment, _)| *moment);
        let from = from.plus_millis(last.since(at));
        was.retain(|(moment, _)| *moment >= from);
        // Several blocks of one moment: any of them.
        let blocks = self
            .pictures
            .iter()
            .filter(|picture| picture.now >= from && picture.now <= at);
        was.extend(blocks.filter_map(|picture| Some((picture.now, shown(picture).remove(name)?))));
        was.into_iter().map(|(_, thing)| thing).collect()
    }

    /// Steps from one moment to another show at each of their ends what is recorded of it.
    fn compare_steps(&self, since: Timestamp, until: Timestamp, step_ms: i64, most: usize) {
        let recordings = self.recordings();
        let at = |moment| recordings.picture_at(moment).expect("read");
        let Some(begins) = at(since) else {
            assert!(
                recordings
                    .steps(since, until, step_ms, most)
                    .expect("read")
                    .is_none()
            );
            return;
        };
        let mut things = begins.stand.things().clone();
        let mut from = since;
        loop {
            let steps = recordings
                .steps(from, until, step_ms, most)
                .expect("read")
                .expect("known");
            for step in steps.steps {
                for (number, before, after) in step.changed {
                    assert_eq!(things.get(&number), before.as_ref(), "before {:?}", step.at);
                    match after {
                        Some(after) => things.insert(number, after),
                        None => things.remove(&number),
                    };
                }
                assert_eq!(
                    &things,
                    at(step.at).expect("known").stand.things(),
                    "{:?}",
                    step.at
                );
            }
            let end = steps.next.unwrap_or(until);
            assert_eq!(
                steps.to,
                at(end).expect("known").mark.block,
                "it says where it ends"
            );
            let Some(next) = steps.next else { break };
            assert!(next > from, "it goes on");
            from = next;
        }
        assert_eq!(&things, at(until).expect("known").stand.things());
    }
}

fn limits() -> impl Strategy<Value = Limits> {
    const MINUTE_MS: i64 = 60_000;
    (
        prop_oneof![Just(0), Just(5_000), Just(30 * MINUTE_MS)],
        prop_oneof![Just(0), Just(2_000), Just(64 << 10)],
        prop_oneof![2 => Just(30 * 1440 * MINUTE_MS), 1 => Just(300 * MINUTE_MS)],
        prop_oneof![2 => Just(20_u64 << 30), 1 => Just(6_000_u64)],
        prop_oneof![1 => Just(1440 * MINUTE_MS), 1 => Just(60 * MINUTE_MS)],
        prop_oneof![Just(5_000), Just(60 * MINUTE_MS)],
        prop_oneof![Just(64 << 20), Just(300_usize)],
    )
        .prop_map(
            |(row_ms, least_bytes, kept_ms, most_bytes, whole_ms, thinned_ms, most_read)| Limits {
                kept_ms,
                most_bytes,
                whole_ms,
                thinned_ms,
                stretch_ms: 15 * MINUTE_MS,
                keyframe_ms: 60 * MINUTE_MS,
                row_ms,
                least_bytes,
                most_read,
                ..Limits::default()
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_recorded_moment_is_shown_as_it_was(
        events in prop::collection::vec(event(), 1..60),
        limits in limits(),
        stops in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize), 0..4),
        asked in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..90i64, 1..20usize), 3),
    ) {
        let day = Living::live(&events);
        let mut kept = Kept::of(&day, limits);
        let all = day.told.len();
        let mut stops: Vec<(usize, usize)> = stops.iter().map(|(at, back)| (at.index(all + 1), *back)).collect();
        stops.sort_unstable();
        for (at, back) in stops {
            kept.follow(&day, back, at);
            kept.start(back);
        }
        kept.follow(&day, 0, all);
        kept.compare(all);
        let moments: Vec<Timestamp> = kept.moments(all).into_keys().collect();
        for (one, other, minutes, most) in asked {
            let (one, other) = (moments[one.index(moments.len())], moments[other.index(moments.len())]);
            if one != other {
                kept.compare_steps(one.min(other), one.max(other), minutes * 60_000, most);
            }
        }
    }

    /// Two places hold the same rules (what leaves when, what a changed thing looks like): they must not drift apart.
    #[test]
    fn what_is_recorded_is_what_the_live_stream_shows(events in prop::collection::vec(event(), 1..40)) {
        let day = Living::live(&events);
        let kept = Kept::of(&day, Limits::default());
        let mut scene = Scene::of(&kept.pictures[0], 100);
        for (index, stepped) in day.told.iter().enumerate() {
            scene.take(stepped);
            kept.follow(&day, 0, index + 1);
            let last_of_moment = day.told.get(index + 1).is_none_or(|next| next.now > stepped.now);
            if last_of_moment {
                let found = kept.recordings().picture_at(stepped.now).expect("read").expect("known");
                prop_assert_eq!(brief(&recorded(&found.stand)), told(&scene));
            }
        }
    }
}

/// A bus that drives for so many minutes, heard every two seconds, and an incident half an hour before the end.
fn a_drive(minutes: i64) -> Day {
    let mut day = Day::begin();
    for second in (0..minutes * 60).step_by(2) {
        if second == (minutes - 30) * 60 {
            day.hear(Said::report("R1", day.now, nancheng(), "E0402"));
        }
        let there = nancheng().offset_m(second as f64, 0.0);
        day.hear(Said::unit("bus-1", day.now, there));
        day.later_ms(2_000);
    }
    day
}

#[test]
fn after_a_day_a_bus_is_known_every_five_seconds_and_everything_else_to_the_block() {
    let day = a_drive(120);
    let hour_ms = 3_600_000;
    let limits = Limits {
        whole_ms: hour_ms,
        least_bytes: 0,
        ..Limits::default()
    };
    let kept = Kept::of(&day, limits);
    let all = day.told.len();
    kept.follow(&day, 0, all);
    let horizon = kept.recordings().horizon().expect("read");
    let thinned = horizon.thinned_until.expect("an hour is old");
    assert!(
        day.now.since(thinned) < hour_ms + 16 * 60_000,
        "{horizon:?}"
    );
    kept.compare(all);
    let begins = kept.pictures[1].now;
    let drive = |from: Timestamp| {
        let steps = kept
            .recordings()
            .steps(from, from.plus_millis(600_000), 1_000, 100_000);
        steps.expect("read").expect("known").steps.len()
    };
    let (old, new) = (drive(begins), drive(thinned.plus_millis(600_000)));
    assert_eq!(new, 300, "every two seconds");
    assert_eq!(old, 100, "every six: the first after five");
}

#[test]
fn a_day_of_quiet_is_no_reason_to_panic() {
    let day = Living::live(&[Event::Cut, Event::Passes(100), Event::Cut]);
    let kept = Kept::of(&day, Limits::default());
    kept.follow(&day, 0, day.told.len());
    kept.compare(day.told.len());
}

#[test]
fn one_answer_reads_through_so_many_bytes_whether_they_are_keyframes_or_changes() {
    const MOST_READ: usize = 20_000;
    let mut day = Day::begin();
    let bus = |name: String, day: &Day, east: f64| {
        Said::unit(&name, day.now, nancheng().offset_m(east, 0.0))
    };
    for index in 0..40 {
        day.hear(bus(format!("bus-{index}"), &day, f64::from(index)));
    }
    for second in 0..100 {
        day.later(2);
        day.hear(bus("bus-0".into(), &day, f64::from(second)));
    }
    let a_keyframe_each = Limits {
        row_ms: 0,
        keyframe_ms: 60_000,
        most_read: MOST_READ,
        ..Limits::default()
    };
    let kept = Kept::of(&day, a_keyframe_each);
    let all = day.told.len();
    kept.follow(&day, 0, all);
    let (first, last) = (day.told[0].now, day.told[all - 1].now);
    let steps = kept.recordings().steps(first, last, 60_000, 100_000);
    let next = steps.expect("read").expect("known").next;
    let file = rusqlite::Connection::open(kept.folder.recordings()).expect("opens");
    let sql = "SELECT substr(bytes, 2, 4) FROM keyframes WHERE at > ?1 AND at <= ?2";
    let mut statement = file.prepare(sql).expect("asked");
    let lengths = statement.query_map(
        [first.millis(), next.expect("there is more").millis()],
        |row| row.get::<_, [u8; 4]>(0),
    );
    let lengths: Vec<usize> = lengths
        .expect("asked")
        .map(|bytes| u32::from_le_bytes(bytes.expect("read")) as usize)
        .collect();
    let (read, largest) = (lengths.iter().sum(), lengths.iter().max());
    let bounds = MOST_READ / 2..MOST_READ + largest.expect("some");
    assert!(bounds.contains(&read), "{read} of {bounds:?}");
    kept.compare_steps(first, last, 60_000, 100_000);
}

#[test]
fn what_happens_in_the_block_that_brings_a_new_pack_is_shown_under_its_names() {
    let mut day = Day::begin();
    let standing = Said::report("R1", day.now, nancheng(), "E0402");
    let opened = day.opens(standing);
    day.hear(Said::unit("bus-1", day.now, nancheng()));
    day.later(1);
    let mut city = (*day.city()).clone();
    let town = opened.town.clone().expect("in a town");
    for one in &mut city.towns {
        if one.code == town {
            one.name = "新城".into();
        }
    }
    let far = nancheng().offset_m(-900.0, 0.0);
    let said = [
        Said::report("R2", day.now, far, "E0301"),
        Said::unit("bus-2", day.now, nancheng()),
    ];
    let mut inputs: Vec<Input> = said
        .into_iter()
        .map(|said| Input::Observation(Box::new(said.sealed())))
        .collect();
    inputs.push(Input::City(Box::new(city)));
    day.block(inputs);
    let kept = Kept::of(&day, Limits::default());
    let all = day.told.len();
    kept.follow(&day, 0, all);
    let found = kept.recordings().picture_at(day.now).expect("read");
    let found = recorded(&found.expect("known").stand);
    let towns: Vec<Option<&str>> = found
        .values()
        .map(|thing| match thing {
            Whole::Incident(view) => view.town.as_deref(),
            Whole::Unit(view) => view.town.as_deref(),
            Whole::Alarm(_) | Whole::Sensor(_) => None,
        })
        .collect();
    assert_eq!(towns, [Some("新城"); 4]);
    assert_eq!(found, shown(day.picture()));
    let mut scene = Scene::of(&kept.pictures[0], 100);
    for stepped in &day.told {
        scene.take(stepped);
    }
    assert_eq!(brief(&found), told(&scene));
}
