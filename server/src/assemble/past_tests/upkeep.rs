//! What becomes of the recordings themselves: what is let go of, damaged, missed while nobody watched, and told by pages.

use std::sync::Arc;

use domain::change::Stepped;
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::wire::past::{GapView, SeatView};

use super::super::past::unknown;
use super::{Kept, a_drive, recorded, shown};
use crate::single_writer::rehearsal::Said;
use crate::store::Recordings;
use crate::store::recordings::Limits;
use crate::web::Stretch;

#[test]
fn the_oldest_is_let_go_of_by_age_and_by_size_and_the_horizon_says_so() {
    let day = a_drive(90);
    let all = day.told.len();
    let by_age = Limits {
        kept_ms: 30 * 60_000,
        least_bytes: 0,
        ..Limits::default()
    };
    let kept = Kept::of(&day, by_age);
    kept.follow(&day, 0, all);
    let horizon = kept.recordings().horizon().expect("read");
    let known_ms = horizon.until.since(horizon.since.expect("known"));
    assert!(
        (30 * 60_000..34 * 60_000).contains(&known_ms),
        "{horizon:?}"
    );
    kept.compare(all);
    let by_size = Limits {
        most_bytes: 20_000,
        least_bytes: 0,
        ..Limits::default()
    };
    let kept = Kept::of(&day, by_size);
    kept.follow(&day, 0, all);
    let horizon = kept.recordings().horizon().expect("read");
    assert!(
        horizon.bytes <= 20_000 && horizon.bytes > 10_000,
        "{horizon:?}"
    );
    assert!(horizon.since.expect("known") > kept.pictures[1].now);
    kept.compare(all);
}

#[test]
fn what_is_too_old_goes_though_no_blocks_come_in_but_what_is_shown_now_stays() {
    let day = a_drive(90);
    let limits = Limits {
        kept_ms: 30 * 60_000,
        keyframe_ms: 10 * 60_000,
        ..Limits::default()
    };
    for is_given_up in [false, true] {
        let kept = Kept::of(&day, limits);
        let recordings = kept.recordings();
        recordings.apply(&day.told).expect("taken");
        if is_given_up {
            recordings.give_up();
        }
        let until = recordings.known_until();
        let known_ms = |minutes| {
            let now = until.plus_minutes(minutes);
            recordings.let_go(now).expect("let go");
            let since = recordings.horizon().expect("read").since;
            since.map(|since| now.since(since))
        };
        let bounds = 30 * 60_000..=41 * 60_000;
        for minutes in [0, 10, 15] {
            let known_ms = known_ms(minutes).expect("known");
            assert!(bounds.contains(&known_ms), "{minutes}: {known_ms} ms");
        }
        assert_eq!(known_ms(60 * 24).is_none(), is_given_up);
        let found = recordings.picture_at(until).expect("read");
        assert_eq!(found.is_none(), is_given_up);
    }
}

#[test]
fn of_much_that_is_too_old_the_newest_goes_last() {
    let day = a_drive(31);
    let limits = Limits {
        kept_ms: 60_000,
        keyframe_ms: 10_000,
        row_ms: 0,
        ..Limits::default()
    };
    let kept = Kept::of(&day, limits);
    let recordings = kept.recordings();
    recordings.apply(&day.told).expect("taken");
    recordings.give_up();
    let until = recordings.known_until();
    let mut horizon = recordings.horizon().expect("read");
    let mut times = 0;
    while let Some(since) = horizon.since {
        let newest = recordings.picture_at(until).expect("read");
        assert_eq!(newest.expect("known").mark.at, until);
        recordings.let_go(until.plus_minutes(60)).expect("let go");
        horizon = recordings.horizon().expect("read");
        assert!(horizon.since.is_none_or(|left| left > since), "it goes on");
        times += 1;
    }
    assert!(times > 2, "{times}");
    assert_eq!(horizon.bytes, 0);
}

