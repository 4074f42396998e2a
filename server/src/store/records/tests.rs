//! Stories of the records: what is found, what is refused, what survives a rebuild, and which index answers.

use std::fs;
use std::sync::Arc;

use domain::alarm::{AlarmCause, AlarmState};
use domain::category::Severity;
use domain::change::Change;
use domain::command::Refusal;
use domain::ids::{AccountName, ObservationId};
use domain::lifecycle::State;
use domain::request::Waiting;
use rusqlite::params_from_iter;
use tempfile::TempDir;

use super::super::samples::{self, changed, minute, stepped};
use super::super::{Folder, Journal};
use super::incidents::Asked;
use super::*;

struct Place {
    home: TempDir,
    folder: Folder,
    journal: Journal,
}

fn place() -> Place {
    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(&home.path().join("data")).expect("opens");
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    for number in 1..=20 {
        journal
            .append(&samples::block(number, 0), &[])
            .expect("written");
    }
    Place {
        home,
        folder,
        journal,
    }
}

impl Place {
    fn records(&self) -> (Records, RecordsOpened) {
        Records::open(&self.folder, &self.journal).expect("opens")
    }
}

fn found(records: &Records, words: &str) -> Vec<IncidentId> {
    let query = IncidentQuery {
        text: Some(words.into()),
        ..IncidentQuery::default()
    };
    let page = records.incidents(&query, &Audience::City).expect("a page");
    page.incidents.iter().map(|incident| incident.id).collect()
}

#[test]
fn a_gap_is_an_error_and_what_is_known_is_skipped() {
    let place = place();
    let (records, opened) = place.records();
    assert_eq!((opened.applied, opened.begun_anew), (BlockNumber(0), None));
    let incident = samples::incident(1, 0);
    records
        .apply(&[stepped(1, vec![changed(&incident)])])
        .expect("taken");
    let gap = records.apply(&[stepped(2, Vec::new()), stepped(4, Vec::new())]);
    assert!(matches!(
        gap,
        Err(StoreError::OutOfOrder {
            given: BlockNumber(4),
            ..
        })
    ));
    assert_eq!(records.applied(), BlockNumber(1), "nothing of the two");
    let mut other = incident.clone();
    other.revision = 9;
    records
        .apply(&[stepped(1, vec![changed(&other)]), stepped(2, Vec::new())])
        .expect("taken");
    assert_eq!(records.applied(), BlockNumber(2));
    let (block, kept) = records.incident(incident.id).expect("read").expect("there");
    assert_eq!(
        (block, (*kept).clone()),
        (BlockNumber(1), incident),
        "block 1 was not taken twice"
    );
    drop(records);
    assert_eq!(
        place.records().1,
        RecordsOpened {
            applied: BlockNumber(2),
            begun_anew: None
        }
    );
}

