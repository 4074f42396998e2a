//! The past on the desk: a recorded picture in the place of the live one, moved by hand or played. Nothing that arrives live
//! changes what is shown; a new incident of the first level is announced.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::category::Severity;
use domain::ids::IncidentId;
use domain::time::Timestamp;
use domain::wire::past::{DensityView, GapView, HorizonView, SeatView};
use domain::wire::{IncidentDetail, IncidentView};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desk::{Desk, NoDetail, Sheet};
use super::lists::Tab;
use super::picture::{Applied, LivePicture};
use crate::requests::{self, Problem};
use crate::settings::Settings;

/// Times as fast as it happened.
pub const SPEEDS: [i64; 5] = [1, 10, 60, 300, 600];
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// What the bar may span.
pub const SPANS_MS: [i64; 6] = [
    HOUR_MS,
    6 * HOUR_MS,
    24 * HOUR_MS,
    3 * 24 * HOUR_MS,
    7 * 24 * HOUR_MS,
    30 * 24 * HOUR_MS,
];
/// While it plays, the picture is brought further this often.
const BEAT_MS: i64 = 500;
/// How often the bar is drawn anew; how soon after something was opened.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const LOOK_AFTER: Duration = Duration::from_secs(5);
/// So near to the present there is nothing to look back at.
const PRESENT_MS: i64 = 2_000;

#[derive(Clone, Copy)]
pub struct Past {
    pub playing: RwSignal<bool>,
    pub speed: RwSignal<i64>,
    /// Where a hand has gone while the picture of there is not here yet.
    pub wanted: RwSignal<Option<Timestamp>>,
    pub problem: RwSignal<Option<Problem>>,
    /// Of the bar, in `SPANS_MS`.
    pub span: RwSignal<usize>,
    pub horizon: RwSignal<Option<HorizonView>>,
    pub density: RwSignal<Option<DensityView>>,
    /// What seats saw at the moment, once it was asked for.
    pub seats: RwSignal<Option<Vec<SeatView>>>,
    /// Whose page the shown picture is of.
    pub seat: RwSignal<Option<SeatView>>,
    /// A new incident of the first level that is happening now.
    pub announced: RwSignal<Option<Arc<IncidentView>>>,
    /// Those that were known when the past was opened, and announced since.
    grave: StoredValue<BTreeSet<IncidentId>>,
    /// Counts what was asked for, so that a late answer is dropped.
    asked: StoredValue<u64>,
}

impl Past {
    pub fn new() -> Self {
        Self {
            playing: RwSignal::new(false),
            speed: RwSignal::new(60),
            wanted: RwSignal::new(None),
            problem: RwSignal::new(None),
            span: RwSignal::new(2),
            horizon: RwSignal::new(None),
            density: RwSignal::new(None),
            seats: RwSignal::new(None),
            seat: RwSignal::new(None),
            announced: RwSignal::new(None),
            grave: StoredValue::new(BTreeSet::new()),
            asked: StoredValue::new(0),
        }
    }

    /// A past moment is shown, on its way or could not be had.
    pub fn is_open(self, settings: Settings) -> bool {
        settings.past.read().is_some()
            || self.problem.read().is_some()
            || self.wanted.read().is_some()
    }

    /// The view of the seat whose page is looked at.
    fn view(self) -> Option<u64> {
        self.seat
            .with_untracked(|seat| seat.as_ref().map(|seat| seat.view))
    }

    fn ask(self) -> u64 {
        self.asked.update_value(|asked| *asked += 1);
        self.asked.get_value()
    }

    fn still(self, asked: u64) -> bool {
        self.asked.try_get_value() == Some(asked)
    }
}

impl Default for Past {
    fn default() -> Self {
        Self::new()
    }
}