#[test]
fn a_lost_file_begins_anew_and_a_time_without_server_is_a_gap() {
    let day = a_drive(31);
    let all = day.told.len();
    let mut kept = Kept::of(&day, Limits::default());
    kept.follow(&day, 0, all);
    let last = day.told[all - 1].now;
    drop(kept.recordings.take());
    std::fs::remove_file(kept.folder.recordings()).expect("lost");
    let (recordings, opened) =
        Recordings::open(&kept.folder, &kept.journal, kept.limits).expect("opens");
    assert!(opened.applied.is_none() && !recordings.has_begun());
    recordings.begin(&kept.pictures[all]).expect("begins");
    let horizon = recordings.horizon().expect("read");
    assert_eq!(horizon.since, Some(last), "from now on");
    let found = recordings.picture_at(last).expect("read").expect("known");
    assert_eq!(recorded(&found.stand), shown(&kept.pictures[all]));
    recordings.resume(last.plus_minutes(10)).expect("noted");
    let gaps = recordings.horizon().expect("read").gaps;
    assert_eq!(
        (gaps.len(), gaps[0].since, gaps[0].until),
        (1, last, last.plus_minutes(10))
    );
    // Nor does a block that is written by hand meanwhile say that somebody watched.
    recordings.watched(last.plus_minutes(10)).expect("noted");
    let later = Arc::new(Stepped {
        block: recordings.applied().next(),
        now: last.plus_minutes(30),
        changes: Vec::new(),
        outcomes: Vec::new(),
    });
    recordings.apply(&[later]).expect("taken");
    recordings.resume(last.plus_minutes(31)).expect("noted");
    let gaps = recordings.horizon().expect("read").gaps;
    assert_eq!(
        (gaps.len(), gaps[1].since, gaps[1].until),
        (2, last.plus_minutes(10), last.plus_minutes(31))
    );
    // A server that is killed before it could say so was there all the same.
    recordings
        .resume(last.plus_millis(31 * 60_000 + 5_000))
        .expect("noted");
    assert_eq!(
        recordings.horizon().expect("read").gaps[1].until,
        last.plus_minutes(31)
    );
    // A quiet hour with a server that stopped in order is no gap.
    recordings.watched(last.plus_minutes(70)).expect("noted");
    recordings.resume(last.plus_minutes(70)).expect("noted");
    assert_eq!(recordings.horizon().expect("read").gaps.len(), 2);
}

#[test]
fn times_of_which_no_alarms_can_be_known_are_said() {
    let day = a_drive(31);
    let all = day.told.len();
    let kept = Kept::of(&day, Limits::default());
    kept.follow(&day, 0, all);
    let recordings = kept.recordings();
    let (first, last) = (day.told[0].now, day.told[all - 1].now);
    recordings.watched(last).expect("noted");
    recordings.resume(last.plus_minutes(10)).expect("noted");
    let gap = |since, until| GapView { since, until };
    let stretch = |since, until| Stretch {
        since,
        until,
        step_ms: 60_000,
    };
    let unknown = |stretch, until| unknown(recordings, stretch, until).expect("read");
    let (before, after) = (first.plus_minutes(-5), last.plus_minutes(20));
    assert_eq!(unknown(stretch(first, last), last), []);
    assert_eq!(
        unknown(stretch(before, after), last.plus_minutes(15)),
        [
            gap(before, first),
            gap(last, last.plus_minutes(10)),
            gap(last.plus_minutes(15), after)
        ]
    );
    let inside = last.plus_minutes(4);
    assert_eq!(
        unknown(stretch(inside, after), after),
        [gap(inside, last.plus_minutes(10))]
    );
    assert_eq!(
        recordings.gaps(inside, inside).expect("read"),
        [gap(last, last.plus_minutes(10))]
    );
    assert_eq!(
        recordings.gaps(last, last).expect("read"),
        [],
        "it is known"
    );
    assert_eq!(
        unknown(stretch(before.plus_minutes(-9), before), before).len(),
        1
    );
}

/// Damages the last keyframe, or the first row of changes.
fn damage(kept: &mut Kept, which: &str) {
    drop(kept.recordings.take());
    let file = rusqlite::Connection::open(kept.folder.recordings()).expect("opens");
    let place = if which == "keyframes" { "max" } else { "min" };
    let damaged = format!(
        "UPDATE {which} SET bytes = zeroblob(length(bytes))
         WHERE rowid = (SELECT {place}(rowid) FROM {which})"
    );
    let changed = file.execute(&damaged, []).expect("written");
    assert_eq!(changed, 1);
}

#[test]
fn recordings_that_end_unreadable_are_set_aside_and_begin_anew() {
    let day = a_drive(31);
    let mut kept = Kept::of(&day, Limits::default());
    kept.follow(&day, 0, day.told.len());
    damage(&mut kept, "keyframes");
    let (recordings, opened) =
        Recordings::open(&kept.folder, &kept.journal, kept.limits).expect("opens");
    assert!(opened.set_aside.is_some() && !recordings.has_begun());
    recordings
        .begin(&kept.pictures[day.told.len()])
        .expect("begins");
}

#[test]
fn an_old_row_that_cannot_be_read_is_passed_over_and_nothing_waits_for_it() {
    let day = a_drive(120);
    let limits = Limits {
        whole_ms: 3_600_000,
        least_bytes: 0,
        ..Limits::default()
    };
    let mut kept = Kept::of(&day, limits);
    kept.follow(&day, 0, day.told.len() / 4);
    damage(&mut kept, "changes");
    kept.start(0);
    kept.follow(&day, 0, day.told.len());
    let horizon = kept.recordings().horizon().expect("read");
    assert!(horizon.thinned_until.is_some(), "{horizon:?}");
    let last = day.told[day.told.len() - 1].now;
    assert!(kept.recordings().picture_at(last).expect("read").is_some());
}

