//! Stories of letters: a receiver that fails for an hour and more, a notice that is over, a restart in between.

use domain::account::Role;
use domain::category::Severity;
use domain::ids::{EndpointId, IncidentId, NoticeId};
use domain::notice::{About, Addressee, NoticeState, Reason};
use tempfile::TempDir;

use super::*;

const START: i64 = 1_800_000_000_000;
const MINUTE: i64 = 60_000;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(START + minutes * MINUTE)
}

fn receiver() -> EndpointId {
    EndpointId::new("duty").expect("an id")
}

fn endpoint() -> Endpoint {
    Endpoint {
        id: receiver(),
        url: "https://duty.example".into(),
        note: String::new(),
        least: Severity::Minor,
        posts: vec![domain::roster::DutyPost::Room],
        enabled: true,
        generation: 1,
        by: "admin".into(),
        at: at(0),
    }
}

fn notice(number: u32) -> Notice {
    Notice {
        id: NoticeId::new(1, number),
        about: About::Incident(IncidentId::new(1, number)),
        reason: Reason::Returned,
        to: Addressee::Role(Role::ShiftLeader),
        at: at(0),
        severity: Severity::Severe,
        title: "井盖".into(),
        title_en: "Manhole".into(),
        incident: None,
        drill: false,
        endpoints: vec![receiver()],
        state: NoticeState::Open,
    }
}

fn acknowledged(number: u32, when: Timestamp) -> Notice {
    let state = NoticeState::Acknowledged {
        by: "zhang.wei".into(),
        at: when,
    };
    Notice {
        state,
        ..notice(number)
    }
}

fn wording(notice: &Notice) -> String {
    format!("{} {}", notice.id, notice.state.name())
}

struct House {
    _home: TempDir,
    folder: Folder,
    journal: Journal,
}

fn house() -> (House, Outbox) {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(&home.path().join("data")).expect("opens");
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    for number in 1..=9 {
        let block = super::super::samples::block(number, 0);
        journal.append(&block, &[]).expect("written");
    }
    let outbox = Outbox::open(&folder, &journal, wording).expect("opens");
    let house = House {
        _home: home,
        folder,
        journal,
    };
    (house, outbox)
}

fn block(number: u64, now: Timestamp, changes: Vec<Change>) -> Arc<Stepped> {
    Arc::new(Stepped {
        block: BlockNumber(number),
        now,
        changes,
        outcomes: Vec::new(),
    })
}

fn told(outbox: &Outbox, number: u64, now: Timestamp, notices: &[Notice]) {
    let changes = notices
        .iter()
        .map(|one| Change::Notice(Arc::new(one.clone())));
    let mut changes: Vec<Change> = changes.collect();
    changes.insert(0, Change::Endpoint(Arc::new(endpoint())));
    outbox
        .apply(&[block(number, now, changes)])
        .expect("applied");
}

#[test]
fn a_receiver_that_answers_500_for_an_hour_gets_it_in_the_end_once() {
    let (_house, outbox) = house();
    told(&outbox, 1, at(0), &[notice(0)]);
    let (mut now, mut tries, mut last) = (at(0), 0, at(0));
    while now < at(60) {
        for letter in outbox.hand_out(&receiver(), now, 10).expect("handed out") {
            tries += 1;
            assert_eq!(letter.tries, tries);
            let answer = Answer::Failed("500".into());
            match outbox.tried(&letter, &answer, now).expect("noted") {
                Tried::Again(next) => {
                    let (gap, before) = (next.since(now), now.since(last));
                    assert!(
                        tries < 3 || gap > before,
                        "each wait is longer: {before} {gap}"
                    );
                    last = now;
                }
                other => panic!("given up after {tries}: {other:?}"),
            }
        }
        now = now.plus_millis(1_000);
    }
    assert!((5..=7).contains(&tries), "{tries} tries in an hour");
    let queue = &outbox.queues().expect("read")[0];
    assert_eq!((queue.waiting, queue.failing_since), (1, Some(at(0))));
    now = at(180);
    let letter = &outbox.hand_out(&receiver(), now, 10).expect("handed out")[0];
    let taken = Answer::Taken("200".into());
    assert_eq!(
        outbox.tried(letter, &taken, now).expect("noted"),
        Tried::Sent
    );
    assert_eq!(
        outbox
            .hand_out(&receiver(), at(10_000), 10)
            .expect("nothing"),
        []
    );
    assert_eq!(outbox.log(100).expect("read").len() as u32, tries + 1);
    assert_eq!(outbox.queues().expect("read")[0].failing_since, None);
}

