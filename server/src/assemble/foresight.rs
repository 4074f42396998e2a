//! What a call would become if it were written down now: the very rules of fusion and dispatch, run on an empty Picture.
//! Pure: nothing is kept, no id is used up, nothing enters the journal.

use std::sync::Arc;

use domain::account::Actor;
use domain::assignment::Stage;
use domain::city::City;
use domain::command::OpenByHand;
use domain::ids::BlockNumber;
use domain::incident::{Evidence, Incident, Link, ResponsibilityReason};
use domain::picture::Picture;
use domain::stage;
use domain::time::Timestamp;
use domain::turn::Turn;

use crate::dispatch;
use crate::fuse::{self, Family, Fuse};
use crate::single_writer::Ready;
use crate::web::Asked;

/// A call as it would stand: its only piece of evidence, and the incident made of it.
pub struct Call {
    pub evidence: Arc<Evidence>,
    pub incident: Incident,
    fuse: Fuse,
}

/// Carries a call through to its dispatch, on paper.
pub fn foresee(ready: &Ready, asked: &Asked, by: Actor, now: Timestamp) -> Call {
    let Ready {
        city,
        places,
        lexicon,
    } = ready;
    let mut picture = Picture::empty();
    picture.city = Some(city.clone());
    let mut fuse = Fuse::of(&picture, lexicon.clone());
    let mut turn = Turn::new(&mut picture, city.clone(), places, BlockNumber(0), now, 0);
    let opened = fuse.open_by_hand(
        &mut turn,
        &OpenByHand {
            by,
            position: asked.position,
            text: asked.text.clone(),
            category: asked.category,
            severity: asked.severity,
            reporter: None,
            drill: asked.drill,
        },
    );
    let mut incident = (*opened).clone();
    match dispatch::by_machine(city, &incident) {
        Err(reason) => {
            incident.why.responsibility = reason;
            incident.clock = None;
        }
        Ok(row) => {
            incident.why.responsibility = ResponsibilityReason::Row(row.id.clone());
            let assigned = |department| domain::assignment::Assignment::new(department, now);
            incident.lead = Some(assigned(row.lead.clone()));
            incident.supporting = row.supporting.iter().cloned().map(assigned).collect();
            let kind = incident.category.and_then(|code| city.category(code));
            incident.clock = kind.map(|kind| stage::start(&turn, Stage::Handle, kind.limit));
        }
    }
    let evidence = turn
        .evidence_of(incident.id)
        .into_iter()
        .next()
        .expect("what is opened by hand has one piece");
    Call {
        evidence,
        incident,
        fuse,
    }
}

impl Call {
    /// How far a piece may lie from this call and still be the same thing.
    pub fn reach_m(&self, city: &City) -> f64 {
        f64::from(fuse::reach_m(Family::of(city, &self.evidence).rule(city)))
    }

    /// The best link between the call and another incident's pieces, if they may be one thing.
    pub fn alike(&self, city: &City, pieces: &[Evidence]) -> Option<Link> {
        let alike = |piece| self.fuse.alike(city, &self.evidence, piece);
        pieces
            .iter()
            .filter_map(alike)
            .max_by_key(|link| link.score)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use domain::account::Role;
    use domain::ids::AccountName;
    use domain::incident::CategoryReason;
    use domain::place::Position;

    use super::*;
    use crate::single_writer::InForce;
    use crate::single_writer::rehearsal::{MORNING, at, beijing, dongguan, humen, kind};

    fn operator() -> Actor {
        Actor::Person {
            name: AccountName::new("operator").expect("a name"),
            role: Role::Operator,
            department: None,
            town: None,
        }
    }

    fn asked(text: &str, position: Option<Position>) -> Asked {
        Asked {
            text: text.into(),
            position,
            category: None,
            severity: None,
            drill: false,
        }
    }

    fn foreseen(asked: &Asked) -> Call {
        static READY: OnceLock<Ready> = OnceLock::new();
        let ready = READY.get_or_init(|| Ready::of(&dongguan()));
        foresee(ready, asked, operator(), at(MORNING))
    }

    #[test]
    fn a_callers_words_and_place_say_whose_it_is_and_by_when() {
        let call = foreseen(&asked("人行道上井盖缺失，有人险些掉下去", Some(humen())));
        assert_eq!(call.incident.category, Some(kind("C0102")));
        assert!(matches!(
            call.incident.why.category,
            CategoryReason::Words(_)
        ));
        assert!(call.incident.lead.is_some(), "{:?}", call.incident.why);
        let clock = call.incident.clock.expect("a limit runs");
        assert_eq!(clock.stage, Stage::Handle);
        assert!(clock.due.due_at.is_some());
    }

    #[test]
    fn what_the_pack_cannot_decide_is_said_and_nobody_gets_it() {
        let nowhere = foreseen(&asked("井盖缺失", None));
        assert_eq!(
            nowhere.incident.why.responsibility,
            ResponsibilityReason::NoTown
        );
        let outside = foreseen(&asked("井盖缺失", Some(beijing())));
        assert!(outside.incident.lead.is_none());
        let unclear = foreseen(&asked("情况不明", Some(humen())));
        assert_eq!(
            unclear.incident.why.responsibility,
            ResponsibilityReason::NoCategory
        );
        assert!(unclear.incident.clock.is_none());
    }

    #[test]
    fn a_pack_is_made_ready_once_and_another_is_read_anew() {
        let in_force = InForce::default();
        let city = dongguan();
        let ready = in_force.ready(&city);
        assert!(Arc::ptr_eq(&ready, &in_force.ready(&city)));
        let read_elsewhere = Arc::new((*city).clone());
        assert!(Arc::ptr_eq(&ready, &in_force.ready(&read_elsewhere)));
        let category = |city: &Arc<City>| {
            let call = asked("井盖缺失", Some(humen()));
            foresee(&in_force.ready(city), &call, operator(), at(MORNING))
                .incident
                .category
        };
        assert_eq!(category(&city), Some(kind("C0102")));
        let mut without_rules = (*city).clone();
        without_rules.text_rules.clear();
        let without_rules = Arc::new(without_rules);
        assert_eq!(category(&without_rules), None);
        assert!(!Arc::ptr_eq(&ready, &in_force.ready(&city)), "one is held");
    }

    #[test]
    fn the_same_words_at_the_same_place_are_probably_one_thing() {
        let city = dongguan();
        let first = foreseen(&asked("井盖缺失", Some(humen())));
        let near = foreseen(&asked("井盖不见了", Some(humen().offset_m(10.0, 0.0))));
        let far = foreseen(&asked("井盖不见了", Some(humen().offset_m(5_000.0, 0.0))));
        let pieces = [(*first.evidence).clone()];
        assert!(
            near.alike(&city, &pieces)
                .is_some_and(|link| link.score > 50)
        );
        assert_eq!(far.alike(&city, &pieces), None);
        assert!(near.reach_m(&city) < 5_000.0);
    }
}