#[test]
fn two_character_words_are_found_in_titles_places_evidence_and_notes() {
    let place = place();
    let (records, _) = place.records();
    let lamp = samples::incident(2, 0);
    let mut named = samples::incident(2, 1);
    named.title = Some("松山湖 Lake Park 围栏倒塌".into());
    named.town = None;
    named.category = None;
    let water = samples::incident(2, 2);
    let piece = samples::evidence(2, 3, water.id, "厚街大道积水很深，车过不去 G4");
    let noted = samples::note(lamp.id, 3, "已联系供电局");
    let blocks = [
        stepped(1, vec![Change::City(samples::city("虎门镇", "路灯损坏"))]),
        stepped(
            2,
            vec![
                changed(&lamp),
                changed(&named),
                changed(&water),
                Change::Evidence(Arc::new(piece.clone())),
            ],
        ),
        stepped(3, vec![Change::Timeline(Arc::new(noted))]),
    ];
    records.apply(&blocks).expect("taken");
    assert_eq!(
        found(&records, "路灯"),
        [water.id, lamp.id],
        "the kind's name is in both headings"
    );
    assert_eq!(found(&records, "虎门"), [water.id, lamp.id]);
    assert_eq!(found(&records, "humen lamp"), [water.id, lamp.id]);
    assert_eq!(found(&records, "积水"), [water.id]);
    assert_eq!(
        found(&records, "积水 虎门"),
        [water.id],
        "one word in the evidence, one in the heading"
    );
    assert_eq!(found(&records, "g4"), [water.id]);
    assert_eq!(found(&records, "供电"), [lamp.id]);
    assert_eq!(found(&records, "围栏"), [named.id]);
    assert_eq!(found(&records, &lamp.number), [lamp.id]);
    assert!(found(&records, "积水 围栏").is_empty());
    assert!(
        found(&records, "水积").is_empty(),
        "the order of characters counts"
    );
    for nothing in ["", "！？", "\"", "* OR", "NEAR(", "a\"b*^:-"] {
        assert!(found(&records, nothing).is_empty(), "{nothing}");
    }

    // The piece moves to another incident (a merge), and is found there only.
    let moved = Evidence {
        incident: lamp.id,
        ..piece
    };
    records
        .apply(&[stepped(4, vec![Change::Evidence(Arc::new(moved))])])
        .expect("taken");
    assert_eq!(found(&records, "积水"), [lamp.id]);
    assert_eq!(records.evidence_of(lamp.id).expect("read").len(), 1);
    assert!(records.evidence_of(water.id).expect("read").is_empty());

    // A pack that renames the town and the kind: old incidents are found by the new names.
    records
        .apply(&[stepped(
            5,
            vec![Change::City(samples::city("滨海湾", "灯杆倾斜"))],
        )])
        .expect("taken");
    assert!(found(&records, "虎门").is_empty());
    assert_eq!(found(&records, "滨海 灯杆"), [water.id, lamp.id]);
}

#[test]
fn a_dossier_holds_evidence_by_time_and_the_timeline_in_its_order() {
    let place = place();
    let (records, _) = place.records();
    let incident = samples::incident(1, 0);
    let late = samples::evidence(3, 1, incident.id, "后来");
    let early = samples::evidence(1, 2, incident.id, "先来");
    let entries = [
        samples::opened(&incident, 1),
        samples::note(incident.id, 2, "一"),
        samples::note(incident.id, 2, "二"),
    ];
    let mut changes = vec![changed(&incident)];
    changes.extend([&late, &early].map(|piece| Change::Evidence(Arc::new(piece.clone()))));
    changes.extend(
        entries
            .iter()
            .map(|entry| Change::Timeline(Arc::new(entry.clone()))),
    );
    records.apply(&[stepped(1, changes)]).expect("taken");
    let dossier = records.dossier(incident.id).expect("read").expect("there");
    assert_eq!((*dossier.incident).clone(), incident);
    assert_eq!(dossier.evidence, [early, late]);
    assert_eq!(dossier.timeline, entries);
    assert_eq!(records.timeline_of(incident.id).expect("read"), entries);
    assert_eq!(dossier.position, BlockNumber(1));
    assert!(
        records
            .dossier(IncidentId::new(9, 9))
            .expect("read")
            .is_none()
    );
}

#[test]
fn a_command_is_answered_the_same_for_ever() {
    let place = place();
    let (records, _) = place.records();
    let first = CommandAnswer {
        id: CommandId::from_bits(7),
        at: minute(1),
        answer: Err(Refusal::UnknownIncident),
    };
    let second = CommandAnswer {
        answer: Ok(Arc::new(samples::incident(1, 0))),
        ..first.clone()
    };
    records
        .apply(&[stepped(1, vec![Change::Answered(Arc::new(first.clone()))])])
        .expect("taken");
    records
        .apply(&[stepped(2, vec![Change::Answered(Arc::new(second))])])
        .expect("taken");
    assert_eq!(records.answer(first.id).expect("read"), Some(first.clone()));
    assert_eq!(records.answer(CommandId::from_bits(8)).expect("read"), None);
    let of_alarm = |at, answer| {
        let id = first.id;
        Arc::new(CommandAnswer::<Alarm> { id, at, answer })
    };
    let silenced = of_alarm(minute(3), Err(Refusal::NotYourIncident));
    let again = of_alarm(minute(4), Err(Refusal::UnknownIncident));
    for (block, answer) in [(3, silenced.clone()), (4, again)] {
        let told = stepped(block, vec![Change::AlarmAnswered(answer)]);
        records.apply(&[told]).expect("taken");
    }
    let kept = records.alarm_answer(first.id).expect("read");
    assert_eq!(
        kept,
        Some((*silenced).clone()),
        "and one id serves for both"
    );
    assert_eq!(records.answer(first.id).expect("read"), Some(first));
}

