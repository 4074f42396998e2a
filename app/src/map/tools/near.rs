//! Who is near a place: asked of the server for the whole city, not only for what the map shows, and drawn as lines.

use std::time::Duration;

use domain::place::Position;
use domain::roads::Roads;
use domain::wire::UnitView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::cards::length_said;
use super::nearest::{Near, nearest};
use super::overlay::near_place;
use super::state::Tools;
use super::words::Word;
use crate::live::desk::Desk;
use crate::requests::{self, Problem};
use crate::text::number::decimals;

const HOW_MANY: [usize; 3] = [3, 5, 10];
/// Units move: asked again this often.
const AGAIN_EVERY: Duration = Duration::from_secs(3);

/// With the distance in metres, nearest first.
type Rows = Vec<(UnitView, f64)>;

/// What is known of who is near a place.
#[derive(Clone, PartialEq, Default, Debug)]
enum Found {
    #[default]
    Asking,
    There(Rows),
    /// With what was found before.
    Failed(Rows),
}

impl Found {
    fn rows(&self) -> &[(UnitView, f64)] {
        match self {
            Self::Asking => &[],
            Self::There(rows) | Self::Failed(rows) => rows,
        }
    }

    fn then(&self, answer: Result<Rows, Problem>) -> Self {
        match answer {
            Ok(rows) => Self::There(rows),
            Err(_) => Self::Failed(self.rows().to_vec()),
        }
    }

    /// What is to be said beside the rows.
    fn word(&self) -> Option<Word> {
        match self {
            Self::Asking => Some(Word::NearestWaiting),
            Self::There(rows) if rows.is_empty() => Some(Word::NearestNone),
            Self::There(_) => None,
            Self::Failed(rows) if rows.is_empty() => Some(Word::NearestFailed),
            Self::Failed(_) => Some(Word::NearestOld),
        }
    }
}

#[component]
pub fn Nearest(tools: Tools) -> impl IntoView {
    let desk = tools.desk;
    let settings = desk.settings;
    let many = RwSignal::new(HOW_MANY[1]);
    let found = RwSignal::new(Found::default());
    let place = Memo::new(move |_| near_place(tools));
    let ask = move || {
        let Some(at) = place.get_untracked() else {
            return;
        };
        let (most, past) = (many.get_untracked(), settings.past.get_untracked());
        spawn_local(async move {
            let answer = ask_for(desk, at, most, past.is_some()).await;
            // Another place or moment may be asked about by now.
            if place.try_get_untracked() == Some(Some(at))
                && many.try_get_untracked() == Some(most)
                && settings.past.try_get_untracked() == Some(past)
            {
                found.try_update(|found| *found = found.then(answer));
                let ends = found.try_with_untracked(|found| {
                    let ends = found.rows().iter().map(|(unit, _)| unit.position);
                    ends.collect()
                });
                if let Some(ends) = ends {
                    tools.near_lines.try_set(ends);
                }
            }
        });
    };
    Effect::new(move |_| {
        many.track();
        place.track();
        settings.past.track();
        found.set(Found::default());
        tools.near_lines.set(Vec::new());
        ask();
    });
    if let Ok(handle) = set_interval_with_handle(ask, AGAIN_EVERY) {
        on_cleanup(move || handle.clear());
    }
    let buttons = HOW_MANY.map(|number| {
        view! {
            <button type="button" class="segment" aria-pressed=move || (many.get() == number).to_string()
                on:click=move |_| many.set(number)>{number.to_string()}</button>
        }
    });
    let said = move || {
        let word = match place.get() {
            None => Some(Word::NearestHint),
            Some(_) => found.with(Found::word),
        };
        word.map(|word| word.text(settings.language.get()))
    };
    let roads = Roads::default();
    let estimate = move || {
        let [factor, speed] = [decimals(roads.factor, 1), decimals(roads.speed_kmh, 0)];
        Word::NearestRoads.filled(
            settings.language.get(),
            &[("factor", &factor), ("speed", &speed)],
        )
    };
    let rows = move || {
        let language = settings.language.get();
        found
            .get()
            .rows()
            .iter()
            .cloned()
            .map(|(unit, distance_m)| {
                let minutes = decimals((roads.seconds(distance_m) / 60.0).max(1.0), 0);
                let name = unit.id.to_string();
                let follows = name.clone();
                let kind = unit
                    .kind
                    .map(|kind| desk.start().city.label(language, &kind).to_owned());
                view! {
                    <li class="near-row" data-testid="near-row">
                        <span class="near-name">{name}</span>
                        {kind.map(|kind| view! { <span class="faint">{kind}</span> })}
                        <span>{length_said(distance_m)}</span>
                        <span>{Word::Minutes.filled(language, &[("n", &minutes)])}</span>
                        <button type="button" class="quiet" on:click=move |_| {
                            tools.map.followed.set(Some(follows.clone()));
                            tools.map.show(unit.position, 0.0);
                        }>{Word::FollowThis.text(language)}</button>
                    </li>
                }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <div class="segments" role="group" aria-label=settings.say(Word::NearestMany)>{buttons.into_iter().collect::<Vec<_>>()}</div>
        <p role="status" data-testid="near-said" class:gone=move || said().is_none()>{move || said()}</p>
        <ul>{move || rows()}</ul>
        <p class="faint">{move || estimate()}</p>
    }
}

/// The server knows who is near now; who was near then stands in the picture that is shown.
async fn ask_for(
    desk: Desk,
    at: Position,
    most: usize,
    in_the_past: bool,
) -> Result<Rows, Problem> {
    let units: Vec<UnitView> = if in_the_past {
        let shown = desk.things.picture;
        shown.with_value(|picture| picture.units().map(|unit| (**unit).clone()).collect())
    } else {
        requests::units_near(at, most).await?
    };
    let near = by_distance(&units, at, most).into_iter();
    Ok(near
        .map(|near| (units[near.unit].clone(), near.distance_m))
        .collect())
}

fn by_distance(units: &[UnitView], at: Position, most: usize) -> Vec<Near<usize>> {
    let places = units
        .iter()
        .enumerate()
        .map(|(index, unit)| (index, unit.position));
    nearest(places, at, most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::layers::tests::bus;

    #[test]
    fn a_question_that_failed_is_no_empty_street() {
        let nobody = Found::default().then(Ok(Vec::new()));
        assert_eq!(nobody.word(), Some(Word::NearestNone));
        let unknown = Found::default().then(Err(Problem::unreadable(503)));
        assert_eq!(unknown.word(), Some(Word::NearestFailed));
        let some = unknown.then(Ok(vec![(bus(), 120.0)]));
        assert_eq!((some.rows().len(), some.word()), (1, None));
        let old = some.then(Err(Problem::unreadable(503)));
        assert_eq!(
            (old.rows(), old.word()),
            (some.rows(), Some(Word::NearestOld))
        );
    }
}
