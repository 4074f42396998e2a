//! `step(block) -> changes`: fuse, then dispatch, over the Picture. The same blocks give the same changes, always:
//! that is recovery, rewind and the property tests.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::account::AccountChange;
use domain::alarm::inhibition;
use domain::change::{Change, Outcome, Stepped};
use domain::city::City;
use domain::command::{Block, Input, Refusal};
use domain::ids::IncidentId;
use domain::jurisdictions::Jurisdictions;
use domain::notice;
use domain::picture::{Picture, Timer};
use domain::shared_views::SharedViews;
use domain::stage;
use domain::time::Timestamp;
use domain::turn::Turn;

use super::ready::{InForce, Ready};
use crate::dispatch;
use crate::fuse::Fuse;

/// The Picture with what is rebuilt from it: its pack made ready, evidence by place.
pub struct Machine {
    picture: Picture,
    fuse: Fuse,
    ready: Option<Arc<Ready>>,
    in_force: InForce,
}

impl Machine {
    pub fn of(picture: Picture) -> Self {
        Self::beside(picture, InForce::default())
    }

    /// One that shares its pack with others.
    pub fn beside(picture: Picture, in_force: InForce) -> Self {
        let ready = picture.city.as_ref().map(|city| in_force.ready(city));
        Self::with(picture, ready, in_force)
    }

    /// The same, where the outlines of the Picture's pack have been made tables already.
    #[cfg(test)]
    pub fn with_places(picture: Picture, places: Arc<Jurisdictions>) -> Self {
        let city = picture.city.as_ref();
        let ready = city.map(|city| Arc::new(Ready::with_places(city, places)));
        Self::with(picture, ready, InForce::default())
    }

    fn with(mut picture: Picture, ready: Option<Arc<Ready>>, in_force: InForce) -> Self {
        picture.city = ready.as_ref().map(|ready| ready.city.clone());
        Self {
            fuse: fuse_of(&picture, ready.as_deref()),
            picture,
            ready,
            in_force,
        }
    }

    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// For others who step or ask the same pack.
    pub fn in_force(&self) -> InForce {
        self.in_force.clone()
    }

    /// Steps one block: what is due first, then its inputs in order, then what the machine decides of what moved.
    pub fn step(&mut self, block: &Block) -> Stepped {
        self.picture.block = block.number;
        self.picture.now = block.now;
        let mut done = Done::default();
        self.fire_due(block, &mut done);
        let mut waiting: &[Input] = &block.inputs;
        while let Some(first) = waiting.first() {
            if let Input::City(city) = first {
                self.take_city(city, &mut done);
                waiting = &waiting[1..];
                continue;
            }
            let until = waiting
                .iter()
                .position(|input| matches!(input, Input::City(_)))
                .unwrap_or(waiting.len());
            self.take(block, &waiting[..until], &mut done);
            waiting = &waiting[until..];
        }
        Stepped {
            block: block.number,
            now: block.now,
            changes: done.changes,
            outcomes: done.outcomes,
        }
    }

    fn take_city(&mut self, city: &City, done: &mut Done) {
        let ready = self.in_force.ready(&Arc::new(city.clone()));
        self.picture.city = Some(ready.city.clone());
        self.fuse = fuse_of(&self.picture, Some(&ready));
        done.changes.push(Change::City(ready.city.clone()));
        let same_calendar = |before: &Arc<Ready>| before.city.calendar == ready.city.calendar;
        let calendar_moved = !self.ready.as_ref().is_some_and(same_calendar);
        self.ready = Some(ready);
        self.judge_alarms_anew(done);
        done.outcomes.push(Outcome::Taken);
        if calendar_moved {
            self.recount(done);
        }
    }

    /// Open deadlines follow an edited calendar.
    fn recount(&mut self, done: &mut Done) {
        let (block, now) = (self.picture.block, self.picture.now);
        let Some((city, places)) = self.city() else {
            return;
        };
        let picture = &mut self.picture;
        let mut turn = Turn::new(picture, city, &places, block, now, done.births);
        stage::calendar_changed(&mut turn);
        notice::follow(&mut turn);
        done.births = turn.births();
        done.changes.append(&mut turn.changes);
    }

    /// Another pack may let others mute others.
    fn judge_alarms_anew(&mut self, done: &mut Done) {
        let Some((city, places)) = self.city() else {
            return;
        };
        let (block, now) = (self.picture.block, self.picture.now);
        let mut turn = Turn::new(&mut self.picture, city, &places, block, now, done.births);
        inhibition::settle_anew(&mut turn);
        notice::follow(&mut turn);
        done.births = turn.births();
        done.changes.append(&mut turn.changes);
    }

    fn fire_due(&mut self, block: &Block, done: &mut Done) {
        let Some((city, places)) = self.city() else {
            return;
        };
        let mut turn = Turn::new(
            &mut self.picture,
            city,
            &places,
            block.number,
            block.now,
            done.births,
        );
        let mut moved = BTreeSet::new();
        while let Some((due, timer)) = next_due(turn.picture, block.now) {
            turn.picture.timers.remove(&(due, timer.clone()));
            match &timer {
                Timer::Light(incident) => stage::light_changed(&mut turn, due, *incident),
                Timer::Resume(incident) => stage::suspension_over(&mut turn, due, *incident),
                Timer::Escalate(incident) => stage::escalate(&mut turn, *incident),
                other => self.fuse.timer(&mut turn, due, other, &mut moved),
            }
        }
        decide(&mut turn, moved);
        notice::follow(&mut turn);
        done.births = turn.births();
        done.changes.append(&mut turn.changes);
    }