#[test]
fn alarms_are_listed_newest_first_to_those_who_may_see_them() {
    let place = place();
    let (records, _) = place.records();
    let mut lamp = samples::incident(1, 0);
    lamp.lead = Some(samples::assigned("lamps"));
    let alarm = |index: u32, state, incident| Alarm {
        category: Some(samples::category("E0301")),
        state,
        position: lamp.position,
        incident,
        ..Alarm::risen(
            AlarmId::new(1, index),
            samples::source(),
            AlarmCause::Source(ObservationId::new("A-1").expect("plain")),
            Severity::Severe,
            minute(1),
        )
    };
    let alarms = [
        alarm(1, AlarmState::ActiveUnacknowledged, Some(lamp.id)),
        alarm(2, AlarmState::ActiveAcknowledged, None),
        alarm(3, AlarmState::ClearedUnacknowledged, Some(lamp.id)),
    ];
    let mut changes = vec![changed(&lamp)];
    changes.extend(
        alarms
            .iter()
            .map(|alarm| Change::Alarm(Arc::new(alarm.clone()))),
    );
    records.apply(&[stepped(1, changes)]).expect("taken");
    let list = |query: &AlarmQuery, audience: &Audience| -> Vec<u64> {
        let alarms = records.alarms(query, audience).expect("listed");
        alarms
            .iter()
            .map(|alarm| alarm.id.bits() & 0xf_ffff)
            .collect()
    };
    let all = AlarmQuery::default();
    assert_eq!(list(&all, &Audience::City), [3, 2, 1]);
    let active = AlarmQuery {
        active: Some(true),
        ..all.clone()
    };
    assert_eq!(list(&active, &Audience::City), [2, 1]);
    let first = AlarmQuery {
        limit: 1,
        ..all.clone()
    };
    assert_eq!(list(&first, &Audience::City), [3]);
    let next = AlarmQuery {
        before: Some(AlarmId::new(1, 3)),
        ..first
    };
    assert_eq!(list(&next, &Audience::City), [2]);
    let of_lamp = AlarmQuery {
        incident: Some(lamp.id),
        ..all.clone()
    };
    assert_eq!(list(&of_lamp, &Audience::City), [3, 1]);
    let department = |id: &str| Audience::Department {
        id: samples::department(id),
        town: None,
    };
    assert_eq!(list(&all, &department("lamps")), [3, 1]);
    assert!(list(&all, &department("drains")).is_empty());
    assert_eq!(
        list(&all, &Audience::Town(samples::town("441900121"))),
        [3, 1]
    );
    assert!(list(&all, &Audience::Nothing).is_empty());

    // It clears: the row is the same, the state another.
    let cleared = Alarm {
        state: AlarmState::Normal,
        ..alarms[0].clone()
    };
    records
        .apply(&[stepped(2, vec![Change::Alarm(Arc::new(cleared.clone()))])])
        .expect("taken");
    assert_eq!(records.alarm(cleared.id).expect("read"), Some(cleared));
    assert_eq!(list(&active, &Audience::City), [2]);
}