/// Keeps the bar up to date and listens for what happens meanwhile; call from an effect. `named` is the moment
/// that the page's address asks for.
pub fn follow(desk: Desk, named: Option<Timestamp>) {
    Effect::new(move |_| {
        desk.past.span.track();
        look(desk);
    });
    if let Ok(handle) = set_interval_with_handle(move || look(desk), LOOK_EVERY) {
        on_cleanup(move || handle.clear());
    }
    Effect::new(move |_| {
        let changed = desk.feed.missed.get();
        announce(desk, &changed);
    });
    // An incident that opens live shows in the bar soon, and a flood of them asks no more often.
    let soon = StoredValue::new(false);
    Effect::new(move |before: Option<u32>| {
        let all = desk.counts.read().of(Tab::All);
        let moved = before.is_some_and(|before| before != all);
        let live = desk.settings.past.read_untracked().is_none();
        if moved && live && !soon.get_value() {
            soon.set_value(true);
            set_timeout(
                move || {
                    if soon.try_update_value(std::mem::take).is_some() {
                        look(desk);
                    }
                },
                LOOK_AFTER,
            );
        }
        all
    });
    on_cleanup(|| requests::only_look(false));
    if let Some(at) = named {
        open(desk, at);
    }
}

/// Asks for horizon and density.
fn look(desk: Desk) {
    let span_ms = SPANS_MS[desk.past.span.get_untracked()];
    spawn_local(async move {
        let until = desk.settings.present();
        let horizon = requests::horizon().await;
        let density = requests::density(until.plus_millis(-span_ms), until).await;
        // What cannot be had stays as it was: the line's own light says that the server does not answer.
        if let Ok(horizon) = horizon {
            desk.past.horizon.try_set(Some(horizon));
        }
        if let Ok(density) = density {
            desk.past.density.try_set(Some(density));
        }
    });
}

fn is_grave(view: &IncidentView) -> bool {
    view.severity == Severity::Extreme && view.state.is_open()
}

fn announce(desk: Desk, changed: &BTreeSet<IncidentId>) {
    desk.feed.with_live(|live| {
        for view in changed.iter().filter_map(|id| live.incident(*id)) {
            let new = desk
                .past
                .grave
                .try_update_value(|known| is_grave(view) && known.insert(view.id));
            if new == Some(true) {
                desk.past.announced.set(Some(Arc::clone(view)));
                desk.rung.update(|rung| *rung += 1);
            }
        }
    });
}

/// Opens a past moment; the present, if it is no past yet.
pub fn open(desk: Desk, at: Timestamp) {
    let past = desk.past;
    let since = past
        .horizon
        .with_untracked(|horizon| horizon.as_ref().and_then(|horizon| horizon.since));
    let at = since.map_or(at, |since| at.max(since));
    if desk.settings.present().since(at) < PRESENT_MS {
        return return_to_live(desk);
    }
    fetch(desk, at, past.seat.get_untracked());
}

/// Shows a moment, as that seat saw it, as soon as it is here; until then, and if that fails, what is shown stays.
fn fetch(desk: Desk, at: Timestamp, seat: Option<SeatView>) {
    let past = desk.past;
    past.wanted.set(Some(at));
    let asked = past.ask();
    spawn_local(async move {
        let view = seat.as_ref().map(|seat| seat.view);
        let answer = requests::past_picture(at, view).await;
        if !past.still(asked) {
            return;
        }
        // A hand may have gone on meanwhile.
        past.wanted
            .update(|wanted| *wanted = wanted.filter(|wanted| *wanted != at));
        let read = |frame: &[u8]| {
            let mut picture = LivePicture::default();
            match picture.apply(frame) {
                Applied::Changed(_) => Ok(picture),
                _ => Err(Problem::unreadable(200)),
            }
        };
        // One for the lists and one for the map: each is brought further by itself.
        match answer.and_then(|frame| Ok((read(&frame)?, read(&frame)?))) {
            Ok((incidents, things)) => show(desk, at, seat, incidents, things),
            Err(problem) => {
                past.playing.set(false);
                past.problem.set(Some(problem));
            }
        }
        if past.playing.get_untracked() {
            play_on(desk, asked);
        }
    });
}

