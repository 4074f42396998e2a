//! One viewer of the binary stream. It holds where it looks and how far it has been told, and gives out one frame at a time,
//! whenever its line can take one: a slow line is told less often, never later and later.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::interest::{self, Cover, Run};
use domain::policy::Audience;
use domain::wire::heat::NEAREST_ZOOM;
use domain::wire::live::{self, Ask, DeltaHead, Known, Look, PartHead, Said, Seen, Visit};
use domain::wire::{Layer, Problem};
use h3o::Resolution;

use super::cells::{self, Held};
use super::class::{Class, Told};
use super::difference;
use super::frames::Framed;
use super::hub::Hub;
use super::lens::Lens;
use super::part::Part;
use super::round::Round;
use super::scene::Scene;
use super::serve::IDLE;
use super::subscription::{Refused, checked_box};

/// A part of the picture is told in about so many bytes, so that a slow line need not wait for all of it.
const PART_BYTES: usize = 32 * 1024;
/// More changes than these are much to look through for one who comes back.
const MANY_CHANGES: usize = 10_000;
/// A digest costs a look at everything in view.
pub(super) const COMPARE_EVERY: Duration = Duration::from_secs(1);

/// What there is to say to somebody in a round.
pub enum Turn<'a> {
    Nothing,
    Frame(&'a Arc<Framed>),
    /// More than a round knows: `Seat::next` is to be asked.
    Other,
}

fn said(message: &Said) -> Arc<Framed> {
    Arc::new(Framed::binary(&live::said(message)))
}

pub struct Seat {
    hub: Hub,
    audience: Audience,
    holder: Option<String>,
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
    zoom: f32,
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
    /// None before it was told any heat.
    heat: Option<Warmed>,
}

/// The heat it was told, and when.
struct Warmed {
    held: Held,
    at: Instant,
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
            heat: None,
        }
    }

    /// Of which size heat is to be told now; none while there is no news of it.
    fn heat_due(&self, zoom: f32, position: u64) -> Option<Resolution> {
        let wanted = self.class.lens.wants(Layer::Heat) && zoom <= NEAREST_ZOOM && self.is_whole();
        let resolution = wanted.then(|| cells::resolution_of(zoom))?;
        let told = |heat: &Warmed| {
            let same = heat.held.counted.is_of(resolution) && heat.held.cover == self.cover;
            let still = heat.held.counted.position() == position;
            same && (still || heat.at.elapsed() < cells::COUNT_EVERY)
        };
        let up_to_date = self.heat.as_ref().is_some_and(told);
        (!up_to_date).then_some(resolution)
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
            holder: None,
            mistakes: 0,
            talk: Talk {
                watching: None,
                answers: Vec::new(),
                compares: false,
                compared: None,
                compare_every: COMPARE_EVERY,
                idle_since: Instant::now(),
                part_bytes: PART_BYTES,
                zoom: 0.0,
            },
        }
    }

    /// The seat of an account or key.
    pub fn held_by(mut self, holder: Option<&str>) -> Self {
        self.holder = holder.map(str::to_owned);
        self
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
        let class = self.class_of(&look)?;
        self.talk.idle_since = Instant::now();
        self.talk.zoom = look.zoom;
        match (&mut self.talk.watching, look.known) {
            (Some(watching), Known::Told) if watching.class.mark == class.mark => {
                watching.turns_to = Some(cover);
            }
            (None, Known::Before(seen)) => self.come_back(class, cover, seen),
            _ => self.begin(class, cover),
        }
        Ok(())
    }

    /// A view that moves asks for the same layers through the same filter, and stays in its class.
    fn class_of(&self, look: &Look) -> Result<Arc<Class>, Refused> {
        let filter = look.filter.as_deref();
        let known = self.talk.watching.as_ref().map(|one| &one.class);
        if let Some(class) = known.filter(|class| class.lens.is_of(&look.layers, filter)) {
            return Ok(class.clone());
        }
        let lens = Lens::checked(self.audience.clone(), &look.layers, filter)?;
        let class = self.hub.class(lens, self.holder.as_deref());
        class.ok_or(Refused {
            pointer: "/subscribe/filter",
            reason: "too many different filters are in use: take one of the usual ones".into(),
        })
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
                    heat: None,
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
    pub fn next(&mut self) -> Option<Arc<Framed>> {
        let Self { hub, talk, .. } = self;
        if !talk.answers.is_empty() {
            return Some(said(&talk.answers.remove(0)));
        }
        let framed = hub.read(|scene| talk.next(scene, hub.started()));
        let framed = framed.or_else(|| talk.heat(hub));
        if framed.is_some() {
            talk.idle_since = Instant::now();
        }
        framed
    }

    /// Whether the next frame costs a look at much: a part of the picture, a digest, or what changed in a long absence.
    pub fn asks_much(&self) -> bool {
        let Talk { answers, .. } = &self.talk;
        let Some(watching) = self.talk.watching.as_ref().filter(|_| answers.is_empty()) else {
            return false;
        };
        !watching.is_whole()
            || self.talk.compares_now()
            || self.hub.read(|scene| {
                let class = &watching.class;
                let heat = watching.heat_due(self.talk.zoom, scene.position);
                if heat.is_some_and(|size| !class.heat.has(size, scene.position)) {
                    return true;
                }
                let many = scene.changes_since(watching.at) > Some(MANY_CHANGES);
                many && !class.knows(watching.at, scene.position)
            })
    }

    /// Whether there is news of heat to be told after a frame of this round.
    pub fn owes_heat(&self, round: &Round) -> bool {
        let Talk { watching, zoom, .. } = &self.talk;
        let due = |one: &Watching| one.heat_due(*zoom, round.position).is_some();
        watching.as_ref().is_some_and(due)
    }

    /// The next frame of a viewer that holds all it wants, as most do; after it only heat may be left to be told.
    pub fn next_in<'a>(&mut self, round: &'a mut Round) -> Turn<'a> {
        let Self { hub, talk, .. } = self;
        let Some(watching) = talk.watching.as_mut().filter(|one| one.is_whole()) else {
            return Turn::Other;
        };
        if talk.compares || !talk.answers.is_empty() {
            return Turn::Other;
        }
        let (begun, position) = (round.begun, round.position);
        if watching.at < round.position {
            let view = (watching.cover, watching.held.as_slice());
            let Some(found) = round.found(hub, &watching.class, view, (watching.at, watching.told))
            else {
                return Turn::Other;
            };
            watching.at = found.to;
            if let Some(framed) = &found.framed {
                watching.told = found.to;
                talk.idle_since = begun;
                return Turn::Frame(framed);
            }
        }
        let waits = begun.saturating_duration_since(talk.idle_since) < IDLE;
        let behind = watching.told != watching.at && !waits;
        match behind || watching.heat_due(talk.zoom, position).is_some() {
            true => Turn::Other,
            false => Turn::Nothing,
        }
    }
}

