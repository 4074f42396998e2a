//! Heat: what a page is told of units far out.

use domain::policy::Audience;
use domain::wire::Layer;
use domain::wire::heat::{Heat, Warmth};
use domain::wire::live::{Ask, Frame, Known, Look as Asked, ask};

use super::hub_of;
use crate::single_writer::rehearsal::{Day, Said as Observed, nancheng};
use crate::stream::seat::Seat;

/// What a page is told of heat until there is nothing more to say.
fn told_heat(seat: &mut Seat, warmth: &mut Warmth) -> usize {
    let mut frames = 0;
    while let Some(framed) = seat.next() {
        if let Ok(Frame::Heat(heat)) = Frame::read(framed.body()) {
            let heat = Heat::read(heat).expect("heat");
            assert!(warmth.take(heat), "a cell that was never described");
            frames += 1;
        }
    }
    frames
}

fn units_of(warmth: &Warmth) -> u32 {
    warmth.cells.iter().map(|cell| cell.count).sum()
}

#[test]
fn heat_counts_every_unit_in_view_once_and_is_told_again_only_where_it_changed() {
    let mut day = Day::begin();
    for car in 0..60 {
        let at = nancheng().offset_m(f64::from(car % 10) * 900.0, f64::from(car / 10) * 900.0);
        day.hear(Observed::unit(&format!("car-{car}"), day.now, at));
    }
    let hub = hub_of(&day);
    let look = |zoom: f32, audience: Audience| {
        let mut seat = Seat::new(hub.clone(), audience);
        seat.hear(&ask(&Ask::Look(Asked {
            bbox: [113.0, 22.5, 114.5, 23.5],
            zoom,
            layers: vec![Layer::Incidents, Layer::Heat],
            filter: None,
            known: Known::Nothing,
        })));
        seat
    };
    let mut far = look(9.0, Audience::City);
    let mut warmth = Warmth::default();
    assert_eq!(told_heat(&mut far, &mut warmth), 1);
    assert_eq!(units_of(&warmth), 60);
    let coarse = warmth.cells.len();
    assert_eq!(told_heat(&mut far, &mut warmth), 0, "it was told already");
    // Nearer, the same units in smaller cells; nearer still each is looked at for itself.
    let (mut nearer, mut nearest) = (look(11.0, Audience::City), look(14.0, Audience::City));
    let mut finer = Warmth::default();
    assert_eq!(told_heat(&mut nearer, &mut finer), 1);
    assert_eq!(units_of(&finer), 60);
    assert!(
        finer.cells.len() > coarse,
        "{} and {coarse}",
        finer.cells.len()
    );
    assert_eq!(told_heat(&mut nearest, &mut Warmth::default()), 0);
    // Whoever may not see where persons are is told no count of them either.
    let mut nobody = Warmth::default();
    told_heat(&mut look(9.0, Audience::Nothing), &mut nobody);
    assert_eq!(units_of(&nobody), 0);
}