#[test]
fn a_letter_that_nobody_takes_ends_in_the_tray_and_can_be_sent_again_or_discarded() {
    let (_house, outbox) = house();
    told(&outbox, 1, at(0), &[notice(0), notice(1)]);
    let mut now = at(0);
    while !outbox.letters("pending", 10).expect("read").is_empty() {
        for letter in outbox.hand_out(&receiver(), now, 10).expect("handed out") {
            outbox
                .tried(&letter, &Answer::Failed("it hangs".into()), now)
                .expect("noted");
        }
        now = now.plus_millis(10 * MINUTE);
        assert!(now < at(60 * 24), "a day is enough");
    }
    let dead = outbox.letters("dead", 10).expect("read");
    assert_eq!(
        (dead.len(), dead[0].tries, dead[0].answer.as_str()),
        (2, 9, "it hangs")
    );
    let again = outbox
        .revive(&dead[0].id, true, now)
        .expect("asked")
        .expect("there");
    assert_eq!((again.state.as_str(), again.tries), ("pending", 0));
    assert_eq!(outbox.revive(&dead[0].id, true, now).expect("asked"), None);
    let gone = outbox
        .revive(&dead[1].id, false, now)
        .expect("asked")
        .expect("there");
    assert_eq!(gone.state, "discarded");
    let handed = outbox.hand_out(&receiver(), now, 10).expect("handed out");
    assert_eq!(handed.len(), 1);
    let gone = Answer::Gone("410".into());
    assert_eq!(
        outbox.tried(&handed[0], &gone, now).expect("noted"),
        Tried::Dead
    );
}

#[test]
fn what_is_over_is_sent_no_more_and_only_who_was_told_hears_that_it_is() {
    let (_house, outbox) = house();
    told(&outbox, 1, at(0), &[notice(0)]);
    let handed = outbox.hand_out(&receiver(), at(0), 10).expect("handed out");
    told(&outbox, 2, at(1), &[notice(1)]);
    told(
        &outbox,
        3,
        at(1),
        &[acknowledged(0, at(1)), acknowledged(1, at(1))],
    );
    assert!(!outbox.is_wanted(&handed[0].id).expect("read"));
    // The try that was under way comes back too late to bring it up again.
    let failed = Answer::Failed("timed out".into());
    assert_eq!(
        outbox.tried(&handed[0], &failed, at(1)).expect("noted"),
        Tried::Cancelled
    );
    let left = outbox
        .hand_out(&receiver(), at(10_000), 10)
        .expect("handed out");
    let payloads: Vec<&str> = left.iter().map(|letter| letter.payload.as_str()).collect();
    assert_eq!(payloads, ["n1-0 acknowledged"]);
}

#[test]
fn a_restart_neither_loses_nor_doubles() {
    let (house, outbox) = house();
    let House {
        folder, journal, ..
    } = &house;
    told(&outbox, 1, at(0), &[notice(0), notice(1)]);
    let handed = outbox.hand_out(&receiver(), at(0), 1).expect("handed out");
    outbox
        .tried(&handed[0], &Answer::Taken("200".into()), at(0))
        .expect("noted");
    let being_sent = outbox.hand_out(&receiver(), at(0), 1).expect("handed out");
    drop(outbox);
    // Killed while the second was on its way, and before the block that brought the third was in.
    let outbox = Outbox::open(folder, journal, wording).expect("opens");
    told(&outbox, 1, at(0), &[notice(0), notice(1)]);
    let mut picture = Picture::empty();
    (picture.block, picture.now) = (BlockNumber(2), at(5));
    for number in 0..3 {
        let notice = Arc::new(notice(number));
        picture.notify.by_id.insert(
            notice.id,
            (notice.about.clone(), notice.reason, notice.to.clone()),
        );
        let key = (notice.about.clone(), notice.reason, notice.to.clone());
        picture.notify.standing.insert(key, notice);
    }
    outbox.reconcile(&picture).expect("brought up");
    outbox.reconcile(&picture).expect("twice is once");
    let left = outbox.hand_out(&receiver(), at(5), 10).expect("handed out");
    let mut ids: Vec<&str> = left.iter().map(|letter| letter.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["n1-1.duty.opened", "n1-2.duty.opened"]);
    // Under the same id, by which a receiver knows it again.
    assert!(
        left.iter()
            .any(|letter| letter.id == being_sent[0].id && letter.tries == 2)
    );
    // One that is gone from the Picture is over; one that came long ago is not told of any more.
    picture
        .notify
        .standing
        .retain(|(about, ..), _| *about != About::Incident(IncidentId::new(1, 2)));
    let mut old = notice(7);
    old.at = at(-60 * 48);
    let key = (old.about.clone(), old.reason, old.to.clone());
    picture.notify.by_id.insert(old.id, key.clone());
    picture.notify.standing.insert(key, Arc::new(old));
    outbox.reconcile(&picture).expect("brought up");
    let left = outbox
        .hand_out(&receiver(), at(60), 10)
        .expect("handed out");
    assert!(left.iter().any(|letter| letter.payload == "n1-2 settled"));
    assert!(
        left.iter()
            .all(|letter| letter.notice != NoticeId::new(1, 7))
    );
}

#[test]
fn a_receiver_s_queue_is_bounded() {
    let (_house, outbox) = house();
    let many: Vec<Notice> = (0..MOST_WAITING as u32 + 5).map(notice).collect();
    told(&outbox, 1, at(0), &many);
    let queue = &outbox.queues().expect("read")[0];
    assert_eq!((queue.waiting as i64, queue.dead), (MOST_WAITING, 5));
    let dead = outbox.letters("dead", 10).expect("read");
    assert!(dead[0].answer.contains("too many"));
    outbox.let_go(at(60 * 24 * 31)).expect("let go");
    assert_eq!(outbox.letters("dead", 10).expect("read"), []);
}
