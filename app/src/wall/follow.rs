//! How a wall follows its desks and mends itself: it asks every two seconds what to show, and takes the answer as a
//! sign that the line can be opened anew. Runs in the browser only; never reloads while nobody answers.

use std::sync::Arc;
use std::time::Duration;

use domain::feed_health::FeedView;
use domain::theme::{ThemeName, ThemeView};
use domain::time::Timestamp;
use domain::wall::WallView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::situation::Situation;
use super::six::Six;
use super::told::Line;
use crate::live::connection::Link;
use crate::live::desk::Desk;
use crate::live::feed::Feed;
use crate::requests::{self, Problem};

const ASK_EVERY: Duration = Duration::from_secs(2);
const THEME_EVERY: Duration = Duration::from_secs(10);
const FEEDS_EVERY: Duration = Duration::from_secs(20);
/// One answer may be lost to a busy second; two are a broken line.
const MOST_UNANSWERED: u32 = 2;
/// Between two tries to sign in by the kept token.
const SIGN_IN_EVERY_MS: i64 = 5_000;

/// What a wall knows besides the picture.
#[derive(Clone, Copy)]
pub struct Wall {
    pub desk: Desk,
    /// What desks put on all walls; none before the first answer.
    pub told: RwSignal<Option<WallView>>,
    pub six: RwSignal<Six>,
    pub situation: RwSignal<Situation>,
    pub names: RwSignal<Vec<ThemeName>>,
    /// The figures of the theme that is shown, or why there are none.
    pub theme: RwSignal<Option<Result<Arc<ThemeView>, Problem>>>,
    pub feeds: RwSignal<Vec<FeedView>>,
    unanswered: RwSignal<u32>,
    shut_out: RwSignal<bool>,
    true_at: RwSignal<Option<Timestamp>>,
    /// Moves when every line of the page shall be opened anew at once.
    pub hurry: RwSignal<u64>,
    signed_in_ms: StoredValue<i64>,
    asking: StoredValue<bool>,
}

impl Wall {
    pub fn new(desk: Desk, situation: Situation, now: Timestamp) -> Self {
        let start = desk.start();
        Self {
            desk,
            told: RwSignal::new(None),
            six: RwSignal::new(Six::default().next(start.incidents.iter(), now)),
            situation: RwSignal::new(situation),
            names: RwSignal::new(Vec::new()),
            theme: RwSignal::new(None),
            feeds: RwSignal::new(Vec::new()),
            unanswered: RwSignal::new(0),
            shut_out: RwSignal::new(false),
            true_at: RwSignal::new(None),
            hurry: RwSignal::new(0),
            signed_in_ms: StoredValue::new(0),
            asking: StoredValue::new(false),
        }
    }

    pub fn line(self) -> Line {
        Line {
            link: self.desk.feed.link.get(),
            resyncing: self.desk.feed.resyncing.get(),
            refused: self.desk.refused().map(|refusal| refusal.part),
            answers: self.unanswered.get() < MOST_UNANSWERED,
            shut_out: self.shut_out.get(),
            true_at: self.true_at.get(),
            now: self.desk.settings.clock.get(),
        }
    }

    fn is_live(self) -> bool {
        self.desk.feed.link.get_untracked() == Link::Live
            && !self.desk.feed.resyncing.get_untracked()
    }

    fn take_picture(self) {
        let now = self.desk.settings.now();
        self.desk.feed.picture.with_value(|picture| {
            if picture.position().is_none() {
                return;
            }
            let kinds = match &*self.theme.read_untracked() {
                Some(Ok(theme)) => theme.categories.clone(),
                _ => Vec::new(),
            };
            let of_theme = picture.incidents().map(AsRef::as_ref).filter(|view| {
                kinds.is_empty() || view.category.is_some_and(|code| kinds.contains(&code))
            });
            let next = self.six.read_untracked().next(of_theme, now);
            if *self.six.read_untracked() != next {
                self.six.set(next);
            }
            let situation = Situation::of(picture.incidents().map(AsRef::as_ref), now);
            if *self.situation.read_untracked() != situation {
                self.situation.set(situation);
            }
        });
    }

