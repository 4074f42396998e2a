//! The hub: one thread brings the shared picture up to each block, writes down for each class of viewers what changed, and
//! wakes them at most every tick. Viewers read under a lock that each holds for one look.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use domain::change::Stepped;
use domain::picture::Picture;
use domain::time::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::cells::Thermometers;
use super::class::Class;
use super::lens::Lens;
use super::room::Room;
use super::scene::{RING, Scene};

/// At most twenty frames a second go to a viewer.
const TICK: Duration = Duration::from_millis(50);
/// How often the thread looks whether it should go on waiting.
const PATIENCE: Duration = Duration::from_secs(10);
/// Filters followed at once: each costs a look at every change. Without one there are as many kinds of viewers as audiences.
const MOST_FILTERS: usize = 64;

/// Of these so many were first asked for by one account or key.
const MOST_FILTERS_OF_ONE: usize = 16;

/// What all filters together may ask of each thing: the writer may have to wait for whoever evaluates them.
const MOST_TERMS: usize = 1_024;

type Bell = Box<dyn Fn() -> bool + Send>;

/// The hub's handle for viewers.
#[derive(Clone)]
pub struct Hub {
    scene: Arc<RwLock<Scene>>,
    classes: Arc<Mutex<Vec<Weak<Class>>>>,
    heat: Arc<Thermometers>,
    room: Room,
    /// Held by whoever looks at much on a thread that serves others, too.
    looks: Arc<Semaphore>,
    ticks: watch::Receiver<u64>,
    /// Called after every tick until they say that nobody listens.
    bells: Arc<Mutex<Vec<Bell>>>,
    /// Tells one journal from another: a token of another one is not honoured.
    epoch: u64,
    /// Tells one start of the server from another: numbers of things are given anew.
    start: u64,
}

impl Hub {
    /// Starts from the recovered Picture; the returned closure follows the writer until its channel ends.
    pub fn start(
        picture: &Picture,
        epoch: u64,
    ) -> (Self, impl FnOnce(Receiver<Arc<Stepped>>) + Send + use<>) {
        let (hub, wake) = Self::still(picture, epoch, RING);
        let shown = hub.clone();
        (hub, move |stepped| follow(&shown, &wake, &stepped))
    }

    /// A hub that nothing follows yet, and how to wake its viewers.
    pub(super) fn still(
        picture: &Picture,
        epoch: u64,
        ring_limit: usize,
    ) -> (Self, watch::Sender<u64>) {
        let (wake, ticks) = watch::channel(picture.block.0);
        let hub = Self {
            scene: Arc::new(RwLock::new(Scene::of(picture, ring_limit))),
            classes: Arc::default(),
            heat: Arc::default(),
            room: Room::default(),
            looks: Arc::new(Semaphore::new(1)),
            ticks,
            bells: Arc::default(),
            epoch,
            start: getrandom::u64().unwrap_or(epoch),
        };
        (hub, wake)
    }

    /// Brings the scene up to some blocks and tells every class; the answer is where it stands.
    pub(super) fn bring_up(&self, gathered: &[Arc<Stepped>]) -> u64 {
        let before = {
            let mut scene = self.scene.write().unwrap_or_else(PoisonError::into_inner);
            let before = scene.position;
            for step in gathered {
                scene.take(step);
            }
            before
        };
        let classes = self.living();
        self.read(|scene| {
            for class in &classes {
                class.told_since(scene, before);
            }
            scene.position
        })
    }

    fn living(&self) -> Vec<Arc<Class>> {
        let mut classes = self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        classes.retain(|class| class.strong_count() > 0);
        classes.iter().filter_map(Weak::upgrade).collect()
    }

    /// Tells viewers the time of a clock.
    pub fn telling_time(self, clock: fn() -> Timestamp) -> Self {
        let mut scene = self.scene.write().unwrap_or_else(PoisonError::into_inner);
        scene.go_by(clock);
        drop(scene);
        self
    }

    /// With room for so many lines of one account.
    #[cfg(test)]
    pub fn with_room_for(mut self, most_of_one: usize) -> Self {
        self.room = Room::of(most_of_one);
        self
    }

    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Waits until nobody else looks at much, and keeps others waiting as long as it is held.
    pub async fn turn_to_look(&self) -> Option<SemaphorePermit<'_>> {
        self.looks.acquire().await.ok()
    }

    /// The class of those who look through the same lens, for an account or key; None where there are too many already.
    pub fn class(&self, lens: Lens, holder: Option<&str>) -> Option<Arc<Class>> {
        let mark = lens.mark();
        let mut classes = self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut living = classes.iter().filter_map(Weak::upgrade);
        if let Some(class) = living.find(|class| class.mark == mark) {
            return Some(class);
        }
        drop(living);
        classes.retain(|class| class.strong_count() > 0);
        let living = classes.iter().filter_map(Weak::upgrade);
        let filtered: Vec<_> = living.filter(|class| class.lens.is_filtered()).collect();
        let terms: usize = filtered.iter().map(|class| class.lens.terms()).sum();
        let of_one = |class: &&Arc<Class>| holder.is_some() && class.asked_by.as_deref() == holder;
        let is_too_much = filtered.len() >= MOST_FILTERS
            || filtered.iter().filter(of_one).count() >= MOST_FILTERS_OF_ONE
            || terms + lens.terms() > MOST_TERMS;
        if lens.is_filtered() && is_too_much {
            return None;
        }
        let heat = self.heat.of(&lens.audience);
        let class = Arc::new(Class::new(mark, lens, heat, holder.map(str::to_owned)));
        classes.push(Arc::downgrade(&class));
        Some(class)
    }

    /// Calls somebody after every tick, for as long as he answers true; he must not block.
    pub fn at_every_tick(&self, bell: impl Fn() -> bool + Send + 'static) {
        self.bells().push(Box::new(bell));
    }

    fn bells(&self) -> MutexGuard<'_, Vec<Bell>> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn ticks(&self) -> watch::Receiver<u64> {
        self.ticks.clone()
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    pub fn started(&self) -> u64 {
        self.start
    }

    /// Reads the scene; the closure must be short and must not block.
    pub fn read<T>(&self, look: impl FnOnce(&Scene) -> T) -> T {
        look(&self.scene.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn follow(hub: &Hub, wake: &watch::Sender<u64>, stepped: &Receiver<Arc<Stepped>>) {
    loop {
        let started = Instant::now();
        let mut gathered = Vec::new();
        match stepped.recv_timeout(PATIENCE) {
            Ok(first) => gathered.push(first),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // What came while the last tick was told goes out together.
        gathered.extend(stepped.try_iter());
        if !gathered.is_empty() {
            wake.send_replace(hub.bring_up(&gathered));
            hub.bells().retain(|bell| bell());
            if let Some(rest) = TICK.checked_sub(started.elapsed()) {
                std::thread::sleep(rest);
            }
        }
    }
}