#[test]
fn asking_for_what_has_just_been_seen_writes_nothing() {
    let mut day = a_drive(31);
    for minute in 0..3 {
        let alarm = Said::alarm(&format!("A{minute}"), day.now, Some("lift-1"), "E0402");
        day.hear(alarm);
        day.later(1);
    }
    let slowly = Limits {
        row_ms: 60 * 60_000,
        ..Limits::default()
    };
    let mut kept = Kept::of(&day, slowly);
    let all = day.told.len();
    kept.follow(&day, 0, all);
    let file = rusqlite::Connection::open(kept.folder.recordings()).expect("opens");
    let rows = || -> i64 {
        let sql = "SELECT (SELECT count(*) FROM changes) + (SELECT count(*) FROM risen)";
        file.query_row(sql, [], |row| row.get(0)).expect("counted")
    };
    let before = rows();
    kept.compare(all);
    let (first, last) = (day.told[0].now, day.told[all - 1].now);
    kept.compare_steps(first, last, 60_000, 1_000);
    let risen = |kept: &Kept| {
        let recordings = kept.recordings();
        let until = last.plus_minutes(1);
        recordings
            .alarms_risen(first, until, 60_000)
            .expect("counted")
    };
    let counted = risen(&kept);
    assert!(counted.iter().sum::<u32>() > 0, "{counted:?}");
    assert_eq!(rows(), before);
    // And nothing is told twice once it is written.
    kept.start(0);
    assert!(rows() > before);
    assert_eq!(risen(&kept), counted);
    kept.compare(all);
}

#[test]
fn what_is_let_go_of_is_found_nowhere_in_the_file() {
    let day = a_drive(90);
    let limits = Limits {
        kept_ms: 30 * 60_000,
        least_bytes: 0,
        ..Limits::default()
    };
    let mut kept = Kept::of(&day, limits);
    let half = day.told.len() / 2;
    kept.follow(&day, 0, half);
    let view = SeatView {
        tab: Some("a-list-nobody-has".into()),
        ..a_view(day.told[half - 1].now, "operator", 9.0)
    };
    kept.recordings().look(&view, false).expect("written");
    let holds = |kept: &mut Kept| {
        kept.start(0);
        // The last to close empties the write-ahead log into the file.
        drop(kept.recordings.take());
        let bytes = std::fs::read(kept.folder.recordings()).expect("read");
        kept.start(0);
        bytes.windows(17).any(|some| some == b"a-list-nobody-has")
    };
    assert!(holds(&mut kept));
    kept.follow(&day, 0, day.told.len());
    assert!(!holds(&mut kept));
}

#[test]
fn what_was_set_aside_goes_when_it_is_as_old_as_what_is_let_go_of() {
    let day = a_drive(31);
    let all = day.told.len();
    let kept = Kept::of(&day, Limits::default());
    let aside = kept.folder.recordings().with_added_extension("aside");
    let written_days_ago = |days: i64| {
        let at = day.told[all - 1].now.plus_minutes(-days * 1440).millis();
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(at.cast_unsigned());
        let file = std::fs::File::create(&aside).expect("made");
        file.set_modified(at).expect("set");
    };
    written_days_ago(29);
    kept.follow(&day, 0, all);
    assert!(aside.exists());
    written_days_ago(31);
    kept.recordings()
        .let_go(day.told[all - 1].now)
        .expect("let go");
    assert!(!aside.exists());
}

#[test]
fn whoever_only_opens_the_recordings_lets_go_of_nothing() {
    let day = a_drive(90);
    let limits = Limits {
        kept_ms: 60_000,
        most_bytes: 1,
        ..Limits::default()
    };
    let kept = Kept::of(&day, limits);
    kept.recordings().apply(&day.told).expect("taken");
    let horizon = kept.recordings().horizon().expect("read");
    assert_eq!(horizon.since, Some(kept.pictures[1].now));
}

pub(super) fn a_view(at: Timestamp, account: &str, zoom: f32) -> SeatView {
    SeatView {
        view: 0,
        at,
        account: account.into(),
        audience: Audience::City,
        page: "desk".into(),
        window: None,
        bbox: [113.5, 22.6, 114.3, 23.2],
        zoom,
        layers: Vec::new(),
        filter: None,
        tab: None,
        words: None,
        incident: None,
    }
}

