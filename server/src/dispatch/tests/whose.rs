//! Who answers for what, where and on which day: exactly one lead, or the tray with the reason.

use domain::city::Responsibility;
use domain::command::Command;
use domain::incident::ResponsibilityReason;
use domain::lifecycle::State;
use domain::view;

use super::{LEAD, lead_to, reported, said};
use crate::single_writer::rehearsal::{
    Day, MORNING, NOBODYS, Said, at, beijing, department, dispatcher, humen, kind, nancheng,
    operator, responder, shift_leader, town_code,
};

fn lead_of(day: &mut Day, said: Said) -> String {
    let incident = day.opens(said);
    assert_eq!(incident.state, State::Dispatched, "{:?}", incident.why);
    assert_eq!((incident.hops, incident.revision), (1, 3));
    incident
        .lead
        .as_ref()
        .expect("a lead")
        .department
        .to_string()
}

#[test]
fn the_table_of_the_day_decides_on_the_eve_and_on_the_day_of_a_move_of_power() {
    // Dust on building sites moved from ecology to housing on 2025-10-01, for the whole city.
    for (moment, lead) in [
        ("2025-09-30T23:59:59+08:00", "sthj"),
        ("2025-10-01T00:00:00+08:00", "zjj"),
        ("2025-10-01T07:59:59+08:00", "zjj"),
    ] {
        let mut day = Day::begin_at(moment);
        let dust = Said::report("1", at(moment), nancheng(), "E0302");
        assert_eq!(lead_of(&mut day, dust), lead, "at {moment}");
    }
    // Noise in Humen moves to the town on 2027-01-01; elsewhere it stays.
    for (moment, place, lead) in [
        ("2026-12-31T23:59:00+08:00", humen(), "zjj"),
        ("2027-01-01T00:00:00+08:00", humen(), "town-441900121"),
        ("2027-01-01T00:00:00+08:00", nancheng(), "zjj"),
    ] {
        let mut day = Day::begin_at(moment);
        let noise = Said::report("1", at(moment), place, "E0301");
        assert_eq!(lead_of(&mut day, noise), lead, "at {moment}");
    }
}

#[test]
fn an_incident_keeps_the_day_it_was_opened_on_even_if_it_is_dispatched_later() {
    let mut day = Day::begin_at("2025-09-30T23:50:00+08:00");
    let call = Said::call("1", day.now, Some(nancheng()), "说不清的怪事");
    let id = day.opens(call).id;
    day.must(&operator(), id, Command::SetCategory(kind("E0302")));
    day.until("2025-10-01T09:00:00+08:00");
    day.must(&shift_leader(), id, Command::Register);
    let dispatch = Command::Dispatch {
        lead: None,
        supporting: vec![],
    };
    let incident = day.must(&dispatcher(), id, dispatch);
    assert_eq!(
        incident.lead.as_ref().expect("a lead").department,
        department("sthj")
    );
}

#[test]
fn every_kind_of_the_pack_in_every_town_has_one_lead_or_a_reason() {
    let city = Day::begin().city();
    let mut dispatched = 0;
    for (index, code) in city.categories.keys().enumerate() {
        for (number, place) in [nancheng(), humen()].into_iter().enumerate() {
            let id = format!("{index}-{number}");
            let mut day = Day::begin();
            let incident = day.opens(Said::report(&id, at(MORNING), place, &code.to_string()));
            match &incident.why.responsibility {
                ResponsibilityReason::Row(row) => {
                    let row = city.responsibilities.iter().find(|one| one.id == *row);
                    let row = row.expect("a row of the table");
                    assert_eq!(incident.state, State::Dispatched);
                    assert_eq!(
                        incident.lead.as_ref().map(|lead| &lead.department),
                        Some(&row.lead)
                    );
                    dispatched += 1;
                }
                reason => {
                    assert!(city.tray_categories.contains(code), "{code}: {reason:?}");
                    assert_eq!(incident.state, State::Reported);
                    assert!(incident.lead.is_none() && view::in_tray(&incident));
                }
            }
        }
    }
    assert!(dispatched > 150);
}

#[test]
fn several_rows_alike_are_left_to_a_person_with_all_of_them_named() {
    let mut day = Day::in_city(|city| {
        let row = |id: &str, lead: &str| Responsibility {
            id: id.into(),
            category: "E0402".into(),
            jurisdiction: Some(town_code("441900004")),
            valid_from: "2020-01-01".parse().expect("a day"),
            valid_to: None,
            lead: department(lead),
            supporting: vec![],
            basis: "test".into(),
        };
        city.responsibilities.push(row("X1", "swj"));
        city.responsibilities.push(row("X2", "cgj"));
    });
    let incident = day.opens(Said::report("1", at(MORNING), nancheng(), "E0402"));
    assert_eq!(incident.state, State::Reported);
    let both = vec!["X1".to_owned(), "X2".to_owned()];
    assert_eq!(
        incident.why.responsibility,
        ResponsibilityReason::SeveralRows(both)
    );
    assert!(view::in_tray(&incident));
    let humen = day.opens(Said::report("2", at(MORNING), humen(), "E0402"));
    assert_eq!(
        humen.state,
        State::Dispatched,
        "elsewhere nothing is in doubt"
    );
}

