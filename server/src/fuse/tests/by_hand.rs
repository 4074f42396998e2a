//! People take apart and put together what the machine joined, and can take it back; the machine does not argue.

use std::collections::BTreeMap;

use domain::command::{Command, Refusal};
use domain::ids::{EvidenceId, IncidentId};
use domain::incident::{Happening, LinkReason};
use domain::lifecycle::State;

use crate::single_writer::rehearsal::{
    Day, MORNING, NOBODYS, Said, at, beijing, dispatcher, nancheng, operator,
};

fn lying(day: &Day) -> BTreeMap<EvidenceId, IncidentId> {
    let pieces = day.picture().evidence.values();
    pieces.map(|piece| (piece.id, piece.incident)).collect()
}

/// Five callers about one thing; the category decides whether the machine hands it over.
fn five_callers(category: &str) -> (Day, IncidentId) {
    let mut day = Day::begin();
    let around = if category == NOBODYS {
        beijing()
    } else {
        nancheng()
    };
    let calls: Vec<Said> = (0..5)
        .map(|caller| {
            let there = around.offset_m(f64::from(caller) * 8.0, 0.0);
            let worth = if caller == 2 { 1 } else { 3 };
            let accuracy = 30 - caller as u32;
            let id = format!("WO-{caller}");
            Said::report(
                &id,
                at(MORNING).plus_minutes(i64::from(caller)),
                there,
                category,
            )
            .within_m(accuracy)
            .worth(worth)
        })
        .collect();
    day.later(10);
    day.feed(calls);
    let open = day.open_incidents();
    assert_eq!(open.len(), 1);
    (day, open[0].id)
}

fn splitting_and_merging_back(category: &str, taken: &[usize]) {
    let (mut day, id) = five_callers(category);
    let before = day.incident(id);
    let lay = lying(&day);
    let told = day.timeline(id).len();
    let pieces = day.evidence_of(id);
    let evidence: Vec<EvidenceId> = taken.iter().map(|index| pieces[*index].id).collect();

    let split = Command::Split {
        evidence: evidence.clone(),
    };
    let left = day.must(&operator(), id, split);
    assert_eq!(left.evidence_count as usize, 5 - taken.len());
    let own = day.picture().evidence[&evidence[0]].incident;
    assert_ne!(own, id);
    assert_eq!(day.incident(own).evidence_count as usize, taken.len());
    assert_eq!(day.incident(own).state, State::Reported);
    assert_eq!(day.timeline(id).len(), told + 1);

    let merged = day.must(&operator(), own, Command::Merge { into: id });
    assert_eq!(
        (merged.state, merged.merged_into),
        (State::Merged, Some(id))
    );
    let after = day.incident(id);
    assert_eq!(lying(&day), lay, "the same partition of evidence");
    let fused = |incident: &domain::incident::Incident| {
        (
            incident.category,
            incident.severity,
            incident.position,
            incident.town.clone(),
            incident.confidence,
            incident.evidence_count,
            incident.state,
            incident.why.category.clone(),
            incident.clock.clone(),
            incident.lead.clone(),
        )
    };
    assert_eq!(fused(&after), fused(&before), "the same fused attributes");
    assert_eq!(
        day.timeline(id).len(),
        told + 2,
        "two lines more on the incident"
    );

    // And once more: what was merged can be taken apart again.
    day.must(&operator(), id, Command::Split { evidence });
    assert_eq!(day.incident(id).evidence_count as usize, 5 - taken.len());
}

#[test]
fn a_piece_split_out_and_merged_back_leaves_an_order_as_it_was() {
    splitting_and_merging_back("E0402", &[2]);
    splitting_and_merging_back("E0402", &[0]);
    splitting_and_merging_back("E0402", &[4, 1, 2]);
}

#[test]
fn a_piece_split_out_and_merged_back_leaves_a_new_incident_as_it_was() {
    splitting_and_merging_back(NOBODYS, &[2]);
    splitting_and_merging_back(NOBODYS, &[0, 1, 2, 3]);
}

#[test]
fn the_machine_does_not_rejoin_what_a_person_took_apart() {
    for category in ["E0402", NOBODYS] {
        let (mut day, id) = five_callers(category);
        let piece = day.evidence_of(id)[2].id;
        day.must(
            &dispatcher(),
            id,
            Command::Split {
                evidence: vec![piece],
            },
        );
        let own = day.picture().evidence[&piece].incident;
        let there = day.incident(id).position.expect("it has a place");
        for caller in ["later-1", "later-2"] {
            let time = at(MORNING).plus_minutes(5);
            day.hear(Said::report(caller, time, there, category));
        }
        assert_eq!(day.open_incidents().len(), 2, "{category}");
        let (a, b) = (day.incident(id), day.incident(own));
        assert_eq!(a.evidence_count + b.evidence_count, 7);
        let argued = [id, own].into_iter().any(|id| {
            let argues = |what: &Happening| {
                matches!(what, Happening::MaybeSame { .. } | Happening::MergedHere(_))
            };
            day.timeline(id).iter().any(|entry| argues(&entry.what))
        });
        assert!(!argued, "a person has decided that these are two");
    }
}