fn show(
    desk: Desk,
    at: Timestamp,
    seat: Option<SeatView>,
    incidents: LivePicture,
    things: LivePicture,
) {
    let past = desk.past;
    let words = untrack(|| desk.searched());
    if desk.settings.past.get_untracked().is_none() {
        past.grave.set_value(desk.feed.with_live(|live| {
            let grave = live.incidents().filter(|view| is_grave(view));
            grave.map(|view| view.id).collect()
        }));
        // What a hand was about to do belongs to the present.
        desk.open_command.set(None);
        desk.intake_open.set(false);
        desk.point_for.set(None);
        desk.batch.update(|batch| batch.clear());
        desk.undo.set(None);
        desk.found.set(None);
        requests::only_look(true);
    }
    past.problem.set(None);
    past.seats.set(None);
    desk.settings.turn_to(Some(at));
    desk.things.show(things);
    desk.feed.show(incidents);
    let view = seat.as_ref().map(|seat| seat.view);
    match seat.as_ref().filter(|_| view != past.view()) {
        Some(seat) => look_as(desk, seat),
        None => words.into_iter().for_each(|words| desk.search(words)),
    }
    past.seat.set(seat);
}

/// The list, words, incident and box of a seat.
fn look_as(desk: Desk, seat: &SeatView) {
    let tab = Tab::ALL
        .into_iter()
        .find(|tab| Some(tab.name()) == seat.tab.as_deref());
    desk.tab.set(tab.unwrap_or_default());
    desk.search(seat.words.clone().unwrap_or_default());
    desk.select(seat.incident);
    desk.frame_on_map.set(Some(seat.bbox));
    if desk.sheet.get_untracked() == Sheet::Me {
        desk.sheet.set(Sheet::Map);
    }
}

pub fn return_to_live(desk: Desk) {
    let past = desk.past;
    past.ask();
    past.playing.set(false);
    past.wanted.set(None);
    past.problem.set(None);
    past.announced.set(None);
    past.seats.set(None);
    past.seat.set(None);
    if desk.settings.past.get_untracked().is_some() {
        requests::only_look(false);
        desk.found.set(None);
        desk.settings.turn_to(None);
        desk.things.return_to_live();
        desk.feed.return_to_live();
    }
}

/// So many minutes on from what is shown; from the present only back.
pub fn step(desk: Desk, minutes: i64) {
    let shown = desk.past.wanted.get_untracked();
    let from = shown.unwrap_or_else(|| desk.settings.now());
    if minutes < 0 || desk.settings.past.get_untracked().is_some() {
        open(desk, from.plus_minutes(minutes));
    }
}

/// Plays, or holds still.
pub fn play_or_pause(desk: Desk) {
    let playing = !desk.past.playing.get_untracked();
    desk.past.playing.set(playing);
    // What is on its way is played from when it is here.
    if playing && desk.past.wanted.read_untracked().is_none() {
        match desk.settings.past.get_untracked() {
            Some(_) => play_on(desk, desk.past.ask()),
            None => desk.past.playing.set(false),
        }
    }
}

/// One beat: what changed is asked for, and shown when its time has come.
fn play_on(desk: Desk, asked: u64) {
    let past = desk.past;
    let Some(at) = desk.settings.past.get_untracked() else {
        return;
    };
    let begun = desk.settings.present();
    let next = at.plus_millis(BEAT_MS * past.speed.get_untracked());
    if begun.since(next) < PRESENT_MS {
        return return_to_live(desk);
    }
    spawn_local(async move {
        let answer = requests::past_changes(at, next, past.view()).await;
        let over = desk.settings.present().since(begun);
        let left = Duration::from_millis((BEAT_MS - over).max(0).cast_unsigned());
        set_timeout(
            move || {
                if !past.still(asked) || past.playing.try_get_untracked() != Some(true) {
                    return;
                }
                match answer {
                    Ok(told) => {
                        past.problem.set(None);
                        let next = told.next.unwrap_or(next);
                        desk.settings.turn_to(Some(next));
                        let fits = told.frames.iter().all(|frame| {
                            desk.things.go_on(frame);
                            matches!(desk.feed.go_on(frame), Applied::Changed(_))
                        });
                        match fits {
                            true => play_on(desk, asked),
                            false => open(desk, next),
                        }
                    }
                    Err(problem) => {
                        past.playing.set(false);
                        past.problem.set(Some(problem));
                    }
                }
            },
            left,
        );
    });
}