#[test]
fn without_kind_without_town_or_on_purpose_it_waits_in_the_tray() {
    let mut day = Day::begin();
    let waits = |day: &mut Day, said: Said| {
        let incident = day.opens(said);
        assert_eq!(incident.state, State::Reported);
        assert!(incident.lead.is_none() && view::in_tray(&incident));
        incident
    };
    let unknown = Said::call("1", at(MORNING), Some(nancheng()), "说不清的怪事");
    let unknown = waits(&mut day, unknown);
    assert_eq!(unknown.why.responsibility, ResponsibilityReason::NoCategory);
    let outside = waits(&mut day, Said::report("2", at(MORNING), beijing(), "E0402"));
    assert_eq!(outside.why.responsibility, ResponsibilityReason::NoTown);
    assert_eq!(outside.town, None);
    let nowhere = Said::report("3", at(MORNING), nancheng(), "E0402").nowhere();
    waits(&mut day, nowhere);
    waits(
        &mut day,
        Said::report("4", at(MORNING), nancheng(), NOBODYS),
    );
    // More evidence changes nothing of that.
    for caller in 0..5 {
        let id = format!("more-{caller}");
        day.hear(Said::report(&id, at(MORNING), beijing(), "E0402"));
    }
    assert_eq!(day.incident(outside.id).state, State::Reported);

    let mut day = Day::in_city(|city| city.tray_categories.push(kind("E0402")));
    waits(
        &mut day,
        Said::report("5", at(MORNING), nancheng(), "E0402"),
    );
}

#[test]
fn a_call_whose_words_say_what_it_is_goes_the_same_way() {
    let mut day = Day::begin();
    let call = Said::call(
        "1",
        at(MORNING),
        Some(nancheng()),
        "路边水管爆裂，水管爆了喷水",
    );
    let incident = day.opens(call);
    assert_eq!(incident.category, Some(kind("E0402")));
    assert_eq!(incident.state, State::Dispatched);
}

#[test]
fn what_is_opened_by_hand_moves_only_by_hand() {
    let mut day = Day::begin();
    let opened = day.written_down(&operator(), Some("E0402"));
    assert_eq!(opened.state, State::Reported);
    assert_eq!(
        opened.why.responsibility,
        ResponsibilityReason::OpenedByHand
    );
    for caller in 0..3 {
        let said = Said::report(&format!("{caller}"), day.now, nancheng(), "E0402").worth(1);
        day.hear(said);
        day.later(1);
    }
    let after = day.incident(opened.id);
    assert_eq!((after.state, after.evidence_count), (State::Reported, 4));
    day.must(&shift_leader(), opened.id, Command::Register);
    assert_eq!(day.incident(opened.id).state, State::Registered);
    let by_table = Command::Dispatch {
        lead: None,
        supporting: vec![],
    };
    let after = day.must(&dispatcher(), opened.id, by_table);
    assert_eq!(
        after.lead.as_ref().expect("a lead").department,
        department("swjt")
    );
    assert_eq!(
        after.supporting[0].department,
        department("swj"),
        "as the table has it"
    );
}

#[test]
fn what_a_person_has_taken_in_hand_the_machine_leaves_alone() {
    let mut day = Day::begin();
    let call = Said::call("1", at(MORNING), Some(nancheng()), "说不清的怪事");
    let id = day.opens(call).id;
    day.must(&operator(), id, Command::Claim);
    day.hear(Said::report("1", at(MORNING), nancheng(), "E0402").version(2));
    assert_eq!(day.incident(id).state, State::Reported);
    // What was only commented on is still the machine's.
    let mut day = Day::begin();
    let call = Said::call("1", at(MORNING), Some(nancheng()), "说不清的怪事");
    let id = day.opens(call).id;
    day.must(
        &operator(),
        id,
        Command::Comment {
            text: said(),
            said: Default::default(),
        },
    );
    day.hear(Said::report("1", at(MORNING), nancheng(), "E0402").version(2));
    assert_eq!(day.incident(id).state, State::Dispatched);
}

#[test]
fn what_a_person_has_set_no_later_evidence_changes() {
    let (mut day, id) = reported();
    let there = nancheng().offset_m(30.0, 0.0);
    day.must(&operator(), id, Command::SetPosition(there));
    day.must(
        &operator(),
        id,
        Command::SetSeverity(domain::category::Severity::Minor),
    );
    day.hear(
        Said::report("9", at(MORNING), nancheng(), NOBODYS)
            .within_m(1)
            .worth(1),
    );
    let incident = day.incident(id);
    assert_eq!(incident.evidence_count, 3);
    assert_eq!(incident.position, Some(there));
    assert_eq!(incident.severity.level(), 4);
}

#[test]
fn a_department_that_has_an_order_is_neither_lead_twice_nor_its_own_support() {
    let (mut day, id) = reported();
    lead_to(&mut day, id, State::Registered);
    let dispatch = Command::Dispatch {
        lead: Some(department(LEAD)),
        supporting: ["cgj", LEAD, "cgj", "gaj"].map(department).to_vec(),
    };
    let incident = day.must(&dispatcher(), id, dispatch);
    let support: Vec<String> = incident
        .supporting
        .iter()
        .map(|one| one.department.to_string())
        .collect();
    assert_eq!(support, ["cgj", "gaj"]);
    day.must(&responder(LEAD), id, Command::Return { reason: said() });
    // The one that helped takes the lead: it helps no more.
    let dispatch = Command::Dispatch {
        lead: Some(department("gaj")),
        supporting: vec![],
    };
    let incident = day.must(&dispatcher(), id, dispatch);
    assert_eq!(
        incident.lead.as_ref().expect("a lead").department,
        department("gaj")
    );
    assert!(
        incident
            .supporting
            .iter()
            .all(|one| one.department != department("gaj"))
    );
    // Who is left out may still read it.
    assert_eq!(incident.former, [LEAD, "cgj"].map(department));
    assert_eq!(incident.hops, 2);
}