#[test]
fn a_merge_by_hand_says_who_did_it_and_alarms_follow_their_evidence() {
    let mut day = Day::begin();
    let calls = day.opens(Said::report("WO-1", at(MORNING), nancheng(), "E0403"));
    let alarm = day.opens(Said::alarm("A-1", at(MORNING), Some("panel-3"), "E0406"));
    day.must(&operator(), alarm.id, Command::Merge { into: calls.id });
    let pieces = day.evidence_of(calls.id);
    let link = pieces[1].link.as_ref().expect("it was put there");
    assert!(matches!(&link.reason, LinkReason::Person(name) if name.as_str() == "li.na"));
    assert_eq!(day.alarms()[0].incident, Some(calls.id));
    day.must(
        &operator(),
        calls.id,
        Command::Split {
            evidence: vec![pieces[1].id],
        },
    );
    let own = day.picture().evidence[&pieces[1].id].incident;
    assert_eq!(day.alarms()[0].incident, Some(own));
}

#[test]
fn what_may_not_be_merged_or_split_is_said_with_its_place() {
    let (mut day, id) = five_callers("E0402");
    let drill = day.opens(Said::report("D", at(MORNING), nancheng(), "E0402").drill());
    let pieces = day.evidence_of(id);
    let all = pieces.iter().map(|piece| piece.id).collect();
    let foreign = day.evidence_of(drill.id)[0].id;
    let unknown = IncidentId::new(999, 9);
    for (command, place) in [
        (Command::Merge { into: drill.id }, "/into"),
        (Command::Merge { into: id }, "/into"),
        (Command::Merge { into: unknown }, "/into"),
        (Command::Split { evidence: vec![] }, "/evidence"),
        (Command::Split { evidence: all }, "/evidence"),
        (
            Command::Split {
                evidence: vec![foreign],
            },
            "/evidence",
        ),
    ] {
        let before = day.incident(id);
        match day.command(&operator(), id, command.clone()) {
            Err(Refusal::Invalid { pointer, .. }) => assert_eq!(pointer, place),
            other => panic!("{command:?}: {other:?}"),
        }
        assert_eq!(day.incident(id), before);
    }
}

/// Two orders, the second merged into the first and, a while later, split out again.
fn merged_by_mistake(wait_minutes: i64) -> (Day, IncidentId, IncidentId) {
    let mut day = Day::begin();
    let first = day.opens(Said::report("WO-1", at(MORNING), nancheng(), "E0403"));
    let second = day.opens(Said::report("WO-2", at(MORNING), nancheng(), "E0402"));
    assert_eq!(second.state, State::Dispatched);
    let was = day.incident(second.id);
    let lay = lying(&day);
    let brought = day
        .evidence_of(second.id)
        .iter()
        .map(|one| one.id)
        .collect();
    day.must(&operator(), second.id, Command::Merge { into: first.id });
    day.later(wait_minutes);
    day.must(&operator(), first.id, Command::Split { evidence: brought });
    day.tick();
    let back = day.incident(second.id);
    let course = |incident: &domain::incident::Incident| {
        (
            incident.number.clone(),
            incident.state,
            incident.clock.clone(),
            incident.lead.clone(),
            incident.hops,
            incident.merged_into,
            incident.evidence_count,
        )
    };
    assert_eq!(course(&back), course(&was));
    assert_eq!(lying(&day), lay);
    assert!(back.revision > was.revision);
    (day, first.id, second.id)
}

#[test]
fn splitting_out_what_a_merge_brought_gives_that_incident_back() {
    let (mut day, first, second) = merged_by_mistake(5);
    let told = day.timeline(second);
    assert!(
        told.iter()
            .any(|entry| entry.what == Happening::GivenBack(first)),
        "{told:?}"
    );
    // It is an order like any other again, and can be merged again.
    day.must(&operator(), second, Command::Merge { into: first });
    assert_eq!(day.incident(second).state, State::Merged);
}

#[test]
fn the_clock_of_a_merged_incident_ran_on_and_its_light_speaks_when_it_is_back() {
    let (day, _, second) = merged_by_mistake(60 * 24 * 30);
    let lights = day.timeline(second).iter().fold(0, |lights, entry| {
        lights + u32::from(matches!(entry.what, Happening::LightChanged(_)))
    });
    assert_eq!(lights, 2, "it has turned yellow and red meanwhile");
}

#[test]
fn what_was_merged_twice_comes_back_from_where_it_lies_now() {
    let mut day = Day::begin();
    let ids: Vec<IncidentId> = ["E0403", "E0402", "E0601"]
        .iter()
        .enumerate()
        .map(|(at_, kind)| {
            let id = format!("WO-{at_}");
            day.opens(Said::report(&id, at(MORNING), nancheng(), kind))
                .id
        })
        .collect();
    let brought = day.evidence_of(ids[2]).iter().map(|one| one.id).collect();
    day.must(&operator(), ids[2], Command::Merge { into: ids[1] });
    day.must(&operator(), ids[1], Command::Merge { into: ids[0] });
    day.must(&operator(), ids[0], Command::Split { evidence: brought });
    assert!(day.incident(ids[2]).state.is_open());
    assert_eq!(day.incident(ids[1]).state, State::Merged);
}