#[test]
fn words_too_are_as_of_the_first_page() {
    let place = place();
    let (records, _) = place.records();
    let three = [0, 1, 2].map(|index| samples::incident(1, index));
    let pieces = [0, 1, 2]
        .map(|index| samples::evidence(1, 10 + index, IncidentId::new(1, index), "路面积水"));
    let mut changes: Vec<Change> = three.iter().map(changed).collect();
    changes.extend(
        pieces
            .iter()
            .map(|piece| Change::Evidence(Arc::new(piece.clone()))),
    );
    records.apply(&[stepped(1, changes)]).expect("taken");
    let mut query = IncidentQuery {
        text: Some("积水".into()),
        limit: 1,
        ..IncidentQuery::default()
    };
    let mut listed = Vec::new();
    for round in 0..3_u64 {
        let page = records.incidents(&query, &Audience::City).expect("a page");
        listed.extend(page.incidents.iter().map(|incident| incident.id));
        query.cursor = page.next;
        // In the next block nobody speaks of water any more, and then everybody does.
        let text = if round == 0 {
            "树木倒伏"
        } else {
            "路面积水"
        };
        let changes = pieces.iter().map(|piece| Evidence {
            text: text.into(),
            ..piece.clone()
        });
        let changes = changes
            .map(|piece| Change::Evidence(Arc::new(piece)))
            .collect();
        records
            .apply(&[stepped(2 + round, changes)])
            .expect("taken");
    }
    assert_eq!(listed, [three[2].id, three[1].id, three[0].id]);
    assert_eq!(query.cursor, None);
}

fn thirty(records: &Records) {
    let changes = (0..30)
        .map(|index| changed(&samples::incident(1, index)))
        .collect();
    records.apply(&[stepped(1, changes)]).expect("taken");
}

fn refused(records: &Records, query: &IncidentQuery) -> QueryError {
    records
        .incidents(query, &Audience::City)
        .expect_err("refused")
}

#[test]
fn questions_that_make_no_sense_are_refused_in_words() {
    let place = place();
    let (records, _) = place.records();
    thirty(&records);
    let ask = IncidentQuery {
        limit: 10,
        ..IncidentQuery::default()
    };
    for limit in [0, 201, u16::MAX] {
        assert!(matches!(
            refused(
                &records,
                &IncidentQuery {
                    limit,
                    ..ask.clone()
                }
            ),
            QueryError::Limit(_)
        ));
    }
    for category in ["", "X", "e03", "E03010", "E%", "E 3", "路"] {
        let query = IncidentQuery {
            categories: vec![category.into()],
            ..ask.clone()
        };
        assert!(
            matches!(refused(&records, &query), QueryError::Category(_)),
            "{category}"
        );
    }
    let query = IncidentQuery {
        town: Some("Atlantis".into()),
        ..ask.clone()
    };
    assert!(refused(&records, &query).to_string().contains("Atlantis"));

    let page = records.incidents(&ask, &Audience::City).expect("a page");
    let cursor = page.next.expect("more");
    let again = IncidentQuery {
        cursor: Some(cursor.clone()),
        limit: 5,
        ..ask.clone()
    };
    assert_eq!(
        records
            .incidents(&again, &Audience::City)
            .expect("a page")
            .incidents
            .len(),
        5,
        "another limit is well"
    );
    let other = IncidentQuery {
        severities: vec![Severity::Minor],
        ..again.clone()
    };
    assert!(matches!(
        refused(&records, &other),
        QueryError::CursorOfAnotherQuery
    ));
    let nosy = records.incidents(&again, &Audience::Nothing);
    assert!(matches!(nosy, Err(QueryError::CursorOfAnotherQuery)));
    for garbage in [
        "",
        "x",
        "next",
        &cursor[1..],
        &format!("{cursor}AA"),
        &"A".repeat(1_000),
        "路灯",
    ] {
        let query = IncidentQuery {
            cursor: Some(garbage.into()),
            ..ask.clone()
        };
        assert!(
            records.incidents(&query, &Audience::City).is_err(),
            "{garbage}"
        );
    }
}

