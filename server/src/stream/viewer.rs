//! One viewer of the JSON stream: subscribe, snapshot, deltas, resume, digest; exact to its box. Nothing is queued for a slow
//! reader: it is told the difference when it is ready for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::policy::Audience;
use domain::wire::{ClientMessage, Delta, Layer, Problem, ServerMessage, Subscription};

use super::cells::{self, Standing};
use super::difference;
use super::encode;
use super::hub::Hub;
use super::seat::COMPARE_EVERY;
use super::serve::IDLE;
use super::subscription::View;
use super::token::Token;

const HEAT_EVERY: Duration = Duration::from_secs(1);

pub struct Viewer {
    hub: Hub,
    audience: Audience,
    view: Option<View>,
    /// The position the viewer was last told.
    told: u64,
    heat: BTreeMap<u64, u32>,
    heat_told: Instant,
    idle_since: Instant,
    /// Last, and whether another is waited for.
    compared: Option<Instant>,
    compare: bool,
    compare_every: Duration,
    pub mistakes: u32,
}

impl Viewer {
    pub fn new(hub: Hub, audience: Audience) -> Self {
        let now = Instant::now();
        Self {
            hub,
            audience,
            view: None,
            told: 0,
            heat: BTreeMap::new(),
            heat_told: now,
            idle_since: now,
            compared: None,
            compare: false,
            compare_every: COMPARE_EVERY,
            mistakes: 0,
        }
    }

    /// Compares as often as it is asked.
    #[cfg(test)]
    pub fn comparing_always(mut self) -> Self {
        self.compare_every = Duration::ZERO;
        self
    }

    pub fn hear(&mut self, text: &str) -> Vec<ServerMessage> {
        match encode::read_text(text) {
            Ok(ClientMessage::Subscribe(asked)) => self.subscribe(asked),
            Ok(ClientMessage::Digest(_)) if self.compared_lately() => {
                self.compare = true;
                Vec::new()
            }
            Ok(ClientMessage::Digest(_)) => self.digest(),
            Err(reason) => vec![self.mistake("unreadable", reason)],
        }
    }

    pub fn mistake(&mut self, code: &str, detail: String) -> ServerMessage {
        self.mistakes += 1;
        metrics::counter!("gulou_viewer_mistakes_total", "code" => code.to_owned()).increment(1);
        ServerMessage::Error(Problem {
            code: code.to_owned(),
            detail,
        })
    }

    fn token(&self, view: &View, position: u64) -> String {
        Token {
            epoch: self.hub.epoch(),
            position,
            seen: view.asked.clone(),
            audience: Token::mark(&self.audience),
        }
        .text()
    }

    fn subscribe(&mut self, asked: Subscription) -> Vec<ServerMessage> {
        let resume = asked.resume.clone().filter(|token| !token.is_empty());
        let view = match View::checked(asked, self.audience.clone()) {
            Ok(view) => view,
            Err(refused) => {
                return vec![self.mistake(
                    "subscription",
                    format!("{}: {}", refused.pointer, refused.reason),
                )];
            }
        };
        self.idle_since = Instant::now();
        if let Some(seen) = self.view.take() {
            return self.move_view(seen, view);
        }
        match resume {
            None => vec![self.snapshot(view)],
            Some(text) => self.resume(&text, view),
        }
    }

    fn snapshot(&mut self, view: View) -> ServerMessage {
        let (mut snapshot, heat) = self.hub.read(|scene| {
            (
                difference::snapshot(scene, &view),
                Standing::in_view(scene, &view),
            )
        });
        let heat = heat.counted(view.zoom);
        snapshot.cells = cells::changed(&BTreeMap::new(), &heat);
        snapshot.resume = self.token(&view, snapshot.position);
        self.told = snapshot.position;
        self.heat = heat;
        self.view = Some(view);
        ServerMessage::Snapshot(snapshot)
    }

    fn resync(&mut self, reason: &str, view: View) -> Vec<ServerMessage> {
        metrics::counter!("gulou_resyncs_total", "reason" => reason.to_owned()).increment(1);
        vec![
            ServerMessage::Resync(reason.to_owned()),
            self.snapshot(view),
        ]
    }