/// Keys of the past; true if the key was one.
pub fn key(desk: Desk, code: &str, shift: bool) -> bool {
    let shown = desk.settings.past.read_untracked().is_some();
    match (code, shift) {
        ("Comma", false) => step(desk, -1),
        ("Period", false) => step(desk, 1),
        ("Comma", true) => step(desk, -10),
        ("Period", true) => step(desk, 10),
        ("KeyP", false) if shown => play_or_pause(desk),
        ("KeyN", false) if shown => refuse(desk),
        _ => return false,
    }
    true
}

fn refuse(desk: Desk) {
    let language = desk.settings.language.get_untracked();
    let said = crate::text::text(language, crate::text::Message::PastReadOnly);
    desk.notice.set(Some(said.to_owned()));
}

/// What is known of an incident today, as far as it was so at the moment that is shown: nothing later, and nothing to be done.
pub fn as_it_stood(desk: Desk, detail: IncidentDetail) -> Result<IncidentDetail, NoDetail> {
    let Some(at) = desk.settings.past.get_untracked() else {
        return Ok(detail);
    };
    let stood = desk
        .feed
        .picture
        .with_value(|picture| picture.incident(detail.incident.id).cloned());
    if stood.is_none() && detail.incident.opened_at > at {
        return Err(NoDetail::NotYet);
    }
    let mut detail = IncidentDetail {
        incident: stood.map_or(detail.incident, |view| IncidentView::clone(&view)),
        ..detail
    };
    detail.timeline.retain(|entry| entry.at <= at);
    detail.evidence.retain(|evidence| evidence.time <= at);
    detail.attachments.retain(|file| file.at <= at);
    detail.allowed.clear();
    detail.suggestions.clear();
    // How far the departments are is not kept by moments.
    detail.work = Default::default();
    Ok(detail)
}

/// By number or title, in what is shown.
pub fn search(desk: Desk, words: &str) -> Vec<IncidentId> {
    let words = words.to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&words);
    desk.feed.picture.with_value(|picture| {
        picture
            .incidents()
            .filter(|view| holds(&view.number) || holds(&view.title) || holds(&view.title_en))
            .map(|view| view.id)
            .collect()
    })
}

/// The time of which nothing is known, if the moment that is shown lies in one.
pub fn gap(desk: Desk) -> Option<GapView> {
    let at = desk.settings.past.get()?;
    let horizon = desk.past.horizon.read();
    let gaps = &horizon.as_ref()?.gaps;
    gaps.iter()
        .find(|gap| gap.since < at && at < gap.until)
        .copied()
}

/// At which pace it is played; anything but one of `SPEEDS` stays without effect.
pub fn set_speed(desk: Desk, named: &str) {
    if let Some(speed) = SPEEDS.into_iter().find(|speed| speed.to_string() == named) {
        desk.past.speed.set(speed);
    }
}

/// Asks what seats saw at the moment that is shown; once more puts the answer away. From a seat it leads back to what one may
/// see oneself.
pub fn ask_seats(desk: Desk) {
    let Some(at) = desk.settings.past.get_untracked() else {
        return;
    };
    if desk.past.seat.read_untracked().is_some() {
        return fetch(desk, at, None);
    }
    if desk.past.seats.read_untracked().is_some() {
        return desk.past.seats.set(None);
    }
    spawn_local(async move {
        let answer = requests::seats(at).await;
        if desk.settings.past.try_get_untracked().flatten() != Some(at) {
            return;
        }
        match answer {
            Ok(seats) => desk.past.seats.set(Some(seats)),
            Err(problem) => desk.past.problem.set(Some(problem)),
        }
    });
}

/// Looks where a seat looked: its box, list, words and incident. What is seen is what both accounts may see, in the layers that
/// the seat drew.
pub fn sit_down(desk: Desk, seat: SeatView) {
    if let Some(at) = desk.settings.past.get_untracked() {
        fetch(desk, at, Some(seat));
    }
}

/// Whether somebody of this role may ask what others saw.
pub fn may_ask_seats(desk: Desk) -> bool {
    use domain::account::Role;
    desk.start().me.as_ref().is_some_and(|me| {
        matches!(
            me.role,
            Role::Auditor | Role::Administrator | Role::ShiftLeader
        )
    })
}
