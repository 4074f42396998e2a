//! Who may come in and which pack is in force, as of the last block: read by every request, changed only by the writer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use domain::account::{Account, FeedKey, Role};
use domain::change::{Change, Stepped};
use domain::city::City;
use domain::ids::AccountName;
use domain::picture::Picture;
use domain::shared_views::SharedViews;

pub struct Registry {
    held: RwLock<Held>,
    /// The last block whose givers have been answered.
    position: AtomicU64,
}

struct Held {
    city: Option<Arc<City>>,
    accounts: BTreeMap<AccountName, Arc<Account>>,
    keys: BTreeMap<[u8; 32], Arc<FeedKey>>,
    shared_views: BTreeMap<Role, Arc<SharedViews>>,
}

impl Registry {
    pub fn of(picture: &Picture) -> Self {
        Self {
            held: RwLock::new(Held {
                city: picture.city.clone(),
                accounts: picture.accounts.clone(),
                keys: picture
                    .keys
                    .values()
                    .map(|key| (key.secret_sha256, key.clone()))
                    .collect(),
                shared_views: picture.shared_views.clone(),
            }),
            position: AtomicU64::new(picture.block.0),
        }
    }

    /// Called by the writer for each block before its givers are answered.
    pub fn witness(&self, stepped: &Stepped) {
        for change in &stepped.changes {
            match change {
                Change::City(city) => self.write(|held| held.city = Some(city.clone())),
                Change::Account(account) => self.write(|held| {
                    held.accounts.insert(account.name.clone(), account.clone());
                }),
                Change::Key(key) => self.write(|held| {
                    held.keys.insert(key.secret_sha256, key.clone());
                }),
                Change::SharedViews(views) => self.write(|held| {
                    held.shared_views.insert(views.role, views.clone());
                }),
                _ => {}
            }
        }
        self.position.store(stepped.block.0, Ordering::Release);
    }

    fn write(&self, change: impl FnOnce(&mut Held)) {
        change(&mut self.held.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    pub fn city(&self) -> Option<Arc<City>> {
        self.read().city.clone()
    }

    pub fn account(&self, name: &AccountName) -> Option<Arc<Account>> {
        self.read().accounts.get(name).cloned()
    }

    pub fn accounts(&self) -> Vec<Arc<Account>> {
        self.read().accounts.values().cloned().collect()
    }

    /// By role; those of whom nobody has any are left out.
    pub fn shared_views(&self) -> Vec<SharedViews> {
        let held = self.read();
        let given = held
            .shared_views
            .values()
            .filter(|one| !one.views.is_empty());
        given.map(|views| (**views).clone()).collect()
    }

    pub fn key(&self, secret_sha256: &[u8; 32]) -> Option<Arc<FeedKey>> {
        self.read().keys.get(secret_sha256).cloned()
    }

    pub fn keys(&self) -> Vec<Arc<FeedKey>> {
        self.read().keys.values().cloned().collect()
    }
}