    /// The viewer comes back with a token: if we can tell what it missed, we do.
    fn resume(&mut self, text: &str, view: View) -> Vec<ServerMessage> {
        let known = |token: &Token| {
            token.epoch == self.hub.epoch() && token.audience == Token::mark(&self.audience)
        };
        let Some(token) = Token::read(text).filter(known) else {
            return self.resync("the token is not known here", view);
        };
        if view.wants(Layer::Heat) {
            return self.resync("heat is counted anew", view);
        }
        let Ok(seen) = View::checked(token.seen, self.audience.clone()) else {
            return self.resync("the token is not known here", view);
        };
        let Some(delta) = self
            .hub
            .read(|scene| difference::delta(scene, &seen, &view, token.position))
        else {
            return self.resync("too long away", view);
        };
        let answer = self.tell(delta, &view);
        self.view = Some(view);
        vec![answer]
    }

    fn tell(&mut self, mut delta: Delta, view: &View) -> ServerMessage {
        delta.resume = self.token(view, delta.to);
        self.told = delta.to;
        self.idle_since = Instant::now();
        ServerMessage::Delta(delta)
    }

    /// A moved view: first what changed in the old one, then what enters and leaves, both of one scene.
    fn move_view(&mut self, seen: View, view: View) -> Vec<ServerMessage> {
        let told = self.told;
        let (delta, mut enter, heat) = self.hub.read(|scene| {
            (
                difference::delta(scene, &seen, &seen, told),
                difference::enter(scene, &seen, &view),
                Standing::in_view(scene, &view),
            )
        });
        let heat = heat.counted(view.zoom);
        let Some(delta) = delta else {
            return self.resync("too slow", view);
        };
        let mut answers = Vec::new();
        if delta.to != delta.from {
            answers.push(self.tell(delta, &seen));
        }
        enter.cells = cells::changed(&self.heat, &heat);
        enter.resume = self.token(&view, enter.position);
        self.heat = heat;
        self.view = Some(view);
        answers.push(ServerMessage::Enter(enter));
        answers
    }

    /// Something has changed in the city.
    pub fn tick(&mut self) -> Vec<ServerMessage> {
        self.catch_up(false)
    }

    /// Nothing was said for a while: say at least how far we are.
    pub fn idle(&mut self) -> Vec<ServerMessage> {
        if self.compare && !self.compared_lately() {
            return self.digest();
        }
        if self.idle_since.elapsed() < IDLE {
            return Vec::new();
        }
        self.catch_up(true)
    }

    fn catch_up(&mut self, even_if_empty: bool) -> Vec<ServerMessage> {
        let Some(view) = self.view.take() else {
            return Vec::new();
        };
        let heat_due = view.wants(Layer::Heat) && self.heat_told.elapsed() >= HEAT_EVERY;
        let told = self.told;
        let (delta, heat) = self.hub.read(|scene| {
            (
                difference::delta(scene, &view, &view, told),
                heat_due.then(|| Standing::in_view(scene, &view)),
            )
        });
        let Some(mut delta) = delta else {
            return self.resync("too slow", view);
        };
        if let Some(heat) = heat {
            let heat = heat.counted(view.zoom);
            delta.cells = cells::changed(&self.heat, &heat);
            self.heat = heat;
            self.heat_told = Instant::now();
        }
        let moved = delta.to != delta.from;
        let worth_telling = !difference::is_empty(&delta) || (even_if_empty && moved);
        let answers = if worth_telling {
            vec![self.tell(delta, &view)]
        } else {
            Vec::new()
        };
        self.view = Some(view);
        answers
    }

    fn compared_lately(&self) -> bool {
        let compared = self.compared;
        compared.is_some_and(|compared| compared.elapsed() < self.compare_every)
    }

    /// The digest of exactly what the viewer has been told, and therefore of where it is told to be.
    fn digest(&mut self) -> Vec<ServerMessage> {
        self.compare = false;
        self.compared = Some(Instant::now());
        let Some(view) = self.view.take() else {
            return vec![self.mistake("digest", "subscribe first".into())];
        };
        let told = self.told;
        let (delta, digest) = self.hub.read(|scene| {
            (
                difference::delta(scene, &view, &view, told),
                difference::digest(scene, |item| view.shows(item)),
            )
        });
        let Some(delta) = delta else {
            return self.resync("too slow", view);
        };
        let mut answers = Vec::new();
        if delta.to != delta.from {
            answers.push(self.tell(delta, &view));
        }
        self.view = Some(view);
        answers.push(ServerMessage::Digest(digest));
        answers
    }
}
