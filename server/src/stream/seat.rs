//! One viewer of the binary stream. It holds where it looks and how far it has been told, and gives out one frame at a time,
//! whenever its line can take one: a slow line is told less often, never later and later.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::interest::{self, Cover, Run};
use domain::policy::Audience;
use domain::wire::live::{self, Ask, DeltaHead, Known, Look, PartHead, Said, Seen, Visit};
use domain::wire::{Layer, Problem};

use super::class::{Class, Told};
use super::difference;
use super::hub::Hub;
use super::lens::Lens;
use super::scene::Scene;
use super::serve::IDLE;
use super::subscription::{Refused, checked_box};

/// A part of the picture is told in about so many bytes, so that a slow line need not wait for all of it.
const PART_BYTES: usize = 32 * 1024;
/// A digest costs a look at everything in view.
const COMPARE_EVERY: Duration = Duration::from_secs(1);

/// A frame to be sent: one viewer's own, or one that all share who look at the same.
pub enum Parcel {
    Own(Vec<u8>),
    Shared(Arc<[u8]>),
}

impl Parcel {
    fn said(message: &Said) -> Self {
        Self::Own(live::said(message))
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

pub struct Seat {
    hub: Hub,
    audience: Audience,
    pub mistakes: u32,
    talk: Talk,
}

/// What is still to be said to it.
struct Talk {
    watching: Option<Watching>,
    /// Said before anything else.
    answers: Vec<Said>,
    compares: bool,
    compared: Option<Instant>,
    compare_every: Duration,
    idle_since: Instant,
    part_bytes: usize,
}

/// What it looks at and what it holds of that.
struct Watching {
    class: Arc<Class>,
    cover: Cover,
    /// Ascending; what it has been told wholly at `at`.
    held: Vec<Run>,
    /// Ascending; the rest of its cover.
    wanted: Vec<Run>,
    /// The next part makes it forget all before.
    anew: bool,
    /// Where it wants to look from the next part on.
    turns_to: Option<Cover>,
    /// Up to here nothing is missing.
    at: u64,
    /// Up to here it knows that nothing is missing.
    told: u64,
}

impl Watching {
    fn anew(class: Arc<Class>, cover: Cover, position: u64) -> Self {
        Self {
            class,
            cover,
            held: Vec::new(),
            wanted: cover.runs(),
            anew: true,
            turns_to: Some(cover),
            at: position,
            told: position,
        }
    }

    /// The page learns its new cover with a part: until then it is told of the old one.
    fn turn(&mut self) {
        if let Some(cover) = self.turns_to.take() {
            let runs = cover.runs();
            self.held = interest::shared(&runs, &self.held);
            self.wanted = interest::without(&runs, &self.held);
            self.cover = cover;
        }
    }

    fn is_whole(&self) -> bool {
        self.wanted.is_empty() && self.turns_to.is_none()
    }
}

impl Seat {
    pub fn new(hub: Hub, audience: Audience) -> Self {
        Self {
            hub,
            audience,
            mistakes: 0,
            talk: Talk {
                watching: None,
                answers: Vec::new(),
                compares: false,
                compared: None,
                compare_every: COMPARE_EVERY,
                idle_since: Instant::now(),
                part_bytes: PART_BYTES,
            },
        }
    }

    /// Tells parts of so many bytes, and compares as often as it is asked.
    #[cfg(test)]
    pub fn in_parts_of(mut self, bytes: usize) -> Self {
        self.talk.part_bytes = bytes;
        self.talk.compare_every = Duration::ZERO;
        self
    }

    pub fn hear(&mut self, bytes: &[u8]) {
        match live::read_ask(bytes) {
            Ok(Ask::Look(look)) => {
                if let Err(refused) = self.look(look) {
                    let detail = format!("{}: {}", refused.pointer, refused.reason);
                    self.mistake("subscription", detail);
                }
            }
            Ok(Ask::Digest) if self.talk.watching.is_some() => self.talk.compares = true,
            Ok(Ask::Digest) => self.mistake("digest", "subscribe first".into()),
            Err(reason) => self.mistake("unreadable", reason),
        }
    }

    pub fn mistake(&mut self, code: &str, detail: String) {
        self.mistakes += 1;
        metrics::counter!("gulou_viewer_mistakes_total", "code" => code.to_owned()).increment(1);
        self.talk.answers.push(Said::Error(Problem {
            code: code.to_owned(),
            detail,
        }));
    }

    fn look(&mut self, look: Look) -> Result<(), Refused> {
        let cover = Cover::of(checked_box(look.bbox, look.zoom)?);
        if look.layers.contains(&Layer::Heat) {
            return Err(Refused {
                pointer: "/subscribe/layers",
                reason: "heat is told in gulou.v1.json only".into(),
            });
        }
        let lens = Lens::checked(self.audience.clone(), &look.layers, look.filter.as_deref())?;
        let class = self.hub.class(lens).ok_or(Refused {
            pointer: "/subscribe/filter",
            reason: "too many different filters are in use: take one of the usual ones".into(),
        })?;
        self.talk.idle_since = Instant::now();
        match (&mut self.talk.watching, look.known) {
            (Some(watching), Known::Told) if watching.class.mark == class.mark => {
                watching.turns_to = Some(cover);
            }
            (None, Known::Before(seen)) => self.come_back(class, cover, seen),
            _ => self.begin(class, cover),
        }
        Ok(())
    }

    fn begin(&mut self, class: Arc<Class>, cover: Cover) {
        let position = self.hub.read(|scene| scene.position);
        self.talk.watching = Some(Watching::anew(class, cover, position));
    }

    fn come_back(&mut self, class: Arc<Class>, cover: Cover, seen: Seen) {
        let known = seen.visit == self.visit(&class);
        let reaches = self.hub.read(|scene| scene.since(seen.position).is_some());
        match (known, reaches) {
            (true, true) => {
                self.talk.watching = Some(Watching {
                    held: seen.cover.runs(),
                    wanted: Vec::new(),
                    anew: false,
                    turns_to: (seen.cover != cover).then_some(cover),
                    cover: seen.cover,
                    class,
                    at: seen.position,
                    told: seen.position,
                });
            }
            (known, _) => {
                let reason = if known {
                    "too long away"
                } else {
                    "the token is not known here"
                };
                self.talk.resync(reason);
                self.begin(class, cover);
            }
        }
    }

    fn visit(&self, class: &Class) -> Visit {
        Visit {
            epoch: self.hub.started(),
            class: class.mark,
        }
    }

    /// The next frame, if there is anything to say.
    pub fn next(&mut self) -> Option<Parcel> {
        let Self { hub, talk, .. } = self;
        if !talk.answers.is_empty() {
            return Some(Parcel::said(&talk.answers.remove(0)));
        }
        let parcel = hub.read(|scene| talk.next(scene, hub.started()));
        if parcel.is_some() {
            talk.idle_since = Instant::now();
        }
        parcel
    }
}

impl Talk {
    fn resync(&mut self, reason: &str) {
        metrics::counter!("gulou_resyncs_total", "reason" => reason.to_owned()).increment(1);
        self.answers.push(Said::Resync(reason.to_owned()));
    }

    fn next(&mut self, scene: &Scene, epoch: u64) -> Option<Parcel> {
        let watching = self.watching.as_mut()?;
        if watching.at != scene.position {
            let Some(told) = watching.class.told_since(scene, watching.at) else {
                let cover = watching.turns_to.unwrap_or(watching.cover);
                let class = watching.class.clone();
                self.resync("too slow");
                self.watching = Some(Watching::anew(class, cover, scene.position));
                return Some(Parcel::said(&self.answers.remove(0)));
            };
            watching.at = scene.position;
            let news = watching.news(&told);
            if news.is_some() {
                watching.told = told.to;
                return news;
            }
        }
        if !watching.is_whole() {
            let class = watching.class.mark;
            let visit = Visit { epoch, class };
            return Some(part(watching, visit, scene, self.part_bytes));
        }
        // A digest is of a position that the page knows.
        let recently = |at: Instant| at.elapsed() < self.compare_every;
        let compares = self.compares && !self.compared.is_some_and(recently);
        let behind = watching.told != watching.at;
        if behind && (compares || self.idle_since.elapsed() >= IDLE) {
            let head = DeltaHead {
                from: watching.told,
                ahead: watching.at - watching.told,
                now: scene.now,
            };
            watching.told = watching.at;
            return Some(Parcel::Own(live::delta_head(&head)));
        }
        if compares {
            (self.compares, self.compared) = (false, Some(Instant::now()));
            let (lens, cover) = (&watching.class.lens, watching.cover);
            let digest = difference::digest(scene, |item| {
                lens.shows(item) && cover.holds(item.position())
            });
            return Some(Parcel::said(&Said::Digest(digest)));
        }
        None
    }
}

impl Watching {
    /// What was told to the class, as far as it is news here.
    fn news(&self, told: &Told) -> Option<Parcel> {
        if self.wanted.is_empty() {
            let frame = told.frame(self.cover, &self.held, self.told)?;
            return Some(Parcel::Shared(frame));
        }
        // Some of a half-told picture may lie beyond the finest border.
        let slices = told.slices(&self.held, 0);
        (!slices.is_empty()).then(|| Parcel::Own(told.joined(self.told, &slices)))
    }
}

/// The next part of what is wanted; `watching` stands where the scene does.
fn part(watching: &mut Watching, visit: Visit, scene: &Scene, enough: usize) -> Parcel {
    watching.turn();
    let mut records = Vec::new();
    let mut runs: Vec<Run> = Vec::new();
    let mut left: Vec<Run> = Vec::new();
    for run in &watching.wanted {
        if records.len() >= enough {
            left.push(*run);
            continue;
        }
        let mut end = run.to;
        let mut cell = None;
        for shown in scene.within(*run) {
            // A cell is told whole or not at all.
            if records.len() >= enough && cell.is_some_and(|cell| cell != shown.cell) {
                end = shown.cell.run().from;
                break;
            }
            cell = Some(shown.cell);
            if watching.class.lens.shows(&shown.item) {
                records.extend_from_slice(shown.record());
            }
        }
        runs.push(Run {
            from: run.from,
            to: end,
        });
        if end < run.to {
            left.push(Run {
                from: end,
                to: run.to,
            });
        }
    }
    watching.held = interest::joined(&watching.held, &runs);
    watching.wanted = left;
    watching.told = watching.at;
    let head = PartHead {
        anew: std::mem::take(&mut watching.anew),
        whole: watching.wanted.is_empty(),
        position: watching.at,
        now: scene.now,
        visit,
        cover: watching.cover,
        runs,
    };
    let mut frame = live::part_head(&head);
    frame.extend(records);
    Parcel::Own(frame)
}
