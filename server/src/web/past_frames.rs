//! The past in the two forms it is told in: JSON in the shapes of the live stream, and frames for our own pages.

use domain::interest::Cover;
use domain::place::Bounds;
use domain::time::Timestamp;
use domain::wire::RemovedWhy;
use domain::wire::live::{DeltaHead, PartHead, Visit, delta_head, part_head};
use domain::wire::past::PastFrames;
use domain::wire::record::{Whole, put_difference, put_gone, put_whole};
use serde_json::{Value, json};

use super::back::{PastPicture, PastStep, PastSteps};

/// One array a layer, as in the live snapshot.
fn arrays<'a>(things: impl Iterator<Item = &'a Whole>) -> Value {
    let (mut incidents, mut alarms, mut units, mut sensors) = (vec![], vec![], vec![], vec![]);
    for thing in things {
        match thing {
            Whole::Incident(view) => incidents.push(json!(view)),
            Whole::Alarm(view) => alarms.push(json!(view)),
            Whole::Unit(view) => units.push(json!(view)),
            Whole::Sensor(view) => sensors.push(json!(view)),
        }
    }
    json!({ "incidents": incidents, "alarms": alarms, "units": units, "sensors": sensors })
}

pub fn picture_json(picture: &PastPicture) -> Value {
    let mut told = arrays(picture.things.iter().map(|(_, thing)| thing));
    told["at"] = json!(picture.at);
    told["gap"] = json!(picture.gap);
    told["position"] = json!(picture.position);
    told
}

pub fn steps_json(since: Timestamp, step_ms: i64, steps: &PastSteps) -> Value {
    let rows: Vec<Value> = steps.steps.iter().map(step_json).collect();
    json!({
        "since": since, "until": steps.until, "gaps": steps.gaps, "step_ms": step_ms, "position": steps.position,
        "steps": rows, "next": steps.next,
    })
}

fn step_json(step: &PastStep) -> Value {
    let mut told = arrays(
        step.changed
            .iter()
            .filter_map(|(_, _, after)| after.as_ref()),
    );
    let removed: Vec<Value> = step
        .changed
        .iter()
        .filter(|(_, _, after)| after.is_none())
        .filter_map(|(_, before, _)| before.as_ref())
        .map(|before| {
            json!({ "layer": before.layer(), "id": id_of(before), "why": RemovedWhy::Gone })
        })
        .collect();
    told["at"] = json!(step.at);
    told["position"] = json!(step.position);
    told["removed"] = json!(removed);
    told
}

fn id_of(thing: &Whole) -> String {
    match thing {
        Whole::Incident(view) => view.id.to_string(),
        Whole::Alarm(view) => view.id.to_string(),
        Whole::Unit(view) => view.id.to_string(),
        Whole::Sensor(view) => view.id.to_string(),
    }
}

/// One part of the binary stream that holds all of it.
pub fn picture_frame(picture: &PastPicture) -> Vec<u8> {
    let cover = Cover::of(Bounds::WORLD);
    let mut frame = part_head(&PartHead {
        anew: true,
        whole: true,
        position: picture.position,
        now: picture.at,
        visit: Visit::default(),
        cover,
        runs: cover.runs(),
    });
    for (number, thing) in &picture.things {
        put_whole(&mut frame, *number, &thing.brief());
    }
    frame
}

/// One delta a step.
pub fn step_frames(steps: &PastSteps) -> PastFrames {
    let mut from = steps.position;
    let mut frames = Vec::new();
    for step in &steps.steps {
        let mut frame = delta_head(&DeltaHead {
            from,
            ahead: step.position.saturating_sub(from),
            now: step.at,
        });
        from = from.max(step.position);
        for (number, before, after) in &step.changed {
            match after {
                Some(after) => {
                    let before = before.as_ref().map(Whole::brief);
                    let after = after.brief();
                    put_difference(&mut frame, *number, before.as_ref(), &after, step.at);
                }
                None => put_gone(&mut frame, *number, RemovedWhy::Gone),
            }
        }
        frames.push(frame);
    }
    // Whoever saw nothing of the last blocks must know that he is behind them.
    frames.push(delta_head(&DeltaHead {
        from,
        ahead: steps.to.saturating_sub(from),
        now: steps.next.unwrap_or(steps.until),
    }));
    PastFrames {
        frames,
        next: steps.next,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use app::live::picture::{Applied, LivePicture};
    use domain::ids::{SourceId, ThingId};
    use domain::place::Position;
    use domain::wire::UnitView;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_795_363_200_000 + second * 1000)
    }

    fn bus(name: &str, east: f64, second: i64) -> Whole {
        let source = SourceId::new("bus-fleet").expect("a source");
        Whole::Unit(Arc::new(UnitView {
            id: ThingId::new(name).expect("a thing"),
            source: source.clone(),
            position: Position::from_degrees(113.7 + east, 23.0).expect("a place"),
            heading_deg: Some(90),
            speed_mps: Some(8.0),
            status: None,
            kind: Some("bus".into()),
            observed_at: at(second),
            heard_at: at(second),
            town: None,
            town_code: None,
            drill: false,
            sources: vec![source],
        }))
    }

    fn shown(page: &LivePicture) -> Vec<Whole> {
        page.units().cloned().map(Whole::Unit).collect()
    }

    #[test]
    fn our_own_page_takes_a_past_picture_and_what_changed_after_it() {
        let picture = PastPicture {
            at: at(1),
            gap: None,
            position: 7,
            things: vec![(3, bus("bus-3", 0.0, 0)), (5, bus("bus-5", 0.1, 0))],
        };
        let mut page = LivePicture::default();
        let applied = page.apply(&picture_frame(&picture));
        assert!(matches!(applied, Applied::Changed(changes) if changes.whole));
        assert_eq!(shown(&page), [bus("bus-3", 0.0, 0), bus("bus-5", 0.1, 0)]);
        assert_eq!((page.position(), page.now()), (Some(7), Some(at(1))));
        let steps = PastSteps {
            until: at(60),
            gaps: Vec::new(),
            position: 7,
            to: 12,
            steps: vec![
                PastStep {
                    at: at(5),
                    position: 9,
                    changed: vec![
                        (3, Some(bus("bus-3", 0.0, 0)), Some(bus("bus-3", 0.01, 4))),
                        (5, Some(bus("bus-5", 0.1, 0)), None),
                    ],
                },
                PastStep {
                    at: at(10),
                    position: 11,
                    changed: vec![(6, None, Some(bus("bus-6", 0.2, 8)))],
                },
            ],
            next: None,
        };
        let told = step_frames(&steps);
        assert_eq!((told.frames.len(), told.next), (3, None));
        for frame in &told.frames {
            assert!(matches!(page.apply(frame), Applied::Changed(_)));
        }
        assert_eq!(shown(&page), [bus("bus-3", 0.01, 4), bus("bus-6", 0.2, 8)]);
        // It may go on from there.
        assert_eq!((page.position(), page.now()), (Some(12), Some(at(60))));
        let told = steps_json(at(1), 5_000, &steps);
        assert_eq!(told["steps"][0]["units"][0]["id"], "bus-3");
        assert_eq!(told["steps"][0]["removed"][0]["id"], "bus-5");
        assert_eq!(told["steps"][1]["position"], 11);
    }
}