/// What a newcomer who sees everything is told when he sends these messages, whatever their bytes.
pub fn answered(hub: &Hub, messages: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut seat = Seat::new(hub.clone(), Audience::City);
    let mut told = Vec::new();
    for message in messages {
        seat.hear(message);
        while let Some(framed) = seat.next() {
            told.push(framed.body().to_vec());
        }
    }
    told
}

impl Talk {
    fn resync(&mut self, reason: &str) {
        metrics::counter!("gulou_resyncs_total", "reason" => reason.to_owned()).increment(1);
        self.answers.push(Said::Resync(reason.to_owned()));
    }

    fn compares_now(&self) -> bool {
        let recently = |at: Instant| at.elapsed() < self.compare_every;
        self.compares && !self.compared.is_some_and(recently)
    }

    /// Heat comes after everything else there is to say.
    fn heat(&mut self, hub: &Hub) -> Option<Arc<Framed>> {
        let zoom = self.zoom;
        let watching = self.watching.as_mut()?;
        let resolution = hub.read(|scene| watching.heat_due(zoom, scene.position))?;
        let class = &watching.class;
        let counted = class.heat.read(hub, resolution);
        let cover = watching.cover;
        let before = watching.heat.take();
        let framed = counted.frame(cover, before.as_ref().map(|heat| &heat.held));
        watching.heat = Some(Warmed {
            held: Held { counted, cover },
            at: Instant::now(),
        });
        framed
    }

    fn next(&mut self, scene: &Scene, epoch: u64) -> Option<Arc<Framed>> {
        let watching = self.watching.as_mut()?;
        if watching.at != scene.position {
            let Some(told) = watching.class.told_since(scene, watching.at) else {
                let cover = watching.turns_to.unwrap_or(watching.cover);
                let class = watching.class.clone();
                self.resync("too slow");
                self.watching = Some(Watching::anew(class, cover, scene.position));
                return Some(said(&self.answers.remove(0)));
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
        let compares = self.compares_now();
        let watching = self.watching.as_mut()?;
        let behind = watching.told != watching.at;
        if behind && (compares || self.idle_since.elapsed() >= IDLE) {
            let head = DeltaHead {
                from: watching.told,
                ahead: watching.at - watching.told,
                now: scene.now(),
            };
            watching.told = watching.at;
            return Some(Arc::new(Framed::binary(&live::delta_head(&head))));
        }
        if compares {
            (self.compares, self.compared) = (false, Some(Instant::now()));
            let (lens, cover) = (&watching.class.lens, watching.cover);
            let digest = difference::digest(scene, |item| {
                lens.shows(item) && cover.holds(item.position())
            });
            return Some(said(&Said::Digest(digest)));
        }
        None
    }
}

impl Watching {
    /// What was told to the class, as far as it is news here.
    fn news(&self, told: &Told) -> Option<Arc<Framed>> {
        if self.wanted.is_empty() {
            return told.frame(self.cover, &self.held, self.told);
        }
        // Some of a half-told picture may lie beyond the finest border.
        let slices = told.slices(&self.held, 0);
        (!slices.is_empty()).then(|| Arc::new(told.joined(self.told, &slices)))
    }
}

/// The next part of what is wanted; `watching` stands where the scene does.
fn part(watching: &mut Watching, visit: Visit, scene: &Scene, enough: usize) -> Arc<Framed> {
    watching.turn();
    let part = Part::of(&watching.wanted, scene, &watching.class.lens, enough);
    watching.held = interest::joined(&watching.held, &part.runs);
    watching.wanted = part.left;
    watching.told = watching.at;
    let head = PartHead {
        anew: std::mem::take(&mut watching.anew),
        whole: watching.wanted.is_empty(),
        position: watching.at,
        now: scene.now(),
        visit,
        cover: watching.cover,
        runs: part.runs,
    };
    let head = live::part_head(&head);
    let pieces = std::iter::once(head.as_slice()).chain(part.records.iter().copied());
    Arc::new(Framed::binary_of(pieces))
}