#[test]
fn a_cursor_is_good_for_an_hour_of_the_citys_clock_and_then_says_so() {
    let place = place();
    let (records, _) = place.records();
    thirty(&records);
    let ask = IncidentQuery {
        limit: 10,
        ..IncidentQuery::default()
    };
    let first = records.incidents(&ask, &Audience::City).expect("a page");
    let next = IncidentQuery {
        cursor: first.next,
        ..ask
    };
    let mut moved = samples::incident(1, 3);
    moved.state = State::Closed;
    // A block a minute; one incident of the second page changes at once, another near the end.
    for number in 2..=59 {
        let changes = if number == 2 {
            vec![changed(&moved)]
        } else {
            Vec::new()
        };
        records.apply(&[stepped(number, changes)]).expect("taken");
    }
    let second = records
        .incidents(&next, &Audience::City)
        .expect("still exact");
    assert_eq!(second.incidents.len(), 10);
    let third = IncidentQuery {
        cursor: second.next.clone(),
        ..next.clone()
    };
    let third = records
        .incidents(&third, &Audience::City)
        .expect("still exact");
    let unmoved = samples::incident(1, 3);
    assert!(
        third.incidents.iter().any(|incident| **incident == unmoved),
        "as it was at the first page"
    );
    for number in 60..=64 {
        records
            .apply(&[stepped(number, vec![changed(&samples::incident(1, 4))])])
            .expect("taken");
    }
    assert!(matches!(refused(&records, &next), QueryError::CursorTooOld));
}

#[test]
fn records_of_another_schema_or_journal_are_begun_anew_and_sessions_stay() {
    let place = place();
    let (records, _) = place.records();
    thirty(&records);
    let sessions = Sessions::open(&place.folder).expect("opens");
    let name = AccountName::new("lin").expect("plain");
    sessions
        .create([7; 32], &name, "c", "", minute(0))
        .expect("made");
    drop((records, sessions));
    let by_force = |sql: &str| {
        let connection = Connection::open(place.folder.records()).expect("opens");
        connection.execute_batch(sql).expect("done");
    };
    let spoilings = [
        ("PRAGMA user_version = 99", "schema is 99"),
        (
            "PRAGMA user_version = 99; ALTER TABLE incidents RENAME TO episodes",
            "schema is 99",
        ),
        ("UPDATE position SET life = 'other'", "another journal"),
        ("UPDATE position SET applied = 21", "journal ends at 20"),
        ("DELETE FROM position", "how far"),
    ];
    for (spoiling, said) in spoilings {
        by_force(spoiling);
        let (records, opened) = place.records();
        assert_eq!(opened.applied, BlockNumber(0));
        let why = opened
            .begun_anew
            .unwrap_or_else(|| panic!("says why: {spoiling}"));
        assert!(why.contains(said), "{why}");
        assert!(
            records
                .incident(IncidentId::new(1, 0))
                .expect("read")
                .is_none()
        );
        assert!(found(&records, "E0301").is_empty());
        thirty(&records);
        drop(records);
        let (records, opened) = place.records();
        assert_eq!((opened.applied, opened.begun_anew), (BlockNumber(1), None));
        assert_eq!(found(&records, "E0301").len(), 30);
        let sessions = Sessions::open(&place.folder).expect("opens");
        assert!(sessions.find(&[7; 32], minute(1)).expect("read").is_some());
    }
    drop(fs::write(
        place.folder.records(),
        "no database, only words, and many of them ".repeat(40),
    ));
    let (records, opened) = place.records();
    assert!(
        opened
            .begun_anew
            .expect("says why")
            .contains("could not be read")
    );
    thirty(&records);
    assert!(
        place
            .home
            .path()
            .join("data/records.db.unreadable")
            .exists()
    );
}