    fn ask(self) {
        if self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            let answer = requests::wall().await;
            self.asking.try_set_value(false);
            match answer {
                Ok(view) => self.answered(view),
                Err(problem) if problem.status == Some(401) => self.sign_in_again(),
                Err(_) => self
                    .unanswered
                    .update(|count| *count = count.saturating_add(1)),
            }
        });
    }

    fn answered(self, view: WallView) {
        self.desk.settings.hear_time(view.now);
        self.unanswered.set(0);
        self.shut_out.set(false);
        if self.is_live() {
            self.true_at.set(Some(view.now));
        } else if self.desk.feed.link.get_untracked() == Link::Outdated {
            // The server answers, so the page of its version is there.
            let _ = window().location().reload();
        } else {
            self.hurry.update(|count| *count += 1);
        }
        let changed = self
            .told
            .read_untracked()
            .as_ref()
            .is_none_or(|told| (&told.pin, told.since) != (&view.pin, view.since));
        if changed {
            self.told.set(Some(view));
        }
    }

    /// The page's own address renews the session if the browser keeps a wall's token.
    fn sign_in_again(self) {
        self.unanswered.set(0);
        let now_ms = self.desk.settings.now().millis();
        if now_ms - self.signed_in_ms.get_value() < SIGN_IN_EVERY_MS {
            return;
        }
        self.signed_in_ms.set_value(now_ms);
        spawn_local(async move {
            match requests::renew_wall_session().await {
                Ok(true) => self.hurry.update(|count| *count += 1),
                Ok(false) => self.shut_out.set(true),
                Err(_) => {}
            }
        });
    }

    fn ask_feeds(self) {
        spawn_local(async move {
            let Ok(feeds) = requests::feeds().await else {
                return;
            };
            let changed = *self.feeds.read_untracked() != feeds;
            if changed {
                self.feeds.set(feeds);
            }
        });
    }

    /// What themes are called: asked only by walls that show one.
    fn ask_names(self) {
        if !self.names.read_untracked().is_empty() {
            return;
        }
        spawn_local(async move {
            if let Ok(names) = requests::themes().await {
                self.names.set(names);
            }
        });
    }

    /// `id` is asked again once it has come: by then it may be another's turn.
    pub fn ask_theme(self, id: String, still: impl Fn(&str) -> bool + 'static) {
        spawn_local(async move {
            let answer = requests::theme(&id).await.map(Arc::new);
            if !still(&id) {
                return;
            }
            // A lost line does not wipe figures out: they age.
            let known = matches!(&*self.theme.read_untracked(), Some(Ok(known)) if known.id == id);
            let gone = answer
                .as_ref()
                .err()
                .is_some_and(|problem| problem.status == Some(404));
            if answer.is_ok() || gone || !known {
                self.theme.set(Some(answer));
            }
        });
    }
}

/// Call from an effect; everything ends with its owner. `theme` is the one whose turn it is.
pub fn follow(wall: Wall, theme: Memo<Option<String>>) {
    let desk = wall.desk;
    let feed = crate::live::follow::follow(desk);
    Effect::new(move |_| {
        if wall.hurry.get() > 0 {
            feed.with_value(|feed: &Option<Feed>| {
                if let Some(feed) = feed {
                    feed.hurry();
                }
            });
        }
    });
    Effect::new(move |_| {
        desk.incidents_moved.track();
        wall.theme.track();
        wall.take_picture();
    });
    Effect::new(move |_| {
        if desk.feed.heard_at.get().is_some()
            && wall.is_live()
            && wall.unanswered.get_untracked() == 0
        {
            wall.true_at.set(Some(desk.settings.now()));
        }
    });
    Effect::new(move |_| {
        wall.theme.set(None);
        if let Some(id) = theme.get() {
            wall.ask_names();
            wall.ask_theme(id, move |id| theme.get_untracked().as_deref() == Some(id));
        }
    });
    wall.ask();
    wall.ask_feeds();
    let again = move || {
        if let Some(id) = theme.get_untracked() {
            wall.ask_theme(id, move |id| theme.get_untracked().as_deref() == Some(id));
        }
    };
    let timers = [
        set_interval_with_handle(
            move || {
                wall.ask();
                wall.take_picture();
            },
            ASK_EVERY,
        ),
        set_interval_with_handle(again, THEME_EVERY),
        set_interval_with_handle(move || wall.ask_feeds(), FEEDS_EVERY),
    ];
    for timer in timers.into_iter().flatten() {
        on_cleanup(move || timer.clear());
    }
}