    fn take(&mut self, block: &Block, inputs: &[Input], done: &mut Done) {
        let Some((city, places)) = self.city() else {
            self.take_without_city(inputs, done);
            return;
        };
        let mut turn = Turn::new(
            &mut self.picture,
            city,
            &places,
            block.number,
            block.now,
            done.births,
        );
        let mut moved = BTreeSet::new();
        for input in inputs {
            let outcome = match input {
                Input::Observation(observation) => {
                    Outcome::Observation(self.fuse.observe(&mut turn, observation, &mut moved))
                }
                Input::Open(open) => Outcome::Opened(self.fuse.open_by_hand(&mut turn, open)),
                Input::OpenOnce(id, open) => {
                    dispatch::open_once(&mut turn, *id, |turn| self.fuse.open_by_hand(turn, open))
                }
                Input::Command(given) => {
                    // A command decides on what stands: what moved before it is decided first.
                    decide(&mut turn, std::mem::take(&mut moved));
                    dispatch::command(&mut turn, given)
                }
                Input::AlarmCommand(given) => {
                    decide(&mut turn, std::mem::take(&mut moved));
                    dispatch::alarm_command(&mut turn, given)
                }
                Input::Attach(given) => dispatch::attach(&mut turn, given),
                Input::Notify(given) => dispatch::notify(&mut turn, given),
                Input::Account(change) => {
                    let outcome = take_account(turn.picture, change, &mut done.changes);
                    done.outcomes.push(outcome);
                    continue;
                }
                Input::SharedViews(views) => {
                    take_views(turn.picture, views, &mut done.changes);
                    Outcome::Taken
                }
                Input::City(_) => continue,
            };
            done.outcomes.push(outcome);
        }
        decide(&mut turn, moved);
        notice::follow(&mut turn);
        done.births = turn.births();
        done.changes.append(&mut turn.changes);
    }

    /// Before the first pack only people and keys can be taken.
    fn take_without_city(&mut self, inputs: &[Input], done: &mut Done) {
        for input in inputs {
            let outcome = match input {
                Input::Account(change) => {
                    take_account(&mut self.picture, change, &mut done.changes)
                }
                Input::Attach(given) => {
                    let hashes = given.file.files().map(|file| file.sha256);
                    self.picture.not_attached.extend(hashes);
                    let left = Change::NotAttached(Arc::new(given.file.clone()));
                    done.changes.push(left);
                    Outcome::Attached(Err(Refusal::UnknownIncident))
                }
                _ => Outcome::Refused("no city pack has been loaded yet".into()),
            };
            done.outcomes.push(outcome);
        }
    }

    fn city(&self) -> Option<(Arc<City>, Arc<Jurisdictions>)> {
        let ready = self.ready.as_ref()?;
        Some((ready.city.clone(), ready.places.clone()))
    }
}

fn fuse_of(picture: &Picture, ready: Option<&Ready>) -> Fuse {
    let lexicon = ready.map(|ready| ready.lexicon.clone());
    Fuse::of(picture, lexicon.unwrap_or_default())
}

#[derive(Default)]
struct Done {
    changes: Vec<Change>,
    outcomes: Vec<Outcome>,
    births: u32,
}

fn next_due(picture: &Picture, now: Timestamp) -> Option<(Timestamp, Timer)> {
    let (due, timer) = picture.timers.first()?;
    (*due <= now).then(|| (*due, timer.clone()))
}

fn decide(turn: &mut Turn<'_>, moved: BTreeSet<IncidentId>) {
    for incident in moved {
        dispatch::consider(turn, incident);
    }
    inhibition::settle(turn);
}

/// An empty list takes them away.
fn take_views(picture: &mut Picture, views: &SharedViews, changes: &mut Vec<Change>) {
    let views = Arc::new(views.clone());
    if views.views.is_empty() {
        picture.shared_views.remove(&views.role);
    } else {
        picture.shared_views.insert(views.role, views.clone());
    }
    changes.push(Change::SharedViews(views));
}

fn take_account(
    picture: &mut Picture,
    change: &AccountChange,
    changes: &mut Vec<Change>,
) -> Outcome {
    match change {
        AccountChange::PutAccount(account) => {
            let account = Arc::new(account.clone());
            picture
                .accounts
                .insert(account.name.clone(), account.clone());
            changes.push(Change::Account(account));
        }
        AccountChange::DisableAccount(name) => match picture.accounts.get(name) {
            Some(account) => {
                let mut account = (**account).clone();
                account.disabled = true;
                let account = Arc::new(account);
                picture.accounts.insert(name.clone(), account.clone());
                changes.push(Change::Account(account));
            }
            None => return Outcome::Refused(format!("there is no account \"{name}\"")),
        },
        AccountChange::SetPassword {
            name,
            password_hash,
        } => match picture.accounts.get(name) {
            Some(account) => {
                let mut account = (**account).clone();
                account.password_hash.clone_from(password_hash);
                let account = Arc::new(account);
                picture.accounts.insert(name.clone(), account.clone());
                changes.push(Change::Account(account));
            }
            None => return Outcome::Refused(format!("there is no account \"{name}\"")),
        },
        AccountChange::PutKey(key) => {
            let key = Arc::new(key.clone());
            picture.keys.insert(key.id.clone(), key.clone());
            changes.push(Change::Key(key));
        }
        AccountChange::RevokeKey(id) => match picture.keys.get(id) {
            Some(key) => {
                let mut key = (**key).clone();
                key.revoked = true;
                let key = Arc::new(key);
                picture.keys.insert(id.clone(), key.clone());
                changes.push(Change::Key(key));
            }
            None => return Outcome::Refused(format!("there is no key \"{id}\"")),
        },
    }
    Outcome::Taken
}