/// The plan of the list's statement, as SQLite tells it.
fn plan(records: &Records, query: &IncidentQuery, audience: &Audience) -> String {
    records
        .pool
        .read(|connection| {
            let asked = Asked::of(connection, query, audience, BlockNumber(1))?
                .expect("something may match");
            let sql = asked.current(None, 50);
            let mut statement = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text))
                .map_err(StoreError::sqlite("explain"))?;
            let lines = statement
                .query_map(params_from_iter(&sql.values), |row| row.get::<_, String>(3))
                .map_err(StoreError::sqlite("explain"))?;
            let lines: Vec<String> = lines.map(|line| line.expect("a line")).collect();
            Ok::<_, QueryError>(lines.join("\n"))
        })
        .expect("explained")
}

#[test]
fn every_list_reads_an_index_in_order_or_only_the_few_rows_it_needs() {
    let place = place();
    let (records, _) = place.records();
    let city = Change::City(samples::city("虎门镇", "灯具"));
    records.apply(&[stepped(1, vec![city])]).expect("taken");
    let all = IncidentQuery::default();
    let open: Vec<State> = State::ALL
        .into_iter()
        .filter(|state| state.is_open())
        .collect();
    let lamps = samples::department("lamps");
    let in_order = [
        (
            all.clone(),
            Audience::City,
            "COVERING INDEX incidents_newest",
        ),
        (
            IncidentQuery {
                states: open,
                ..all.clone()
            },
            Audience::City,
            "COVERING INDEX incidents_open",
        ),
        (
            IncidentQuery {
                states: vec![State::Reported],
                tray: Some(true),
                ..all.clone()
            },
            Audience::City,
            "COVERING INDEX incidents_open",
        ),
        (
            IncidentQuery {
                waiting: vec![Waiting::Appeal],
                ..all.clone()
            },
            Audience::City,
            "INDEX incidents_waiting",
        ),
        (
            IncidentQuery {
                states: vec![State::Closed],
                ..all.clone()
            },
            Audience::City,
            "COVERING INDEX incidents_newest",
        ),
        (
            IncidentQuery {
                town: Some("虎门镇".into()),
                ..all.clone()
            },
            Audience::City,
            "SEARCH i USING COVERING INDEX incidents_of_town",
        ),
        (
            all.clone(),
            Audience::Town(samples::town("441900121")),
            "SEARCH i USING COVERING INDEX incidents_of_town",
        ),
        (
            IncidentQuery {
                department: Some(lamps.clone()),
                ..all.clone()
            },
            Audience::City,
            "SEARCH d USING PRIMARY KEY (department=?",
        ),
        (
            all.clone(),
            Audience::Department {
                id: lamps.clone(),
                town: None,
            },
            "SEARCH d USING PRIMARY KEY (department=?",
        ),
        (
            all.clone(),
            Audience::Department {
                id: lamps,
                town: Some(samples::town("441900121")),
            },
            "COVERING INDEX incidents_newest",
        ),
    ];
    for (query, audience, index) in in_order {
        let plan = plan(&records, &query, &audience);
        assert!(plan.contains(index), "{index} is not in:\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
    let overdue = IncidentQuery {
        overdue_at: Some(minute(9)),
        ..all.clone()
    };
    let plan_of_overdue = plan(&records, &overdue, &Audience::City);
    assert!(
        plan_of_overdue.contains("SEARCH i USING INDEX incidents_due (due_at<?)"),
        "{plan_of_overdue}"
    );
    let words = IncidentQuery {
        text: Some("路灯".into()),
        ..all
    };
    let plan_of_words = plan(&records, &words, &Audience::City);
    assert!(
        plan_of_words.contains("SEARCH i USING INTEGER PRIMARY KEY (rowid=?)"),
        "{plan_of_words}"
    );
    assert!(
        plan_of_words.contains("SCAN t VIRTUAL TABLE INDEX"),
        "{plan_of_words}"
    );
}

#[test]
fn a_session_ends_by_idleness_by_age_by_sign_out_and_with_its_account() {
    let place = place();
    drop(place.records());
    let sessions = Sessions::open(&place.folder).expect("opens");
    let (lin, wei) = (
        AccountName::new("lin").expect("plain"),
        AccountName::new("wei").expect("plain"),
    );
    let hours = |hours: u64| minute(hours * 60);
    let session = sessions
        .create([1; 32], &lin, "csrf-1", "Firefox, Linux", hours(0))
        .expect("made");
    assert_eq!(
        sessions.find(&[1; 32], hours(11)).expect("read"),
        Some(session.clone())
    );
    assert_eq!(
        sessions.find(&[1; 32], hours(12)).expect("read"),
        None,
        "twelve hours unused"
    );
    assert_eq!(sessions.find(&[2; 32], hours(0)).expect("read"), None);

    // Used every ten hours it lives a week and no longer.
    let mut session = session;
    let mut at = 10;
    while at < 168 {
        sessions.touch(&session, hours(at)).expect("kept");
        session = sessions
            .find(&[1; 32], hours(at))
            .expect("read")
            .expect("still there");
        at += 10;
    }
    assert_eq!(
        sessions.find(&[1; 32], hours(168)).expect("read"),
        None,
        "a week is the longest"
    );
    sessions
        .touch(&session, session.seen_at.plus_millis(1_000))
        .expect("too soon to write");
    assert_eq!(
        sessions.find(&[1; 32], session.seen_at).expect("read"),
        Some(session)
    );

    sessions
        .create([3; 32], &wei, "c", "", hours(200))
        .expect("made");
    sessions
        .create([4; 32], &wei, "c", "", hours(201))
        .expect("made");
    sessions
        .create([5; 32], &lin, "c", "", hours(201))
        .expect("made");
    assert_eq!(
        sessions.list(None, hours(202)).expect("listed").len(),
        3,
        "the expired one is gone"
    );
    assert!(sessions.end(&[3; 32]).expect("ended"));
    assert!(!sessions.end(&[3; 32]).expect("not twice"));
    assert_eq!(sessions.end_all(&wei).expect("ended"), [[4; 32]]);
    let left = sessions.list(Some(&lin), hours(202)).expect("listed");
    assert_eq!(
        left.iter()
            .map(|session| session.token_sha256)
            .collect::<Vec<_>>(),
        [[5; 32]]
    );

    // Fifty at most of one account: the longest unused goes.
    for index in 0..60_u8 {
        sessions
            .create(
                [100 + index; 32],
                &wei,
                "c",
                "",
                minute(13_000 + u64::from(index)),
            )
            .expect("made");
    }
    let kept = sessions.list(Some(&wei), minute(13_060)).expect("listed");
    assert_eq!(
        (kept.len(), kept[0].token_sha256, kept[49].token_sha256),
        (50, [159; 32], [110; 32])
    );
}

#[test]
fn readers_never_see_half_a_block_while_the_writer_goes_on() {
    let place = place();
    let (records, _) = place.records();
    let records = Arc::new(records);
    let readers: Vec<_> = (0..6)
        .map(|_| {
            let records = Arc::clone(&records);
            std::thread::spawn(move || {
                let mut seen = BlockNumber(0);
                while seen < BlockNumber(150) {
                    let query = IncidentQuery {
                        limit: 200,
                        ..IncidentQuery::default()
                    };
                    let page = records.incidents(&query, &Audience::City).expect("a page");
                    assert!(page.position >= seen);
                    seen = page.position;
                    let revisions: Vec<u32> = page
                        .incidents
                        .iter()
                        .map(|incident| incident.revision)
                        .collect();
                    let expected = u32::try_from(seen.0).expect("small");
                    assert!(
                        revisions.iter().all(|revision| *revision == expected),
                        "{seen}: {revisions:?}"
                    );
                }
            })
        })
        .collect();
    for number in 1..=150_u64 {
        let changes = (0..20)
            .map(|index| {
                let mut incident = samples::incident(1, index);
                incident.revision = u32::try_from(number).expect("small");
                changed(&incident)
            })
            .collect();
        records.apply(&[stepped(number, changes)]).expect("taken");
    }
    for reader in readers {
        reader.join().expect("saw whole blocks only");
    }
}