#[test]
fn what_seats_told_is_part_of_the_size_and_goes_with_its_age_however_quiet_the_city_is() {
    let day = a_drive(90);
    let one_segment = Limits {
        kept_ms: 30 * 60_000,
        keyframe_ms: 600 * 60_000,
        least_bytes: 1 << 30,
        most_looks: 100,
        ..Limits::default()
    };
    let mut kept = Kept::of(&day, one_segment);
    let (half, all) = (day.told.len() / 2, day.told.len());
    kept.follow(&day, 0, half);
    let held = |kept: &Kept| kept.recordings().horizon().expect("read").bytes;
    let in_file = |kept: &Kept| {
        let file = rusqlite::Connection::open(kept.folder.recordings()).expect("opens");
        let of = |table: &str| -> i64 {
            let sum = format!("SELECT coalesce(sum(length(bytes)), 0) FROM {table}");
            file.query_row(&sum, [], |row| row.get(0)).expect("counted")
        };
        (of("keyframes") + of("changes") + of("looks")).cast_unsigned()
    };
    let seen = |kept: &Kept, at: Timestamp| {
        let looks = kept.recordings().looks_at(at, &|_| true);
        looks.expect("read").len()
    };
    let (at, before) = (day.told[half - 1].now, held(&kept));
    for _ in 0..1_000 {
        let view = a_view(at, "loud", 9.0);
        kept.recordings().look(&view, false).expect("written");
    }
    let with = held(&kept);
    let one = postcard::to_allocvec(&a_view(at, "loud", 9.0))
        .expect("written")
        .len() as u64;
    assert!((100 * one..165 * one).contains(&(with - before)));
    assert_eq!(seen(&kept, at), 1);
    kept.start(0);
    assert_eq!(held(&kept), in_file(&kept), "a start knows of it");
    kept.follow(&day, 0, all);
    assert_eq!(seen(&kept, at), 0, "longer ago than anything is kept");
    assert_eq!(held(&kept), in_file(&kept));
}

#[test]
fn each_window_is_told_for_itself_until_it_is_left_and_each_view_has_a_number() {
    let day = a_drive(31);
    let kept = Kept::of(&day, Limits::default());
    let at = |second: i64| day.now.plus_millis(second * 1_000);
    let tell = |second: i64, window: &str, left: bool| {
        let view = SeatView {
            window: Some(window.into()),
            ..a_view(at(second), "operator", second as f32)
        };
        kept.recordings().look(&view, left).expect("written");
    };
    tell(0, "left-screen", false);
    tell(1, "right-screen", false);
    tell(5, "right-screen", false);
    tell(9, "left-screen", true);
    let seen = |second: i64| {
        let looks = kept.recordings().looks_at(at(second), &|_| true);
        looks.expect("read")
    };
    let zooms = |second: i64| {
        seen(second)
            .iter()
            .map(|view| view.zoom)
            .collect::<Vec<_>>()
    };
    assert_eq!(zooms(0), [0.0]);
    assert_eq!(zooms(4), [1.0, 0.0]);
    assert_eq!(zooms(8), [5.0, 0.0]);
    assert_eq!(zooms(10), [5.0], "a window that was left shows nothing");
    for view in seen(4) {
        let again = kept.recordings().look_of(view.view).expect("read");
        assert_eq!(again, Some(view));
    }
    assert_eq!(kept.recordings().look_of(1_000).expect("read"), None);
}

#[test]
fn who_tells_much_pushes_out_only_what_he_told_himself() {
    let day = a_drive(31);
    let limits = Limits {
        most_looks: 100,
        ..Limits::default()
    };
    let kept = Kept::of(&day, limits);
    let at = day.now;
    let look = |account: &str, zoom: f32| {
        let view = a_view(at, account, zoom);
        kept.recordings().look(&view, false).expect("written");
    };
    look("quiet", 9.0);
    for zoom in 0..400 {
        look("loud", zoom as f32 / 100.0);
        look("as loud", 1.0);
    }
    let seen = |of: &dyn Fn(&str) -> bool| kept.recordings().looks_at(at, of).expect("read");
    assert_eq!(seen(&|account| account == "quiet").len(), 1);
    let loud = seen(&|account| account == "loud");
    assert_eq!(
        loud.iter().map(|view| view.zoom).collect::<Vec<_>>(),
        [3.99]
    );
    let file = rusqlite::Connection::open(kept.folder.recordings()).expect("opens");
    for loud in ["loud", "as loud"] {
        let rows: i64 = file
            .query_row(
                "SELECT count(*) FROM looks WHERE account = ?1",
                [loud],
                |row| row.get(0),
            )
            .expect("counted");
        assert!((100..165).contains(&rows), "{loud}: {rows}");
    }
}
